// `/` calls up texts and macros, `@` colleagues, and the copy line people; arrows, Enter, Escape.
import { Menu } from "./menu.js";

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

class ComposerMenu extends Menu {
  // The sign before the caret and the words after it; null when nothing is being called up.
  called() {
    if (this.field.dataset.people) return this.named();
    const before = this.field.value.slice(0, this.field.selectionStart);
    const found = /(?:^|\s)([/@])([^\n/@]{0,40})$/.exec(before);
    if (!found || /^\s/.test(found[2]) || /\s{2}/.test(found[2])) return null;
    return { sign: found[1], words: found[2], from: before.length - found[2].length - 1 };
  }

  async find({ sign, words }) {
    if (sign === "/") return fitting(await fetchChoices(), words);
    if (!words) return [];
    const people = await fetchPeople(words.trim(), sign === "@" ? "mention" : "copy");
    return people.map((one) => ({
      label: one.name, outside: sign === "copy" && one.outside, hint: one.outside ? `${one.hint || one.email}, outside` : one.hint, group: "",
      text: sign === "@" ? `@${one.name} ` : `${one.name} <${one.email}>, `,
    }));
  }

  saysNothing({ sign }) { return sign === "/"; }

  chosen(option) {
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
  const menu = new ComposerMenu(form.elements.body, "What to insert");
  if (form.elements.copy_to) new ComposerMenu(form.elements.copy_to, "People");
  form.querySelector("[data-menu]").addEventListener("click", (event) => {
    event.preventDefault();
    const area = form.elements.body;
    area.focus();
    const before = area.value.slice(0, area.selectionStart);
    area.setRangeText(before && !/\s$/.test(before) ? " /" : "/", area.selectionStart, area.selectionEnd, "end");
    menu.look();
  });
}
