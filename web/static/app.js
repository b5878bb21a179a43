// Small comforts over pages that work without them: times, questions before acting, copying.

import "./find.js";
import "./reach.js";
import { showTimes } from "./times.js";

showTimes(document);
setInterval(() => document.hidden || showTimes(document), 10_000);

// --- Copy buttons, questions before acting, filters that apply themselves ---

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const text = button.textContent;
  button.textContent = "✓";
  setTimeout(() => (button.textContent = text), 1200);
});
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
// What is on its way is not sent again, however often it is pressed: a rule would be made twice.
// A file that is fetched leaves the page as it is, so that a press counts again after a while.
const ON_ITS_WAY_MS = 10_000;
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  const pressed = submitter ?? form;
  if (pressed.ariaBusy) return event.preventDefault();
  pressed.ariaBusy = "true";
  setTimeout(() => (pressed.ariaBusy = null), ON_ITS_WAY_MS);
});
addEventListener("pageshow", () => {
  for (const one of document.querySelectorAll("form[aria-busy], button[aria-busy]")) one.ariaBusy = null;
});
for (const select of document.querySelectorAll("form[method=get].filters select:not([data-stay])")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// --- Chips in one line that is wider than the window: the chosen one is in sight ---

for (const chosen of document.querySelectorAll(".views [aria-current]")) {
  const row = chosen.closest("ul");
  if (row) row.scrollLeft += chosen.getBoundingClientRect().left - row.getBoundingClientRect().left;
}

// --- Menus: one at a time; whoever goes on elsewhere, or presses Escape, has it closed ---

const openMenus = () => document.querySelectorAll("details:is(.menu, .drop)[open]");
for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, ({ target }) => {
    for (const menu of openMenus()) menu.open = menu.contains(target);
  });
}
document.addEventListener("keydown", (event) => {
  const [menu] = openMenus();
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
for (const field of document.querySelectorAll("[data-zone-here]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
}
