"""Changes one value in a YAML text and touches no other byte of it.

Comments, quotes, order and layout of everything else stay. Each result is read again and compared
with the data that was meant: an edit gives exactly that, or it is refused.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from automator.files.positions import Path
from automator.files.source import parse_yaml
from automator.files.tree import Entry, Node, read_tree
from automator.files.writing import (
    STEP,
    block,
    entry_text,
    inline,
    is_short,
    item_text,
    scalar_text,
)
from automator.model import N_, UsageError

_REMOVED: Any = object()


class SpliceError(UsageError):
    """The text cannot be changed there without changing more than was asked for."""

    def __init__(self) -> None:
        super().__init__(
            N_("this part of the file is written in a way that a form cannot change"),
            fix=N_("Change it in the text of the file."),
        )


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def put(text: str, path: Path, value: Any, *, order: Sequence[str] = ()) -> str:
    """`text` with `value` at `path`: it replaces what is there, or is added with what leads to it.

    A new key comes behind the last of the keys that stand before it in `order`, and one that is
    not in `order` behind all; the index behind the last item of a list adds one.

    Raises:
        SpliceError: it cannot be written there.
    """
    return _spliced(text, path, value, order)


def remove(text: str, path: Path) -> str:
    """`text` without the key or the item at `path`; as it is where there is none.

    Raises:
        SpliceError: it cannot be taken out.
    """
    return _spliced(text, path, _REMOVED, ())


def _spliced(text: str, path: Path, value: Any, order: Sequence[str]) -> str:
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    data = _data_of(plain)
    wanted = _changed(data, path, value)
    if wanted == data and (value is _REMOVED or _same(data, wanted)):
        return text
    try:
        root = read_tree(plain)
        edit = _edit(plain, root, path, value, order)
    except (ValueError, RecursionError, LookupError) as error:
        raise SpliceError from error
    result = _applied(text, plain, edit)
    if not _same(_data_of(result), wanted):
        raise SpliceError
    return result


def _data_of(text: str) -> Any:
    parsed = parse_yaml("", text, exactly=False)
    if parsed.problems:
        raise SpliceError
    return parsed.data


def _same(one: Any, other: Any) -> bool:
    """Equal also in the kinds of values: 1 is not true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _changed(data: Any, path: Path, value: Any) -> Any:
    """The data that is meant, with what leads to the value.

    Raises:
        SpliceError: the path leads through something that is no collection of that kind.
    """
    if not path:
        return _plain(value)
    key, rest = path[0], path[1:]
    if data is None and value is not _REMOVED:
        data = {} if isinstance(key, str) else []
    if isinstance(data, dict) and isinstance(key, str):
        pairs = dict(data)
        if value is not _REMOVED or (rest and key in data):
            pairs[key] = _changed(data.get(key), rest, value)
        elif not rest:
            pairs.pop(key, None)
        return pairs
    if isinstance(data, list) and isinstance(key, int) and 0 <= key <= len(data):
        items = list(data)
        if value is _REMOVED and (not rest or key == len(data)):
            return items[:key] + items[key + 1 :]
        earlier = items[key] if key < len(items) else None
        return [*items[:key], _changed(earlier, rest, value), *items[key + 1 :]]
    if value is _REMOVED:
        return data
    raise SpliceError


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _applied(text: str, plain: str, edit: _Edit) -> str:
    """The edit of the plain text in the text as it is, with its own ends of lines."""
    skipped = len(text) - len(text.removeprefix("\ufeff"))
    ends = [index for index, _ in _line_ends(plain, text, skipped)]
    start, end = (place + skipped + bisect_left(ends, place) for place in (edit.start, edit.end))
    new = edit.text.replace("\n", "\r\n") if ends else edit.text
    return text[:start] + new + text[end:]


def _line_ends(plain: str, text: str, skipped: int) -> list[tuple[int, int]]:
    """The ends of lines, by their index in the plain text, that take two characters."""
    if "\r\n" not in text:
        return []
    found, place = [], skipped - 1
    for index, character in enumerate(plain):
        place += 1
        if character == "\n" and text.startswith("\r\n", place):
            found.append((index, place))
            place += 1
    return found


# --- Finding the stretch ---


def _edit(text: str, root: Node | None, path: Path, value: Any, order: Sequence[str]) -> _Edit:
    if root is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        return _Edit(len(text), len(text), f"{gap}{block(_wrapped(path, value), '')}\n")
    if value is _REMOVED:
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
        return _Edit(root.start, root.end, block(value, ""))
    return _replacement(text, parent, path[depth - 1], value)


