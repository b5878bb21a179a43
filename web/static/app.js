// Small comforts over pages that work without them: times, the live log, the editor.
// Rows come rendered from our own server; nothing here builds HTML out of data.

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
    const row = new DOMParser().parseFromString(html, "text/html").querySelector("li");
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

// --- The rule editor: the textarea stays the form control ---

function enhanceEditor(text) {
  const form = text.form;
  const numbers = document.querySelector(".numbers");
  const list = document.querySelector(".problems");
  const status = document.querySelector("[data-status]");
  const saved = form.dataset.saved === "no" ? null : text.value;
  let marked = new Set();
  let timer = 0;
  let asked = 0;
  let leaving = false;

  const number = () => {
    const count = text.value.split("\n").length;
    numbers.replaceChildren();
    for (let line = 1; line <= count; line++) {
      const mark = document.createElement(marked.has(line) ? "b" : "span");
      mark.textContent = `${line}\n`;
      numbers.append(mark);
    }
    numbers.scrollTop = text.scrollTop;
  };
  const select = (line, column, length) => {
    const lines = text.value.split("\n");
    let start = 0;
    for (let i = 0; i < line - 1 && i < lines.length; i++) start += lines[i].length + 1;
    start += Math.max(0, column - 1);
    text.focus();
    text.setSelectionRange(start, start + Math.max(1, length || 1));
    text.scrollTop = Math.max(0, (line - 6) * (text.scrollHeight / Math.max(1, lines.length)));
    text.scrollIntoView({ block: "nearest" });
  };
  const readMarks = () => {
    marked = new Set([...list.querySelectorAll("a[data-line]")].map((a) => Number(a.dataset.line)));
    number();
  };
  const check = async () => {
    const turn = ++asked;
    const answer = await fetch("/rules/check", {
      method: "POST",
      headers: { "x-csrf-token": csrf, "x-fragment": "1" },
      body: new URLSearchParams({ file: form.dataset.file, text: text.value }),
    }).catch(() => null);
    if (!answer?.ok || turn !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    list.replaceChildren(...page.querySelector(".problems").children);
    status.textContent = page.querySelector("[data-status]").textContent;
    status.className = page.querySelector("[data-status]").className;
    readMarks();
  };

  numbers.hidden = false;
  text.wrap = "off";
  text.addEventListener("input", () => {
    number();
    clearTimeout(timer);
    timer = setTimeout(check, 350);
  });
  text.addEventListener("scroll", () => (numbers.scrollTop = text.scrollTop));
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    if (!link?.dataset.line) return;
    event.preventDefault();
    select(Number(link.dataset.line), Number(link.dataset.column), Number(link.dataset.length));
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[value=save]"));
    }
  });
  form.addEventListener("submit", () => (leaving = true));
  addEventListener("beforeunload", (event) => {
    if (!leaving && text.value !== saved) event.preventDefault();
  });
  readMarks();
  const wanted = Number(new URLSearchParams(location.search).get("line"));
  if (wanted) select(wanted, 1, 1);
}
const editor = document.querySelector(".editor textarea");
if (editor) enhanceEditor(editor);
