"""The uncommitted work of a claimed run since its last settlement: attempts, effects, new runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from automator.engine.attempts.step_outcome import StepOutcome
from automator.engine.runs.child_runs import child_run, follow_up_run, unless_cancelled
from automator.engine.runs.position import Position
from automator.model import (
    ON_ERROR_PATH,
    Attempt,
    Block,
    CancelFollowUps,
    Effect,
    IdSource,
    KnowName,
    NewRun,
    OptOut,
    Remember,
    SetVars,
    StartFollowUp,
    Step,
    constructor,
)

_attempt = constructor(Attempt)


@dataclass(slots=True)
class Uncommitted:
    """The work of one claimed run that its next settlement commits; `clear` is called then."""

    ids: IdSource
    node: str
    attempts: list[Attempt] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    new_runs: list[NewRun] = field(default_factory=list)

    def clear(self) -> None:
        """Forgets the work that a settlement has taken."""
        self.attempts.clear()
        self.effects.clear()
        self.new_runs.clear()

    def add_attempt(self, at: Position, step: Step, outcome: StepOutcome, number: int) -> None:
        """Adds the record of one attempt of a step; `number` counts its attempts from 1."""
        run, error, said = at.claimed.run, outcome.error, outcome.said_text
        # Of more than fifteen names a call makes a dictionary first, which costs as much again.
        attempt = _attempt(
            id=self.ids.next(),
            run_id=run.id,
            event_id=run.event_id,
            rule=run.rule,
            step=step.id,
            action=step.action,
            number=number,
            node=self.node,
            started_at=outcome.started_at,
            duration_ms=outcome.duration_ms,
            status=outcome.status,
            summary=outcome.summary,
            request=outcome.request,
            response=outcome.response,
            target=outcome.target,
        )
        if error is not None or said is not None:
            attempt = replace(attempt, error_code=error.code if error else "", said=said)
        self.attempts.append(attempt)

    def add_effects(self, at: Position, effects: tuple[Effect, ...]) -> None:
        """Adds the effects of a step, and shows them to the later steps of its run."""
        if effects:
            contact = _after_effects(at.claimed.contact, effects)
            at.claimed = replace(at.claimed, contact=contact)
        for effect in effects:
            if isinstance(effect, SetVars):
                at.data["vars"].update(effect.values)
            elif isinstance(effect, StartFollowUp):
                run = at.claimed.run
                self.new_runs.append(follow_up_run(self.ids.next(), run, at.data, at.rule, effect))
            else:
                if isinstance(effect, CancelFollowUps):
                    self.new_runs = [unless_cancelled(effect, run) for run in self.new_runs]
                self.effects.append(effect)

    def start_on_error(self, at: Position) -> None:
        """Starts the steps of `on_error`, once: they have none themselves."""
        run = at.claimed.run
        if at.rule.spec.on_error_steps and run.path != ON_ERROR_PATH:
            child = child_run(self.ids.next(), run, at.data, ON_ERROR_PATH, at.run_at)
            self.new_runs.append(child)


def _after_effects(contact: Mapping[str, Any], effects: tuple[Effect, ...]) -> Mapping[str, Any]:
    """The contact with the effects of a step that is not committed yet."""
    for effect in effects:
        if isinstance(effect, Remember):
            contact = _remembered(contact, effect)
        elif isinstance(effect, OptOut):
            contact = {**contact, "opted_out": effect.opted_out}
        elif isinstance(effect, Block):
            contact = {**contact, "blocked": effect.blocked}
        elif isinstance(effect, KnowName):
            contact = {**contact, "name": effect.name}
    return contact


def _remembered(contact: Mapping[str, Any], effect: Remember) -> Mapping[str, Any]:
    tags = [tag for tag in contact.get("tags", ()) if tag not in effect.remove_tags]
    tags += [tag for tag in effect.add_tags if tag not in tags]
    return {**contact, "state": {**contact.get("state", {}), **effect.values}, "tags": tags}
