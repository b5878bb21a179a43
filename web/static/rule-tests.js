// The tests of the file in the editor, run by the server with each longer pause of the keys. The page
// works without it: a button of the form asks for the same.

import { parsed } from "./fragments.js";

const PAUSE_MS = 700;
const pane = document.querySelector("#tests");
const form = document.querySelector("form[data-file]");
const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";

let text = form?.querySelector("textarea[name=text]")?.value ?? "";
let shown = null;
let timer = 0;
let isAsking = false;

// One question at a time: simulations cost the server more than a preview.
async function ask() {
  if (isAsking) return;
  isAsking = true;
  const asked = text;
  pane.setAttribute("aria-busy", "true");
  const answer = await fetch("/rules/tests", {
    method: "POST",
    headers: { "x-csrf-token": csrf, "x-fragment": "1" },
    body: new URLSearchParams({ file: form.dataset.file, text: asked }),
  }).catch(() => null);
  pane.removeAttribute("aria-busy");
  if (answer?.ok) pane.replaceChildren(...parsed(await answer.text()).body.childNodes);
  isAsking = false;
  shown = asked;
  if (text !== shown) later();
}

function later() {
  clearTimeout(timer);
  if (text !== shown && /^\s*tests:/m.test(text)) timer = setTimeout(ask, PAUSE_MS);
}

document.addEventListener("rule-text-changed", ({ detail }) => {
  text = typeof detail === "string" ? detail : detail.text;
  later();
});
if (pane && form) later();
