// Text that was not saved survives a closed tab, and somebody who saves the same file is noticed.

import { ask } from "./reach.js";

const ASK_MS = 20_000;
const KEPT_MS = 30 * 86_400_000;

export const forget = (form) => localStorage.removeItem(`draft:${form.dataset.file}`);

export function keepDrafts(form, field, saved, take) {
  const { file } = form.dataset;
  const key = `draft:${file}`;
  // A part of the form may be another one by then.
  const etag = () => form.elements.etag;
  const isAnswer = form.dataset.saved === "no";
  const note = document.querySelector("[data-draft]");
  let timer = 0;
  let isSent = false;

  const read = () => {
    try {
      const draft = JSON.parse(localStorage.getItem(key));
      return draft && Date.now() - draft.at < KEPT_MS ? draft : null;
    } catch {
      return null;
    }
  };
  const write = (text = field.value) => {
    // Text typed now would replace a draft about which nobody has decided.
    if (note && !note.hidden) return;
    try {
      if (text === saved) localStorage.removeItem(key);
      else {
        const draft = { text, etag: etag().value, at: Date.now() };
        localStorage.setItem(key, JSON.stringify(draft));
      }
    } catch {
      // A full or forbidden storage keeps no drafts; the page still asks before it is left.
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => write(), 400);
  });
  const sends = (one, text) =>
    one.addEventListener("submit", () => {
      clearTimeout(timer);
      write(text);
      isSent = true;
    });
  sends(form);
  // On the page of two changes another form saves one of both texts as it is.
  for (const other of document.forms) {
    if (other !== form && other.elements.text) sends(other, other.elements.text.value);
  }
  addEventListener("pagehide", () => isSent || write());

  const draft = read();
  if (isAnswer && etag().value) write();
  else if (!draft || draft.text === field.value) localStorage.removeItem(key);
  else if (note) offer(draft);

  function offer({ text, etag: opened, at }) {
    const time = note.querySelector("time");
    const { lang: language, dataset } = document.documentElement;
    time.dateTime = new Date(at).toISOString();
    time.textContent = new Intl.DateTimeFormat(language, {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone: dataset.zone,
    }).format(at);
    note.querySelector("[data-older]").hidden = opened === etag().value;
    note.hidden = false;
    note.querySelector("[data-take]").addEventListener("click", () => {
      // With the etag of what was opened then, a save is refused and both texts are compared.
      etag().value = opened;
      note.hidden = true;
      take(text);
    });
    note.querySelector("[data-drop]").addEventListener("click", () => {
      localStorage.removeItem(key);
      note.hidden = true;
    });
  }

  // --- Has somebody saved the file meanwhile? ---

  const changed = document.querySelector("[data-changed]");
  const opened = etag().value;
  const look = async () => {
    if (document.hidden || !opened || !changed.hidden) return;
    const answer = await ask(`/api/rules/${file.split("/").map(encodeURIComponent).join("/")}`, {
      headers: { "if-none-match": `"${opened}"` },
      cache: "no-store",
    });
    if (answer?.status === 200 || answer?.status === 404) changed.hidden = false;
  };
  if (opened && changed) {
    setInterval(look, ASK_MS);
    document.addEventListener("visibilitychange", look);
    addEventListener("focus", look);
  }
}
