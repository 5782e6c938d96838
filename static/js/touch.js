// Time spent on a ticket, noticed and never asked for: a beat every 15 seconds while the page is
// seen and its reader did something in the last minute.
const BEAT = 15_000;
const IDLE = 60_000;
const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart", "focus"];
const address = document.querySelector("[data-touch]")?.dataset.touch;
const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];
let active = performance.now();
let told = performance.now();

for (const sign of SIGNS) window.addEventListener(sign, () => { active = performance.now(); }, { passive: true, capture: true });

function beat() {
  const now = performance.now();
  const seconds = Math.round((now - told) / 1000);
  told = now;
  if (document.visibilityState !== "visible" || now - active > IDLE || seconds < 1) return;
  fetch(address, {
    method: "POST",
    headers: { "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded" },
    body: `seconds=${seconds}`,
    keepalive: true,
    // Signed out, or the server is away for a moment: nothing of the reader's work depends on it.
  }).catch(() => {});
}

if (address) {
  setInterval(beat, BEAT);
  document.addEventListener("visibilitychange", () => { told = performance.now(); });
  window.addEventListener("pagehide", beat);
}
