// The code editor over the <textarea> of a rule file. The textarea stays the form control: its text
// follows each change. The editor stands in a shadow root, so its styles need no exception in the
// pages' security policy.

import { acceptCompletion, autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, hoverTooltip, keymap, lineNumbers, tooltips } from "@codemirror/view";

import { assistant } from "./assistant.js";
import { place, units } from "./places.js";
import { beneathLines, showProblems } from "./problems.js";
import { templates } from "./templates.js";
import { colours, theme } from "./theme.js";

const TAB = [
  { key: "Tab", run: (view) => acceptCompletion(view) || indentMore(view), shift: indentLess },
];

// Where a browser itself puts a text in the place of a selection it copies the looks of what stood
// there into an inline style, which the security policy of the pages blocks with a message.
const replaceSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { state } = view;
    if (event.inputType !== "insertText" || !event.data || view.composing) return false;
    if (state.readOnly || state.selection.ranges.every((range) => range.empty)) return false;
    view.dispatch(state.replaceSelection(event.data), {
      userEvent: "input.type",
      scrollIntoView: true,
    });
    return true;
  },
});

// Tooltips keep clear of the bar at the bottom of a phone.
function roomForTooltips() {
  const bar = document.querySelector(".tabs")?.getBoundingClientRect();
  return { top: 0, left: 0, right: innerWidth, bottom: bar?.height ? bar.top : innerHeight };
}

export function codeEditor(field, options) {
  const host = document.createElement("div");
  host.className = "code";
  const root = host.attachShadow({ mode: "open" });
  field.parentElement.append(host);
  const help = assistant(options);
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        EditorState.phrases.of(options.phrases),
        EditorState.readOnly.of(field.readOnly),
        EditorState.tabSize.of(2),
        indentUnit.of("  "),
        lineNumbers(),
        foldGutter(),
        lintGutter(),
        history(),
        indentOnInput(),
        bracketMatching(),
        highlightSpecialChars(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSelectionMatches(),
        search({ top: true }),
        autocompletion({ override: [help.complete], icons: false }),
        tooltips({ tooltipSpace: roomForTooltips }),
        hoverTooltip(help.hover, { hideOnChange: true }),
        replaceSelection,
        beneathLines,
        yaml(),
        templates,
        colours,
        theme,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          "aria-label": options.label,
          autocapitalize: "off",
          // Scrolling parts can be reached by the keyboard, also those of a read-only text.
          tabindex: "0",
        }),
        EditorView.updateListener.of((update) => update.docChanged && hand(update.state)),
        keymap.of([
          ...TAB,
          ...completionKeymap,
          ...lintKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...defaultKeymap,
        ]),
      ],
    }),
  });
  const hand = (state) => {
    field.value = state.doc.toString();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  // The list of options scrolls, so the keyboard can reach it, as everything that scrolls.
  new MutationObserver(() => {
    const list = view.dom.querySelector(".cm-tooltip-autocomplete > ul");
    if (list) list.tabIndex = 0;
  }).observe(view.dom, { childList: true, subtree: true });
  if (document.activeElement === field) view.focus();
  field.hidden = true;
  field.parentElement.querySelector(".numbers").hidden = true;
  return surface(view);
}

function surface(view) {
  return {
    focus: () => view.focus(),
    mark: (problems) => showProblems(view, problems),
    select(line, column, length) {
      const from = place(view.state.doc, line, column);
      const to = place(view.state.doc, line, column + (length || 0));
      view.dispatch({
        selection: { anchor: from, head: to },
        effects: EditorView.scrollIntoView(from, { y: "center" }),
      });
      view.dom.scrollIntoView?.({ block: "nearest" });
      view.focus();
    },
    edit(edits) {
      const text = view.state.doc.toString();
      view.dispatch({
        changes: edits.map(({ start, end, insert }) => ({
          from: units(text, start),
          to: units(text, end),
          insert,
        })),
        userEvent: "input.fix",
      });
    },
  };
}
