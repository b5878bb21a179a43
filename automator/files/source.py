"""Reads the text of a YAML file as plain data with positions; all other modules use this one.

It first refuses tabs and invisible characters. It then reads ordinary files itself, and passes any
other file to `exact.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml

from automator.files.characters import character_problems, refused_in_name, refused_in_value
from automator.files.limits import MAX_BYTES, MAX_DEPTH, MAX_NODES
from automator.files.positions import Parsed, Path, Position, Positions, Span, problem_at
from automator.files.scalars import has_odd_blank, is_cut_by_comment, read_plain
from automator.files.yaml_mistakes import curly_quotes, with_odd_lines_at_once
from automator.reasons.problems.files import whole_files


def parse_yaml(file_name: str, text: str) -> Parsed:
    """Reads one file. Its mistakes are in `problems`; nothing is raised."""
    size = len(text.encode("utf-8", "replace"))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if size > MAX_BYTES:
        reason = whole_files.syntax_file_too_large(most=MAX_BYTES)
        problem = problem_at(file_name, lines, Position(1, 1), reason)
        return Parsed(file_name, lines, None, Positions(""), [problem])
    problems = character_problems(file_name, lines)
    if problems:
        return Parsed(file_name, lines, None, Positions(text), problems)
    quickly = read_quickly(text)
    if quickly is not None:
        parsed = Parsed(file_name, lines, *quickly)
    else:
        from automator.files.exact import read_exactly  # noqa: PLC0415 - 1.6 MB, for unusual YAML.

        parsed = read_exactly(file_name, text, lines)
    parsed = with_odd_lines_at_once(parsed)
    return replace(parsed, quotes=tuple(curly_quotes(parsed)))


# --- Ordinary files, read with libyaml some 15 times faster ---
#
# This reader gives up on everything that `exact.py` reports, so that each problem has one wording.
# Tests compare the two readers on generated files: data and positions are the same.

#: The fast parser, or None if PyYAML was built without libyaml.
_LOADER: Any = getattr(yaml, "CSafeLoader", None)
#: Text that the two parsers read differently: directives, marks of documents, explicit keys, a
#: value directly after the colon of a quoted name, a comment directly after the sign of a block.
_UNUSUAL = re.compile(
    r"""^(?:%|---|\.\.\.|[^\S\n]*\?(?:\s|$))|[\[{,]\s*[?:-](?:\s|$)|['"\]}]:[^\s]|[|>][-+0-9]*\#""",
    re.MULTILINE,
)


class _GiveUp(Exception):
    """The file has a part that only `exact.py` can read or explain."""


def read_quickly(text: str) -> tuple[Any, Positions] | None:
    """Reads the data of an ordinary file with the positions of its parts; None if `exact.py` has to
    read the file.

    `text` has already been searched for refused characters.
    """
    if _LOADER is None or _UNUSUAL.search(text):
        return None
    positions = Positions(text)
    try:
        events = yaml.parse(text, Loader=_LOADER)
        return _Quick(text, positions).read(events), positions
    except (_GiveUp, yaml.YAMLError, ValueError, RecursionError):
        return None


class _Quick:
    def __init__(self, text: str, positions: Positions) -> None:
        self._text = text
        self._positions = positions
        self._nodes = 0
        self._has_comments = "#" in text

    def read(self, events: Iterator[Any]) -> Any:
        next(events)
        if not isinstance(next(events), yaml.DocumentStartEvent):
            raise _GiveUp
        data = self._value(next(events), events, (), 0)
        next(events)
        if not isinstance(next(events), yaml.StreamEndEvent):
            raise _GiveUp
        return data

    def _value(self, event: Any, events: Iterator[Any], path: Path, depth: int) -> Any:
        start = event.start_mark.index
        span = Span(start, max(start, event.end_mark.index))
        self._nodes += 1
        # A file with an alias always has an anchor too.
        if depth > MAX_DEPTH or self._nodes > MAX_NODES or event.anchor or event.tag:
            raise _GiveUp
        self._positions.add_value(path, span)
        if event.__class__ is yaml.ScalarEvent:
            return self._scalar(event, span)
        if event.__class__ is yaml.SequenceStartEvent:
            return self._sequence(events, path, depth)
        if self._text.startswith("{{", start):
            raise _GiveUp
        return self._mapping(events, path, depth)

    def _scalar(self, event: Any, span: Span) -> Any:
        value: str = event.value
        if event.style:
            if refused_in_value(value):
                raise _GiveUp
            return value
        # `exact.py` puts an empty value at another column.
        is_cut = self._has_comments and is_cut_by_comment(self._text, span)
        if not value or is_cut or has_odd_blank(value):
            raise _GiveUp
        return read_plain(value)

    def _sequence(self, events: Iterator[Any], path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if event.__class__ is yaml.SequenceEndEvent:
                break
            items.append(self._value(event, events, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, events: Iterator[Any], path: Path, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        for event in events:
            if event.__class__ is yaml.MappingEndEvent:
                break
            is_name = event.__class__ is yaml.ScalarEvent and not event.anchor and not event.tag
            key: str = event.value if is_name else ""
            if not key or key in items or refused_in_name(key):
                raise _GiveUp
            start = event.start_mark.index
            here = (*path, key)
            self._positions.add_key(here, Span(start, max(start, event.end_mark.index)))
            items[key] = self._value(next(events), events, here, depth + 1)
        return items
