// The inbox: keys to go through it, and what is new appears by itself.

import { page } from "./fragments.js";
import { isLost } from "./reach.js";
import { showTimes } from "./times.js";

const RENEW_MS = 5_000;
const $ = (selector, root = document) => root.querySelector(selector);
const names = () => [...document.querySelectorAll("[data-mails] .mail-name")];

// --- Keys: off while somebody writes ---

function move(by) {
  const all = names();
  const focused = document.activeElement;
  const at = all.indexOf(all.includes(focused) ? focused : $("[data-mails] [aria-current]"));
  const next = all[Math.min(Math.max(at < 0 ? 0 : at + by, 0), all.length - 1)];
  next?.focus({ preventScroll: true });
  next?.closest("li").scrollIntoView({ block: "nearest" });
}

const actions = {
  j: () => move(1),
  k: () => move(-1),
  r: () => ($("#write textarea") ?? $(".mail-name:focus"))?.[$("#write textarea") ? "focus" : "click"](),
  e: () => $('[data-key="e"]')?.click(),
};
document.addEventListener("keydown", (event) => {
  const writes = event.target.closest?.("input, select, textarea, dialog");
  if (writes || event.ctrlKey || event.metaKey || event.altKey || !actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
});
$("[data-keys-hint]")?.removeAttribute("hidden");

// --- A ready answer goes to what is written already ---

document.addEventListener("click", (event) => {
  const chosen = event.target.closest?.("[data-ready]");
  const field = $("[data-answer]");
  if (!chosen || !field) return;
  event.preventDefault();
  field.value = [field.value, chosen.dataset.ready].filter(Boolean).join("\n");
  const picture = $("[name=picture]", field.form);
  if (chosen.dataset.picture) picture.value = chosen.dataset.picture;
  picture.closest("details").open = Boolean(picture.value);
  field.focus();
});

// --- The list and the conversation are read again; what somebody is using stays in focus ---

function scrollDown() {
  const talk = $(".talk");
  if (talk) talk.scrollTop = talk.scrollHeight;
}

function renew(name, found) {
  const [shown, newer] = [$(`[${name}]`), $(`[${name}]`, found)];
  if (!shown || !newer || shown.dataset.was === newer.textContent) return;
  shown.dataset.was = newer.textContent;
  const href = shown.contains(document.activeElement) && document.activeElement.getAttribute("href");
  shown.replaceChildren(...newer.childNodes);
  showTimes(shown);
  scrollDown();
  if (href) [...shown.querySelectorAll("a")].find((one) => one.getAttribute("href") === href)?.focus({ preventScroll: true });
}

scrollDown();
setInterval(async () => {
  if (document.hidden || isLost() || getSelection()?.type === "Range") return;
  const found = await page(location.href);
  if (!found) return;
  renew("data-mails", found);
  renew("data-talk", found);
  renew("data-fate", found);
}, RENEW_MS);
