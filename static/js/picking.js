// Choosing rows of a list (tickets, work items): x chooses the row one stands on, the box in the head all that are shown.
const bar = document.getElementById("many");
const all = document.querySelector("[data-pick-all]");
const whole = document.querySelector("[data-pick-whole]");
const count = document.querySelector("[data-pick-count]");
const boxes = () => [...document.querySelectorAll("td.row-pick input")];
const chosen = () => boxes().filter((box) => box.checked);
const keysOn = () => {
  try { return localStorage.getItem("upstream.keys") !== "off"; } catch { return true; }
};
const typing = (target) => target.isContentEditable || target.matches?.("textarea, select, input:not([type=radio]):not([type=checkbox])");

function show() {
  if (!bar) return;
  const some = chosen().length;
  if (whole?.checked) count.textContent = "All tickets of this list";
  else count.textContent = some ? `${some} ticket${some === 1 ? "" : "s"} chosen` : "";
  if (all) {
    all.checked = some > 0 && some === boxes().length;
    all.indeterminate = some > 0 && !all.checked;
  }
}

if (all) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    if (!all.checked && whole) whole.checked = false;
    show();
  });
}
document.addEventListener("change", (event) => {
  if (event.target.matches("td.row-pick input, [data-pick-whole]")) show();
});

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "x" || !keysOn() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const row = document.activeElement?.closest("tr[data-row]") ?? document.querySelector("tr[data-row].here");
  if (event.shiftKey && all) {
    all.checked = !all.checked;
    all.dispatchEvent(new Event("change"));
  } else {
    const box = row?.querySelector("td.row-pick input");
    if (!box) return;
    box.checked = !box.checked;
    show();
  }
  event.preventDefault();
});

// A list that refreshes itself must not forget what was chosen.
let kept = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "ticket-rows") kept = chosen().map((box) => box.value);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const box of boxes()) if (kept.includes(box.value)) box.checked = true;
  kept = [];
  show();
});
window.addEventListener("pageshow", show);
show();
