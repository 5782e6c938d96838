// The conditions of a form, evaluated as catalogue/fields does it; tests hold both to one result.
const number = /^-?[0-9]*\.?[0-9]*$/;

export function plain(value) {
  if (value === null || value === undefined || Array.isArray(value)) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return value.toFixed(6).replace(/0+$/, "").replace(/\.$/, "");
  return value.trim();
}

const asNumber = (text) => (number.test(text) && /[0-9]/.test(text) ? Number(text) : null);

function ordered(comparison, answer, value) {
  const [one, other] = [asNumber(answer), asNumber(value)];
  const [left, right] = one !== null && other !== null ? [one, other] : [answer, value];
  return comparison === "above" ? left > right : left < right;
}

function compare({ comparison, value = "" }, answer) {
  const several = Array.isArray(answer) ? answer : plain(answer) ? [plain(answer)] : [];
  const only = several.length === 1;
  switch (comparison) {
    case "filled": return several.length > 0;
    case "empty": return several.length === 0;
    case "is": return only && several[0] === value;
    case "is_not": return !(only && several[0] === value);
    case "includes": return several.includes(value);
    default: return only && ordered(comparison, several[0], value);
  }
}

export function holds(condition, answers) {
  if (!condition) return true;
  if (condition.all) return condition.all.every((part) => holds(part, answers));
  if (condition.any) return condition.any.some((part) => holds(part, answers));
  return compare(condition, answers[condition.field]);
}

// Which fields are shown and which of them must be filled in; a hidden one counts as empty.
export function evaluate(form, given) {
  const answers = {};
  const [shown, required] = [[], []];
  for (const section of form.sections) {
    if (!holds(section.shown_when, answers)) continue;
    for (const field of section.fields) {
      if (!holds(field.shown_when, answers)) continue;
      shown.push(field.key);
      if (field.required || (field.required_when && holds(field.required_when, answers))) required.push(field.key);
      answers[field.key] = given[field.key] ?? null;
    }
  }
  return { shown, required };
}
