// The log: live rows, older ones while one scrolls, keys, ticked runs, and a run beside the list.
// Rows come rendered from our own server; nothing here builds HTML out of data.

import { page, parsed } from "./fragments.js";
import { isLost, look } from "./reach.js";
import { showTimes } from "./times.js";

const list = document.querySelector("[data-log]");
const $ = (selector, root = document) => root.querySelector(selector);
const idOf = (row) => row?.dataset.run ?? row?.dataset.delivery;
/** The part of a newer row that replaces a part of its older self; its title if that is gone. */
const same = (part, row) =>
  $(["[data-inspect]", "[data-pick]"].find((kind) => part.matches(kind)) ?? ".title a", row) ??
  $("a", row);

// --- Live rows: they replace their older selves, or come on top ---

const AGAIN_MS = 5_000;

function watch() {
  const fresh = $("[data-fresh]");
  const empty = $("[data-empty]");
  const stalled = $("[data-stalled]");
  const waiting = new Map();
  let source = null;
  let timer = 0;

  const place = (row) => {
    const known = document.getElementById(row.id);
    // The first batch repeats rows that the page has: only what changed is worth a look.
    const state = (one) => $(".state", one)?.className;
    if (!known || state(known) !== state(row)) row.classList.add("new");
    const box = known && $("[data-pick]", known);
    if (box?.checked) $("[data-pick]", row).checked = true;
    showTimes(row);
    if (!known && !idOf(row)) {
      // A change of the rules; in an empty log there is nothing that it would explain.
      if (list.firstElementChild) list.prepend(row);
    } else if (!known) {
      // Rows stand in the order of their ids, which sort by time. A change of the rules that
      // stands on top came before what comes now.
      const next = [...list.children].find((other) => idOf(other) && other.id < row.id);
      const isNewest = next && next === $("[data-run]", list);
      list.insertBefore(row, isNewest ? list.firstChild : (next ?? null));
    } else {
      const focused = known.contains(document.activeElement) ? document.activeElement : null;
      known.replaceWith(row);
      if (focused) same(focused, row).focus({ preventScroll: true });
    }
    if (empty && idOf(row)) empty.hidden = true;
  };
  // The first batch also repeats rows that stand on an older page, which is not shown yet.
  const isBelow = (row) =>
    $("[rel=next]") &&
    idOf(row) &&
    !document.getElementById(row.id) &&
    ![...list.children].some((other) => idOf(other) && other.id < row.id);
  const release = () => {
    waiting.forEach(place);
    waiting.clear();
    fresh.hidden = true;
  };
  const arrive = (event) => {
    list.dataset.after = event.lastEventId;
    const row = $("li", parsed(event.data));
    if (!row || isBelow(row)) return;
    if (isPressed) held.push(row);
    else show(row);
  };
  const show = (row) => {
    if (scrollY < 80 || document.getElementById(row.id)) return place(row);
    waiting.set(row.id, row);
    fresh.hidden = false;
    $("[data-count]", fresh).textContent = waiting.size;
  };
  // While a row is pressed nothing moves: a click on a row that gives way would do nothing.
  const held = [];
  let isPressed = false;
  const letGo = () => {
    isPressed = false;
    held.splice(0).forEach(show);
  };
  list.addEventListener("pointerdown", () => (isPressed = true));
  // The click comes before the timer.
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(letGo));
  const stop = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const connect = () => {
    if (document.hidden) return stop();
    if (source) return;
    source = new EventSource(`/log/live?after=${list.dataset.after}&${list.dataset.filter}`);
    source.addEventListener("open", () => (stalled.hidden = true));
    source.addEventListener("row", arrive);
    source.addEventListener("end", () => {
      stop();
      look();
    });
    source.addEventListener("error", async () => {
      // A browser comes again by itself after a broken connection, and never after a refusal.
      if (source?.readyState === EventSource.CLOSED) {
        stop();
        timer = setTimeout(connect, AGAIN_MS);
        stalled.hidden = !(await look()) || Boolean(source);
      } else if (source) look();
    });
  };
  $("button", fresh).addEventListener("click", () => {
    scrollTo({ top: 0 });
    release();
  });
  addEventListener("scroll", () => scrollY < 80 && waiting.size && release(), { passive: true });
  document.addEventListener("visibilitychange", connect);
  document.addEventListener("server-found", connect);
  connect();
}

// --- Older rows: the link to them is followed when it comes near ---

