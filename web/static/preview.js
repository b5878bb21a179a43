// The preview beside the editor: what the text would do, rendered by the server with each pause of
// the keys. The page works without it: a button of the form asks for the same.

import { showTimes } from "./times.js";
import { fragment } from "./fragments.js";

// Changes in one go, such as a pasted text, are previewed once.
const PAUSE_MS = 15;
// A server that computes for others answers later; a request that takes longer than this is given
// up.
const LONGEST_MS = 10_000;
const pane = document.querySelector("#preview");
const form = document.querySelector("form[data-file]");

let text = null;
let shown = null;
let timer = 0;
let asking = null;

// One request at a time: the server goes on with an aborted one, and the next would wait for it.
async function ask() {
  if (asking) return;
  const asked = text;
  asking = new AbortController();
  const limit = setTimeout(() => asking.abort(), LONGEST_MS);
  pane.setAttribute("aria-busy", "true");
  const fields = { file: form.dataset.file, text: asked };
  const page = await fragment("/rules/preview", fields, asking.signal);
  clearTimeout(limit);
  asking = null;
  pane.removeAttribute("aria-busy");
  if (page) show(page);
  shown = asked;
  if (text !== shown) ask();
}

function show(page) {
  // While the text is broken the last good preview stays, paler.
  const isStale = !page.querySelector(".preview-head") && pane.querySelector(".preview-head");
  pane.classList.toggle("stale", Boolean(isStale));
  if (isStale) return;
  const open = new Set([...pane.querySelectorAll("details[open]")].map((one) => one.dataset.key));
  pane.replaceChildren(...page.body.childNodes);
  for (const one of pane.querySelectorAll("details")) one.open = open.has(one.dataset.key);
  showTimes(pane);
}

document.addEventListener("rule-text-changed", ({ detail }) => {
  text = typeof detail === "string" ? detail : detail.text;
  clearTimeout(timer);
  if (text !== shown) timer = setTimeout(ask, PAUSE_MS);
});
document.addEventListener("server-found", () => {
  shown = null;
  if (text !== null) ask();
});
addEventListener("pagehide", () => asking?.abort());
