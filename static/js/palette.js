// Ctrl K: what can be done on this page, every place of the rail, and records by number or words.
import { isUsable, labelOf, press, withKey } from "./keys.js";
import { STEPS, markOption, stepped } from "./menu.js";

const dialog = document.getElementById("palette");
const field = document.getElementById("palette-words");
const list = document.getElementById("palette-list");
const foot = dialog.querySelector(".palette-foot");
const PAUSE = 200;
const FEWEST_LETTERS = 2;
const MOST_COMMANDS = 8;
const HERE = "On this page";
const PLACES = "Go to";
let options = [];
let at = 0;
let walked = false;
let waiting = 0;
let asking = null;
let records = [];

// ---- what there is ----

const ofMenu = () => [...document.querySelectorAll(".step-menu .menu-box > :is(a, button):not([data-key])")]
  .filter((one) => isUsable(one) && getComputedStyle(one).display !== "none");

function commands() {
  const seen = new Set();
  const here = [...withKey().filter((one) => !one.closest(".rail")), ...ofMenu()].flatMap((element) => {
    const label = labelOf(element).replace(/\s+/g, " ");
    if (!label || seen.has(label)) return [];
    seen.add(label);
    return [{ group: HERE, label, hint: element.dataset.key?.toUpperCase() ?? "", run: () => press(element) }];
  });
  const places = [...document.querySelectorAll(".rail-links a")].map((link) => ({
    group: PLACES,
    label: labelOf(link),
    hint: link.dataset.go ? `G ${link.dataset.go.toUpperCase()}` : (link.dataset.key ?? "").toUpperCase(),
    url: link.href,
  }));
  return [...here, ...places];
}

function fitting(words) {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = commands().filter((one) => parts.every((part) => one.label.toLowerCase().includes(part)));
  // What begins with the words comes first within its group.
  const begins = (one) => (parts.length && one.label.toLowerCase().startsWith(parts[0]) ? 0 : 1);
  return [HERE, PLACES].flatMap((group) => {
    const sorted = fits.filter((one) => one.group === group).sort((one, other) => begins(one) - begins(other));
    return words ? sorted.slice(0, MOST_COMMANDS) : sorted;
  });
}

async function ask(words) {
  asking?.abort();
  asking = new AbortController();
  const query = new URLSearchParams({ q: words });
  const answer = await fetch(`${dialog.dataset.records}?${query}`, { headers: { Accept: "application/json" }, signal: asking.signal });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.json();
}

// ---- what is shown ----

function rowOf(option, place) {
  const row = document.createElement("div");
  row.setAttribute("role", "option");
  row.id = `palette-${place}`;
  row.dataset.place = place;
  const label = document.createElement("span");
  label.textContent = option.label;
  row.append(label);
  if (option.hint) {
    const hint = document.createElement(option.run ? "kbd" : "span");
    hint.className = "palette-hint";
    hint.textContent = option.hint;
    row.append(hint);
  }
  return row;
}

function draw() {
  const words = field.value.trim();
  const chosen = walked ? options[at] : null;
  options = [...fitting(words), ...records];
  if (words) options.push({ group: "Search", label: `Everything with “${words}”`, hint: "", url: `${dialog.dataset.search}?${new URLSearchParams({ q: words })}` });
  const kept = chosen ? options.findIndex((one) => one.group === chosen.group && one.label === chosen.label) : 0;
  at = Math.max(0, kept);
  const groups = new Map();
  options.forEach((option, place) => {
    if (!groups.has(option.group)) {
      const box = document.createElement("div");
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", option.group);
      const heading = document.createElement("div");
      heading.className = "palette-group";
      heading.setAttribute("aria-hidden", "true");
      heading.textContent = option.group;
      box.append(heading);
      groups.set(option.group, box);
    }
    groups.get(option.group).append(rowOf(option, place));
  });
  list.replaceChildren(...groups.values());
  markOption(list, field, at);
}

function look() {
  const words = field.value.trim();
  clearTimeout(waiting);
  asking?.abort();
  at = 0;
  walked = false;
  options = [];
  records = [];
  foot.textContent = "";
  draw();
  if (words.length < FEWEST_LETTERS) return;
  waiting = setTimeout(async () => {
    try {
      const found = await ask(words);
      records = found.options;
      foot.textContent = found.note;
      draw();
    } catch (error) {
      if (error.name !== "AbortError") foot.textContent = "Records could not be looked up; commands and pages work.";
    }
  }, PAUSE);
}

function open() {
  if (dialog.open || document.querySelector("dialog[open]")) return;
  field.value = "";
  look();
  dialog.showModal();
  field.focus();
}

function choose(option) {
  if (!option) return;
  dialog.close();
  if (option.run) option.run();
  else location.assign(option.url);
}

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else open();
});
field.addEventListener("input", look);
field.addEventListener("keydown", (event) => {
  if (event.key in STEPS && options.length) {
    at = stepped(at, event.key, options.length);
    walked = true;
  } else if (event.key === "Enter") { event.preventDefault(); choose(options[at]); return; }
  else return;
  event.preventDefault();
  markOption(list, field, at);
});
list.addEventListener("click", (event) => {
  const row = event.target.closest("[role=option]");
  if (row) choose(options[Number(row.dataset.place)]);
});
// A click on what lies behind it closes it.
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
for (const button of document.querySelectorAll("[data-show-palette]")) {
  button.hidden = false;
  button.addEventListener("click", open);
}
