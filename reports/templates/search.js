const box = document.getElementById("search");
const weeks = [...document.querySelectorAll("[data-text]")];
const told = document.getElementById("found");
box.hidden = false;
box.querySelector("input").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const week of weeks) {
    week.hidden = !wanted.every((word) => week.dataset.text.includes(word));
    shown += !week.hidden;
  }
  told.textContent = wanted.length ? told.dataset.words.replace("{n}", shown) : "";
});
