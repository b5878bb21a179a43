// Colours and sizes: all of them are custom properties of the page, so both themes are the page's.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.definition(tags.propertyName), color: "var(--accent)" },
    { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
    { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
    { tag: [tags.meta, tags.typeName, tags.labelName], color: "var(--bad)" },
    { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--soft)" },
  ]),
);

const box = {
  backgroundColor: "var(--card)",
  color: "var(--ink)",
  border: "1px solid var(--line)",
  borderRadius: "8px",
  boxShadow: "0 4px 18px #0003",
};
const button = {
  font: "inherit",
  color: "inherit",
  background: "var(--card)",
  border: "1px solid var(--line)",
  borderRadius: "6px",
  padding: ".15rem .55rem",
  minHeight: "1.75rem",
  cursor: "pointer",
};

export const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--card)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: ".875rem/1.55 var(--mono)", overflow: "auto" },
  ".cm-content": { padding: ".6rem 0", caretColor: "var(--ink)" },
  ".cm-gutters": {
    color: "var(--soft)",
    backgroundColor: "var(--tint)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 7%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  ".cm-foldGutter .cm-gutterElement": { cursor: "pointer" },
  ".cm-foldPlaceholder": { ...button, padding: "0 .4rem", color: "var(--soft)" },
  ".cm-template": {
    color: "var(--wait)",
    backgroundColor: "color-mix(in srgb, var(--wait) 12%, transparent)",
    borderRadius: "3px",
  },
  ".cm-template *": { color: "inherit" },
  ".cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--soft)" },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--wait) 22%, transparent)" },
  ".cm-searchMatch": { backgroundColor: "color-mix(in srgb, var(--wait) 35%, transparent)" },
  ".cm-searchMatch-selected": { outline: "2px solid var(--wait)" },

  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--bad) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--wait) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-gutter-lint": { width: "1.2em" },
  ".cm-lint-marker": { width: "1em", height: "auto", content: "normal", textAlign: "center" },
  ".cm-lint-marker-error": { content: "normal", color: "var(--bad)" },
  ".cm-lint-marker-error::before": { content: '"✗"' },
  ".cm-lint-marker-warning": { content: "normal", color: "var(--wait)" },
  ".cm-lint-marker-warning::before": { content: '"!"' },
  ".cm-beneath": {
    font: ".85rem/1.4 system-ui, sans-serif",
    whiteSpace: "normal",
    margin: ".1rem .4rem .3rem .2rem",
    padding: ".3rem .5rem",
    borderLeft: "3px solid var(--bad)",
    backgroundColor: "var(--tint)",
  },
  ".cm-beneath-warning": { borderColor: "var(--wait)" },
  ".cm-beneath button": button,

  ".cm-tooltip": { ...box, font: ".875rem/1.45 system-ui, sans-serif" },
  ".cm-diagnostic": { padding: ".4rem .7rem", maxWidth: "32rem", borderLeft: "4px solid var(--bad)" },
  ".cm-diagnostic-warning": { borderColor: "var(--wait)" },
  ".cm-diagnosticAction": { ...button, marginLeft: ".5rem", backgroundColor: "var(--card)", color: "var(--ink)" },
  ".cm-about": { padding: ".5rem .75rem", maxWidth: "32rem" },
  ".cm-about p, .cm-completionInfo p": { margin: ".3rem 0 0" },
  ".cm-about code, .cm-completionInfo code": { fontFamily: "var(--mono)", fontSize: ".92em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mono)",
    maxHeight: "15rem",
    minWidth: "12rem",
    maxWidth: "min(90vw, 44rem)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".2rem .6rem", lineHeight: "1.4" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "light-dark(#fff, #0b1a2b)",
  },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: ".8", marginLeft: "1rem" },
  ".cm-tooltip.cm-completionInfo": { padding: ".5rem .75rem", maxWidth: "24rem" },

  ".cm-panels": { backgroundColor: "var(--tint)", color: "var(--ink)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { font: ".875rem/1.45 system-ui, sans-serif", padding: ".5rem" },
  ".cm-panel.cm-search label": { fontSize: ".85rem" },
  ".cm-textfield": {
    font: "inherit",
    color: "inherit",
    backgroundColor: "var(--card)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
    padding: ".2rem .5rem",
  },
  ".cm-button": { ...button, backgroundImage: "none" },
  ".cm-panel.cm-search [name=close]": { minWidth: "1.75rem", minHeight: "1.75rem", fontSize: "1.1rem" },
});
