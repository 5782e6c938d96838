// The writing box: files by paste, drag or choice with their progress; send keys; who reads it.
const form = document.getElementById("composer");
const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];
const announce = (detail) => document.dispatchEvent(new CustomEvent("upstream:announce", { detail }));

function insertText(area, text) {
  area.focus();
  const { selectionStart: from, selectionEnd: to } = area;
  area.setRangeText(text, from, to, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function remover(file) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "file-remove";
  button.dataset.remove = `/draft-files/${file.token}/remove/`;
  button.setAttribute("aria-label", `Remove ${file.name}`);
  button.textContent = "×";
  return button;
}

function showFile(row, file) {
  const link = document.createElement("a");
  link.href = `/attachments/${file.token}/`;
  link.textContent = file.name;
  row.dataset.token = file.token;
  if (file.reference) row.dataset.reference = file.reference;
  row.replaceChildren(link, remover(file));
}

function showProblem(row, sentence) {
  row.className = "is-wrong";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "file-remove";
  close.textContent = "×";
  close.setAttribute("aria-label", "Hide");
  close.addEventListener("click", () => row.remove());
  row.replaceChildren(sentence, close);
  announce(sentence);
}

function upload(file, area, inText) {
  const row = document.createElement("li");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Uploading ${file.name}`);
  row.append(file.name, bar);
  document.getElementById("draft-files").append(row);
  const data = new FormData();
  data.append("attachments", file, file.name || "picture.png");
  const request = new XMLHttpRequest();
  request.open("POST", form.dataset.filesUrl);
  request.setRequestHeader("X-CSRFToken", token());
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
  request.addEventListener("load", () => {
    const said = request.response;
    if (request.status !== 200 || !said?.files) {
      showProblem(row, said?.error ?? `${file.name} was not taken. Please try again.`);
      return;
    }
    const [kept] = said.files;
    if (Number(form.elements.draft_version.value) === 0) form.elements.draft_version.value = said.version;
    showFile(row, kept);
    if (inText && kept.reference) insertText(area, `${kept.reference}\n`);
    announce(`${kept.name} is attached.`);
  });
  request.addEventListener("error", () => showProblem(row, `${file.name} did not arrive: no connection. Please try again.`));
  request.send(data);
}

function watchFiles(area) {
  area.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    for (const file of files) upload(file, area, true);
  });
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  form.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    form.classList.add("is-dragged");
  });
  form.addEventListener("dragleave", (event) => { if (!form.contains(event.relatedTarget)) form.classList.remove("is-dragged"); });
  form.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    form.classList.remove("is-dragged");
    for (const file of event.dataTransfer.files) upload(file, area, true);
  });
  const chooser = form.elements.attachments;
  chooser.addEventListener("change", () => {
    for (const file of chooser.files) upload(file, area, false);
    chooser.value = "";
    chooser.closest("details").open = false;
  });
  document.getElementById("draft-files").addEventListener("click", async (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("li");
    try {
      const answer = await fetch(button.dataset.remove, { method: "POST", headers: { "X-CSRFToken": token() } });
      if (!answer.ok) throw new Error(String(answer.status));
    } catch {
      announce("The file was not removed. Please try again.");
      return;
    }
    if (row.dataset.reference) {
      area.value = area.value.replaceAll(row.dataset.reference, "");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    row.remove();
    area.focus();
  });
}

function watchSending(area) {
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    const wait = form.querySelector(".send-wait");
    if (wait && wait.checkVisibility()) form.requestSubmit(wait);
    else form.requestSubmit(form.querySelector(".send-now"));
  });
  const copies = form.elements.copy_to;
  const count = form.querySelector("[data-copy-count]");
  if (!copies || !count) return;
  const already = form.querySelectorAll(".copy-chip").length;
  const show = () => {
    const many = already + copies.value.split(/[,;]/).filter((part) => part.trim()).length;
    count.textContent = many ? ` and ${many} in copy` : "";
    if (!copies.value.trim()) form.querySelector(".copy-outside").hidden = true;
  };
  copies.addEventListener("input", show);
  copies.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.defaultPrevented) event.preventDefault(); });
  show();
}

if (form) {
  for (const button of form.querySelectorAll("[data-script-off]")) button.remove();
  for (const hint of form.querySelectorAll("[data-script-on]")) hint.hidden = false;
  watchFiles(form.elements.body);
  watchSending(form.elements.body);
}
