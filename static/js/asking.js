// Shows and hides the fields of a form as its conditions say, while it is filled in.
import { evaluate } from "./conditions.js";

const namesOf = (part) => part.querySelectorAll("input, select, textarea");

function answerOf(part, type) {
  const controls = [...namesOf(part)];
  if (type === "choices") return controls.filter((one) => one.checked).map((one) => one.value);
  if (type === "yes_no") {
    const chosen = controls.find((one) => one.checked)?.value;
    return chosen ? chosen === "yes" : null;
  }
  const text = (controls.find((one) => one.type !== "radio" || one.checked)?.value ?? "").trim();
  if (type === "number") return text === "" || Number.isNaN(Number(text.replace(",", "."))) ? null : Number(text.replace(",", "."));
  return text;
}

function update(box) {
  const form = JSON.parse(box.dataset.asked);
  const parts = new Map([...box.querySelectorAll("[data-asked-field]")].map((part) => [part.dataset.askedField, part]));
  const given = {};
  for (const field of form.sections.flatMap((section) => section.fields)) {
    if (parts.has(field.key)) given[field.key] = answerOf(parts.get(field.key), field.type);
  }
  const { shown, required } = evaluate(form, given);
  for (const [key, part] of parts) {
    part.hidden = !shown.includes(key);
    part.classList.toggle("is-required", required.includes(key));
  }
  for (const section of box.querySelectorAll("[data-asked-section]")) {
    section.hidden = ![...section.querySelectorAll("[data-asked-field]")].some((part) => !part.hidden);
  }
}

function begin(root) {
  for (const box of root.querySelectorAll("[data-asked]")) update(box);
}
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const box = event.target.closest("[data-asked]");
    if (box) update(box);
  });
}
document.addEventListener("htmx:afterSettle", () => begin(document));
document.addEventListener("upstream:restored", () => begin(document));
begin(document);
