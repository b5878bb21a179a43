"""Runs the tests of a rule file that somebody is editing, together with the other rule files."""

import time
from collections.abc import Collection
from dataclasses import replace
from functools import partial

from automator.engine.explanation.stored_event import stored_event
from automator.model import Event, record
from automator.rules import Loaded, with_test_files
from automator.server.rule_tests.setup import setup_of
from automator.server.web.services import Services
from automator.simulation.rule_tests import TestResult, run_tests

#: The tests of one file may take this many seconds; the remaining tests are left out.
MOST_SECONDS = 5.0


@record(kw_only=False)
class TestedFile:
    """The results of the tests of a file."""

    __test__ = False

    results: tuple[TestResult, ...]
    #: The number of tests for which there was no time.
    left_out: int
    #: Whether the file has errors, so that its tests cannot run.
    is_broken: bool = False

    @property
    def failed(self) -> int:
        """The number of failed tests."""
        return len(self.failing)

    @property
    def failing(self) -> list[tuple[str, str]]:
        """The rule and the name of each failed test."""
        return [(one.test.rule, one.test.source.name) for one in self.results if not one.passed]


async def test_file(services: Services, name: str, text: str, of: str) -> TestedFile:
    """Runs the tests of the file `name` with this text, and of the files that include it.

    `of` is the name of who asks.

    Raises:
        RequestError: too many requests are waiting already (503).
    """
    loaded = partial(services.rulebook.loaded_with, name, text, quickly=True)
    return await services.rule_tests.run(lambda: results_of(services, name, loaded()), of=of)


def results_of(
    services: Services, name: str, read: Loaded, only: Collection[tuple[str, str]] | None = None
) -> TestedFile:
    """Runs the tests of a loaded file; `only` picks some of them by rule and name."""
    read = with_test_files(read, services.rulebook.folder)
    if name in read.refused:
        return TestedFile((), 0, is_broken=True)
    known = read.rule_set.files_with(name)
    tests = [
        test
        for test in read.tests
        if test.place.file in known and (only is None or (test.rule, test.source.name) in only)
    ]
    rule_context = replace(services.rule_context, advises=False)
    files = read.rule_set.files
    setup = setup_of(files, rule_context, services.settings, services.connections)
    setup = replace(setup, most_seconds=MOST_SECONDS, stored=partial(_stored, services))
    deadline = time.monotonic() + MOST_SECONDS
    results: list[TestResult] = []
    for test in tests:
        if time.monotonic() > deadline:
            break
        results += run_tests(setup, [test])
    return TestedFile(tuple(results), len(tests) - len(results))


def _stored(services: Services, event_id: int) -> Event:
    return stored_event(services.store.log, event_id, whole=True).event