def _addition(text: str, node: Node, key: str | int, value: Any, order: Sequence[str]) -> _Edit:
    if node.style:
        end = node.entries[-1].node.end
        shown = inline({key: value})[1:-1] if isinstance(key, str) else inline(value)
        return _Edit(end, end, f", {shown}")
    first = node.entries[0].start
    indent = " " * _column(text, first)
    new = entry_text(key, value, indent) if isinstance(key, str) else item_text(value, indent)
    before = _before(node, order, key)
    if before is None and text[first - len(indent) : first] == indent:
        return _Edit(first, first, f"{new}\n{indent}")
    # Behind a dash nothing is put before the first key.
    before = before or node.entries[0]
    end = _end_of_line(text, max(before.node.end, before.key_end))
    return _Edit(end, end, f"\n{indent}{new}")


def _wrapped(path: Path, value: Any) -> Any:
    """`value` in the collections that lead to it."""
    for key in reversed(path):
        value = {key: value} if isinstance(key, str) else [value]
    return value


def _before(node: Node, order: Sequence[str], key: str | int) -> Entry | None:
    """The part behind which a new one belongs; None = it comes first."""
    if key not in order:
        return node.entries[-1]
    earlier = set(order[: order.index(str(key))])
    found = [entry for entry in node.entries if entry.key in earlier]
    return found[-1] if found else None


def _replacement(text: str, parent: Node, key: str | int, value: Any) -> _Edit:
    entry = parent.entry(key)
    if entry is None:
        raise SpliceError
    node = entry.node
    if parent.style:
        new = scalar_text(value, in_brackets=True, style=_quotes(node)) if _is_one(value) else ""
        return _Edit(node.start, node.end, f"{' ' if node.is_empty else ''}{new or inline(value)}")
    indent = " " * _column(text, entry.start)
    head = entry_text(key, value, indent) if isinstance(key, str) else item_text(value, indent)
    if _is_one(value) and "\n" not in head and node.style in ("'", '"'):
        return _Edit(node.start, node.end, scalar_text(value, style=node.style))
    after = _behind_mark(text, entry)
    mark = scalar_text(key, in_brackets=True) + ":" if isinstance(key, str) else "-"
    tail = head.removeprefix(mark)
    if "#" not in text[after : node.start]:
        return _Edit(after, node.end, tail)
    # A comment stands between the key and its value, which stays on lines of its own.
    if not is_short(value) or "\n" in head:
        inner = " " * _column(text, node.start)
        return _Edit(node.start, node.end, block(value, inner))
    deeper = STEP if _column(text, node.start) <= len(indent) else ""
    new = scalar_text(value) if _is_one(value) else inline(value)
    return _Edit(node.start, node.end, f"{deeper}{new}")


def _behind_mark(text: str, entry: Entry) -> int:
    """The index behind the colon of a key, or behind the dash of an item."""
    if isinstance(entry.key, int):
        return entry.start + 1
    return text.index(":", entry.key_end) + 1


def _is_one(value: Any) -> bool:
    return not isinstance(value, dict | list | tuple)


def _quotes(node: Node) -> str:
    return node.style if node.style in ("'", '"') else ""


def _removal(text: str, root: Node, path: Path) -> _Edit:
    parent = root.at(path[:-1])
    entry = parent.entry(path[-1]) if parent else None
    if parent is None or entry is None:
        raise SpliceError
    if len(parent.entries) == 1:
        if parent is root:
            return _Edit(parent.start, parent.end, "{}" if parent.kind is dict else "[]")
        grand = root.at(path[:-2])
        if grand is None:
            raise SpliceError
        return _replacement(text, grand, path[-2], {} if parent.kind is dict else [])
    place = parent.entries.index(entry)
    following = parent.entries[place + 1] if place + 1 < len(parent.entries) else None
    end = max(entry.node.end, entry.key_end)
    if parent.style:
        if following is not None:
            return _Edit(entry.start, following.start, "")
        return _Edit(parent.entries[place - 1].node.end, end, "")
    return _line_removal(text, entry, following, end)


def _line_removal(text: str, entry: Entry, following: Entry | None, end: int) -> _Edit:
    line = text.rfind("\n", 0, entry.start) + 1
    stop = _end_of_line(text, max(end, entry.start + 1))
    if not text[line : entry.start].strip(" "):
        if stop < len(text):
            return _Edit(line, stop + 1, "")
        return _Edit(max(0, line - 1), stop, "")
    # It stands behind a dash, which the next one takes over.
    if following is None:
        raise SpliceError
    if "#" in text[stop : following.start]:
        return _Edit(entry.start, stop, "")
    return _Edit(entry.start, following.start, "")


def _column(text: str, index: int) -> int:
    return index - (text.rfind("\n", 0, index) + 1)


def _end_of_line(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end
