"""Finds the key or value that is written at the cursor, by indentation, also in a broken text.

A YAML parser cannot read a text while somebody types. The indentation of the lines above the cursor
shows which keys and items contain it. Within brackets, the text is read character by character.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from automator.files import Path
from automator.model import record

# Values in brackets are read up to the cursor, since their end may be missing.

#: How many levels of items or brackets are followed; rule files have fewer.
DEEPEST = 64


@dataclass(slots=True)
class Bracket:
    """An open bracket, its keys so far, and the key whose value follows."""

    opening: str
    key: str | None = None
    keys: set[str] = field(default_factory=set)

    def ends_key(self, following: str) -> bool:
        """Whether a colon followed by this character ends a key."""
        return self.opening == "{" and self.key is None and following in ("", *" \n}][{")


def open_brackets(text: str, start: int, end: int) -> tuple[list[Bracket], int]:
    """The brackets that are open at `end`, and the offset where the current word begins.

    There are none if they are nested deeper than a rule file can be.
    """
    brackets: list[Bracket] = []
    token, quote, index = start, "", start
    #: The offset of the word's last character that is not blank.
    written = -1
    while index < end:
        sign = text[index]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"" and written < token:
            quote = sign
        elif sign in "{[":
            if len(brackets) >= DEEPEST:
                return [], start
            brackets.append(Bracket(sign))
            token = index + 1
        elif sign in "}]" and brackets:
            brackets.pop()
            token = index + 1
        elif brackets and sign == ",":
            brackets[-1].key = None
            token = index + 1
        elif sign == ":" and brackets and brackets[-1].ends_key(text[index + 1 : index + 2]):
            brackets[-1].key = text[token:index].strip().strip("'\"")
            brackets[-1].keys.add(brackets[-1].key)
            token = index + 1
        if not sign.isspace():
            written = index
        index += 1
    return brackets, token


#: How many lines above the cursor are searched for the keys that contain it.
_MOST_LINES = 50_000
#: How many lines above and below are searched for the other keys of a mapping.
_MOST_BESIDE = 1_000
#: How many lines a value in brackets may take.
_MOST_OF_VALUE = 60
_KEY = re.compile(
    r"""(?:"([^"]*)"\s*|'([^']*)'\s*|([^\s#\[\]{},"'&*!|>%@`-][^:#]*|-\w[^:#]*)):(?=\s|$)"""
)
_BLANKS = re.compile(r" *")
_BLOCK = re.compile(r"[|>][+-]?[0-9]?[+-]?\s*(?:#.*)?$")


@record(kw_only=False)
class Entry:
    """The start of a key, or of an item (`name` is None), on a line; `value` is its value's
    offset.
    """

    column: int
    name: str | None
    value: int


@record
class Cursor:
    """The word at the cursor: a key of the mapping at `path`, or the value at `path`."""

    path: Path
    is_key: bool
    #: The offset at which the current word begins, and the word so far.
    start: int
    word: str
    #: The keys that the mapping already has.
    written: frozenset[str] = frozenset()
    #: The column of the mapping's keys; None within brackets.
    column: int | None = None
    #: Whether an item of a list begins here, which may also be a plain value.
    is_item: bool = False


def entries(line: str) -> list[Entry]:
    """The items and the key that begin on a line, from left to right."""
    found: list[Entry] = []
    position = _past_blanks(line, 0)
    while position < len(line) and line[position] != "#" and len(found) < DEEPEST:
        if line[position] == "-" and line[position + 1 : position + 2] in ("", " "):
            value = _past_blanks(line, position + 1)
            found.append(Entry(position, None, value))
            position = value
            continue
        key = _KEY.match(line, position)
        if key:
            name = next(group for group in key.groups() if group is not None)
            found.append(Entry(position, name.rstrip(), _past_blanks(line, key.end())))
        break
    return found


def _past_blanks(line: str, position: int) -> int:
    found = _BLANKS.match(line, position)
    return found.end() if found else position


