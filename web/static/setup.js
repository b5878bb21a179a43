// The form of a rule: words become chips, and what is typed is checked while somebody types.
// The fields stay the form controls: without this file they are typed with commas between.

import { posted, read } from "./fragments.js";
import { forget, keepDrafts } from "./rule-drafts.js";

function chips(label) {
  const field = label.querySelector("input");
  if (!field || field.readOnly) return;
  const list = document.createElement("ul");
  list.className = "chip-list";
  const adder = document.createElement("input");
  adder.autocomplete = "off";
  adder.setAttribute("aria-label", label.querySelector("span").textContent);
  const words = () => field.value.split(/[,;\n]/).map((word) => word.trim()).filter(Boolean);
  const write = (next) => {
    field.value = [...new Set(next)].join(", ");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    draw();
  };
  const draw = () => {
    list.replaceChildren(
      ...words().map((word) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = `${word} ×`;
        button.addEventListener("click", () => {
          write(words().filter((other) => other !== word));
          adder.focus();
        });
        item.append(button);
        return item;
      }),
    );
  };
  const add = () => {
    if (!adder.value.trim()) return;
    const more = adder.value.split(/[,;\n]/).map((word) => word.trim()).filter(Boolean);
    adder.value = "";
    write([...words(), ...more]);
  };
  adder.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      add();
    } else if (event.key === "Backspace" && !adder.value) {
      write(words().slice(0, -1));
    }
  });
  adder.addEventListener("blur", add);
  adder.addEventListener("input", (event) => event.stopPropagation());
  field.hidden = true;
  field.after(list, adder);
  draw();
}
// A number and a unit in place of a duration such as 15m. A value that they cannot show, such as
// `20s - 90s`, stays text, and so does what somebody wants to write out.
function duration(label, units) {
  const field = label.querySelector("input");
  const found = /^(\d*)([smhd]?)$/.exec(field.value);
  if (!found || field.readOnly) return;
  const number = Object.assign(document.createElement("input"), { type: "number", min: 0, value: found[1] });
  const unit = document.createElement("select");
  unit.append(...Object.entries(units).map(([key, word]) => new Option(word, key)));
  unit.value = found[2] || "m";
  const name = label.querySelector("span").firstChild.textContent;
  number.setAttribute("aria-label", name);
  const about = label.querySelector("[data-unit]")?.textContent ?? "";
  unit.setAttribute("aria-label", `${name}: ${about.replace(/^, /, "")}`);
  const box = document.createElement("span");
  box.className = "amount";
  box.append(number, unit);
  const write = () => {
    const isText = !unit.value;
    box.hidden = isText;
    field.hidden = !isText;
    if (isText) return field.focus();
    field.value = number.value ? number.value + unit.value : "";
  };
  for (const one of [number, unit]) {
    one.addEventListener("input", (event) => {
      event.stopPropagation();
      write();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  label.querySelector("[data-unit]")?.remove();
  field.hidden = true;
  field.after(box);
}
// Buttons that put a value, such as the person's name, into a text.
function values(field, found) {
  const row = document.createElement("div");
  row.className = "chips inserts";
  for (const [word, placeholder] of found) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "small" });
    button.textContent = `+ ${word}`;
    button.addEventListener("click", () => {
      field.setRangeText(placeholder, field.selectionStart, field.selectionEnd, "end");
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    row.append(button);
  }
  field.closest("label, .name-value").after(row);
}
// One more row as soon as the last one is begun.
function rows(set, found) {
  set.addEventListener("input", () => {
    const last = [...set.querySelectorAll(".name-value")].at(-1);
    const fields = (row) => [...row.querySelectorAll("textarea")];
    if (!fields(last).some((one) => one.value)) return;
    const next = last.cloneNode(true);
    for (const one of fields(next)) {
      one.value = "";
      one.name = one.name.replace(/\d+$/, (number) => Number(number) + 1);
    }
    [...set.querySelectorAll(".name-value, .inserts")].at(-1).after(next);
    for (const one of next.querySelectorAll("[data-template]")) if (found.length) values(one, found);
  });
}
function drawn(form) {
  for (const label of form.querySelectorAll("[data-chips]")) chips(label);
  const units = JSON.parse(form.dataset.units ?? "null");
  if (units) for (const label of form.querySelectorAll("[data-duration]")) duration(label, units);
  const found = JSON.parse(form.dataset.values ?? "[]");
  for (const field of form.querySelectorAll("[data-template]:not([readonly])")) {
    if (found.length) values(field, found);
  }
  for (const set of form.querySelectorAll("[data-rows]")) rows(set, found);
}

for (const form of document.forms) drawn(form);

const form = document.querySelector("[data-rule-form]");
if (form) {
  // Not `form.action`: a field of the form has that name.
  const address = form.getAttribute("action");
  let saved = form.dataset.saved === "yes";
  let leaving = false;
  form.addEventListener("input", () => (saved = false));
  form.addEventListener("submit", () => (leaving = true));
  addEventListener("beforeunload", (event) => {
    if (!saved && !leaving) event.preventDefault();
  });
  // For the drafts: the text with what was typed, as a field that is not in the page.
  const typed = Object.assign(new EventTarget(), { value: form.elements.text.value });
  const show = (text) => {
    typed.value = text;
    typed.dispatchEvent(new Event("input"));
    document.dispatchEvent(new CustomEvent("rule-text-changed", { detail: { text } }));
  };
  // The text with the fields in it, as the server would save it: for the preview beside the form.
  let timer = 0;
  let asked = 0;
  const refresh = async () => {
    const turn = ++asked;
    const fields = new URLSearchParams(new FormData(form));
    fields.set("do", "text");
    const answer = await posted(address, fields);
    if (!answer?.ok || turn !== asked) return;
    const { text, status } = await answer.json();
    form.querySelector("[data-form-status]").textContent = status;
    show(text);
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 300);
  });
  document.addEventListener("rule-text-wanted", ({ detail }) => {
    clearTimeout(timer);
    detail.push(refresh());
  });
  // Buttons change the page in place, so that going back or loading it again sends nothing anew and
  // a lost connection leaves everything as it was; without this file each loads a page.
  let isPlain = false;
  // Other fields depend on what is chosen there.
  form.addEventListener("change", ({ target }) => {
    if (target.matches("[data-redraw]")) form.requestSubmit(form.querySelector("[value=redraw]"));
  });
  const IN_PLACE = /^(add|later|redraw|remove|up|down|group|ungroup|apply|save|save_anyway)\b/;
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (isPlain || !IN_PLACE.test(button?.value)) return;
    event.preventDefault();
    const focused = button.value === "redraw" ? document.activeElement?.name : "";
    leaving = saved = false;
    asked += 1;
    const answer = await posted(address, new URLSearchParams(new FormData(form, button)));
    if (!answer) return;
    if (answer.redirected) {
      // It is saved, with what was typed since the draft was kept.
      forget(form);
      leaving = true;
      return location.assign(answer.url);
    }
    const page = await read(answer, [422]);
    const next = page?.querySelector("[data-rule-form]");
    if (next) return replaced(next, button.value, focused, page.querySelector("[data-changes]"));
    isPlain = leaving = true;
    form.requestSubmit(button);
  });
  const keyOf = (one) =>
    one.dataset.place ?? one.closest("[data-place]")?.dataset.place + one.querySelector("summary").textContent;
  const replaced = (next, act, focused, changes) => {
    // What saving would change is told once, above the form; its button then saves.
    document.querySelector("[data-changes]")?.remove();
    if (changes) form.parentElement.before(changes);
    const folds = [...form.querySelectorAll("details")];
    const open = new Set(folds.filter((one) => one.open).map(keyOf));
    const names = new Set([...form.elements].map((one) => one.name));
    form.replaceChildren(...next.childNodes);
    Object.assign(form.dataset, { values: next.dataset.values ?? "[]" });
    drawn(form);
    for (const one of form.querySelectorAll("details")) one.open ||= open.has(keyOf(one));
    const [kind, key] = act.split(":");
    const place = key?.replace(/\d+$/, (last) => Number(last) + (kind === "up" ? -1 : 1));
    const move = (way) => form.querySelector(`button[value="${way}:${place}"]:enabled`);
    const target = focused
      ? form.elements[focused]
      : /^(up|down)$/.test(kind)
      ? (move(kind) ?? move("up") ?? move("down"))
      : [...form.elements].find((one) => one.name && !names.has(one.name) && !one.hidden);
    // Whoever has asked what is wrong reads that, or stays where they are.
    for (let box = target?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    const goal = /^(apply|save|save_anyway)$/.test(kind)
      ? (form.querySelector("[data-wrong]") ?? form.querySelector(`.bar [value=${kind}]`))
      : (target ?? form.querySelector("[value=add]"));
    (changes ?? form.querySelector("[role=alert]") ?? goal)?.focus();
    show(form.elements.text.value);
  };
  document.addEventListener("server-found", refresh);
  document.querySelector("[data-take-theirs]")?.addEventListener("click", () => (leaving = true));
  if (document.querySelector("[data-draft]")) {
    keepDrafts(form, typed, saved ? typed.value : null, (text) => {
      form.elements.text.value = text;
      form.requestSubmit(form.querySelector("[value=show]"));
    });
  }
  show(form.elements.text.value);
}