function loadMore(link) {
  let loading = false;
  const near = new IntersectionObserver(
    async ([seen]) => {
      if (!seen.isIntersecting || loading) return;
      loading = true;
      const more = await page(link.href);
      loading = false;
      if (!more) return;
      for (const row of more.querySelectorAll("[data-log] > li")) {
        if (document.getElementById(row.id)) continue;
        showTimes(row);
        list.append(row);
      }
      const next = $("[rel=next]", more);
      if (next) {
        link.href = next.getAttribute("href");
        // It may still be near: then nothing crosses the line again.
        near.unobserve(link);
        near.observe(link);
      } else {
        near.disconnect();
        link.remove();
      }
    },
    { rootMargin: "1200px" },
  );
  near.observe(link);
}

// --- Keys: off while somebody writes, and for those who switch them off ---

const help = $("[data-keys]");
const OFF = "log-keys-off";
const areOff = () => localStorage.getItem(OFF) === "1";

function keys() {
  const rows = () => [...list.children].filter((row) => $(".title a", row));
  const here = () => document.activeElement?.closest?.("[data-log] > li");
  const move = (by) => {
    const all = rows();
    const at = all.indexOf(here());
    const row = all[Math.min(Math.max(at < 0 ? 0 : at + by, 0), all.length - 1)];
    if (!row) return;
    $(".title a", row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    "/": () => $("[data-search]")?.focus(),
    x: () => here() && $("[data-pick]", here())?.click(),
    i: () => here() && $("[data-inspect]", here())?.click(),
    "?": () => help?.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const writes = event.target.closest?.("input:not([type=checkbox]), select, textarea, dialog");
    if (writes || areOff() || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  const box = $("[data-keys-on]");
  if (!box) return;
  box.checked = !areOff();
  box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "0" : "1"));
  const opener = $("[data-keys-open]");
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());
}

// --- Ticked rows: what can be done with them stands below as soon as there are any ---

function select(form) {
  const boxes = () => [...list.querySelectorAll("[data-pick]:checked")];
  const show = () => {
    const count = boxes().length;
    form.hidden = !count;
    $("[data-picked]", form).textContent = count;
  };
  list.addEventListener("change", (event) => event.target.matches("[data-pick]") && show());
  form.addEventListener("submit", () => {
    // As one field: a form may not have many of them.
    const ticked = boxes();
    $("[name=runs]", form).value = ticked.map((box) => idOf(box.closest("li"))).join(",");
    ticked.forEach((box) => (box.disabled = true));
    setTimeout(() => ticked.forEach((box) => (box.disabled = false)));
  });
  $("[data-pick-none]", form).hidden = false;
  $("[data-pick-none]", form).addEventListener("click", () => {
    boxes().forEach((box) => (box.checked = false));
    show();
  });
  show();
}

// --- A run beside the list, where there is room for it ---

function inspect(panel) {
  const body = $("[data-inspected]", panel);
  let opener = "";
  const close = () => {
    panel.hidden = true;
    // Its row may be another element by now: a live one.
    $(`[data-run="${opener}"] [data-inspect]`, list)?.focus();
  };
  list.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-inspect]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!matchMedia("(min-width: 64rem)").matches) return;
    event.preventDefault();
    const found = await page(link.href);
    if (!found) return location.assign(link.href);
    body.replaceChildren(...$("main", found).childNodes);
    for (const heading of body.querySelectorAll("h1")) heading.id = "inspected-run";
    for (const button of body.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
    showTimes(body);
    opener = idOf(link.closest("li"));
    panel.hidden = false;
    panel.scrollTop = 0;
    $("[data-inspect-close]", panel).focus();
  });
  $("[data-inspect-close]", panel).addEventListener("click", close);
  panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
}

// --- The story of a run that is under way: it is told again until it ends ---

function follow(story) {
  const look = async () => {
    const open = story.querySelector("details[open]") || story.contains(document.activeElement);
    if (!document.hidden && !isLost() && !open) {
      const found = await page(location.href);
      const newer = found && $("[data-story]", found);
      if (newer && newer.textContent !== $("[data-story]")?.textContent) {
        story.replaceChildren(...newer.childNodes);
        showTimes(story);
        for (const button of story.querySelectorAll("[data-copy]")) {
          button.hidden = !navigator.clipboard;
        }
      }
      if (newer && !("going" in newer.dataset)) return location.reload();
    }
    setTimeout(look, 1500);
  };
  setTimeout(look, 1500);
}

const going = $("[data-going]");
if (going) follow(going);
if (list) {
  if ("after" in list.dataset) watch();
  const older = $("[data-more]");
  if (older) loadMore(older);
  keys();
  if ($("#selection")) select($("#selection"));
  if ($("[data-inspector]")) inspect($("[data-inspector]"));
}
