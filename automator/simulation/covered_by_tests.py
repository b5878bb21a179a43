"""The coverage of rules by their tests: which conditions have both held and not held in a test.

A condition counts only if the engine evaluates it. After a condition that decides alone, the engine
does not evaluate the next ones.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from automator.model import Place
from automator.model.rule import expressions_of
from automator.reasons.explanations import all_of
from automator.rules import CompiledRule, ConditionExplanation
from automator.simulation.rule_tests import TestResult

NEVER_EVALUATED, ALWAYS_TRUE, ALWAYS_FALSE = "never_evaluated", "always_true", "always_false"


@dataclass(slots=True)
class TestedCondition:
    """One expression of a rule, with the last tests in which it held and in which it did not.

    An expression inside `any` or `not` counts on its own.
    """

    __test__ = False

    text: str
    place: Place
    held: int = 0
    failed: int = 0
    last_true: str | None = None
    last_false: str | None = None

    def note(self, test: str, *, holds: bool) -> None:
        """Counts one evaluation."""
        if holds:
            self.held, self.last_true = self.held + 1, test
        else:
            self.failed, self.last_false = self.failed + 1, test

    @property
    def finding(self) -> str | None:
        """Returns the result that no test has shown; None if the expression has both held and not
        held.
        """
        if not self.held and not self.failed:
            return NEVER_EVALUATED
        if not self.failed:
            return ALWAYS_TRUE
        return None if self.held else ALWAYS_FALSE


@dataclass(slots=True)
class TestedRule:
    """One rule, with the results of its conditions in its tests."""

    __test__ = False

    rule: str
    place: Place
    conditions: Sequence[TestedCondition]
    tests: int = 0
    #: The last tests in which the rule matched an event, and in which it did not.
    last_matched: str | None = None
    last_missed: str | None = None
    _by_place: dict[Place, TestedCondition] = field(init=False)

    def __post_init__(self) -> None:
        self._by_place = {condition.place: condition for condition in self.conditions}

    @property
    def is_covered(self) -> bool:
        """Whether the rule has tests, and each condition has both held and not held."""
        return self.tests > 0 and all(one.finding is None for one in self.conditions)

    def note(self, result: TestResult) -> None:
        """Counts the evaluations of one test."""
        self.tests += 1
        name = result.test.source.name
        for decision in result.decisions:
            if decision.matched:
                self.last_matched = name
            else:
                self.last_missed = name
            for item in _looked_at(decision.conditions, ends_with=False):
                known = self._by_place.get(item.place)
                if known is not None:
                    known.note(name, holds=item.holds)

    def as_json(self) -> dict[str, Any]:
        """Returns the coverage as plain data."""
        return {
            "rule": self.rule,
            "place": str(self.place),
            "tests": self.tests,
            "last_matched": self.last_matched,
            "last_missed": self.last_missed,
            "conditions": [
                {
                    "text": item.text,
                    "place": str(item.place),
                    "held": item.held,
                    "failed": item.failed,
                    "last_true": item.last_true,
                    "last_false": item.last_false,
                    "finding": item.finding,
                }
                for item in self.conditions
            ],
        }


def covered_by_tests(
    rules: Iterable[CompiledRule], results: Iterable[TestResult]
) -> list[TestedRule]:
    """Returns the coverage of each of these rules by the tests."""
    found = {
        rule.spec.id: TestedRule(
            rule.spec.id,
            rule.spec.place,
            [
                TestedCondition(expression.name or expression.text, expression.place)
                for expression in expressions_of(rule.spec.conditions)
            ],
        )
        for rule in rules
    }
    for result in results:
        if result.test.rule in found:
            found[result.test.rule].note(result)
    return list(found.values())


def _looked_at(
    items: Iterable[ConditionExplanation], *, ends_with: bool
) -> Iterator[ConditionExplanation]:
    """Yields the expressions that the engine evaluates: all up to the first one that decides."""
    for item in items:
        if item.group is None:
            yield item
        else:
            yield from _looked_at(item.children, ends_with=item.group.code != all_of.code)
        if item.holds is ends_with:
            return
