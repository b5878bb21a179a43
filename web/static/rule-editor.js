// The page of a rule file: problems while typing, drafts that survive a closed tab, quick fixes.
// The <textarea> is the form control. The code editor, where it was built, shows its text instead.
//
// For other scripts of the page, on `document`:
//   rule-text-changed  is sent with the text, whenever it has changed and when it is first there
//   rule-text-select   {line, column, length} shows a place, counted from 1 in characters
//   rule-text-edit     [{start, end, insert}] changes the text, offsets in characters

import { fragment } from "./fragments.js";
import { plainField } from "./plain-field.js";
import { ask } from "./reach.js";
import { keepDrafts } from "./rule-drafts.js";

const form = document.querySelector("form[data-file]");
const field = form.querySelector("textarea");
const list = document.querySelector(".problems");
const status = document.querySelector("[data-status]");
const saved = form.dataset.saved === "no" ? null : field.value;

let surface = plainField(field);
let checked = field.value;
let asking = null;
let timer = 0;
let isLeaving = false;

// --- Problems: the server renders them, and each says where it is and how it can be mended ---

function problems() {
  for (const button of list.querySelectorAll("button[data-edits]")) button.hidden = false;
  return [...list.querySelectorAll("li[data-line]")].map((item) => ({
    line: Number(item.dataset.line),
    column: Number(item.dataset.column),
    length: Number(item.dataset.length),
    severity: item.dataset.severity,
    message: item.querySelector("[data-message]").textContent,
    fixes: [...item.querySelectorAll("button[data-edits]")].map((button) => ({
      label: button.textContent,
      apply: () => mend(button),
    })),
  }));
}

function mend(button) {
  // The offsets are those of the text that was checked.
  if (field.value !== checked) return check();
  surface.edit(JSON.parse(button.dataset.edits));
  surface.focus();
}

async function check() {
  clearTimeout(timer);
  asking?.abort();
  const mine = (asking = new AbortController());
  const text = field.value;
  showDifference();
  const page = await fragment("/rules/check", { file: form.dataset.file, text }, mine.signal);
  if (!page || mine.signal.aborted) return;
  checked = text;
  list.replaceChildren(...page.querySelector(".problems").children);
  status.replaceChildren(...page.querySelector("[data-status]").childNodes);
  status.className = page.querySelector("[data-status]").className;
  surface.mark(problems());
}

list.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-edits]");
  if (button) {
    event.preventDefault();
    return mend(button);
  }
  const item = event.target.closest("a[href='#text']") && event.target.closest("li[data-line]");
  if (!item) return;
  event.preventDefault();
  const { line, column, length } = item.dataset;
  surface.select(Number(line), Number(column), Number(length));
});

// --- What saving would change: shown at a press, and then with each check ---

const difference = document.querySelector("#difference");

async function showDifference(opens = false) {
  if (!difference?.firstElementChild && !opens) return;
  const page = await fragment(form.action, { file: form.dataset.file, do: "diff", text: field.value });
  // It may have been closed meanwhile.
  if (page && (opens || difference.firstElementChild)) {
    difference.replaceChildren(...page.body.children);
  }
}

form.querySelector("button[value=diff]")?.addEventListener("click", (event) => {
  event.preventDefault();
  if (difference.firstElementChild) difference.replaceChildren();
  else showDifference(true);
});

// --- The text: listeners are told of each change ---

function tell() {
  document.dispatchEvent(new CustomEvent("rule-text-changed", { detail: field.value }));
}

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(check, 250);
  tell();
});
document.addEventListener("rule-text-select", ({ detail }) =>
  surface.select(detail.line, detail.column, detail.length),
);
document.addEventListener("server-found", check);
document.addEventListener("rule-text-edit", ({ detail }) => surface.edit(detail));
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    const save = form.querySelector("[value=save]");
    if (save) form.requestSubmit(save);
  }
});
// A form that has asked whether it shall act is not asked about again.
document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (target === form || (target.dataset.confirm && !defaultPrevented)) isLeaving = true;
});
document.querySelector("[data-take-theirs]")?.addEventListener("click", () => (isLeaving = true));
if (!field.readOnly) {
  keepDrafts(form, field, saved, (text) => {
    surface.edit([{ start: 0, end: [...field.value].length, insert: text }]);
    surface.focus();
  });
}
addEventListener("beforeunload", (event) => {
  if (!isLeaving && !field.readOnly && field.value !== saved) event.preventDefault();
});

// --- The code editor comes after the page is painted; without it the plain field stays ---

async function enhance() {
  const { codeEditor } = await import(form.dataset.editor);
  surface = codeEditor(field, {
    label: field.getAttribute("aria-label"),
    phrases: JSON.parse(form.dataset.phrases),
    ask,
    file: form.dataset.file,
  });
}

function show() {
  surface.mark(problems());
  const asked = new URLSearchParams(location.search);
  const line = Number(asked.get("line") ?? asked.get("near"));
  const first = form.dataset.refused ? problems()[0] : null;
  if (line) surface.select(line, 1, 0);
  else if (first) surface.select(first.line, first.column, first.length);
  tell();
  if (status.classList.contains("hint")) check();
}

if (form.dataset.editor) {
  requestAnimationFrame(() => setTimeout(() => enhance().catch(console.warn).finally(show)));
} else show();
