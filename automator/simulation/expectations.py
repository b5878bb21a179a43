"""Compares the expectations of a test with the results of a simulation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from operator import attrgetter
from typing import Any

from automator.model import AttemptStatus, Reason, RunState, record
from automator.reasons import tryout as reasons
from automator.reasons.attempts.questions import BELONGS_TO_QUESTION
from automator.rules import ExpectSource, FollowUpExpectation, RuleExplanation, StepExpectation
from automator.simulation.history import SimulatedRun
from automator.simulation.recorder import RecordedStep

_FOLLOW_UP = "follow_up"
_NOBODY = "-"


@record
class RuleResults:
    """The results of one rule in a test."""

    #: In the order in which they were stored: of the rule itself, and of its follow-ups.
    runs: Sequence[SimulatedRun]
    #: The rule's decision about each event.
    decisions: Sequence[RuleExplanation]
    #: The contact at the end.
    contact: Mapping[str, Any]

    @property
    def started(self) -> list[SimulatedRun]:
        """The runs of the rule itself, without those for answers to its own questions."""
        return [run for run in self.runs if not run.path and not _is_answer(run)]

    @property
    def follow_ups(self) -> list[SimulatedRun]:
        """The runs that they have planned."""
        return [run for run in self.runs if run.path and not run.is_of_question]

    @property
    def steps(self) -> list[RecordedStep]:
        """The steps of the rule, with repeated questions and the steps after the answers."""
        runs = [*self.started, *(run for run in self.runs if run.is_of_question)]
        return sorted((step for run in runs for step in _ended(run)), key=attrgetter("at"))

    @property
    def held_back(self) -> list[SimulatedRun]:
        """The runs that were stored and are not to be carried out."""
        return [run for run in self.started if run.state is RunState.SUPPRESSED]


def _is_answer(run: SimulatedRun) -> bool:
    """Whether a run was held back because its event answers a question of the same rule."""
    reason = run.reason
    return (
        reason is not None
        and reason.code == BELONGS_TO_QUESTION.code
        and reason.params["rule"] == run.rule
    )


def differences(expect: ExpectSource, results: RuleResults) -> Iterator[Reason]:
    """Every difference from the expectation."""
    yield from _matches(expect, results)
    if expect.suppressed is not None:
        yield from _suppressed(expect.suppressed, results)
    if expect.actions is not None:
        yield from _actions(expect, results)
    if expect.follow_ups is not None:
        yield from _follow_ups(expect.follow_ups, results.follow_ups)
    if expect.contact is not None:
        yield from _contact(expect.contact, results.contact)


def _matches(expect: ExpectSource, results: RuleResults) -> Iterator[Reason]:
    count = len(results.started)
    wanted = expect.matched if expect.no_match is None else not expect.no_match
    if wanted is False and count:
        yield reasons.MATCH_NOT_EXPECTED()
    elif wanted is True and not count:
        yield reasons.DID_NOT_MATCH()
    elif wanted not in (None, True, False, count):
        yield reasons.TIMES_DIFFER(expected=wanted, got=count)
    elif isinstance(expect.no_match, str):
        yield from _not_because(expect.no_match, results.decisions)


def _not_because(expected: str, decisions: Sequence[RuleExplanation]) -> Iterator[Reason]:
    """Reports that the rule does not match for another reason than the named condition."""
    for decision in decisions:
        deciding = [item for item in decision.conditions if item.decides]
        if not any(expected in item.text or expected in item.name for item in deciding):
            yield reasons.NO_MATCH_ELSEWHERE(expected=expected, got=decision.decided_by)


def _suppressed(expected: bool | str, results: RuleResults) -> Iterator[Reason]:
    held = results.held_back
    if expected and not held:
        yield reasons.NOT_HELD_BACK()
    for run in held:
        because = run.reason
        if because is None:
            continue
        if expected is False:
            yield reasons.HELD_BACK_UNEXPECTEDLY(because=because)
        elif isinstance(expected, str) and not _is_reason(because.code, expected):
            yield reasons.HELD_BACK_OTHERWISE(expected=expected, got=because.code, because=because)


def _is_reason(code: str, expected: str) -> bool:
    """Whether a reason is the expected one, or a kind of it, as `once_within` is one of `once`."""
    return code == expected or code.startswith(f"{expected}_")


def _actions(expect: ExpectSource, results: RuleResults) -> Iterator[Reason]:
    if expect.suppressed is None:
        for run in results.held_back:
            if run.reason is not None:
                yield reasons.HELD_BACK_UNEXPECTEDLY(because=run.reason)
    yield from _steps(expect.actions or (), results.steps)


def _ended(run: SimulatedRun) -> Iterator[RecordedStep]:
    """Each step with its last attempt; the one that was not tried again has failed."""
    for step, after in zip_longest(run.steps, run.steps[1:]):
        if step.status is not AttemptStatus.RETRY:
            yield step
        elif after is not None and after.id == step.id:
            continue
        elif after is not None or run.state.is_final:
            yield replace(step, status=AttemptStatus.FAILED)
        else:
            yield step


def _steps(
    expected: Sequence[StepExpectation], carried_out: Sequence[RecordedStep]
) -> Iterator[Reason]:
    """The differences of the steps. A step that was left out counts where a test names it so."""
    named = {item.id for item in expected if item.status != AttemptStatus.OK}
    got = [
        step
        for step in carried_out
        if step.action != _FOLLOW_UP
        and (step.status is not AttemptStatus.SKIPPED or step.id in named)
    ]
    if [item.id for item in expected] != [step.id for step in got]:
        yield reasons.ACTIONS_DIFFER(
            expected=[item.id for item in expected] or [reasons.NO_ACTIONS()],
            got=[step.id for step in got] or [reasons.NO_ACTIONS()],
        )
        return
    for item, step in zip(expected, got, strict=True):
        yield from _step(item, step)


def _step(expected: StepExpectation, got: RecordedStep) -> Iterator[Reason]:
    if got.status != expected.status:
        yield reasons.STATUS_DIFFERS(
            step=got.id, expected=expected.status, got=got.status.value, because=got.summary
        )
    said = got.text or got.told or ""
    if expected.text is not None and said != expected.text:
        yield reasons.TEXT_DIFFERS(step=got.id, expected=expected.text, got=said)
    for part in expected.contains:
        if part not in said:
            yield reasons.TEXT_LACKS(step=got.id, expected=part, got=said)
    if expected.to is not None and got.to != expected.to:
        yield reasons.RECEIVER_DIFFERS(step=got.id, expected=expected.to, got=got.to or _NOBODY)
    if expected.via is not None and got.via != expected.via:
        yield reasons.CONNECTION_DIFFERS(step=got.id, expected=expected.via, got=got.via or _NOBODY)


def _follow_ups(
    expected: Sequence[FollowUpExpectation], planned: Sequence[SimulatedRun]
) -> Iterator[Reason]:
    if len(expected) != len(planned):
        yield reasons.FOLLOW_UPS_DIFFER(expected=len(expected), got=len(planned))
    for number, (item, run) in enumerate(zip(expected, planned, strict=False), 1):
        if item.after is not None and round(item.after * 1000) != run.due_at - run.created_at:
            yield reasons.FOLLOW_UP_TIME_DIFFERS(
                number=number,
                expected=round(item.after * 1000),
                got=run.due_at - run.created_at,
            )
        is_cancelled = run.state is RunState.CANCELLED
        if item.cancelled and not is_cancelled:
            yield reasons.FOLLOW_UP_GOES_ON(number=number)
        elif is_cancelled and not item.cancelled and item.cancelled is not None:
            yield reasons.FOLLOW_UP_CANCELLED(number=number)
        if item.actions is not None:
            yield from _steps(item.actions, list(_ended(run)))


def _contact(expected: Mapping[str, Any], contact: Mapping[str, Any]) -> Iterator[Reason]:
    """The differences in remembered values: names of `state`, and `tags` for the tags."""
    state = contact.get("state") or {}
    for name, value in expected.items():
        got = contact.get("tags") if name == "tags" else state.get(name)
        if got != value:
            yield reasons.CONTACT_DIFFERS(name=name, expected=str(value), got=str(got))
