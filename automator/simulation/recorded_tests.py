"""Makes a test of a rule from a stored event, with the rule's present result as the expectation.

The person in the test gets another id and another name, so the test does not identify them. Their
text stays, because the conditions read it.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from automator.configuration.values import written_duration
from automator.engine.explanation.pseudonyms import pseudonymized
from automator.model import Event, Place, UsageError
from automator.reasons.tryout import test_did_not_match
from automator.rules import EVENT_FIELDS, MATCHED, NO_MATCH, CompiledRule, RuleTest, RuleTestSource
from automator.simulation.recorder import RecordedStep
from automator.simulation.rule_tests import RuleResults, run_test
from automator.simulation.simulation import SimulationSetup

#: Fields that are left out if the rule does not read them.
_IF_READ = ("data", "headers", "query", "request")
#: How many characters of a person's message the name of a test repeats.
_NAMED = 60


class RecordedTest(NamedTuple):
    """A test in the form of a rule file."""

    written: dict[str, Any]
    #: Whether the rule passes the test as it is. Otherwise the rule has to be changed.
    passes: bool


async def test_of(
    setup: SimulationSetup,
    rule: CompiledRule,
    event: Event,
    wanted: str | None,
    *before: Event,
    answers: Mapping[str, Any],
) -> RecordedTest:
    """Makes a test that expects the rule's present result for an event, or the `wanted` result.

    `wanted` is MATCHED or NO_MATCH; None means the present result. `before` are the events that
    have led to the question which the event answers: they come in before it. `answers` are those of
    a model, by the id of the step: the test gives them, since it asks nobody.

    Raises:
        UsageError: the event cannot come in again, for example because its connection is gone.
    """
    spec = rule.spec
    # A rollout decides by the person's id, and the person in the test has another id.
    given: dict[str, Any] = {"rollout": "in"} if wanted and spec.rollout else {}
    if answers:
        given["answers"] = pseudonymized(answers, event.body.get("actor") or {})
    first, *later = (*before, event)
    written: dict[str, Any] = {"name": _name_of(event)}
    written |= {"given": given} if given else {}
    written["event"] = _written(first, rule)
    if later:
        written["events"] = [
            {
                "after": written_duration(two.received_at - one.received_at),
                **_written(two, rule),
            }
            for one, two in pairwise((*before, event))
        ]
    watched = RuleTestSource.model_validate({**written, "expect": {"matched": True}})
    result = await run_test(setup, RuleTest(spec.id, Place(spec.place.file, 1, 1), watched))
    for failure in result.failures:
        if failure.code != test_did_not_match.code:
            raise UsageError(failure)
    if wanted:
        return RecordedTest({**written, "expect": wanted}, result.passed == (wanted == MATCHED))
    results = RuleResults(runs=result.runs, decisions=result.decisions, contact={})
    return RecordedTest({**written, "expect": _expected(results)}, passes=True)


def _name_of(event: Event) -> str:
    said = event.body.get("text")
    text = " ".join(said.split()) if isinstance(said, str) else ""
    return text[:_NAMED] or event.type


def _written(event: Event, rule: CompiledRule) -> dict[str, Any]:
    """Returns the fields of the event that rules see, with another person.

    The provider's own object is large, so it is left out if the rule does not read it; and so is
    what the event shows of its request.
    """
    body = event.body
    read = repr(rule.spec)
    names = [
        name
        for name in EVENT_FIELDS
        if body.get(name) not in (None, {}, [])
        and (name not in _IF_READ or f"event.{name}" in read)
    ]
    fields = {name: body[name] for name in names}
    return {
        "type": event.type,
        "connection": event.connection,
        "with": {
            f"event.{name}": value
            for name, value in pseudonymized(fields, body.get("actor") or {}).items()
        },
    }


def _expected(results: RuleResults) -> Any:
    if not results.started:
        return NO_MATCH
    held = next((run.reason for run in results.held_back if run.reason), None)
    if held is not None:
        return {"suppressed": held.code}
    expect: dict[str, Any] = {"actions": _named(results.steps)}
    if results.on_error:
        expect["on_error"] = _named(results.on_error)
    if results.follow_ups:
        expect["follow_ups"] = [
            {"after": written_duration(run.run_at - run.created_at)} for run in results.follow_ups
        ]
    return expect


def _named(steps: Sequence[RecordedStep]) -> list[Any]:
    """Returns the steps that are done, each with its end unless it simply worked."""
    done = [step for step in steps if step.action != "follow_up" and step.status.value != "skipped"]
    ends = [(step.id, step.answer or step.status.value) for step in done]
    return [name if end == "ok" else {"id": name, "status": end} for name, end in ends]
