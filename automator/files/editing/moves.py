"""Renames a key of a YAML text, and moves an item of a list up or down with its comments."""

from collections.abc import Callable
from typing import Any

from automator.files.editing.splice import edited
from automator.files.editing.stretches import Edit, end_of_line
from automator.files.editing.tree import Entry, Node
from automator.files.positions import Path


def renamed(text: str, path: Path, key: str) -> str:
    """Renames the key at `path` in `text`; its value stays as written.

    Raises:
        SpliceError: it cannot be renamed.
    """

    def change(data: Any) -> Any:
        return _changed_at(data, path[:-1], lambda pairs: _renamed(pairs, path[-1], key))

    def find(_plain: str, root: Node | None) -> Edit:
        entry = _node(root, path[:-1]).entry(path[-1])
        if entry is None:
            raise LookupError(path)
        return Edit(entry.start, entry.key_end, key)

    return edited(text, change, find)


def moved(text: str, path: Path, *, up: bool) -> str:
    """Swaps the item at `path` with the item before it (`up`) or after it, if there is one.

    Comments directly above an item and on its lines move with it.

    Raises:
        SpliceError: the two items cannot be swapped.
    """
    index = int(path[-1]) - (1 if up else 0)

    def change(data: Any) -> Any:
        return _changed_at(data, path[:-1], lambda items: _swapped(items, index))

    def find(plain: str, root: Node | None) -> Edit:
        node = _node(root, path[:-1])
        upper, lower = node.entries[index : index + 2]
        if node.style:
            start, stop = upper.start, upper.node.end
            begin, end = lower.start, lower.node.end
        else:
            start, stop = _lines_of(plain, upper, 0)
            begin, end = _lines_of(plain, lower, stop)
        between = plain[stop:begin]
        return Edit(start, end, plain[begin:end] + between + plain[start:stop])

    return edited(text, change, find)


def _node(root: Node | None, path: Path) -> Node:
    node = root.at(path) if root else None
    if node is None:
        raise LookupError(path)
    return node


def _changed_at(data: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """Returns the data with the value at a path changed by `change`."""
    if not path:
        return change(data)
    inner = _changed_at(data[path[0]], path[1:], change)
    if isinstance(data, dict):
        return {**data, path[0]: inner}
    return [inner if index == path[0] else item for index, item in enumerate(data)]


def _renamed(pairs: Any, old: str | int, new: str) -> dict[str, Any]:
    if new in pairs and new != old:
        raise LookupError(new)
    return {new if name == old else name: value for name, value in pairs.items()}


def _swapped(items: Any, index: int) -> list[Any]:
    if not 0 <= index < len(items) - 1:
        return list(items)
    return [*items[:index], items[index + 1], items[index], *items[index + 2 :]]


def _lines_of(text: str, entry: Entry, first: int) -> tuple[int, int]:
    """Finds the first and the last line of an item with its comments, from the line `first` on.

    These are the comments directly above the item, and comments below it that are indented more
    than its dash.

    Raises:
        LookupError: the item does not begin a line.
    """
    start = text.rfind("\n", 0, entry.start) + 1
    column = entry.start - start
    if text[start : entry.start].strip(" "):
        raise LookupError(entry.key)
    while start > first:
        above = text.rfind("\n", 0, start - 1) + 1
        if above < first or not 0 <= _column_of_comment(text, above) <= column:
            break
        start = above
    last = max(entry.node.end, entry.start + 1)
    end = end_of_line(text, last - 1 if text[last - 1] == "\n" else last)
    while end < len(text) and _column_of_comment(text, end + 1) > column:
        end = end_of_line(text, end + 1)
    return start, end


def _column_of_comment(text: str, line: int) -> int:
    """Returns the column of a comment that is alone on its line; -1 for any other line."""
    found = text[line : end_of_line(text, line)]
    bare = found.lstrip(" ")
    return len(found) - len(bare) if bare.startswith("#") else -1
