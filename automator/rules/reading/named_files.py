"""Reads the files that tests of rules name: bodies of deliveries, as JSON."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from automator.files import MAX_BYTES
from automator.model import Problem, Reason
from automator.reasons.problems.rule_tests import (
    TEST_FILE_MISSING,
    TEST_FILE_NOT_JSON,
    TEST_FILE_OUTSIDE,
    TEST_FILE_TOO_LARGE,
    TEST_FILES_TOO_LARGE,
)
from automator.rules.reading.collector import as_reason
from automator.rules.reading.load import Loaded
from automator.rules.reading.read_tests import RuleTest

#: Bytes of all files that the tests of a rule set name.
_MOST_BYTES = 16_000_000


class _UnreadableError(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def with_test_files(loaded: Loaded, folder: Path) -> Loaded:
    """The rules with the files of their tests read. Their names are relative to `folder`. A file
    that cannot be read is a warning at the place that names it, and its test fails; the rules
    themselves stay usable.
    """
    reader = _Reader(folder)
    tests = tuple(reader.with_files(test) for test in loaded.tests)
    return replace(loaded, tests=tests, problems=sorted([*loaded.problems, *reader.problems]))


class _Reader:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = _MOST_BYTES
        self._read: dict[Path, Any] = {}
        self.problems: list[Problem] = []

    def with_files(self, test: RuleTest) -> RuleTest:
        """The test with the contents of its files in their places."""
        if not test.files:
            return test
        base = (self._folder / test.place.file).parent
        bodies: dict[str, Any] = {}
        for file, problem in test.files:
            try:
                bodies[file] = self._body(base, file)
            except _UnreadableError as error:
                self.problems.append(as_reason(problem, error.reason))
                return replace(test, failure=error.reason)
        source = test.source
        event = source.event and source.event.with_body(bodies)
        events = [one.with_body(bodies) for one in source.events]
        return replace(test, source=source.model_copy(update={"event": event, "events": events}))

    def _body(self, base: Path, file: str) -> Any:
        place = (base / file).resolve()
        if not place.is_relative_to(base.resolve()):
            raise _UnreadableError(TEST_FILE_OUTSIDE(file=file))
        if place not in self._read:
            self._read[place] = self._parsed(place, file)
        return self._read[place]

    def _parsed(self, place: Path, file: str) -> Any:
        try:
            with place.open("rb") as opened:
                data = opened.read(MAX_BYTES + 1)
        except OSError as error:
            raise _UnreadableError(TEST_FILE_MISSING(file=file)) from error
        self._left -= len(data)
        if len(data) > MAX_BYTES:
            raise _UnreadableError(TEST_FILE_TOO_LARGE(file=file, most=MAX_BYTES))
        if self._left < 0:
            raise _UnreadableError(TEST_FILES_TOO_LARGE(file=file, most=_MOST_BYTES))
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise _UnreadableError(_not_json(file, error)) from error


def _not_json(file: str, error: Exception) -> Reason:
    said = getattr(error, "msg", type(error).__name__)
    line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
    return TEST_FILE_NOT_JSON(file=file, said=said, line=line, column=column)
