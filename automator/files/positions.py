"""The data of a YAML file, with the line and column of each part."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from automator.model import Problem, Reason, Severity, record
from automator.reasons import problem_code
from automator.reasons.problems.rules import rule_from_elsewhere

_MAX_SHOWN = 1_000

#: The keys and indexes that lead from the root of a file to one of its parts.
Path = tuple[str | int, ...]


@record(kw_only=False)
class Position:
    """A part of one line. Lines and columns count from 1, columns and length in characters."""

    line: int
    column: int
    length: int = 1
    #: For a part that is put in at this place from elsewhere: the file and the line that write it.
    written_at: tuple[str, int] | None = None


@record(kw_only=False)
class Span:
    """A part of the file's text by index from 0; `end` is the index after the last character."""

    start: int
    end: int


@record
class Graft:
    """The place where a part of the data is written, if its path does not say it.

    Without `positions`, this is another path of the same file. Otherwise a snippet or the
    `defaults` of `file` put the part in at `used_at`.
    """

    path: Path
    positions: "Positions | None" = None
    file: str = ""
    used_at: Position = field(default_factory=lambda: Position(1, 1))


class Positions:
    """The positions of every key and value, by path."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._keys: dict[Path, Span] = {}
        self._values: dict[Path, Span] = {}
        self._grafts: dict[Path, Graft] = {}
        self._changed: set[Path] = set()

    def add_key(self, path: Path, span: Span) -> None:
        """Adds the position of the key that ends `path`."""
        self._keys[path] = span

    def add_value(self, path: Path, span: Span) -> None:
        """Adds the position of the value at `path`."""
        self._values[path] = span

    def paths(self) -> Iterator[Path]:
        """Yields the path of every part of the file."""
        return iter(self._values)

    def graft(self, grafts: Mapping[Path, Graft]) -> None:
        """Says where the parts at these paths, and everything below them, are written."""
        self._grafts.update(grafts)

    def put_at_value(self, paths: Iterable[Path]) -> None:
        """Places every part of these texts at the whole text, because it is changed later."""
        self._changed.update(paths)

    def key(self, path: Path) -> Position:
        """Returns the position of the key that ends `path`, or of the value of a list item."""
        if self._grafts:
            path, elsewhere = self._written(path)
            if elsewhere is not None:
                return elsewhere
        span = self._keys.get(path)
        return self.of(span) if span else self._value(path)

    def _written(self, path: Path) -> tuple[Path, Position | None]:
        """Returns the path by which a part is written here, or the place where it is put in."""
        for length in range(len(path), 0, -1):
            graft = self._grafts.get(path[:length])
            if graft is not None:
                there = graft.path + path[length:]
                if graft.positions is None:
                    return there, None
                line = graft.positions.key(there).line
                return there, replace(graft.used_at, written_at=(graft.file, line))
        return path, None

    def also_at(self, moves: Mapping[Path, Path]) -> None:
        """Adds a second path to parts of the file, and to everything below them."""
        for spans in (self._keys, self._values) if moves else ():
            for path, span in list(spans.items()):
                for length in range(1, len(path) + 1):
                    if path[:length] in moves:
                        spans.setdefault(moves[path[:length]] + path[length:], span)

    def put_at_key(self, path: Path) -> None:
        """Places an empty value at its key; the parser places it where the next part begins."""
        if path in self._keys:
            self._values[path] = self._keys[path]

    def value(self, path: Path) -> Position:
        """Returns the position of the value at `path`, or of the innermost existing
        part around it.
        """
        if self._grafts:
            path, elsewhere = self._written(path)
            if elsewhere is not None:
                return elsewhere
        return self._value(path)

    def _value(self, path: Path) -> Position:
        while path and path not in self._values:
            path = path[:-1]
        span = self._values.get(path)
        if span is None:
            return Position(1, 1)
        if self._is_block(span) and path in self._keys:
            return self.of(self._keys[path])
        return self.of(span)

    def inside(self, path: Path, offset: int, length: int = 1) -> Position:
        """Returns the position of a part of the text value at `path`; takes its quotes, escapes and
        folding into account.
        """
        if self._grafts:
            path, elsewhere = self._written(path)
            if elsewhere is not None:
                return elsewhere
        span = self._values.get(path)
        if span is None or path in self._changed:
            return self._value(path)
        starts = source_indexes(self._text, span)
        if not starts:
            return self._value(path)
        first = starts[min(max(offset, 0), len(starts) - 1)]
        last = starts[min(max(offset + length - 1, 0), len(starts) - 1)]
        return self.of(Span(first, max(first, last) + 1))

    def of(self, span: Span) -> Position:
        """Returns the position of the part of a span that is on its first line."""
        line = self._line_of(span.start)
        start = self._line_starts[line]
        end = self._text.find("\n", span.start)
        end = len(self._text) if end < 0 else end
        stop = min(span.end, end)
        while stop > span.start + 1 and self._text[stop - 1] == " ":
            stop -= 1
        return Position(line + 1, span.start - start + 1, max(1, stop - span.start))

    def _line_of(self, index: int) -> int:
        return bisect_right(self._line_starts, index) - 1

    def _is_block(self, span: Span) -> bool:
        return self._text[span.start : span.start + 1] in ("|", ">")


#: Line breaks with the blanks around them: a single break becomes a blank, n breaks become n - 1.
_BREAK = r"(?P<break> *+\n[ \n]*+)"
#: Blanks without a break, in a single match: otherwise each blank would search for a break.
_BLANKS = r"(?P<blanks> ++)"
#: Patterns for the source of one character, by the quotation mark of the scalar. In double quotes,
#: a line break after a backslash disappears.
_PIECES = {
    mark: re.compile(f"{_BREAK}|{_BLANKS}|{piece}|.", re.DOTALL)
    for mark, piece in {
        '"': r"(?P<nothing>\\\n *)|\\x.{2}|\\u.{4}|\\U.{8}|\\.",
        "'": "''",
        "": "(?!)",
    }.items()
}


def source_indexes(text: str, span: Span) -> list[int]:
    """Finds the index in the file of each character of a scalar's value."""
    opening = text[span.start : span.start + 1]
    if opening in ("|", ">") and "\n" in text[span.start : span.end]:
        return _block(text, text.index("\n", span.start) + 1, span.end, folded=opening == ">")
    quote = opening if opening in _PIECES else ""
    found: list[int] = []
    for piece in _PIECES[quote].finditer(text, span.start + len(quote), span.end - len(quote)):
        if piece.lastgroup == "break":
            found += [piece.start()] * max(1, piece[0].count("\n") - 1)
        elif piece.lastgroup == "blanks":
            found += range(piece.start(), piece.end())
        elif piece.lastgroup != "nothing":
            found.append(piece.start())
    return found


