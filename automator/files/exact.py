"""Reads unusual or wrong YAML with ruamel.yaml, and reports every mistake at its position.

It refuses everything that gives a file a hidden meaning: anchors and aliases, tags, directives,
doubled keys, several documents. `source.py` imports this module only for a file that it cannot read
itself.
"""

from collections.abc import Iterator
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from automator.files.characters import refused_in_name, refused_in_value
from automator.files.limits import MAX_DEPTH, MAX_NODES
from automator.files.positions import Parsed, Path, Positions, Span, problem_at
from automator.files.scalars import has_odd_blank, is_cut_by_comment, read_plain
from automator.files.yaml_mistakes import explain_syntax, flow_text_at, in_quotes, shown
from automator.model import Problem, Reason
from automator.reasons import ReasonKind
from automator.reasons.problems.files import characters, syntax, whole_files


class _Stop(Exception):
    """The file cannot be read any further."""


def read_exactly(file_name: str, text: str, lines: list[str]) -> Parsed:
    """Reads the data of a file with positions, and reports its mistakes. Raises nothing.

    `text` has already been searched for refused characters.
    """
    reader = _Reader(file_name, text, lines)
    data = reader.read()
    return Parsed(file_name, lines, data, reader.positions, reader.problems)


class _Reader:
    def __init__(self, file_name: str, text: str, lines: list[str]) -> None:
        self._file = file_name
        self._text = text
        self._lines = lines
        self._nodes = 0
        self.positions = Positions(text)
        self.problems: list[Problem] = []
        self._events: Iterator[Event] = YAML(typ="safe", pure=True).parse(StringIO(text))

    def read(self) -> Any:
        """Reads the first document; None if the file cannot be read to its end."""
        try:
            return self._documents()
        except _Stop:
            return None
        except MarkedYAMLError as error:
            self._report_syntax(error)
        except (YAMLError, ValueError, RecursionError) as error:
            self._report(Span(0, 1), syntax.syntax_unreadable_yaml(said=str(error)))
        return None

    def _documents(self) -> Any:
        data: Any = None
        seen = False
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if event.version or event.tags:
                    self._report(Span(0, 1), syntax.syntax_directive())
                if seen:
                    self._report(_span(event), syntax.syntax_second_document())
                    return data
                seen = True
                data = self._value(next(self._events), (), 0)
        return data

    def _value(self, event: Event, path: Path, depth: int) -> Any:
        span = _span(event)
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            self._stop_at(span, depth)
        self.positions.add_value(path, span)
        if isinstance(event, AliasEvent):
            return self._refuse_reference(event, syntax.syntax_alias)
        if isinstance(event, NodeEvent) and event.anchor:
            self._refuse_reference(event, syntax.syntax_anchor)
        tag = getattr(event, "ctag", None)
        if tag:
            return self._refuse_tag(event)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, span, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path, depth)
        if self._text.startswith("{{", span.start):
            return self._unquoted_template(event, path)
        return self._mapping(path, depth)

    def _scalar(self, event: ScalarEvent, span: Span, path: Path) -> Any:
        if event.style is None:
            self._check_comment(span)
            if not event.value:
                self.positions.put_at_key(path)
            if has_odd_blank(event.value):
                reason = characters.syntax_odd_blank(character=f"U+{ord(event.value[0]):04X}")
                self._report(Span(span.start, span.start + 1), reason)
            return read_plain(event.value)
        refused = refused_in_value(event.value)
        if refused:
            inner = self._text[span.start + 1 : span.end - 1]
            reason = characters.syntax_escaped_control_character(
                character=refused, quotes=in_quotes(inner)
            )
            self._report(span, reason)
            return event.value.encode("utf-8", "replace").decode().replace("\x00", "")
        if event.style in "|>":
            self.positions.add_value(path, span)
        return event.value

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._value(event, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event, path, depth)
            value = next(self._events)
            span = _span(event)
            if key in items:
                self._report(span, syntax.syntax_set_twice(key=shown(key), line=lines[key]))
                self._value(value, (*path, f"{key} "), depth + 1)
                continue
            lines[key] = self.positions.of(span).line
            self.positions.add_key((*path, key), span)
            items[key] = self._value(value, (*path, key), depth + 1)
        return items

    def _key(self, event: Event, path: Path, depth: int) -> str:
        span = _span(event)
        if isinstance(event, ScalarEvent) and not event.anchor and not event.ctag:
            refused = refused_in_name(event.value)
            if refused:
                self._report(span, characters.syntax_invisible_in_name(character=refused))
            elif not event.value:
                self._report(span, syntax.syntax_name_missing())
            return str(event.value).encode("utf-8", "replace").decode()
        if isinstance(event, ScalarEvent | AliasEvent):
            self._value(event, (*path, ""), depth + 1)
        else:
            between = self._between_brackets(span)
            if between is None:
                quotes = in_quotes(self._rest_of_line(span))
                self._report(span, syntax.syntax_name_expected(quotes=quotes))
            self._skip(event)
        return self._rest_of_line(span)

    def _skip(self, event: Event) -> int:
        """Skips a collection and returns the index after it."""
        depth = 1 if isinstance(event, MappingStartEvent | SequenceStartEvent) else 0
        while depth:
            if depth > MAX_DEPTH:
                # The parser takes time by the square of the depth of nested braces.
                self._stop_at(_span(event), depth)
            event = next(self._events)
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                depth += 1
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                depth -= 1
        return _span(event).end

    def _unquoted_template(self, event: Event, path: Path) -> str:
        span = _span(event)
        between = self._between_brackets(span)
        rest = between or self._rest_of_line(span)
        whole = Span(span.start, span.start + len(rest))
        if between is None:
            self._report(whole, syntax.syntax_template_without_quotes(quotes=in_quotes(rest)))
        self.positions.add_value(path, whole)
        self._skip(event)
        return rest

    def _between_brackets(self, span: Span) -> str | None:
        """Reports a text around `span` that needs quotes, because YAML takes its brackets or commas
        for its own; returns the text, or None if there is none.
        """
        begun = self._text.rfind("\n", 0, span.start) + 1
        end = self._text.find("\n", begun)
        line = self._text[begun : len(self._text) if end < 0 else end]
        found = flow_text_at(line, span.start - begun)
        if found is None:
            return None
        start = begun + found[0]
        reason = syntax.syntax_text_between_brackets(quotes=in_quotes(found[1]))
        self._report(Span(start, start + len(found[1])), reason)
        return found[1]

    def _refuse_tag(self, event: Event) -> str:
        span = _span(event)
        rest = self._rest_of_line(span)
        whole = Span(span.start, span.start + len(rest))
        kind = syntax.syntax_tag if rest.startswith("!!") else syntax.syntax_tag_without_quotes
        self._report(whole, kind(quotes=in_quotes(rest)))
        self._skip(event)
        return rest

    def _refuse_reference(self, event: Event, kind: ReasonKind[...]) -> str:
        rest = self._rest_of_line(_span(event))
        whole = Span(_span(event).start, _span(event).start + len(rest))
        self._report(whole, kind(quotes=in_quotes(rest)))
        return rest

    def _check_comment(self, span: Span) -> None:
        """Reports a text without quotes that a '#' cuts short: YAML drops the rest silently."""
        if is_cut_by_comment(self._text, span):
            rest = self._rest_of_line(Span(span.end, span.end))
            line = self._rest_of_line(span)
            start = span.start + len(line) - len(rest)
            reason = syntax.syntax_cut_by_comment(quotes=in_quotes(line))
            self._report(Span(start, start + len(rest)), reason)

    def _rest_of_line(self, span: Span) -> str:
        end = self._text.find("\n", span.start)
        rest = self._text[span.start : len(self._text) if end < 0 else end]
        return rest.strip()

    def _stop_at(self, span: Span, depth: int) -> None:
        if depth > MAX_DEPTH:
            self._report(span, whole_files.syntax_file_too_deep(most=MAX_DEPTH))
        else:
            self._report(span, whole_files.syntax_file_has_too_many_values(most=MAX_NODES))
        raise _Stop

    def _report(self, span: Span, reason: Reason) -> None:
        position = self.positions.of(span)
        self.problems.append(problem_at(self._file, self._lines, position, reason))

    def _report_syntax(self, error: MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        opened = error.context_mark
        said = f"{error.problem or ''} {error.context or ''}".strip()
        position, reason = explain_syntax(
            self._lines,
            said,
            (mark.line, mark.column) if mark else (0, 0),
            (opened.line, opened.column) if opened else None,
        )
        if any(known.line == position.line for known in self.problems):
            return
        self.problems.append(problem_at(self._file, self._lines, position, reason))


def _span(event: Event) -> Span:
    start = event.start_mark.index
    end = event.end_mark.index if event.end_mark else start
    return Span(start, max(start, end))
