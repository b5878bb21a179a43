// Whether the server still answers, and still knows who is here. A note says so when it does not.
// Meanwhile no form leaves the page, so that nothing typed is lost, and the page goes on by itself
// as soon as it can. Every request of the other scripts goes through `ask`.
//
//   server-found  is sent on `document` when the server answers again

const PAUSE_MS = 3_000;
// Whoever has heard nothing for so long asks before a form is sent.
const LONG_MS = 60_000;
const note = document.querySelector("[data-lost]");
const token = document.querySelector("meta[name=csrf]");
let lost = "";
let heardAt = Date.now();
let timer = 0;
let held = null;
let passing = null;
// The token without its mask, which is another one in each answer.
const unmasked = (text) =>
  [...text.slice(text.length / 2)].map((sign, i) => parseInt(sign, 16) ^ parseInt(text[i], 16)).join();

export const isLost = () => lost !== "";

// The answer to a request; null without one. One that was given up says nothing about the server.
export async function ask(address, options = {}) {
  const send = () =>
    fetch(address, {
      ...options,
      headers: { ...options.headers, ...(options.method && { "x-csrf-token": token?.content ?? "" }) },
    }).catch(() => null);
  let answer = await send();
  // The token is that of a session that has ended: somebody has signed in again elsewhere.
  if (answer?.status === 403 && options.method && (await look()) === "renewed") answer = await send();
  if (!options.signal?.aborted) judge(answer);
  return answer;
}

function judge(answer) {
  const { status } = answer ?? {};
  if (!answer || status === 502 || status === 504) show("server");
  else if (status === 401) show("session");
  else if (lost) look();
  else heardAt = Date.now();
}

// Asks whether all is well, and takes over the token of the session as it is now: "renewed", "same",
// or "" when nobody answers or knows who is here.
export async function look() {
  const answer = await fetch("/session", { cache: "no-store" }).catch(() => null);
  const found = answer?.ok ? await answer.json().catch(() => null) : null;
  if (!found) {
    if (answer?.ok) show("server");
    else judge(answer);
    return "";
  }
  const isNew = unmasked(token.content) !== unmasked(found.csrf);
  token.content = found.csrf;
  for (const field of document.querySelectorAll("input[name=csrf]")) field.value = found.csrf;
  heardAt = Date.now();
  show("");
  return isNew ? "renewed" : "same";
}

function show(what) {
  if (!note) return;
  clearTimeout(timer);
  const before = lost;
  lost = what;
  if (what !== before) {
    for (const one of note.querySelectorAll("[data-why]")) one.hidden = one.dataset.why !== what;
    note.hidden = !what;
  }
  if (what) timer = setTimeout(() => (document.hidden ? show(what) : look()), PAUSE_MS);
  else if (before) document.dispatchEvent(new Event("server-found"));
}

if (note) {
  const isLong = () => Date.now() - heardAt > LONG_MS;
  document.addEventListener("visibilitychange", () => document.hidden || (isLong() && look()));
  // Before everybody else: what the others do when a form is sent, they do when it is.
  document.addEventListener(
    "submit",
    async (event) => {
      const { target: form, submitter } = event;
      if (form === passing || form.getAttribute("method") !== "post") return;
      // Whoever has written rules has much to lose.
      if (!lost && !isLong() && !("file" in form.dataset)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      // Pressed twice, it is sent once.
      if (form === held) return;
      held = form;
      const isWell = await look();
      held = null;
      if (!isWell) return;
      passing = form;
      form.requestSubmit(submitter?.form === form ? submitter : null);
      passing = null;
    },
    true,
  );
}
