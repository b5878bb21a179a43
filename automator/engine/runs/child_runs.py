"""The runs that a run starts: its follow-ups, and the steps of `on_error`."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from automator.lifecycle import On, moved
from automator.model import (
    ANSWERS,
    QUESTION,
    WAITS_FOR_ANSWER,
    CancelFollowUps,
    NewRun,
    Question,
    Run,
    RunState,
    StartFollowUp,
)
from automator.reasons.attempts.questions import AWAITS_ANSWER
from automator.rules import CompiledRule, vars_read_by

#: Keys in the data of a run that the runs which it starts have as well.
_INHERITED = ("mode", "collected_by")
_NO_MARKS: Mapping[str, Any] = MappingProxyType({})


def follow_up_run(
    run_id: int, run: Run, data: Mapping[str, Any], rule: CompiledRule, effect: StartFollowUp
) -> NewRun:
    """The run of a follow-up; `data` is that of the run that starts it, as it is now."""
    marks: dict[str, Any] = {}
    if effect.until is not None:
        marks["zone"] = effect.zone
    if effect.key is not None:
        marks["key"] = effect.key
    if effect.part is not None:
        marks["part"] = list(effect.part)
    child = child_run(run_id, run, data, effect.path, effect.run_at, marks)
    more: dict[str, Any] = {"acts_until": effect.until, "note": effect.note}
    step = rule.spec.find_step(effect.path)
    if step is not None and step.cancel_on is not None:
        seen = vars_read_by(step.cancel_on, {**rule.vars, **data["vars"]})
        more["cancel_on"] = {**(effect.cancel_on or {}), "vars": seen}
    concurrency = rule.spec.limits.concurrency
    if concurrency is not None and concurrency.mode == "restart":
        # It is cancelled with its run when another one takes that one's place.
        more["concurrency_key"] = run.concurrency_key
    return replace(child, **more)


def question_run(
    run_id: int, run: Run, data: Mapping[str, Any], path: str, question: Question
) -> NewRun:
    """The run that waits for the answer to a question, and does the steps behind it."""
    marks: dict[str, Any] = {QUESTION: question.as_data(), ANSWERS: []}
    child = child_run(run_id, run, data, path, question.asked_at + question.within_ms, marks)
    waiting = moved(child, On.ASKED, because=AWAITS_ANSWER(step=path))
    return replace(waiting, cancel_on=WAITS_FOR_ANSWER)


def child_run(
    run_id: int,
    run: Run,
    data: Mapping[str, Any],
    path: str,
    run_at: int,
    marks: Mapping[str, Any] = _NO_MARKS,
) -> NewRun:
    """A run for the same event, which sees what the steps of `run` have left."""
    return NewRun(
        id=run_id,
        event_id=run.event_id,
        rule=run.rule,
        revision=run.revision,
        lane=run.lane,
        contact=run.contact,
        run_at=run_at,
        path=path,
        parent_id=run.id,
        data={
            **{key: data[key] for key in _INHERITED if key in data},
            **marks,
            "steps": dict(data["steps"]),
            "vars": dict(data["vars"]),
        },
    )


def unless_cancelled(cancel: CancelFollowUps, run: NewRun) -> NewRun:
    """A follow-up of the same run, cancelled if `cancel` is about it."""
    if run.state is RunState.QUEUED and cancel.concerns(run):
        return moved(run, On.CALLED_OFF, because=cancel.reason)
    return run
