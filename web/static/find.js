// Ctrl+K or ⌘K: a field that finds pages, rules, people and ids, over whatever page one is on.

import { page } from "./fragments.js";

const dialog = document.querySelector("[data-find]");
const field = dialog?.querySelector("input");
const place = dialog?.querySelector("[data-found]");
// On a Mac, Ctrl+K deletes the rest of a line in a text.
const isMac = /Mac|iP/.test(navigator.platform);
const PAUSE_MS = 80;
let asking = null;
let timer = 0;

async function look() {
  asking?.abort();
  const mine = (asking = new AbortController());
  const found = await page(`/find?q=${encodeURIComponent(field.value)}`, mine.signal);
  if (found && !mine.signal.aborted) place.replaceChildren(...found.body.childNodes);
}

function open(event) {
  event.preventDefault();
  document.querySelector("#menu:popover-open")?.hidePopover();
  if (!dialog.open) dialog.showModal();
  field.select();
  look();
}

if (dialog) {
  document.querySelector("[data-find-open]").addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const isAsked = isMac ? event.metaKey : event.ctrlKey;
    if (isAsked && event.key === "k" && !event.shiftKey && !event.altKey) open(event);
  });
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const stops = [field, ...place.querySelectorAll("a")];
    stops[stops.indexOf(document.activeElement) + by]?.focus();
  });
}
