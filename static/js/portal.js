// Says that a suggested article was opened, so that help by articles can be counted.
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

for (const kind of ["click", "auxclick"]) {
  document.addEventListener(kind, (event) => {
    const link = event.target.closest("[data-opened]");
    if (!link) return;
    fetch(link.dataset.opened, { method: "POST", keepalive: true, headers: { "X-CSRFToken": token() } });
  });
}
