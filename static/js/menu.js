// A list of options below (or above) a field: arrows, Enter or Tab, Escape, or a click.
//
// Subclasses say what is called up at the caret (`called`), what fits it (`find`) and may do more
// with what was chosen (`chosen`).
export class Menu {
  constructor(field, label) {
    this.field = field;
    this.list = document.createElement("div");
    this.list.className = "composer-menu";
    this.list.id = `menu-of-${field.id}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", label);
    this.list.hidden = true;
    document.body.append(this.list);
    this.options = [];
    this.at = 0;
    this.asked = 0;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.list.id);
    field.addEventListener("input", () => this.look());
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => {
      const row = event.target.closest("[role=option]");
      event.preventDefault();
      if (row) this.choose(this.options[Number(row.dataset.place)]);
    });
  }

  // The part of a line of names with commas that stands before the caret; null for one letter.
  named() {
    const before = this.field.value.slice(0, this.field.selectionStart);
    const part = before.slice(Math.max(before.lastIndexOf(","), before.lastIndexOf(";")) + 1);
    return part.trim().length > 1 ? { sign: "copy", words: part.trim(), from: before.length - part.trimStart().length } : null;
  }

  // Whether nothing that fits is said, or the list stays away.
  saysNothing() { return false; }

  chosen() {}

  async look() {
    const called = this.called();
    const turn = ++this.asked;
    if (!called) { this.close(); return; }
    let options = [];
    try {
      options = await this.find(called);
    } catch { /* without the server what is typed is what was meant */ }
    if (turn !== this.asked) return;
    if (!options.length && !this.saysNothing(called)) { this.close(); return; }
    this.from = called.from;
    this.show(options);
  }

  show(options) {
    this.options = options;
    this.at = 0;
    const rows = [];
    let group = "";
    options.forEach((one, place) => {
      if (one.group && one.group !== group) {
        group = one.group;
        const heading = document.createElement("div");
        heading.className = "menu-group";
        heading.setAttribute("role", "presentation");
        heading.textContent = group;
        rows.push(heading);
      }
      const row = document.createElement("div");
      row.setAttribute("role", "option");
      row.id = `${this.list.id}-${place}`;
      row.dataset.place = place;
      const label = document.createElement("span");
      label.textContent = one.label;
      const hint = document.createElement("span");
      hint.className = "menu-hint";
      hint.textContent = one.hint;
      row.append(label, hint);
      rows.push(row);
    });
    if (!options.length) {
      const none = document.createElement("p");
      none.className = "menu-empty";
      none.textContent = "Nothing fits.";
      rows.push(none);
    }
    this.list.replaceChildren(...rows);
    this.list.hidden = false;
    this.place();
    this.mark();
  }

  place() {
    const box = this.field.getBoundingClientRect();
    const above = box.top > 300;
    this.list.style.left = `${Math.max(8, Math.min(box.left + scrollX, innerWidth - this.list.offsetWidth - 12))}px`;
    this.list.style.top = `${scrollY + (above ? box.top - this.list.offsetHeight - 4 : box.bottom + 4)}px`;
  }

  mark() { markOption(this.list, this.field, this.at); }

  close() {
    this.asked += 1;
    this.list.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (this.list.hidden || event.ctrlKey || event.metaKey) return;
    if (event.key in STEPS && this.options.length) {
      this.at = stepped(this.at, event.key, this.options.length);
      this.mark();
    } else if ((event.key === "Enter" || event.key === "Tab") && this.options.length) {
      this.choose(this.options[this.at]);
    } else if (event.key === "Escape") {
      this.close();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(option) {
    this.close();
    const to = this.field.selectionStart;
    this.field.focus();
    this.field.setRangeText(option.text ?? "", this.from, to, "end");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.close();
    this.chosen(option);
  }
}

export const STEPS = { ArrowDown: 1, ArrowUp: -1 };
export const stepped = (at, key, length) => (at + STEPS[key] + length) % length;

// Marks the option at this place as the one a key would choose, and tells whoever listens.
export function markOption(list, field, at) {
  for (const row of list.querySelectorAll("[role=option]")) row.setAttribute("aria-selected", String(Number(row.dataset.place) === at));
  const current = list.querySelector("[aria-selected=true]");
  if (current) {
    field.setAttribute("aria-activedescendant", current.id);
    current.scrollIntoView({ block: "nearest" });
  } else field.removeAttribute("aria-activedescendant");
}
