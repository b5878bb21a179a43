"""The tree of a YAML text: every value and key with its exact position, for `splice.py`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from automator.files.positions import Path

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Entry:
    """A key of a mapping with its value, or an item of a list."""

    #: The index at which the key or the item's dash begins; between brackets, the item itself.
    start: int
    key: str | int
    #: The end of the key; for items the same as `start`.
    key_end: int
    node: "Node"


@dataclass(slots=True)
class Node:
    """A value and its position in the text, without comments and blanks around it."""

    start: int
    end: int
    #: str, list or dict.
    kind: type[Any]
    #: The first sign of the value: a bracket, a quotation mark, `|` or `>`; "" for anything else.
    style: str = ""
    entries: list[Entry] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the text has nothing there, which YAML reads as null."""
        return self.kind is str and self.start == self.end

    def entry(self, key: str | int) -> Entry | None:
        """Returns the part with this key or index."""
        if self.kind is list:
            return self.entries[int(key)] if key in range(len(self.entries)) else None
        return next((entry for entry in self.entries if entry.key == key), None)

    def at(self, path: Path) -> "Node | None":
        """Returns the value at `path` below this value."""
        node: Node | None = self
        for key in path:
            entry = node.entry(key) if node else None
            node = entry.node if entry else None
        return node


def read_tree(text: str) -> Node | None:
    """Makes the tree of a text that `source.py` reads without a problem; None if it has no values.

    Raises:
        yaml.YAMLError: not YAML.
    """
    events = yaml.parse(text, Loader=_LOADER)
    next(events)
    if not isinstance(next(events), yaml.DocumentStartEvent):
        return None
    node = _Reader(text).value(next(events), events)
    return None if node.is_empty else node


def comments_in(text: str) -> list[str]:
    """The comments of a text that can be read, sorted: whatever follows a # between its tokens."""
    text, end, found = text.removeprefix("\ufeff"), 0, list[str]()
    for token in yaml.scan(text, Loader=_LOADER):
        found += re.findall("#.*", text[end : token.start_mark.index])
        end = token.end_mark.index
    return sorted(comment.rstrip() for comment in found)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text

    def value(self, event: Any, events: Iterator[Any]) -> Node:
        start = event.start_mark.index
        if isinstance(event, yaml.ScalarEvent):
            end = max(start, event.end_mark.index)
            style = event.style or ""
            return Node(start, self._trimmed(start, end, style), str, style)
        kind = list if isinstance(event, yaml.SequenceStartEvent) else dict
        node = Node(start, start, kind, "flow" if event.flow_style else "")
        read = self._item if kind is list else self._pair
        for inner in events:
            if isinstance(inner, yaml.CollectionEndEvent):
                node.end = inner.end_mark.index if node.style else self._end_of(node)
                break
            node.entries.append(read(node, inner, events))
        return node

    def _pair(self, _node: Node, event: Any, events: Iterator[Any]) -> Entry:
        start, end = event.start_mark.index, event.end_mark.index
        key = event.value if isinstance(event, yaml.ScalarEvent) else self._text[start:end]
        return Entry(start, key, end, self.value(next(events), events))

    def _item(self, node: Node, event: Any, events: Iterator[Any]) -> Entry:
        value = self.value(event, events)
        start = value.start
        if not node.style:
            start = self._dash(node, value)
        return Entry(start, len(node.entries), start, value)

    def _dash(self, node: Node, value: Node) -> int:
        """Finds the dash before an item of a list in lines."""
        if not node.entries:
            return node.start
        line = self._text.rfind("\n", 0, node.start) + 1
        mark = "\n" + " " * (node.start - line) + "-"
        found = self._text.find(mark, node.entries[-1].node.end, value.start + 1)
        return found + len(mark) - 1 if found >= 0 else value.start

    def _end_of(self, node: Node) -> int:
        """Finds the end of a collection's last value; the parser's mark is after later comments."""
        if not node.entries:
            return node.start
        last = node.entries[-1]
        return max(last.node.end, last.key_end + 1)

    def _trimmed(self, start: int, end: int, style: str) -> int:
        """Finds the end of a block scalar without the blank lines after it, unless it
        keeps them.
        """
        if style not in ("|", ">"):
            return end
        header = self._text[start : self._text.find("\n", start)].split("#")[0]
        if "+" in header:
            return end
        return start + len(self._text[start:end].rstrip(" \n"))
