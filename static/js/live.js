// Live parts of a page: says aloud what changed, and what to do when the server cannot be reached.
const live = document.getElementById("live");

// The server may leave to a page what scripts fetch once it stands.
document.cookie = "scripts=on; path=/; max-age=31536000; samesite=lax";

/** Says a sentence to screen readers. */
function announce(sentence) {
  if (!live || !sentence) return;
  live.textContent = "";
  // A fresh text after a pause is read even when it repeats the one before.
  setTimeout(() => { live.textContent = sentence; }, 50);
}
document.addEventListener("upstream:announce", (event) => announce(event.detail));

/** Shows a sentence on top of the page, as the server's own messages are shown. */
function showNotice(sentence) {
  const box = document.getElementById("messages");
  if (!box) return;
  const notice = document.createElement("div");
  notice.className = "notice notice-error";
  notice.setAttribute("role", "alert");
  const words = document.createElement("span");
  words.textContent = sentence;
  notice.append(words);
  box.replaceChildren(notice);
}

// A fragment may carry the sentence that tells what it shows: data-announce="12 similar tickets".
document.addEventListener("htmx:afterSwap", (event) => {
  const swapped = event.detail.elt;
  const teller = swapped.matches?.("[data-announce]") ? swapped : swapped.querySelector?.("[data-announce]");
  if (teller) announce(teller.dataset.announce);
});

// Polling stays quiet when the server is away for a moment; an action of the person does not.
const asked = (event) => !String(event.detail.requestConfig?.triggeringEvent?.type ?? "").startsWith("every")
  && event.detail.requestConfig?.verb !== "get";
document.addEventListener("htmx:sendError", (event) => {
  if (asked(event)) showNotice("The server did not answer. Nothing was lost; please try again.");
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401 || event.detail.xhr.status === 403) {
    showNotice("You are not signed in any more, or may not do this. Reload the page to go on.");
  } else if (asked(event)) {
    showNotice("That did not work. Nothing was lost; please try again.");
  }
});

// Signed out meanwhile: the answer is the whole sign-in page, which must not land inside a box.
document.addEventListener("htmx:beforeSwap", (event) => {
  const path = event.detail.xhr.responseURL ? new URL(event.detail.xhr.responseURL).pathname : "";
  if (path.startsWith("/login/") && event.detail.requestConfig.path !== path) {
    event.detail.shouldSwap = false;
    showNotice("You were signed out. Open a new tab to sign in; what you typed here stays.");
  }
});

function enableClosing(root) {
  for (const button of root.querySelectorAll("[data-close-notice]")) button.hidden = false;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close-notice]");
  if (button) button.closest(".notice").remove();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.menu[open], details.drawer[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
enableClosing(document);
