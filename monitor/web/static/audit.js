// Keys choose; once an answer, its reason where it cannot be told or the mark where it is a yes, a
// group and, where asked, the commodity are chosen the form goes off by itself.
"use strict";
const form = document.querySelector("form.panel");
const isShown = (element) => element.closest("fieldset").offsetParent !== null;
const byKey = (key) =>
  [...document.querySelectorAll(`input[data-key="${CSS.escape(key)}"]:not(:disabled)`)].find(isShown);
let sent = false;

function send() {
  if (sent || !form.reportValidity()) return;
  sent = true;
  form.submit();
}

// A hidden choice that is required would keep the form from ever being sent.
function requireShown() {
  for (const radio of form.querySelectorAll(".commodities input")) radio.required = isShown(radio);
}

function chosen(name) {
  return form.querySelector(`input[name="${name}"]:checked`) !== null;
}

if (form) {
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  requireShown();
  form.addEventListener("change", (event) => {
    const waitsFor = { cannot_tell: "reason", yes: "mark" }[
      form.querySelector('input[name="answer"]:checked')?.value];
    requireShown();
    const complete = form.checkValidity() && (!waitsFor || chosen(waitsFor));
    if (form.dataset.auto === "yes" && event.target.type === "radio" && complete) send();
    else form.querySelector(".commodities:has(:required)")?.scrollIntoView({ block: "nearest" });
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const typing = event.target.matches("input[type=text]");
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const key = event.key.toUpperCase();
  const radio = byKey(key);
  const field = document.querySelector(`[data-focus="${CSS.escape(key)}"]`);
  const link = document.querySelector(`a[data-go="${CSS.escape(key)}"]`);
  if (radio) {
    event.preventDefault();
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (field) {
    event.preventDefault();
    field.focus();
  } else if (link) {
    event.preventDefault();
    link.click();
  } else if (event.key === "Enter" && form && !event.target.closest("a, button")) {
    event.preventDefault();
    send();
  }
});
