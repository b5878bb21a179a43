"""Finds the part of a YAML text to replace for a new value, and writes the replacement."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from automator.files.editing.tree import Entry, Node
from automator.files.one_line import inline, key_text, scalar_text
from automator.files.positions import Path
from automator.model import record

#: In place of a value: remove the key or the item.
REMOVED: Any = object()


@record(kw_only=False)
class Edit:
    """A part of a text, and the text that replaces it."""

    start: int
    end: int
    text: str


def stretch_of(text: str, root: Node | None, path: Path, value: Any, order: Sequence[str]) -> Edit:
    """Finds the edit that sets a value at a path, or removes the value there.

    Raises:
        LookupError: there is no such edit.
    """
    if root is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        return Edit(len(text), len(text), f"{gap}{block(_wrapped(path, value), '')}\n")
    if value is REMOVED:
        return _removal(text, root, path)
    parent, node, depth = root, root, 0
    while depth < len(path) and (entry := node.entry(path[depth])) is not None:
        parent, node, depth = node, entry.node, depth + 1
    if depth == len(path):
        return _replacement(text, parent, path[-1], value)
    if node.entries:
        return _addition(text, node, path[depth], _wrapped(path[depth + 1 :], value), order)
    value = _wrapped(path[depth:], value)
    if node is root:
        return Edit(root.start, root.end, block(value, ""))
    return _replacement(text, parent, path[depth - 1], value)


def _addition(text: str, node: Node, key: str | int, value: Any, order: Sequence[str]) -> Edit:
    if node.style:
        end = node.entries[-1].node.end
        shown = inline({key: value})[1:-1] if isinstance(key, str) else inline(value)
        return Edit(end, end, f", {shown}")
    first = node.entries[0].start
    indent = " " * _column(text, first)
    new = entry_text(key, value, indent) if isinstance(key, str) else item_text(value, indent)
    before = _before(node, order, key)
    if before is None and text[first - len(indent) : first] == indent:
        return Edit(first, first, f"{new}\n{indent}")
    # The first key of an item follows its dash, so a new key goes after that key.
    before = before or node.entries[0]
    end = end_of_line(text, max(before.node.end, before.key_end))
    return Edit(end, end, f"\n{indent}{new}")


def _wrapped(path: Path, value: Any) -> Any:
    """Puts `value` into the collections that lead to it."""
    for key in reversed(path):
        value = {key: value} if isinstance(key, str) else [value]
    return value


def _before(node: Node, order: Sequence[str], key: str | int) -> Entry | None:
    """Finds the entry after which a new key belongs; None if it comes first."""
    if key not in order:
        return node.entries[-1]
    earlier = set(order[: order.index(str(key))])
    found = [entry for entry in node.entries if entry.key in earlier]
    return found[-1] if found else None


def _replacement(text: str, parent: Node, key: str | int, value: Any) -> Edit:
    entry = parent.entry(key)
    if entry is None:
        raise LookupError(key)
    node = entry.node
    if parent.style:
        new = scalar_text(value, in_brackets=True, style=_quotes(node)) if _is_one(value) else ""
        return Edit(node.start, node.end, f"{' ' if node.is_empty else ''}{new or inline(value)}")
    indent = " " * _column(text, entry.start)
    head = entry_text(key, value, indent) if isinstance(key, str) else item_text(value, indent)
    if _is_one(value) and "\n" not in head and node.style in ("'", '"'):
        return Edit(node.start, node.end, scalar_text(value, style=node.style))
    after = _behind_mark(text, entry)
    mark = scalar_text(key, in_brackets=True) + ":" if isinstance(key, str) else "-"
    tail = head.removeprefix(mark)
    if "#" not in text[after : node.start]:
        return Edit(after, node.end, tail)
    # If a comment comes between the key and its value, the value stays on lines of its own.
    if not is_short(value) or "\n" in head:
        inner = " " * _column(text, node.start)
        return Edit(node.start, node.end, block(value, inner))
    deeper = STEP if _column(text, node.start) <= len(indent) else ""
    new = scalar_text(value) if _is_one(value) else inline(value)
    return Edit(node.start, node.end, f"{deeper}{new}")


def _behind_mark(text: str, entry: Entry) -> int:
    """Returns the index after the colon of a key, or after the dash of an item."""
    if isinstance(entry.key, int):
        return entry.start + 1
    return text.index(":", entry.key_end) + 1


def _is_one(value: Any) -> bool:
    return not isinstance(value, dict | list | tuple)


def _quotes(node: Node) -> str:
    return node.style if node.style in ("'", '"') else ""


def _removal(text: str, root: Node, path: Path) -> Edit:
    parent = root.at(path[:-1])
    entry = parent.entry(path[-1]) if parent else None
    if parent is None or entry is None:
        raise LookupError(path)
    if len(parent.entries) == 1:
        if parent is root:
            return Edit(parent.start, parent.end, "{}" if parent.kind is dict else "[]")
        grand = root.at(path[:-2])
        if grand is None:
            raise LookupError(path)
        return _replacement(text, grand, path[-2], {} if parent.kind is dict else [])
    place = parent.entries.index(entry)
    following = parent.entries[place + 1] if place + 1 < len(parent.entries) else None
    end = max(entry.node.end, entry.key_end)
    if parent.style:
        if following is not None:
            return Edit(entry.start, following.start, "")
        return Edit(parent.entries[place - 1].node.end, end, "")
    return _line_removal(text, entry, following, end)


def _line_removal(text: str, entry: Entry, following: Entry | None, end: int) -> Edit:
    line = text.rfind("\n", 0, entry.start) + 1
    stop = end_of_line(text, max(end, entry.start + 1))
    if not text[line : entry.start].strip(" "):
        if stop < len(text):
            return Edit(line, stop + 1, "")
        return Edit(max(0, line - 1), stop, "")
    # The removed key comes after a dash, after which the next key then follows.
    if following is None:
        raise LookupError(entry.key)
    if "#" in text[stop : following.start]:
        return Edit(entry.start, stop, "")
    return Edit(entry.start, following.start, "")


def with_comment_above(text: str, edit: Edit) -> Edit:
    """A removal of whole lines, with the comment lines right above them in the same column."""
    removed = text[edit.start : edit.end]
    start, column = edit.start, len(removed) - len(removed.lstrip(" "))
    while start and not text[start - 1 : start].strip():
        above = text.rfind("\n", 0, start - 1) + 1
        if not re.match(rf" {{{column}}}#", text[above:start]):
            break
        start = above
    return Edit(start, edit.end, edit.text)


def _column(text: str, index: int) -> int:
    return index - (text.rfind("\n", 0, index) + 1)


def end_of_line(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


# --- Values as YAML, in the style of rule files ---

#: The additional indentation of each level.
STEP = "  "
_FLOW_WIDTH = 72
_WORD = re.compile(r"[\w.*/@-]+(?: [\w.*/@-]+)*")


def is_short(value: Any) -> bool:
    """Whether a value fits on the line of its key: a scalar, or a few words in brackets."""
    if isinstance(value, Mapping):
        return not value or (
            all(_is_word(inner) for inner in value.values()) and len(inline(value)) <= _FLOW_WIDTH
        )
    if isinstance(value, list | tuple):
        return not value or (
            all(_is_word(inner) for inner in value) and len(inline(value)) <= _FLOW_WIDTH
        )
    return not _has_lines(value)


def entry_text(key: str, value: Any, indent: str) -> str:
    """Writes `key: value` in as many lines as needed, without the indent of the first line."""
    name = key_text(key)
    if _has_lines(value):
        return f"{name}: {_lines_of(value, indent + STEP)}"
    if is_short(value):
        shown = inline(value) if isinstance(value, Mapping | list | tuple) else scalar_text(value)
        return f"{name}: {shown}"
    return f"{name}:\n{indent}{STEP}{block(value, indent + STEP)}"


def block(value: Any, indent: str) -> str:
    """Writes a value in lines, without the indent of its first line."""
    if isinstance(value, Mapping) and value:
        return f"\n{indent}".join(entry_text(key, inner, indent) for key, inner in value.items())
    if isinstance(value, list | tuple) and value:
        return f"\n{indent}".join(item_text(inner, indent) for inner in value)
    if _has_lines(value):
        return _lines_of(value, indent)
    return inline(value) if isinstance(value, Mapping | list | tuple) else scalar_text(value)


def item_text(value: Any, indent: str) -> str:
    """Writes `- value`, without the indent of its first line."""
    if isinstance(value, list | tuple) and is_short(value):
        return f"- {inline(value)}"
    return f"- {block(value, indent + STEP)}"


def _is_word(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(not isinstance(item, list | tuple) and _is_word(item) for item in value)
    return not isinstance(value, str | Mapping) or (
        isinstance(value, str) and _WORD.fullmatch(value) is not None
    )


def _has_lines(value: Any) -> bool:
    """Whether a value is written as a block: a text of ordinary lines."""
    return (
        isinstance(value, str)
        and "\n" in value.strip("\n")
        and not value.startswith((" ", "\n"))
        and not value.endswith("\n\n")
        and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]|[ ]\n|[ ]$", value)
    )


def _lines_of(text: str, indent: str) -> str:
    sign = "|" if text.endswith("\n") else "|-"
    lines = text.removesuffix("\n").split("\n")
    return "\n".join([sign, *(f"{indent}{line}" if line else "" for line in lines)])
