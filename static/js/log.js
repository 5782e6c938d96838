// Logging a ticket: takes the proposed component with one key, shows the priority, asks when typing.
const form = document.getElementById("new-ticket");
const title = document.getElementById("id_title");
const TONES = { 1: "red", 2: "amber" };

// With scripts on, suggestions come by themselves.
for (const button of document.querySelectorAll("[data-script-off]")) button.remove();

function take(button) {
  const component = form.elements.component;
  component.value = button.dataset.useComponent;
  form.elements.service.value = button.dataset.useService;
  component.dispatchEvent(new Event("input", { bubbles: true }));
  component.dispatchEvent(new Event("change", { bubbles: true }));
  const words = component.selectedOptions[0]?.textContent ?? "";
  document.dispatchEvent(new CustomEvent("upstream:announce", { detail: `${words} is chosen.` }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-use-component]");
  if (!button) return;
  event.preventDefault();
  take(button);
});

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyS") return;
  const button = document.querySelector("[data-use-component]");
  if (!button) return;
  event.preventDefault();
  take(button);
});

// Ctrl+Enter logs the ticket from any field.
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  if (event.target.matches("textarea")) return;
  event.preventDefault();
  form.requestSubmit();
});

// The service follows the component.
form.elements.component.addEventListener("change", () => {
  const words = form.elements.component.selectedOptions[0]?.textContent.split(" › ")[0];
  const service = [...form.elements.service.options].find((one) => one.textContent === words);
  if (form.elements.component.value && service) form.elements.service.value = service.value;
});
form.elements.service.addEventListener("change", () => {
  const chosen = form.elements.component.selectedOptions[0];
  const words = form.elements.service.selectedOptions[0]?.textContent;
  if (chosen?.value && !chosen.textContent.startsWith(`${words} › `)) form.elements.component.value = "";
});

function showPriority() {
  const chosen = Number(form.elements.priority.value);
  const priority = chosen || Number(form.elements.impact.value) + Number(form.elements.urgency.value) - 1;
  const pill = document.createElement("span");
  pill.className = `pill pill-${TONES[priority] ?? "grey"}`;
  pill.textContent = `P${priority}`;
  document.getElementById("priority-shown").replaceChildren(pill);
}
for (const name of ["impact", "urgency", "priority"]) form.elements[name].addEventListener("change", showPriority);

// Ready for the first key: the person first, or the title when they are known already.
function begin() {
  showPriority();
  if (document.querySelector("[data-error-summary]")) return;
  (form.elements.requester.value ? title : form.elements.requester).focus();
  if (title.value) title.dispatchEvent(new Event("input", { bubbles: true }));
}
form.addEventListener("upstream:restored", begin);
begin();
