// Says that a suggested article or workaround was opened, so that such help can be counted.
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

const say = (url) => fetch(url, { method: "POST", keepalive: true, headers: { "X-CSRFToken": token() } });

for (const kind of ["click", "auxclick"]) {
  document.addEventListener(kind, (event) => {
    const link = event.target.closest("[data-opened]");
    if (!link) return;
    say(link.dataset.opened);
  });
}
// A toggle does not bubble, but it is captured on its way.
document.addEventListener("toggle", (event) => {
  const box = event.target.closest?.("[data-workarounds]");
  if (box && event.target.open) say(box.dataset.workarounds);
}, true);
