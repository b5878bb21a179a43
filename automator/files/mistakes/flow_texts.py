"""Texts between brackets that need quotes, since YAML takes their brackets and commas for its own.

`[keywords(event.text, ['giá', 'bn'])]` is a list with one expression to its author.
"""

import re
from collections.abc import Iterator
from typing import Final

from automator.files.limits import MAX_DEPTH

_KEY: Final = re.compile(r"\s*[\w.-]+:(?:\s+|$)")
_BEFORE_VALUE: Final = re.compile(r"\s*(?:- +)*(?:[\w.-]+:\s+)?")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = "'\"`"
#: The signs that YAML does not take for a part of a text between brackets.
_NEEDS_QUOTES: Final = re.compile(r"[\[\]{},]|: | #|^[!&*%@`|>]")


def flow_text(value: str) -> tuple[int, str] | None:
    """The first text in a list or mapping between brackets that needs quotes, with its offset.

    None where the value is neither, or no bracket of it ends where it ends.
    """
    return next(_texts(value, 0), None) if _is_collection(value) else None


def flow_text_at(line: str, column: int) -> tuple[int, str] | None:
    """The text between brackets that needs quotes and has this column, counted from 0."""
    found = _BEFORE_VALUE.match(line)
    start = found.end() if found else 0
    value = line[start:].rstrip()
    for offset, text in _texts(value, start) if _is_collection(value) else ():
        if offset <= column < offset + len(text):
            return offset, text
    return None


def _texts(value: str, start: int, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Every text that needs quotes, with its place, in a value that begins at `start`.

    Values deeper than a file may be are skipped.
    """
    if depth > MAX_DEPTH:
        return
    if not _is_collection(value):
        is_quoted = value[:1] in ("'", '"') and value.find(value[0], 1) == len(value) - 1
        if value and not is_quoted and _NEEDS_QUOTES.search(value):
            yield start, value
        return
    for offset, item in _joined(value) if value[0] == "{" else _items(value):
        key = _KEY.match(item) if value[0] == "{" else None
        skipped = key.end() if key else len(item) - len(item.lstrip())
        yield from _texts(item[skipped:].rstrip(), start + offset + skipped, depth + 1)


def _joined(value: str) -> Iterator[tuple[int, str]]:
    """The items of a mapping; an item without a key belongs to the text before it."""
    found: list[tuple[int, str]] = []
    for offset, item in _items(value):
        if found and not _KEY.match(item):
            begun = found.pop()[0]
            item, offset = value[begun : offset + len(item)], begun
        found.append((offset, item))
    yield from found


def _is_collection(value: str) -> bool:
    """Whether a value is a list or a mapping between brackets, and no template."""
    if value[:1] not in ("[", "{") or value.startswith("{{"):
        return False
    return value[0] == "[" or _KEY.match(value[1:]) is not None


def _items(value: str) -> Iterator[tuple[int, str]]:
    """The items between the outer brackets, with their offsets; commas of expressions part none.

    Nothing where a bracket or a quotation mark is left open, or closes too early.
    """
    found: list[tuple[int, str]] = []
    open_: list[str] = []
    quote, begun = "", 1
    for place, sign in enumerate(value):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in _QUOTES:
            quote = sign
        elif sign in _CLOSING:
            open_.append(_CLOSING[sign])
        elif open_ and sign == open_[-1]:
            open_.pop()
            if not open_:
                found.append((begun, value[begun:place]))
                begun = place + 1
        elif sign in ")]}":
            return
        elif sign == "," and len(open_) == 1:
            found.append((begun, value[begun:place]))
            begun = place + 1
    if not open_ and not quote and begun == len(value):
        yield from found
