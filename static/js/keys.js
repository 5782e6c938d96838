// Keys: `?` lists them, `g` and a letter goes places, `j`/`k` walk a list, `/` searches.
// Ctrl K opens the palette, see palette.js.
// An action shows its key and carries data-key="r"; a place in the rail carries data-go="d".
const STORE = "upstream.keys";
const overlay = document.getElementById("keys");
const PAUSE = 1200;
let goingUntil = 0;

const readSwitch = () => {
  try { return localStorage.getItem(STORE) !== "off"; } catch { return true; }
};
const writeSwitch = (on) => {
  try { localStorage.setItem(STORE, on ? "on" : "off"); } catch { /* private mode: until the page is left */ }
};
let enabled = readSwitch();

const isTyping = (target) => target.isContentEditable
  || target.matches?.("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit])");
const isShown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
// The rail is put away on a phone, and the menu of steps is closed most of the time: both work all the same.
export const isUsable = (element) => !element.disabled && (isShown(element) || element.closest(".rail, .step-menu"));
export const withKey = () => [...document.querySelectorAll("[data-key]")].filter(isUsable);

export function labelOf(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  const copy = element.cloneNode(true);
  for (const part of copy.querySelectorAll("kbd, .rail-count")) part.remove();
  return copy.textContent.trim() || element.getAttribute("aria-label") || element.getAttribute("placeholder") || "";
}

function listKeys() {
  const rows = [["?", "Show this list"], ["/", "Search everything"], ["Ctrl K", "Commands, pages and records"]];
  if (document.querySelector("[data-list]")) rows.push(["J", "Next row"], ["K", "Row before"], ["Enter", "Open the row"]);
  const known = new Set();
  for (const element of withKey()) {
    const letter = element.dataset.key.toUpperCase();
    // The first with a letter is the one that is pressed.
    if (!known.has(letter)) rows.push([letter, labelOf(element)]);
    known.add(letter);
  }
  for (const link of document.querySelectorAll("[data-go]")) rows.push([`G ${link.dataset.go.toUpperCase()}`, `Go to ${labelOf(link)}`]);
  const list = overlay.querySelector(".keys-list");
  list.replaceChildren(...rows.flatMap(([keys, words]) => {
    const term = document.createElement("dt");
    term.append(...keys.split(" ").flatMap((one, place) => {
      const key = document.createElement("kbd");
      key.textContent = one;
      return place ? [" ", key] : [key];
    }));
    const meaning = document.createElement("dd");
    meaning.textContent = words;
    return [term, meaning];
  }));
}

function showKeys() {
  listKeys();
  overlay.querySelector("#keys-on").checked = enabled;
  overlay.showModal();
}

function focusSearch() {
  const field = document.getElementById("search-all");
  if (!field) return;
  field.focus();
  field.select();
}

function walk(step) {
  const rows = [...document.querySelectorAll("[data-list] [data-row]")].filter(isShown);
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("here"));
  const start = now === -1 ? rows.findIndex((row) => row.hasAttribute("aria-current")) : now;
  const next = rows[Math.max(0, Math.min(rows.length - 1, start + step))];
  for (const row of rows) row.classList.toggle("here", row === next);
  const link = next.matches("a") ? next : next.querySelector("a");
  (link ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
}

export function press(element) {
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
  // Whoever chose by a key types on at once: no letter of theirs may become a key.
  if (element.dataset.keyFocus) document.getElementById(element.dataset.keyFocus)?.focus();
}

function handleLetter(letter) {
  if (performance.now() < goingUntil) {
    goingUntil = 0;
    document.querySelector(`[data-go="${CSS.escape(letter)}"]`)?.click();
    return true;
  }
  const fixed = {
    "?": showKeys,
    "/": focusSearch,
    g: () => { goingUntil = performance.now() + PAUSE; },
    j: () => walk(1),
    k: () => walk(-1),
  };
  if (fixed[letter]) {
    fixed[letter]();
    return true;
  }
  const target = withKey().find((element) => element.dataset.key.toLowerCase() === letter);
  if (!target) return false;
  press(target);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (!enabled || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key.length === 1 && event.key !== " " && handleLetter(event.key.toLowerCase())) event.preventDefault();
});

// Escape leaves a field, so that the keys work again.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
});
for (const button of document.querySelectorAll("[data-show-keys]")) {
  button.hidden = false;
  button.addEventListener("click", showKeys);
}
overlay?.querySelector("#keys-on").addEventListener("change", (event) => {
  enabled = event.target.checked;
  writeSwitch(enabled);
});
