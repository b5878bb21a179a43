// Try it here: the result comes without leaving the page, so that the text and the cursor stay.

import { posted, read } from "./fragments.js";
import { showTimes } from "./times.js";

const form = document.querySelector("#rule-form");
const place = document.querySelector("#trial");
const subject = document.querySelector("#try select[name=subject]");
const written = document.querySelector("[data-written]");
let asking = null;

async function run(button) {
  asking?.abort();
  const mine = (asking = new AbortController());
  const fields = new URLSearchParams(new FormData(form));
  fields.set("file", form.dataset.file);
  if (button.name === "pick") fields.set("subject", button.value);
  place.setAttribute("aria-busy", "true");
  const ask = () => posted("/rules/try", fields, mine.signal);
  let answer = await ask();
  // A server that computes for others as well says so: it is asked again.
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
subject.addEventListener("change", () => {
  if (subject.value === "written") written.open = true;
});
