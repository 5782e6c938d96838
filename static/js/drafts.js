// What is being written survives a lost page: kept in this tab until the server has it.
const PREFIX = "upstream.draft.";
const kept = (form) => [...form.elements].filter((one) => one.name && one.type !== "hidden" && one.type !== "file" && one.type !== "submit" && one.type !== "button" && one.type !== "fieldset");

function store(action) {
  // Private windows may refuse; then there is no draft, and the form works all the same.
  try { return action(sessionStorage); } catch { return null; }
}

function valuesOf(form) {
  const values = {};
  for (const one of kept(form)) {
    if (one.type === "radio") { if (one.checked) values[one.name] = one.value; }
    else values[one.name] = one.type === "checkbox" ? one.checked : one.value;
  }
  return values;
}

function fill(form, values) {
  for (const one of kept(form)) {
    if (!(one.name in values)) continue;
    if (one.type === "radio") one.checked = one.value === values[one.name];
    else if (one.type === "checkbox") one.checked = values[one.name];
    else one.value = values[one.name];
  }
}

for (const element of document.querySelectorAll("[data-sent]")) {
  for (const name of element.dataset.sent.split(" ")) store((box) => box.removeItem(PREFIX + name));
}

for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = PREFIX + form.dataset.draft;
  const begun = JSON.stringify(valuesOf(form));
  // A form that came back with errors holds newer words than the draft.
  const refused = form.querySelector("[data-error-summary]");
  const draft = store((box) => JSON.parse(box.getItem(key)));
  if (draft && !refused && JSON.stringify(draft) !== begun) {
    fill(form, draft);
    form.dispatchEvent(new CustomEvent("upstream:restored", { bubbles: true }));
    document.dispatchEvent(new CustomEvent("upstream:announce", { detail: "Your draft is back." }));
  }
  let waiting = 0;
  const keep = () => {
    clearTimeout(waiting);
    waiting = 0;
    const now = JSON.stringify(valuesOf(form));
    store((box) => (now === begun ? box.removeItem(key) : box.setItem(key, now)));
  };
  const keepSoon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, 300);
  };
  form.addEventListener("input", keepSoon);
  form.addEventListener("change", keepSoon);
  // The last letters are kept too when the page goes at once.
  window.addEventListener("pagehide", () => { if (waiting) keep(); });
}