def _block(text: str, index: int, end: int, *, folded: bool) -> list[int]:
    lines: list[tuple[int, str]] = []
    for line in text[index:end].split("\n"):
        lines.append((index, line))
        index += len(line) + 1
    indent = min(
        (len(line) - len(line.lstrip(" ")) for _, line in lines if line.strip()), default=0
    )
    found: list[int] = []
    for number, (start, line) in enumerate(lines):
        content = line[indent:]
        found += range(start + indent, start + indent + len(content))
        following = lines[number + 1][1] if number + 1 < len(lines) else ""
        if not folded or content or not following.strip():
            found.append(start + len(line))
    return found


@record(kw_only=False)
class Parsed:
    """A YAML file as plain data, with the position of each part and its problems.

    `data` is None if nothing could be read; parts with a problem hold their text as written.
    """

    file: str
    lines: Sequence[str]
    data: Any
    positions: Positions
    problems: list[Problem] = field(default_factory=list)
    #: The paths of values between typographic quotation marks, each with its reason. The caller
    #: reports the reason unless the value has another problem.
    quotes: Sequence[tuple[Path, Reason]] = ()

    def at(self, path: Path) -> Any:
        """Returns the value at `path`, or None if there is none."""
        value = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def problem(
        self,
        position: Position,
        reason: Reason,
        severity: Severity = Severity.ERROR,
    ) -> Problem:
        """Makes a problem of this file, with the text of its line."""
        return problem_at(self.file, self.lines, position, reason, severity)


def problem_at(
    file: str,
    lines: Sequence[str],
    position: Position,
    reason: Reason,
    severity: Severity = Severity.ERROR,
) -> Problem:
    """Makes a problem; its marker is inside its line, or directly after the line's end."""
    line = min(max(position.line, 1), max(len(lines), 1))
    source = lines[line - 1] if lines else ""
    column = min(max(position.column, 1), len(source) + 1)
    code = problem_code(reason)
    if position.written_at is not None:
        written_in, written_on = position.written_at
        reason = rule_from_elsewhere(file=written_in, line=written_on, problem=reason)
    return Problem(
        file=file,
        line=line,
        column=column,
        reason=reason,
        code=code,
        # A very long line is not shown: each of its problems would repeat it.
        source=source if len(source) <= _MAX_SHOWN else "",
        length=min(max(position.length, 1), max(1, len(source) - column + 1)),
        severity=severity,
    )
