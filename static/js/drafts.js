// What is being written is kept on the server, every few seconds and when the page goes; a copy
// stays in this browser until the server has it. form[data-draft][data-draft-url].
const PREFIX = "upstream.draft.";
const SAVE_AFTER = 1500;
const RETRY_AFTER = 5000;
const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];

function store(action) {
  // Private windows may refuse; then the server alone keeps the draft.
  try { return action(localStorage); } catch { return null; }
}
const KEPT = ["textarea", "select-one", "text", "email", "search", "radio", "checkbox"];
const NOT_KEPT = ["outside", "go_next"];
const keptFields = (form) => [...form.elements].filter((one) => one.name && KEPT.includes(one.type) && !NOT_KEPT.includes(one.name));

function valuesOf(form) {
  const values = {};
  for (const one of keptFields(form)) {
    if (one.type === "radio") { if (one.checked) values[one.name] = one.value; }
    else if (one.type === "checkbox") { if (one.checked) values[one.name] = "on"; }
    else values[one.name] = one.value;
  }
  return values;
}

function fill(form, values) {
  for (const one of keptFields(form)) {
    if (one.type === "radio") { if (one.name in values) one.checked = one.value === values[one.name]; }
    else if (one.type === "checkbox") one.checked = values[one.name] === "on";
    else if (one.name in values) one.value = values[one.name];
  }
}

class Draft {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.draftUrl;
    this.key = `${PREFIX}${form.dataset.draftPerson}.${form.dataset.draft}`;
    this.state = form.querySelector("[data-draft-state]");
    this.known = JSON.stringify(valuesOf(form));
    this.waiting = 0;
    this.sending = false;
    this.restore();
    form.addEventListener("input", () => this.soon());
    form.addEventListener("change", () => this.soon());
    form.addEventListener("focusout", () => { if (this.waiting) this.save(); });
    form.addEventListener("upstream:keep", () => this.save());
    form.addEventListener("submit", (event) => this.leave(event.submitter));
    window.addEventListener("online", () => this.save());
    window.addEventListener("pagehide", () => this.last());
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.last(); });
  }

  get version() { return this.form.elements.draft_version; }
  get now() { return JSON.stringify(valuesOf(this.form)); }

  // Words of this browser that the server never got: a lost connection, a crash, a closed lid.
  restore() {
    const local = store((box) => JSON.parse(box.getItem(this.key)));
    if (!local) return;
    const sent = local.sent && local.version > 0 && Number(this.version.value) === 0;
    if (sent || JSON.stringify(local.values) === this.known || this.form.querySelector("[data-error-summary]")) {
      store((box) => box.removeItem(this.key));
      return;
    }
    fill(this.form, local.values);
    // Upon the version those words went on from: if the server has newer ones, it keeps both.
    this.version.value = local.version;
    this.form.dispatchEvent(new CustomEvent("upstream:restored", { bubbles: true }));
    document.dispatchEvent(new CustomEvent("upstream:announce", { detail: "Your draft is back." }));
    this.save();
  }

  soon() {
    const now = this.now;
    if (now === this.known) return;
    store((box) => box.setItem(this.key, JSON.stringify({ values: JSON.parse(now), version: Number(this.version.value) })));
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.save(), SAVE_AFTER);
  }

  body() {
    const data = new URLSearchParams(valuesOf(this.form));
    data.set("draft_version", this.version.value);
    return data;
  }

  post(keepalive) {
    return fetch(this.url, {
      method: "POST",
      headers: { "X-CSRFToken": token(), Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
      body: this.body().toString(),
      keepalive,
    });
  }

  async save() {
    clearTimeout(this.waiting);
    this.waiting = 0;
    const now = this.now;
    if (now === this.known || this.sending || this.form.dataset.state === "sent") return;
    this.sending = true;
    try {
      const answer = await this.post(false);
      const said = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json() : null;
      if (answer.ok && said) this.kept(now, said);
      else this.say(said?.error ?? "Not kept on the server yet; a copy stays in this browser.", true);
      if (answer.status >= 500 || !said) this.again();
    } catch {
      this.say("No connection: a copy stays in this browser.", true);
      this.again();
    } finally {
      this.sending = false;
    }
    if (this.now !== now) this.soon();
  }

  again() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.save(), RETRY_AFTER);
  }

  kept(now, said) {
    this.known = now;
    this.version.value = said.version;
    if (this.now === now) store((box) => box.removeItem(this.key));
    this.say(said.others ? `Draft kept ${said.saved}; another text of yours is kept too: reload to see it` : `Draft kept ${said.saved}`);
    for (const tool of this.form.querySelectorAll(".draft-discard, .draft-share")) tool.hidden = false;
  }

  // The page goes: the request outlives it. What is too long for that stays in the local copy.
  last() {
    if (this.form.dataset.state === "sent" || this.now === this.known) return;
    this.soon();
    const now = this.now;
    try {
      this.post(true).then(async (answer) => { if (answer.ok) this.kept(now, await answer.json()); }).catch(() => {});
    } catch { /* longer than such a request may be */ }
  }

  // The draft ends with the message. Should the answer never come, the local copy knows that it was on its way.
  leave(submitter) {
    clearTimeout(this.waiting);
    this.waiting = 0;
    const sending = !submitter?.name || submitter.value.startsWith("send") || submitter.name !== "do";
    if (!sending || submitter?.hasAttribute("data-draft-drop")) {
      if (submitter?.hasAttribute("data-draft-drop")) store((box) => box.removeItem(this.key));
      return;
    }
    store((box) => box.setItem(this.key, JSON.stringify({ values: valuesOf(this.form), version: Number(this.version.value), sent: true })));
  }

  say(sentence, wrong = false) {
    if (!this.state) return;
    this.state.textContent = sentence;
    this.state.classList.toggle("is-wrong", wrong);
  }
}

for (const element of document.querySelectorAll("[data-sent]")) {
  for (const form of document.querySelectorAll("form[data-draft]")) {
    for (const name of element.dataset.sent.split(" ")) store((box) => box.removeItem(`${PREFIX}${form.dataset.draftPerson}.${name}`));
  }
}
for (const form of document.querySelectorAll("form[data-draft][data-draft-url]")) new Draft(form);
