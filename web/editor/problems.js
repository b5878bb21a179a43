// The problems of the text: underlined, marked beside their line, and on narrow screens, which have
// no pointer, written beneath it.

import { setDiagnostics } from "@codemirror/lint";
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType } from "@codemirror/view";

import { place } from "./places.js";

const narrow = matchMedia("(max-width: 44rem)");
const setBeneath = StateEffect.define();

class Beneath extends WidgetType {
  constructor(problem) {
    super();
    this.problem = problem;
  }
  eq(other) {
    return other.problem.message === this.problem.message;
  }
  toDOM() {
    const { severity, message, fixes } = this.problem;
    const box = document.createElement("div");
    box.className = `cm-beneath cm-beneath-${severity}`;
    box.append(`${severity === "error" ? "✗" : "!"} ${message} `);
    for (const fix of fixes) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = fix.label;
      button.addEventListener("click", () => fix.apply());
      box.append(button);
    }
    return box;
  }
}

export const beneathLines = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    const effect = transaction.effects.find((one) => one.is(setBeneath));
    return effect ? effect.value : value.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

export function showProblems(view, problems) {
  const { doc } = view.state;
  const diagnostics = problems.map((problem) => ({
    from: place(doc, problem.line, problem.column),
    to: place(doc, problem.line, problem.column + Math.max(1, problem.length)),
    severity: problem.severity,
    message: problem.message,
    actions: problem.fixes.map(({ label, apply }) => ({ name: label, apply: () => apply() })),
  }));
  const widgets = problems.map((problem) =>
    Decoration.widget({ widget: new Beneath(problem), block: true, side: 1 }).range(
      doc.line(Math.min(problem.line, doc.lines)).to,
    ),
  );
  view.dispatch(setDiagnostics(view.state, diagnostics), {
    effects: setBeneath.of(narrow.matches ? Decoration.set(widgets, true) : Decoration.none),
  });
}
