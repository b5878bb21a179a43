"""The position of a claimed run: its state, its next step, and their form in the store."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from automator.engine.attempts.next_step import NO_ATTEMPTS, EarlierAttempts, NextStep
from automator.lifecycle import NO_FACTS, Fact, Move, On, move
from automator.model import (
    AGAIN,
    APPROVALS,
    AttemptStatus,
    AwaitedEcho,
    Claimed,
    Places,
    Reason,
    RunState,
    Step,
    Waits,
    constructor,
)
from automator.rules import CompiledRule

_MORE = frozenset({Fact.MORE})


@dataclass(slots=True)
class Position:
    """The position of a claimed run, and its last stored position."""

    claimed: Claimed
    rule: CompiledRule
    sequence: tuple[Step, ...]
    step: int
    attempt: int
    state: RunState
    data: dict[str, Any]
    #: The position in the store: the fence of the next settlement.
    known_step: int
    known_attempt: int
    run_at: int
    #: The facts from earlier attempts of the next step.
    earlier: EarlierAttempts
    note: Reason | None
    #: By step: why nothing was sent that was to be.
    not_sent: dict[str, Reason]
    reason: Reason | None = None
    waits_for: Waits | None = None
    leaves_lane: bool = False
    #: Of those who wait for approval, for a run that begins to.
    places: Places | None = None
    #: The destination that it waits for, or at which its last attempt failed.
    target: str | None = None
    awaits: AwaitedEcho | None = None

    @classmethod
    def of(cls, claimed: Claimed, rule: CompiledRule) -> "Position":
        """The position of a run that was just claimed."""
        run = claimed.run
        sequence = rule.spec.sequence(run.path)
        return _position(
            claimed=claimed,
            rule=rule,
            sequence=sequence[:1] if AGAIN in run.data else sequence,
            step=run.step,
            attempt=run.attempt,
            state=run.state,
            data=_own_data(run.data),
            known_step=run.step,
            known_attempt=run.attempt,
            run_at=run.run_at,
            earlier=EarlierAttempts.of_run(run),
            note=run.note,
            not_sent=dict(run.not_sent),
        )

    @property
    def is_running(self) -> bool:
        """It has neither ended nor to wait."""
        return self.state is RunState.RUNNING

    def is_still_at(self, step: int) -> bool:
        """It goes on, and with this step."""
        return self.is_running and self.step == step

    @property
    def has_ended(self) -> bool:
        """Nothing follows any more."""
        return self.state.is_final

    @property
    def is_held_back(self) -> bool:
        """The run has ended without acting, because a limit or a pause held it back."""
        return self.state is RunState.SUPPRESSED

    @property
    def is_intent_stored(self) -> bool:
        """True when the store already knows that this attempt of this step may happen."""
        return self.step == self.known_step and self.attempt == self.known_attempt

    @property
    def next_step(self) -> NextStep:
        """The step that is next, with everything that it sees."""
        step = self.rule.steps[self.sequence[self.step].id]
        return NextStep(self.claimed, self.rule, step, self.data, self.earlier)

    @property
    def is_undecided(self) -> bool:
        """Nobody has decided yet about the next step, which a person approves: no attempt of it
        was made.
        """
        step = self.sequence[self.step]
        if not self.rule.steps[step.id].needs_approval:
            return False
        known = self.data.get(APPROVALS, {}).get(step.id)
        return known is None or not known["decided"]

    @property
    def awaited(self) -> AwaitedEcho | None:
        """The echo that would prove an attempt of the next step with an unknown outcome, if any."""
        if self.earlier.echo_key is None:
            return None
        return self.earlier.awaited(self.next_step.connection)

    def late(self, at: int | None) -> set[Fact]:
        """Whether a time is after the window within which the run may act."""
        until = self.claimed.run.acts_until
        is_late = at is not None and until is not None and at > until
        return {Fact.LATE} if is_late else set()

    def make(
        self,
        on: On,
        facts: Collection[Fact] = NO_FACTS,
        *,
        step: Step | None = None,
        because: Reason | None = None,
        until: int | None = None,
    ) -> Move:
        """Makes the move of the lifecycle for `on`, at `step`; `until` is the end of the wait."""
        made = move(on, facts)
        self.state, self.attempt = made.to, made.attempt_after(self.attempt)
        if step is None:
            self.reason = made.reason_after(self.reason, because=because)
        else:
            self.reason = made.reason_after(self.reason, step=step.id, because=because)
        waits = made.waits
        self.leaves_lane, self.waits_for = made.leaves_lane, waits
        if waits is not None and until is not None:
            self.run_at = until
        return made

    def ends_with_next_step(self) -> None:
        """The steps behind the next one are left to another run."""
        self.sequence = self.sequence[: self.step + 1]

    def step_over(self, step: Step, status: AttemptStatus, output: Mapping[str, Any]) -> None:
        """Goes on with the next step, or ends the run."""
        self.data["steps"][step.id] = {"status": str(status), "output": dict(output)}
        self.earlier = NO_ATTEMPTS
        self.step += 1
        self.make(On.STEP_OVER, _MORE if self.step < len(self.sequence) else NO_FACTS)


def _own_data(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a run's data in which steps can change their outputs and the variables."""
    data = dict(stored)
    data["steps"] = {**data["steps"]} if "steps" in data else {}
    data["vars"] = {**data["vars"]} if "vars" in data else {}
    return data


_position = constructor(Position)
