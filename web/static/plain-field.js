// A <textarea> with line numbers, in which rules are written where there is no code editor.
// A surface can `select` a place, `mark` problems, `edit` the text and take the `focus`.

// JavaScript counts the halves of some characters, the server counts characters.
export function offsetIn(text, characters) {
  if (!/[\ud800-\udbff]/.test(text)) return characters;
  return [...text].slice(0, characters).join("").length;
}

export function plainField(field) {
  const numbers = field.parentElement.querySelector(".numbers");
  let marked = new Set();

  const number = () => {
    const count = field.value.split("\n").length;
    numbers.replaceChildren();
    for (let line = 1; line <= count; line++) {
      const mark = document.createElement(marked.has(line) ? "b" : "span");
      mark.textContent = `${line}\n`;
      numbers.append(mark);
    }
    numbers.scrollTop = field.scrollTop;
  };
  numbers.hidden = false;
  field.wrap = "off";
  field.addEventListener("input", () => field.hidden || number());
  field.addEventListener("scroll", () => (numbers.scrollTop = field.scrollTop));
  number();

  return {
    focus: () => field.focus(),
    mark(problems) {
      marked = new Set(problems.map(({ line }) => line));
      number();
    },
    select(line, column, length) {
      const lines = field.value.split("\n");
      const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
      const text = lines[line - 1] ?? "";
      const start = before + offsetIn(text, column - 1);
      const end = before + offsetIn(text, column - 1 + Math.max(1, length || 1));
      field.focus();
      field.setSelectionRange(start, end);
      field.scrollTop = Math.max(0, (line - 6) * (field.scrollHeight / lines.length));
      field.scrollIntoView({ block: "nearest" });
    },
    edit(edits) {
      let text = field.value;
      for (const { start, end, insert } of [...edits].sort((a, b) => b.start - a.start)) {
        text = text.slice(0, offsetIn(text, start)) + insert + text.slice(offsetIn(text, end));
      }
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    },
  };
}
