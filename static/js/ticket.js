// The workspace of a ticket: keys of the steps in the menu, and the writing box.
const menu = document.querySelector(".step-menu");
const keysOn = () => {
  try { return localStorage.getItem("upstream.keys") !== "off"; } catch { return true; }
};
const typing = (target) => target.isContentEditable || target.matches?.("textarea, select, input:not([type=radio]):not([type=checkbox])");

// The menu is closed most of the time: its keys work all the same.
document.addEventListener("keydown", (event) => {
  if (!menu || menu.open || !keysOn() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const item = [...menu.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key.toLowerCase());
  if (!item) return;
  event.preventDefault();
  item.click();
});
