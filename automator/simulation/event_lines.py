"""Reads a file of events, one JSON object per line, and reports the lines that are wrong.

A line describes an event as a rule's test does: a sample, the fields that rules see, or the body of
a delivery. It also has a time: `at` with a zone, or `after` to count from the line before it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ConfigDict, Field

from automator.clock import moment_ms
from automator.files import Parsed, Position, suggest, suggest_sample, validate
from automator.files.positions import Positions, Span, problem_at
from automator.model import N_, AutomatorError, Problem, Reason, Severity, UsageError
from automator.plugins import Provider
from automator.reasons.problems.files import event_lines
from automator.reasons.problems.phrases import word_connections
from automator.reasons.problems.rule_tests import clock_unreadable, unknown_sample
from automator.reasons.problems.rules import rule_unknown_connection
from automator.reasons.quoted import os_reason
from automator.reasons.tryout import test_nothing_read
from automator.rules import (
    EVENT_FIELDS,
    ArrivalSource,
    EventFacts,
    RuleSet,
    listens,
    misspelt_event,
)
from automator.rules.meaning.listening import trigger_misspelt_event
from automator.simulation.incoming import Arrival, arrival_of_source
from automator.simulation.simulation import SimulationSetup

#: Limits: the lines of one file, and the bytes of one line.
MOST_LINES = 20_000
MOST_BYTES = 262_144
EXAMPLE = '{"at": "2026-11-24T21:50+07:00", "sample": "facebook/comment.created"}'
#: The fields that a logged event has and a person would not write.
_OF_THE_LOG = ("id", "provider", "occurred_at", "received_at")


class LineSource(ArrivalSource):
    """One line of the file."""

    model_config = ConfigDict(title=N_("an event of a simulation"), populate_by_name=False)

    at: str | None = Field(default=None, description="When it comes, with its zone.")


class _Wrong(Exception):
    """The mistake of a line: in the value of `key`, or in its text from `column` on."""

    def __init__(
        self,
        reason: Reason,
        key: str = "",
        severity: Severity = Severity.ERROR,
        *,
        column: int = 1,
    ) -> None:
        super().__init__(str(reason))
        self.reason, self.key, self.severity, self.column = reason, key, severity, column


@dataclass(slots=True, kw_only=True)
class LineReader:
    """Reads the lines of one file, and collects the mistakes of wrong lines."""

    #: The setup of the simulation that the lines are for.
    setup: SimulationSetup
    rules: RuleSet
    #: The beginning of the simulation, in milliseconds; None: the time of the first line.
    starts_at: int | None
    #: The time, in milliseconds, of a line when neither it nor an earlier line names one.
    now_ms: int
    problems: list[Problem] = field(default_factory=list)
    _last_at: int | None = None

    def read(self, file: Path) -> list[Arrival]:
        """Returns the arrivals, sorted by time. `problems` has the mistakes of all other lines.

        Raises:
            UsageError: the file cannot be read.
        """
        self._last_at = self.starts_at
        try:
            with file.open("rb") as lines:
                found = list(self._arrivals(str(file), _lines_of(lines)))
        except OSError as error:
            raise UsageError(
                N_("{file} cannot be read: {reason}"),
                fix=N_("{reason:advice}"),
                file=str(file),
                reason=os_reason(error),
            ) from error
        return sorted(found, key=lambda arrival: arrival.at)

    def _arrivals(self, file: str, lines: Iterator[bytes]) -> Iterator[Arrival]:
        for number, line in enumerate(islice(lines, MOST_LINES + 1), 1):
            text = line.decode(errors="replace").rstrip("\r\n")
            if number > MOST_LINES:
                self._report(
                    file, number, text, _Wrong(event_lines.too_many_lines(most=MOST_LINES))
                )
            elif len(line) > MOST_BYTES:
                self._report(file, number, "", _Wrong(event_lines.line_too_long(most=MOST_BYTES)))
            elif text.strip():
                try:
                    source = self._source(file, number, text)
                    if source is not None:
                        yield self._arrival(source, number)
                        self._check_type(source)
                except _Wrong as wrong:
                    self._report(file, number, text, wrong)

    def _source(self, file: str, number: int, text: str) -> LineSource | None:
        """Returns the content of a line; None if it is wrong, which `problems` then reports."""
        try:
            data: Any = json.loads(text)
        except (ValueError, RecursionError) as error:
            place = error.pos if isinstance(error, json.JSONDecodeError) else 0
            is_cut = text[place:].strip() == "" or "Unterminated" in str(error)
            wrong = (
                event_lines.line_cut_off() if is_cut else event_lines.line_not_json(example=EXAMPLE)
            )
            raise _Wrong(wrong, column=place + 1) from error
        if isinstance(data, dict):
            written = data.pop("received_at", None)
            data = {key: value for key, value in data.items() if key not in _OF_THE_LOG}
            data.setdefault("at", written)
            if "type" in data:
                # A logged event has its fields beside its name.
                fields = {f"event.{name}": data.pop(name) for name in EVENT_FIELDS if name in data}
                data["with"] = {**fields, **data.get("with", {})}
        parsed = Parsed(
            file, [text], data, _places_of(text, data if isinstance(data, dict) else ())
        )
        source, problems = validate(LineSource, parsed, (), data)
        self.problems += [replace(problem, line=number) for problem in problems]
        return source

    def _arrival(self, source: LineSource, serial: int) -> Arrival:
        at = self._time_of(source)
        provider = self._provider_of(source)
        if source.delivery is None:
            provider = provider.of_first_account
        samples = self.setup.rule_context.samples or ()
        if source.sample is not None and source.sample not in samples:
            suggestion = suggest_sample(source.sample, samples)
            raise _Wrong(unknown_sample(name=source.sample, suggestion=suggestion), "sample")
        try:
            arrival = arrival_of_source(provider, source, at, serial)
            if not arrival.written and not provider.parse(arrival.request):
                nothing = test_nothing_read(connection=provider.connection)
                raise _Wrong(event_lines.cannot_come_in(problem=nothing), "delivery")
        except AutomatorError as error:
            key = "with" if source.sample else "delivery"
            raise _Wrong(event_lines.cannot_come_in(problem=error.reason), key) from error
        self._last_at = at
        return arrival

    def _time_of(self, source: LineSource) -> int:
        if source.at is None:
            before = self.now_ms if self._last_at is None else self._last_at
            return before + round(source.after * 1000)
        at = moment_ms(source.at)
        if at is None:
            raise _Wrong(clock_unreadable(text=source.at), "at")
        if self.starts_at is not None and at < self.starts_at:
            raise _Wrong(event_lines.before_the_start(start=self.starts_at), "at")
        return at

    def _provider_of(self, source: LineSource) -> Provider:
        name, known = source.connection, self.setup.connections
        if name is not None:
            if name not in known:
                suggestion = suggest(name, known, word_connections)
                raise _Wrong(
                    rule_unknown_connection(name=name, suggestion=suggestion), "connection"
                )
            return known[name]
        kind = (source.sample or "").partition("/")[0]
        fitting = [provider for provider in known.values() if kind in ("", provider.name)]
        if not fitting or (not kind and len(fitting) > 1):
            raise _Wrong(
                event_lines.no_connection_named(known=sorted(known)), "sample" if kind else ""
            )
        return fitting[0]

    def _check_type(self, source: LineSource) -> None:
        """Reports an event name that no sender uses. Such an event still comes in.

        Raises:
            _Wrong: the name is very likely misspelt, or no rule could ever act on it.
        """
        kind = source.type
        if kind is None or kind in self.setup.rule_context.known_paths:
            return
        nearest = misspelt_event(kind)
        if nearest is not None:
            raise _Wrong(
                trigger_misspelt_event(event=kind, nearest=nearest), "type", Severity.WARNING
            )
        provider = self._provider_of(source)
        facts = EventFacts(kind, provider.connection, provider.name, False)
        if not any(listens(rule, facts) for rule in self.rules.rules):
            raise _Wrong(event_lines.nobody_sends(event=kind), "type", Severity.WARNING)

    def _report(self, file: str, number: int, text: str, wrong: _Wrong) -> None:
        position = Position(1, wrong.column)
        if wrong.key:
            position = _places_of(text, [wrong.key]).value((wrong.key,))
        problem = problem_at(file, [text], position, wrong.reason, wrong.severity)
        self.problems.append(replace(problem, line=number))


def _lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yields the lines of a file. A line that is too long is cut one byte after the limit."""
    while line := file.readline(MOST_BYTES + 1):
        yield line
        while len(line) > MOST_BYTES and not line.endswith(b"\n"):
            line = file.readline(MOST_BYTES + 1)


def _places_of(text: str, keys: Iterable[str]) -> Positions:
    """Returns the position of each key of a line's object, where the key occurs first."""
    places = Positions(text)
    for key in keys:
        found = re.search(re.escape(json.dumps(key, ensure_ascii=False)), text)
        if found:
            places.add_key((key,), Span(*found.span()))
            places.add_value((key,), Span(*found.span()))
    return places
