// The server counts characters, and JavaScript the halves of some of them.

export function units(text, characters) {
  if (!/[\ud800-\udbff]/.test(text)) return Math.min(characters, text.length);
  return [...text].slice(0, characters).join("").length;
}

export function characters(text, units) {
  return [...text.slice(0, units)].length;
}

export function place(doc, line, column) {
  const found = doc.line(Math.min(Math.max(1, line), doc.lines));
  return found.from + units(found.text, column - 1);
}
