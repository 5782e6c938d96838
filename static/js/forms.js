// Forms: sent once, nothing typed is lost by leaving, the first error is read first.
const dirty = new Set();
const sent = "sent";

const isGuarded = (form) => form?.matches("form[data-guard]");
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (isGuarded(form)) dirty.add(form);
});
window.addEventListener("beforeunload", (event) => {
  for (const form of dirty) {
    if (!form.isConnected) dirty.delete(form);
  }
  if (dirty.size) event.preventDefault();
});

// A second press while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  dirty.delete(form);
  if (form.dataset.state === sent) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if ([...form.attributes].some((attribute) => attribute.name.startsWith("hx-"))) return;
  form.dataset.state = sent;
  for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
}, true);
// Back to the page from the browser's memory: the forms are usable again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll(`form[data-state="${sent}"]`)) {
    delete form.dataset.state;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
});

function showErrors(root) {
  const summary = root.querySelector?.("[data-error-summary]");
  if (summary) summary.focus();
}
showErrors(document);
document.addEventListener("htmx:afterSettle", (event) => showErrors(event.detail.elt));

// A filter form sends itself when a choice is made; its button stays for scripts off.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("form[data-auto-submit]")) form.requestSubmit();
});

// Ctrl+Enter sends the form one is typing in.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  if (event.target.form && event.target.matches("textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

// Copies the text of an element to the clipboard: data-copy="#id".
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    document.dispatchEvent(new CustomEvent("upstream:announce", { detail: "Copied" }));
    button.textContent = "Copied";
  } catch {
    // Not allowed on an insecure address: selecting it lets the person copy by hand.
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
  }
});
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

// A demo login fills the sign-in form and sends it.
for (const button of document.querySelectorAll("[data-fill-form]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const form = document.querySelector(button.dataset.fillForm);
    form.elements.email.value = button.dataset.email;
    form.elements.password.value = button.dataset.password;
    form.requestSubmit();
  });
}
