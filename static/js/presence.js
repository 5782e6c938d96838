// Says every few seconds what its reader does here, and shows who else is here and what is new.
const place = () => document.getElementById("presence");
const form = document.getElementById("composer");
const BEAT = 5000;
const TYPED_LATELY = 12_000;
const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];
let typed = -TYPED_LATELY;
let newest = 0;

form?.addEventListener("input", () => { typed = performance.now(); });

function doing() {
  if (form && performance.now() - typed < TYPED_LATELY) return form.elements.kind.value;
  return document.activeElement?.closest("[data-quick]") ? "editing" : "viewing";
}

function post(words, keepalive) {
  return fetch(place().dataset.presence, {
    method: "POST",
    headers: { "X-CSRFToken": token, Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(words).toString(),
    keepalive,
  });
}

function show(said) {
  const here = place();
  const fresh = document.createElement("template");
  fresh.innerHTML = said.present;
  if (here.textContent.trim() !== fresh.content.textContent.trim()) here.replaceChildren(fresh.content);
  const note = document.getElementById("unread");
  if (!note) return;
  if (said.unread) {
    if (said.newest !== newest) document.getElementById("feed")?.dispatchEvent(new CustomEvent("upstream:refresh"));
    newest = said.newest;
    note.querySelector("span").textContent = said.unread;
    note.querySelector("[data-read]").hidden = false;
  }
  note.hidden = !said.unread;
  tellOfOtherWindow(said.draft);
}

// Another window of the same person went on with the draft: nothing is overwritten without a word.
function tellOfOtherWindow(version) {
  const mine = Number(form.elements.draft_version.value);
  const state = form.querySelector("[data-draft-state]");
  if (version > mine && mine > 0 && performance.now() - typed > TYPED_LATELY) {
    state.textContent = "You went on writing in another window: reload to see that text.";
  }
}

async function beat() {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await post({ doing: doing(), seen: form?.elements.seen.value ?? 0 }, false);
    if (answer.ok && (answer.headers.get("Content-Type") ?? "").includes("json")) show(await answer.json());
  } catch { /* the server is away for a moment; the next beat asks again */ }
}

// Whoever shows the new message has read it: sending is not held up for that one any more.
document.getElementById("unread")?.querySelector("[data-read]")?.addEventListener("click", () => {
  form.elements.seen.value = newest;
  document.getElementById("unread").hidden = true;
  document.getElementById("latest")?.scrollIntoView({ block: "center", behavior: "smooth" });
  form.elements.body.focus({ preventScroll: true });
});

if (place()) {
  beat();
  setInterval(beat, BEAT);
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pagehide", () => { post({ doing: "gone" }, true).catch(() => {}); });
}
