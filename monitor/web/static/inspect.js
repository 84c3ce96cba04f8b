// Keys open units and enter refusals; files that are dropped or chosen go off at once. What was
// opened, and which unit is the present one, is remembered in this tab alone.
"use strict";
const drop = document.getElementById("drop");
const note = document.getElementById("note");
const opened = new Set(JSON.parse(sessionStorage.getItem("opened") || "[]"));
const rows = () => [...document.querySelectorAll(".unit")];
const present = () => document.querySelector('.unit[aria-current="true"]');
document.documentElement.classList.add("scripted");

function choose(row) {
  if (!row) return;
  present()?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  sessionStorage.setItem("present", row.dataset.unit);
  row.scrollIntoView({ block: "nearest" });
}

function mark(row) {
  opened.add(row.dataset.unit);
  sessionStorage.setItem("opened", JSON.stringify([...opened].slice(-200)));
  show();
}

function show() {
  for (const row of rows()) {
    row.classList.toggle("is-opened", opened.has(row.dataset.unit));
    row.querySelector(".opened").hidden = !opened.has(row.dataset.unit);
  }
  if (present()) return;
  const last = sessionStorage.getItem("present");
  choose(rows().find((row) => row.dataset.unit === last)
    || rows().find((row) => !opened.has(row.dataset.unit)) || rows()[0]);
}

function step(by) {
  choose(rows()[rows().indexOf(present()) + by]);
}

function open() {
  if (present() && opened.has(present().dataset.unit)) step(1);
  present()?.querySelector(".open").click();
}

async function copy() {
  if (present() && opened.has(present().dataset.unit)) step(1);
  if (!present()) return;
  await navigator.clipboard.writeText(present().querySelector(".open").href);
  note.textContent = drop.dataset.copied;
  mark(present());
}

// As many files at once as the server takes; what is too large alone is not sent.
function batches(files) {
  const limit = drop.dataset.limit - 65536;
  const parts = [[]];
  let size = 0;
  for (const file of files) {
    if (size + file.size > limit && parts.at(-1).length) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1).push(file);
    size += file.size;
  }
  return parts;
}

function line(words, name, kind) {
  const entry = document.createElement("li");
  const bold = document.createElement("b");
  const small = document.createElement("small");
  bold.textContent = words;
  small.textContent = name;
  entry.className = kind;
  entry.append(bold, " ", small);
  document.querySelector(".receipts").prepend(entry);
  document.getElementById("receipts").hidden = false;
}

async function hand(files) {
  drop.classList.add("busy");
  for (const part of batches(files)) {
    const name = part.map((file) => file.name).join(", ");
    if (part.length === 1 && part[0].size > drop.dataset.limit - 65536) {
      line(drop.dataset.tooLarge, name, "too_large");
      continue;
    }
    note.textContent = drop.dataset.sending.replace("{name}", name);
    const form = new FormData();
    form.append("token", drop.querySelector("[name=token]").value);
    if (drop.querySelector("[name=logged_in]").checked) form.append("logged_in", "yes");
    for (const file of part) form.append("files", file);
    try {
      const answer = await fetch(drop.action + window.location.search, { method: "POST", body: form });
      if (!answer.ok) throw new Error(answer.status);
      take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      note.textContent = "";
    } catch {
      note.textContent = drop.dataset.failed;
    }
  }
  drop.classList.remove("busy");
}

// The page that answers has the worklist and the lists anew; its receipts come before the earlier.
function take(page) {
  const earlier = [...document.querySelectorAll(".receipts li")];
  for (const id of ["progress", "worklist", "receipts", "taken"]) {
    document.getElementById(id).replaceWith(document.adoptNode(page.getElementById(id)));
  }
  document.querySelector(".receipts").append(...earlier);
  document.getElementById("receipts").hidden = !document.querySelector(".receipts li");
  show();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.open");
  if (link) {
    choose(link.closest(".unit"));
    mark(link.closest(".unit"));
  } else if (event.target.closest(".unit") && !event.target.closest("button")) {
    choose(event.target.closest(".unit"));
  }
});

// A refusal or an undo leaves what was just handed in on the screen.
document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form === drop) return;
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  const answer = await fetch(form.action, { method: "POST", body: fields });
  if (answer.ok) await renew();
  else window.location.assign(window.location.href);
});

async function renew() {
  const answer = await fetch(window.location.href);
  take(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

drop.querySelector("input[type=file]").addEventListener("change", (event) => {
  const files = [...event.target.files];
  event.target.value = "";
  if (files.length) hand(files);
});
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") hand([...event.dataTransfer.files]);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const act = present()?.querySelector(`[data-act="${CSS.escape(event.key.toUpperCase())}"]`);
  const steps = { ArrowDown: () => step(1), ArrowUp: () => step(-1), o: open, c: copy };
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (act) {
    event.preventDefault();
    act.click();
  } else if (steps[key]) {
    event.preventDefault();
    steps[key]();
  }
});

show();
