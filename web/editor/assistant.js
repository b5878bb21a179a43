// Completion and explanations: the server knows the language, this shows what it answers.

import { insertCompletionText, pickedCompletion, startCompletion } from "@codemirror/autocomplete";

import { characters, units } from "./places.js";

export function assistant({ ask: send }) {
  const ask = async (path, state, position, signal) => {
    const text = state.doc.toString();
    const answer = await send(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text, position: characters(text, position) }),
      signal,
    });
    if (!answer?.ok) return null;
    const found = await answer.json().catch(() => null);
    return found && { ...found, from: units(text, found.start), to: units(text, found.end) };
  };

  const complete = async (context) => {
    // Not at the beginning of a line: the next Enter would take what it does not mean.
    const before = context.state.sliceDoc(Math.max(0, context.pos - 2), context.pos);
    if (!context.explicit && !/(?:[\p{L}\p{N}_.'{|]|[:,{|-] )$/u.test(before)) return null;
    // Options for a place that the cursor has left are dropped.
    const leaving = new AbortController();
    context.addEventListener("abort", () => leaving.abort());
    const found = await ask("/api/complete", context.state, context.pos, leaving.signal);
    if (!found?.options.length || context.aborted) return null;
    return {
      from: found.from,
      to: context.pos,
      options: found.options.map((option, number) => ({
        label: option.label,
        detail: option.detail,
        info: option.info ? () => described(option.info) : undefined,
        apply: taken(option.insert),
        // The server's order is kept, with required keys first.
        boost: (option.needed ? 90 : 0) - Math.min(number, 90),
      })),
      validFor: /^[\p{L}\p{N}_.-]*$/u,
    };
  };

  const hover = async (view, position) => {
    const found = await ask("/api/hover", view.state, position);
    if (!found?.title) return null;
    return {
      pos: found.from,
      end: found.to,
      above: true,
      create() {
        const dom = document.createElement("div");
        dom.className = "cm-about";
        const title = document.createElement("strong");
        title.textContent = found.title;
        dom.append(title, described(found.text));
        return { dom };
      },
    };
  };
  return { complete, hover };
}

// Takes an option. Where something has to follow, its options are offered at once.
function taken(insert) {
  return (view, completion, from, to) => {
    view.dispatch({
      ...insertCompletionText(view.state, insert, from, to),
      annotations: pickedCompletion.of(completion),
    });
    if (/[\s(]$/.test(insert)) startCompletion(view);
  };
}

// A text in which `this` is code, and an empty line begins a paragraph.
function described(text) {
  const box = document.createElement("div");
  for (const paragraph of text.split("\n\n")) {
    const shown = document.createElement("p");
    paragraph.split("`").forEach((part, number) => {
      const code = number % 2 ? document.createElement("code") : document.createTextNode(part);
      if (number % 2) code.textContent = part;
      shown.append(code);
    });
    box.append(shown);
  }
  return box;
}