class _Lines:
    """The lines of a text, each read once for all cursors in it."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._entries: dict[int, list[Entry]] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, row: int) -> str:
        return self._lines[row]

    def entries(self, row: int) -> list[Entry]:
        """The items and the key that begin on this line."""
        found = self._entries.get(row)
        if found is None:
            found = self._entries[row] = entries(self._lines[row])
        return found


#: Cached, because the fixes of a text need the cursor at a hundred places.
_lines_of = lru_cache(maxsize=1)(_Lines)


def cursor_at(text: str, position: int) -> Cursor:
    """The cursor at an offset of a text."""
    position = min(max(position, 0), len(text))
    row = text.count("\n", 0, position)
    line_start = text.rfind("\n", 0, position) + 1
    lines = _lines_of(text)
    column = position - line_start
    before = [entry for entry in lines.entries(row) if entry.value <= column]
    block = _block_above(lines, row, column)
    if block is not None:
        path = (*_ancestors(lines, block, lines.entries(block)[-1].column), _name(lines, block))
        return _of_word(text, position, line_start, path)
    flow = _flow(text, lines, row, line_start, position)
    if flow is not None:
        return flow
    if before and before[-1].name is not None:
        last = before[-1]
        path = (*_ancestors(lines, row, last.column), last.name or "")
        return _of_word(text, position, line_start + last.value, path)
    return _key(lines, row, line_start, column, before)


def _ancestors(lines: _Lines, row: int, column: int) -> Path:
    """The path of the mapping whose keys begin in this column at this line."""
    found: list[str | int] = []
    limit, is_item = column, False
    for entry in _upwards(lines, row, column):
        if entry.name is None and entry.column < limit:
            found.append(0)
            limit, is_item = entry.column, True
        elif entry.name is not None and (
            entry.column < limit or (is_item and entry.column == limit)
        ):
            found.append(entry.name)
            limit, is_item = entry.column, False
            if limit == 0:
                break
    return tuple(reversed(found))


def _upwards(lines: _Lines, row: int, column: int) -> Iterator[Entry]:
    """The entries before a column of a line, then the entries of the lines above it, upwards."""
    yield from reversed([entry for entry in lines.entries(row) if entry.column < column])
    for number in range(row - 1, max(-1, row - _MOST_LINES), -1):
        yield from reversed(lines.entries(number))


def _name(lines: _Lines, row: int) -> str | int:
    name = lines.entries(row)[-1].name
    return 0 if name is None else name


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _block_above(lines: _Lines, row: int, column: int) -> int | None:
    """The first line of the multi-line text that contains the cursor, or None."""
    least = _indent(lines[row]) if lines[row].strip() else column
    least = min(least, column)
    for number in range(row - 1, max(-1, row - _MOST_LINES), -1):
        line = lines[number]
        if not line.strip():
            continue
        found = lines.entries(number)
        if found and found[-1].column < least and _BLOCK.match(line[found[-1].value :]):
            return number
        least = min(least, _indent(line))
        if least == 0:
            return None
    return None


def _key(lines: _Lines, row: int, line_start: int, column: int, before: list[Entry]) -> Cursor:
    """The cursor on a key, or where a key can be written."""
    line = lines[row]
    beginning = before[-1].value if before else min(_indent(line), column)
    path = _ancestors(lines, row, beginning)
    return Cursor(
        path=path,
        is_key=True,
        start=line_start + beginning,
        word=line[beginning:column],
        written=frozenset(_siblings(lines, row, beginning, is_first=bool(before))),
        column=beginning,
        is_item=bool(before),
    )


def _siblings(lines: _Lines, row: int, column: int, *, is_first: bool) -> Iterator[str]:
    """The other keys of the mapping whose keys begin in this column."""
    above = range(row - 1, max(-1, row - _MOST_BESIDE), -1)
    below = range(row + 1, min(len(lines), row + _MOST_BESIDE))
    if not is_first:
        yield from _keys_at(lines, above, column, up=True)
    yield from _keys_at(lines, below, column, up=False)


def _keys_at(lines: _Lines, rows: range, column: int, *, up: bool) -> Iterator[str]:
    for number in rows:
        found = lines.entries(number)
        if lines[number].strip() and _indent(lines[number]) < column:
            # If the mapping begins an item, its first key is on the line of the dash.
            if up:
                yield from (one.name for one in found if one.name and one.column == column)
            return
        yield from (one.name for one in found if one.name and one.column == column)


# --- Values in brackets ---


def _flow(text: str, lines: _Lines, row: int, line_start: int, position: int) -> Cursor | None:
    """The cursor inside brackets; None outside of them."""
    start = line_start
    for number in range(row, max(-1, row - _MOST_OF_VALUE), -1):
        if number != row:
            start -= len(lines[number]) + 1
        found = lines.entries(number)
        if not found:
            continue
        beginning = start + found[-1].value
        if beginning > position or text[beginning : beginning + 1] not in ("{", "["):
            if number == row and beginning > position:
                continue
            return None
        brackets, token = open_brackets(text, beginning, position)
        if not brackets:
            return None
        outer: Path = (
            *_ancestors(lines, number, found[-1].column),
            0 if found[-1].name is None else found[-1].name,
        )
        return _in_brackets(text, position, outer, brackets, token)
    return None


def _in_brackets(
    text: str, position: int, outer: Path, brackets: Sequence[Bracket], token: int
) -> Cursor:
    path: Path = outer
    for bracket in brackets[:-1]:
        path = (*path, bracket.key if bracket.opening == "{" and bracket.key else 0)
    last = brackets[-1]
    while token < position and text[token] in " \n":
        token += 1
    if last.opening == "{" and last.key is None:
        return Cursor(
            path=path,
            is_key=True,
            start=token,
            word=text[token:position],
            written=frozenset(last.keys),
        )
    path = (*path, last.key if last.opening == "{" and last.key else 0)
    return Cursor(path=path, is_key=False, start=token, word=text[token:position])


def _of_word(text: str, position: int, start: int, path: Path) -> Cursor:
    return Cursor(
        path=path,
        is_key=False,
        start=min(start, position),
        word=text[min(start, position) : position],
    )
