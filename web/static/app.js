// Small comforts over pages that work without them: times, questions, the live log.
// Rows come rendered from our own server; nothing here builds HTML out of data.

import { parsed } from "./fragments.js";

const language = document.documentElement.lang;
const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";

// --- Times: everybody reads those of the server's zone, as in its sentences, and how long ago ---

const timeZone = document.documentElement.dataset.zone;
const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium", timeZone });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone });
const date = new Intl.DateTimeFormat(language, { dateStyle: "short", timeZone });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long", timeZone });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function ago(date, now) {
  const seconds = Math.round((date - now) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

function showTimes(root) {
  const now = new Date();
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    const today = date.format(moment) === date.format(now);
    const at = today ? clock.format(moment) : `${day.format(moment)} ${clock.format(moment)}`;
    const text = `${at} · ${ago(moment, now)}`;
    if (time.textContent !== text) time.textContent = text;
    time.title = whole.format(moment);
  }
}
showTimes(document);
setInterval(() => document.hidden || showTimes(document), 10_000);

// --- Copy buttons, questions before acting, filters that apply themselves ---

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const text = button.textContent;
    button.textContent = "✓";
    setTimeout(() => (button.textContent = text), 1200);
  });
}
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
for (const select of document.querySelectorAll("form[method=get].filters select:not([data-stay])")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;

// --- The live log: rendered rows arrive, replace their older selves or come on top ---

function watchLog(list) {
  const fresh = document.querySelector("[data-fresh]");
  const empty = document.querySelector("[data-empty]");
  const waiting = [];
  let source = null;

  const place = (html) => {
    const row = parsed(html).querySelector("li");
    if (!row) return;
    const known = document.getElementById(row.id);
    // The first batch repeats rows that the page has: only what changed is worth a look.
    const before = known?.querySelector(".state").className;
    if (before !== row.querySelector(".state").className) row.classList.add("new");
    showTimes(row);
    if (known) known.replaceWith(row);
    else list.prepend(row);
    if (empty) empty.hidden = true;
    while (list.children.length > 300) list.lastElementChild.remove();
  };
  const release = () => {
    waiting.splice(0).forEach(place);
    if (fresh) fresh.hidden = true;
  };
  const arrive = (event) => {
    const id = event.data.match(/id="(run-[0-9a-z]+)"/)?.[1];
    if (scrollY < 80 || (id && document.getElementById(id))) return place(event.data);
    const older = waiting.findIndex((html) => html.includes(`id="${id}"`));
    if (older >= 0) waiting.splice(older, 1);
    waiting.push(event.data);
    fresh.hidden = false;
    fresh.querySelector("[data-count]").textContent = waiting.length;
  };
  const connect = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      source = new EventSource(`/log/live?after=${list.dataset.after}&${list.dataset.filter}`);
      source.addEventListener("row", (event) => {
        list.dataset.after = event.lastEventId;
        arrive(event);
      });
      source.addEventListener("end", () => source.close());
    }
  };
  fresh?.querySelector("button").addEventListener("click", () => {
    scrollTo({ top: 0 });
    release();
  });
  addEventListener("scroll", () => scrollY < 80 && waiting.length && release(), { passive: true });
  document.addEventListener("visibilitychange", connect);
  connect();
}
const live = document.querySelector("[data-live]");
if (live) watchLog(live);
