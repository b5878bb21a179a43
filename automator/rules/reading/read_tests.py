"""Reads the tests that stand in a rule, and finds those that can never hold or never fail."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from automator.files import Path, suggest, suggest_sample
from automator.model import Place, Problem, Reason, Severity, Step, record
from automator.model.rules.step import every_step
from automator.reasons.limits import (
    ANSWERED_BY_HAND,
    COLLECTED_FOR_PLACE,
    COLLECTED_UNTIL,
    CONCURRENCY_FULL,
    ONCE,
    ONCE_UNTIL,
    OUTSIDE,
    OUTSIDE_FOR_EVER,
    THROTTLED,
)
from automator.reasons.problems.rule_tests import (
    TEST_ANSWER_IS_BODY,
    TEST_EXPECTS_NOTHING,
    TEST_FILE_MISSING,
    TEST_HAS_NO_EVENT,
    TEST_NAME_TAKEN,
    TEST_NEVER_HOLDS,
    UNKNOWN_REASON_OF_TEST,
    UNKNOWN_SAMPLE,
    UNKNOWN_STEP_OF_TEST,
)
from automator.reasons.problems.words import WORD_ACTIONS, WORD_REASONS
from automator.rules.reading.collector import Collector
from automator.rules.schema.assumed_answers import lacks_status
from automator.rules.schema.rule_tests import ExpectSource, RuleTestSource

#: The codes of the reasons for which a run that a rule has started is not carried out.
_HOLDING_BACK = [
    kind.code
    for kind in (
        ONCE,
        ONCE_UNTIL,
        THROTTLED,
        COLLECTED_UNTIL,
        COLLECTED_FOR_PLACE,
        CONCURRENCY_FULL,
        ANSWERED_BY_HAND,
        OUTSIDE,
        OUTSIDE_FOR_EVER,
    )
]


@record(kw_only=False)
class RuleTest:
    """A test with the rule that it is about, and its place in the file."""

    rule: str
    place: Place
    source: RuleTestSource
    #: Every file that an event is in, with the problem to report if it cannot be read: its reason
    #: is still missing.
    files: tuple[tuple[str, Problem], ...] = ()
    #: Why it cannot be run.
    failure: Reason | None = None


class RuleTestReader:
    """Reads the tests of one rule after the other."""

    def __init__(self, collector: Collector, samples: Collection[str] | None) -> None:
        """`samples` are the known ones; None = they are not checked."""
        self._collector = collector
        self._samples = samples
        self.tests: list[RuleTest] = []

    def read(
        self, path: Path, written: Any, rule: str, steps: tuple[Step, ...], *, fires_itself: bool
    ) -> None:
        """Reads the list at `path`. A rule that `fires_itself` needs no event."""
        names: set[str] = set()
        for number, item in enumerate(written if isinstance(written, list) else ()):
            here = (*path, number)
            test = self._collector.model(RuleTestSource, here, item)
            if test is None:
                continue
            if test.name in names:
                self._collector.at_value((*here, "name"), TEST_NAME_TAKEN())
            names.add(test.name)
            known = {step.id: step for step in every_step(steps)}
            self._check_answers((*here, "given", "answers"), test.given.answers, known)
            files = self._check_arrivals(here, test, fires_itself=fires_itself)
            self._check_expectation((*here, "expect"), test.expect, known)
            place = self._collector.place((*here, "name"))
            self.tests.append(RuleTest(rule, place, test, tuple(files)))

    def _check_answers(
        self, path: Path, answers: Mapping[str, Any], known: Mapping[str, Step]
    ) -> None:
        for name, answer in answers.items():
            if name not in known:
                self._collector.at_key((*path, name), _unknown_step(name, known))
            elif lacks_status(answer):
                self._collector.at_key((*path, name), TEST_ANSWER_IS_BODY(), Severity.WARNING)

    def _check_arrivals(
        self, path: Path, test: RuleTestSource, *, fires_itself: bool
    ) -> list[tuple[str, Problem]]:
        """Reports samples that are not there; gives the files that events are in."""
        files: list[tuple[str, Problem]] = []
        if not test.arrivals and not fires_itself:
            self._collector.at_key((*path, "name"), TEST_HAS_NO_EVENT())
        places = [(*path, "event")] if test.event is not None else []
        places += [(*path, "events", number) for number in range(len(test.events))]
        for place, arrival in zip(places, test.arrivals, strict=True):
            if arrival.sample is not None and self._samples is not None:
                self._check_sample((*place, "sample"), arrival.sample, self._samples)
            if arrival.file is not None:
                parsed = self._collector.parsed
                position = parsed.positions.value((*place, "file"))
                reason = TEST_FILE_MISSING(file=arrival.file)
                files.append((arrival.file, parsed.problem(position, reason, Severity.WARNING)))
        return files

    def _check_sample(self, path: Path, name: str, known: Collection[str]) -> None:
        if name not in known:
            suggestion = suggest_sample(name, known)
            self._collector.at_value(path, UNKNOWN_SAMPLE(name=name, suggestion=suggestion))

    def _check_expectation(
        self, path: Path, expect: ExpectSource, known: Mapping[str, Step]
    ) -> None:
        if expect.is_empty:
            self._collector.at_key(path, TEST_EXPECTS_NOTHING())
        if expect.no_match:
            for key in ("matched", "actions", "follow_ups", "suppressed"):
                if getattr(expect, key):
                    self._collector.at_key((*path, key), TEST_NEVER_HOLDS(key=key))
        if isinstance(expect.suppressed, str):
            self._collector.unknown_names(
                (*path, "suppressed"),
                [expect.suppressed],
                _HOLDING_BACK,
                UNKNOWN_REASON_OF_TEST,
                WORD_REASONS,
            )
        for place, name in _named(path, expect):
            if name not in known:
                self._collector.at_value(place, _unknown_step(name, known))


def _unknown_step(name: str, known: Mapping[str, Step]) -> Reason:
    return UNKNOWN_STEP_OF_TEST(name=name, suggestion=suggest(name, known, WORD_ACTIONS))


def _named(path: Path, expect: ExpectSource) -> Iterator[tuple[Path, str]]:
    """The actions that an expectation names, with their places."""
    for number, step in enumerate(expect.actions or ()):
        yield (*path, "actions", number), step.id
    for number, follow_up in enumerate(expect.follow_ups or ()):
        for inner, step in enumerate(follow_up.actions or ()):
            yield (*path, "follow_ups", number, "actions", inner), step.id
