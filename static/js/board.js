// A board: cards move by drag, by Shift with an arrow, and with m by a form of their own.
const board = document.querySelector("[data-board]");
const form = document.getElementById("board-move");
const keysOn = () => {
  try { return localStorage.getItem("upstream.keys") !== "off"; } catch { return true; }
};
const typing = (target) => target.isContentEditable || target.matches?.("textarea, select, input");
const here = () => document.activeElement?.closest(".board-card") ?? board?.querySelector(".board-card.here");

/** Sends the card to another column; the server says whether it may go there. */
function move(card, column) {
  if (!card || !column || card.closest("[data-column]") === column) return;
  if (column.dataset.column === "none") {
    document.dispatchEvent(new CustomEvent("upstream:announce", { detail: "A ticket cannot be moved there" }));
    return;
  }
  card.setAttribute("aria-busy", "true");
  form.action = card.querySelector("[data-move]").pathname;
  form.elements.to.value = column.dataset.column;
  form.requestSubmit();
}

function neighbour(card, step) {
  const columns = [...board.querySelectorAll("[data-column]")];
  return columns[columns.indexOf(card.closest("[data-column]")) + step];
}

if (board && form) {
  let dragged = null;
  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(".board-card");
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  board.addEventListener("dragend", () => {
    for (const column of board.querySelectorAll(".over")) column.classList.remove("over");
    dragged = null;
  });
  board.addEventListener("dragover", (event) => {
    const column = event.target.closest("[data-column]");
    if (!dragged || !column) return;
    event.preventDefault();
    for (const other of board.querySelectorAll(".over")) if (other !== column) other.classList.remove("over");
    column.classList.add("over");
  });
  board.addEventListener("drop", (event) => {
    const column = event.target.closest("[data-column]");
    if (!dragged || !column) return;
    event.preventDefault();
    move(dragged, column);
  });
  document.addEventListener("keydown", (event) => {
    if (!keysOn() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const card = here();
    if (!card) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.shiftKey && step) {
      event.preventDefault();
      move(card, neighbour(card, step));
    } else if (event.key === "m") {
      event.preventDefault();
      card.querySelector("[data-move]").click();
    }
  });
}
