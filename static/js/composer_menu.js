// `/` calls up texts and macros, `@` colleagues, and the copy line people; arrows, Enter, Escape.
const form = document.getElementById("composer");
const MOST = 12;
let choices = null;

async function fetchChoices() {
  if (!choices) {
    const answer = await fetch(form.dataset.choicesUrl, { headers: { Accept: "application/json" } });
    choices = answer.ok ? (await answer.json()).choices : [];
  }
  return choices;
}

async function fetchPeople(words, purpose) {
  const query = new URLSearchParams({ q: words, for: purpose });
  const answer = await fetch(`${form.dataset.peopleUrl}?${query}`, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).people : [];
}

const isPublic = () => form.elements.kind.value === "public_reply";

function fitting(all, words) {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  return all
    .filter((one) => !(one.internal && isPublic()))
    .filter((one) => parts.every((part) => `${one.label} ${one.group} ${one.hint}`.toLowerCase().includes(part)))
    .slice(0, MOST)
    .map((one) => ({ label: one.label, hint: one.hint, group: one.group, text: one.text, run: one.run_url }));
}

class Menu {
  constructor(field) {
    this.field = field;
    this.list = document.createElement("div");
    this.list.className = "composer-menu";
    this.list.id = `menu-of-${field.id}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "What to insert");
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

  // The sign before the caret and the words after it; null when nothing is being called up.
  called() {
    const before = this.field.value.slice(0, this.field.selectionStart);
    if (this.field.dataset.people) {
      const part = before.slice(Math.max(before.lastIndexOf(","), before.lastIndexOf(";")) + 1);
      return part.trim().length > 1 ? { sign: "copy", words: part.trim(), from: before.length - part.trimStart().length } : null;
    }
    const found = /(?:^|\s)([/@])([^\n/@]{0,40})$/.exec(before);
    if (!found || /^\s/.test(found[2]) || /\s{2}/.test(found[2])) return null;
    return { sign: found[1], words: found[2], from: before.length - found[2].length - 1 };
  }

  async look() {
    const called = this.called();
    const turn = ++this.asked;
    if (!called) { this.close(); return; }
    let options = [];
    try {
      if (called.sign === "/") options = fitting(await fetchChoices(), called.words);
      else if (called.words) options = (await fetchPeople(called.words.trim(), called.sign === "@" ? "mention" : "copy")).map((one) => ({
        label: one.name, outside: called.sign === "copy" && one.outside, hint: one.outside ? `${one.hint || one.email}, outside` : one.hint, group: "",
        text: called.sign === "@" ? `@${one.name} ` : `${one.name} <${one.email}>, `,
      }));
    } catch { /* without the server the sign is a sign */ }
    if (turn !== this.asked) return;
    if (called.sign !== "/" && !options.length) { this.close(); return; }
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

  mark() {
    for (const row of this.list.querySelectorAll("[role=option]")) row.setAttribute("aria-selected", String(Number(row.dataset.place) === this.at));
    const current = this.list.querySelector("[aria-selected=true]");
    if (current) {
      this.field.setAttribute("aria-activedescendant", current.id);
      current.scrollIntoView({ block: "nearest" });
    } else this.field.removeAttribute("aria-activedescendant");
  }

  close() {
    this.asked += 1;
    this.list.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (this.list.hidden || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && this.options.length) {
      this.at = (this.at + steps[event.key] + this.options.length) % this.options.length;
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
    if (option.outside) form.querySelector(".copy-outside").hidden = false;
    if (option.run) this.run(option.run);
  }

  // A macro is an action of its own: what was typed is kept, then the server is asked to do it.
  run(url) {
    form.dispatchEvent(new CustomEvent("upstream:keep"));
    const post = document.createElement("form");
    post.method = "post";
    // Back to the ticket beside the list it was opened from.
    post.action = url + location.search;
    post.hidden = true;
    const csrf = form.querySelector("[name=csrfmiddlewaretoken]").cloneNode();
    post.append(csrf);
    document.body.append(post);
    post.requestSubmit();
  }
}

if (form) {
  const menu = new Menu(form.elements.body);
  if (form.elements.copy_to) new Menu(form.elements.copy_to);
  form.querySelector("[data-menu]").addEventListener("click", (event) => {
    event.preventDefault();
    const area = form.elements.body;
    area.focus();
    const before = area.value.slice(0, area.selectionStart);
    area.setRangeText(before && !/\s$/.test(before) ? " /" : "/", area.selectionStart, area.selectionEnd, "end");
    menu.look();
  });
}
