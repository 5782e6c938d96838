// Small controls of the side box: a choice is saved when it is made; arrows alone choose nothing yet.
let byArrow = false;

function prepare(root) {
  for (const form of root.querySelectorAll?.("form[data-quick]") ?? []) {
    for (const button of form.querySelectorAll("[data-script-off]")) button.hidden = true;
  }
}
document.addEventListener("keydown", (event) => {
  const select = event.target.closest?.("[data-quick] select");
  if (!select) return;
  byArrow = event.key !== "Enter";
  if (event.key === "Enter" && select.value !== select.dataset.was) select.form.requestSubmit();
});
document.addEventListener("pointerdown", () => { byArrow = false; });
document.addEventListener("focusin", (event) => {
  const select = event.target.closest?.("[data-quick] select");
  if (select) select.dataset.was = select.value;
});
document.addEventListener("change", (event) => {
  const select = event.target.closest?.("[data-quick] select");
  if (select && !byArrow) select.form.requestSubmit();
});
document.addEventListener("focusout", (event) => {
  const select = event.target.closest?.("[data-quick] select");
  if (select && byArrow && select.isConnected && select.value !== select.dataset.was) select.form.requestSubmit();
});
// The control that was used keeps the focus when the box is drawn anew.
let focused = "";
document.addEventListener("htmx:beforeSwap", () => {
  focused = document.activeElement?.closest("#ticket-fields select")?.id ?? "";
});
document.addEventListener("htmx:afterSettle", () => {
  prepare(document);
  if (focused) document.getElementById(focused)?.focus();
  focused = "";
});
prepare(document);
