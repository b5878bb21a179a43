// The tests of the file in the editor, run by the server with each longer pause of the keys. The page
// works without it: a button of the form asks for the same.

import { fragment } from "./fragments.js";

const PAUSE_MS = 700;
const pane = document.querySelector("#tests");
const form = document.querySelector("form[data-file]");

let text = form?.querySelector("textarea[name=text]")?.value ?? "";
let shown = null;
let timer = 0;
let isAsking = false;

// One request at a time: simulations cost the server more than a preview.
async function ask() {
  if (isAsking) return;
  isAsking = true;
  const asked = text;
  pane.setAttribute("aria-busy", "true");
  const page = await fragment("/rules/tests", { file: form.dataset.file, text: asked });
  pane.removeAttribute("aria-busy");
  if (page) pane.replaceChildren(...page.body.childNodes);
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

// A press beside the preview makes a test of an event. It stands in the text, where it can be undone.

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button.keep");
  if (!button || !pane) return;
  event.preventDefault();
  const asked = text;
  const page = await fragment(button.getAttribute("formaction"), { text: asked });
  if (!page || text !== asked) return;
  const difference = document.querySelector("#difference");
  const edits = page.querySelector("[data-edits]")?.dataset.edits;
  difference.replaceChildren(...page.body.children);
  if (edits) document.dispatchEvent(new CustomEvent("rule-text-edit", { detail: JSON.parse(edits) }));
  difference.scrollIntoView({ block: "nearest" });
});
