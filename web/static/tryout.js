// Try it here: the result comes without leaving the page, so that the text and the cursor stay.

import { posted, read } from "./fragments.js";
import { showTimes } from "./times.js";

// Beside the form of a rule the fields of a try have a form of their own, with the rule's text.
const apart = document.querySelector("#try-form");
const form = apart ?? document.querySelector("#rule-form");
const place = document.querySelector("#trial");
const subject = document.querySelector("#try select[name=subject]");
const written = document.querySelector("[data-written]");
const bundle = document.querySelector("#try input[type=file]");
let asking = null;

function fieldsFor(button) {
  const fields = new FormData(form);
  fields.delete(bundle.name);
  if (button.name) fields.set(button.name, button.value);
  const [file] = bundle.files;
  if (button.value !== bundle.name) return new URLSearchParams(fields);
  // A file that is too large is cut, but sent large enough to be refused.
  if (file) fields.set(bundle.name, file.slice(0, Number(bundle.dataset.most) + 1), file.name);
  return fields;
}

async function run(button) {
  asking?.abort();
  const mine = (asking = new AbortController());
  place.setAttribute("aria-busy", "true");
  // What was typed a moment ago is tried as well.
  const awaited = [];
  document.dispatchEvent(new CustomEvent("rule-text-wanted", { detail: awaited }));
  await Promise.all(awaited);
  const fields = fieldsFor(button);
  const ask = () => posted("/rules/try", fields, mine.signal);
  let answer = await ask();
  // A server that is busy with others says so, and is asked again.
  for (let times = 0; answer?.status === 503 && times < 10; times++) {
    await new Promise((done) => setTimeout(done, 1000));
    answer = await ask();
  }
  const found = await read(answer);
  if (mine.signal.aborted) return;
  place.removeAttribute("aria-busy");
  if (!found) return;
  place.replaceChildren(...found.body.childNodes);
  showTimes(place);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  place.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[formaction='/rules/try']");
  if (!button) return;
  event.preventDefault();
  if (button.name === "pick" && [...subject.options].some((one) => one.value === button.value)) {
    subject.value = button.value;
  }
  run(button);
});
document.addEventListener("rule-text-changed", ({ detail }) => {
  if (apart) apart.elements.text.value = detail.text;
});
subject.addEventListener("change", () => {
  if (subject.value === "written") written.open = true;
});
