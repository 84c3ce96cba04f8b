const form = document.getElementById("explorer");
const names = JSON.parse(form.dataset.names);
const files = JSON.parse(form.dataset.files);
const scripts = JSON.parse(form.dataset.scripts);
const matches = document.getElementById("matches");
const more = document.getElementById("more");
const columns = { platform: 1, cluster: 2, state: 3, week: 4, seller: 6, origin: 7 };
const orders = { first_seen: 4, title: 5, seller: 6, score: 9 };
const SIZE = Number(form.dataset.size), STEP = 50;
const offers = [];
let matching = [], shown = 0;

const field = (name) => document.getElementById(`f-${name}`);
const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

function receive(rows) {
  for (const row of rows) {
    offers.push(row);
    row.text = `${row[5]} ${row[6]} ${row[7]} ${row[10]}`.toLowerCase();
  }
}

function holds(row, name, wanted) {
  if (name !== "seller") return row[columns[name]] === wanted;
  return row[10] === wanted || row[6].toLowerCase().includes(wanted.toLowerCase());
}

function find() {
  const wanted = words(document.getElementById("words").value);
  const chosen = Object.keys(columns).map((name) => [name, field(name).value.trim()]);
  const filters = chosen.filter(([, value]) => value);
  const order = document.getElementById("sort").value;
  matching = offers.filter((row) =>
    filters.every(([name, value]) => holds(row, name, value)) &&
    wanted.every((word) => row.text.includes(word)));
  const at = orders[order];
  if (order === "title" || order === "seller") {
    matching.sort((a, b) => (a[at] === "") - (b[at] === "") || a[at].localeCompare(b[at]) || a[0] - b[0]);
  } else if (at) {
    matching.sort((a, b) => (a[at] < b[at]) - (a[at] > b[at]) || a[0] - b[0]);
  }
  matches.querySelector("tbody").replaceChildren();
  shown = 0;
  show();
}

function show() {
  const heads = [...matches.querySelectorAll("thead th")].map((head) => head.textContent);
  const body = matches.querySelector("tbody");
  for (const row of matching.slice(shown, shown + STEP)) {
    const line = body.insertRow();
    line.setAttribute("role", "row");
    const link = document.createElement("a");
    link.href = `${files[Math.floor((row[0] - 1) / SIZE)]}#offer-${row[0]}`;
    link.textContent = row[5] || `${row[0]}.`;
    const head = document.createElement("th");
    head.scope = "row";
    head.setAttribute("role", "rowheader");
    head.append(link);
    line.append(head);
    const texts = [names.platform[row[1]] || row[1], names.state[row[3]], names.cluster[row[2]],
      row[6], row[7], row[8], row[4]];
    texts.forEach((text, index) => {
      const cell = line.insertCell();
      cell.setAttribute("role", "cell");
      cell.dataset.label = heads[index + 1];
      const span = document.createElement("bdi");
      span.textContent = text || "–";
      cell.append(span);
    });
  }
  shown = Math.min(shown + STEP, matching.length);
  more.hidden = shown === matching.length;
  const number = (count) => count.toLocaleString(document.documentElement.lang);
  document.getElementById("found").textContent = form.dataset.count
    .replace("{shown}", number(shown)).replace("{matching}", number(matching.length))
    .replace("{all}", number(offers.length));
}

function choose() {
  const chosen = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(columns)) {
    if (chosen.has(name)) field(name).value = chosen.get(name);
  }
}

// The address holds the filter, so that it is there again when the reader comes back.
function keep() {
  const chosen = Object.keys(columns).map((name) => [name, field(name).value]);
  history.replaceState(null, "", `#${new URLSearchParams(chosen.filter(([, value]) => value))}`);
}

function start() {
  for (const name of ["state", "platform", "cluster", "origin", "week"]) {
    const values = new Set(offers.map((row) => row[columns[name]]).filter(Boolean));
    const known = Object.keys(names[name] || {}).filter((value) => values.has(value));
    for (const value of names[name] ? known : [...values].sort()) {
      field(name).append(new Option(names[name] ? names[name][value] : value, value));
    }
  }
  choose();
  form.hidden = matches.hidden = false;
  document.getElementById("main").classList.add("scripted");
  form.addEventListener("input", () => { find(); keep(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", show);
  addEventListener("hashchange", () => { choose(); find(); });
  find();
  // The form was not there yet when the browser went to the offer.
  if (location.hash.startsWith("#offer-")) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

function load(index) {
  if (index === scripts.length) return start();
  const script = document.createElement("script");
  script.src = scripts[index];
  script.onload = () => load(index + 1);
  document.body.append(script);
}
load(0);
