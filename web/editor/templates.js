// Colours of the templates inside the texts of rules: {{ what is filled in }} and {% what decides %}.

import { Decoration, MatchDecorator, ViewPlugin } from "@codemirror/view";

const inside = Decoration.mark({ class: "cm-template" });
const finder = new MatchDecorator({
  regexp: /\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/g,
  decoration: () => inside,
});

export const templates = ViewPlugin.fromClass(
  class {
    constructor(view) {
      this.decorations = finder.createDeco(view);
    }
    update(update) {
      this.decorations = finder.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
