"""The progress of a claimed run: what each outcome writes, as a Settlement.

It says what happened, and `automator.lifecycle` says which move is made.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from automator.engine.attempts.next_step import NO_ATTEMPTS, EarlierAttempts, NextStep
from automator.engine.attempts.performer import StepOutcome
from automator.engine.attempts.retry import next_attempt_at
from automator.engine.runs.child_runs import child_run, follow_up_run, unless_cancelled
from automator.engine.runs.pauses import Pause
from automator.engine.runs.seen_contact import after_effects
from automator.lifecycle import NO_FACTS, Also, Fact, On, Sent, move, outcome
from automator.model import (
    LOOKED_AT_AGAIN_MS,
    ON_ERROR_PATH,
    Attempt,
    AttemptStatus,
    AwaitedEcho,
    CancelFollowUps,
    Claimed,
    Echo,
    Effect,
    IdSource,
    NewRun,
    Outcome,
    PostponedStep,
    PutOff,
    Reason,
    RetryableError,
    RunState,
    SeenValues,
    Settlement,
    SetVars,
    StartFollowUp,
    Step,
    UnknownOutcome,
    Waits,
)
from automator.reasons.attempts.steps import INTERRUPTED_ATTEMPT
from automator.reasons.runs import NOT_SENT
from automator.rules import CompiledRule, CompiledStep

#: What a step has sent, by its status; one that failed with an unknown outcome may have.
_SENT = {
    AttemptStatus.OK.value: Sent.YES,
    AttemptStatus.SKIPPED.value: Sent.NOT_MEANT,
    AttemptStatus.FAILED.value: Sent.UNKNOWN,
}
_MORE = frozenset({Fact.MORE})


@dataclass(slots=True)
class Progress:
    """The position of a claimed run, and what of it is not committed yet."""

    claimed: Claimed
    rule: CompiledRule
    ids: IdSource
    node: str
    #: Whether a step sends something to others.
    sends: Callable[[CompiledStep], bool]
    step: int
    attempt: int
    data: dict[str, Any]
    #: The position in the store: the fence of the next settlement.
    known_step: int
    known_attempt: int
    state: RunState
    reason: Reason | None = None
    run_at: int = 0
    waits_for: Waits | None = None
    target: str | None = None
    #: What earlier attempts of the next step have left.
    earlier: EarlierAttempts = NO_ATTEMPTS
    note: Reason | None = None
    #: By step: why nothing was sent that was to be.
    not_sent: dict[str, Reason] = field(default_factory=dict)
    leaves_lane: bool = False
    awaits: AwaitedEcho | None = None
    #: Runs of other rules that act because this one does not.
    starts: tuple[NewRun, ...] = ()
    #: What the decisions about them could read, by event.
    seen: tuple[tuple[int, SeenValues], ...] = ()
    _attempts: list[Attempt] = field(default_factory=list)
    _effects: list[Effect] = field(default_factory=list)
    _new_runs: list[NewRun] = field(default_factory=list)

    @classmethod
    def begin(
        cls,
        claimed: Claimed,
        rule: CompiledRule,
        ids: IdSource,
        node: str,
        sends: Callable[[CompiledStep], bool],
    ) -> "Progress":
        """The progress of a run that was just claimed."""
        run = claimed.run
        return cls(
            claimed=claimed,
            rule=rule,
            ids=ids,
            node=node,
            sends=sends,
            step=run.step,
            attempt=run.attempt,
            data={
                **run.data,
                "steps": dict(run.data.get("steps", {})),
                "vars": dict(run.data.get("vars", {})),
            },
            known_step=run.step,
            known_attempt=run.attempt,
            state=run.state,
            run_at=run.run_at,
            earlier=EarlierAttempts.of_run(run),
            note=run.note,
            not_sent=dict(run.not_sent),
        )

    @property
    def next_step(self) -> NextStep:
        """The step that is next, with everything that it sees."""
        step = self.rule.steps[self.sequence[self.step].id]
        return NextStep(self.claimed, self.rule, step, self.data, self.earlier)

    @property
    def sequence(self) -> tuple[Step, ...]:
        """The steps of this run."""
        return self.rule.spec.sequence(self.claimed.run.path)

    @property
    def is_held_back(self) -> bool:
        """The run has ended without acting, because a limit or a pause held it back."""
        return self.state is RunState.SUPPRESSED

    @property
    def until(self) -> float:
        """The millisecond after which it is too late for this run to act."""
        return float(self.data.get("until", math.inf))

    @property
    def is_intent_stored(self) -> bool:
        """True when the store already knows that this attempt of this step may happen."""
        return self.step == self.known_step and self.attempt == self.known_attempt

    def record(self, step: Step, outcome: StepOutcome, now_ms: int) -> None:
        """Takes an outcome in and moves on: next step, another try, or an end."""
        error = outcome.error
        self._take_effects(outcome.effects)
        if error is not None and outcome.variant is not None:
            # The next attempt says the same.
            variants = self.data.get("variants", {})
            self.data["variants"] = {**variants, step.id: outcome.variant}
        if isinstance(error, PutOff):
            self._put_off(error)
        elif isinstance(error, PostponedStep):
            self._postpone(error, now_ms)
        else:
            self._attempts.append(self._attempt(step, outcome))
            if outcome.status in (AttemptStatus.OK, AttemptStatus.SKIPPED):
                self._note_skipped(step, outcome)
                self._step_over(step, outcome.status, outcome.output)
            else:
                self._fail(step, outcome, now_ms)

    def _make(
        self,
        on: On,
        facts: Collection[Fact] = NO_FACTS,
        *,
        step: Step | None = None,
        because: Reason | None = None,
        until: int | None = None,
    ) -> None:
        """Makes the move of what happened, at `step`; `until` is when a wait for it ends."""
        made = move(on, facts)
        said = {"because": because} if step is None else {"step": step.id, "because": because}
        self.state, self.attempt = made.to, made.attempt_after(self.attempt)
        self.reason = made.reason_after(self.reason, **said)
        self.leaves_lane, self.waits_for = made.leaves_lane, made.waits
        if made.waits is not None and until is not None:
            self.run_at = until
        if made.is_step_over and step is not None:
            if not self.earlier.may_have_worked:
                self._note_not_sent(step, because)
            self._step_over(step, AttemptStatus.FAILED, {})
        elif made.then is Also.ON_ERROR:
            self._start_on_error()

    def _facts(self, step: Step, again_at: int | None) -> set[Fact]:
        """What the step says about attempts that fail, and whether one is left, at `again_at`."""
        facts = self._late(again_at)
        if again_at is not None:
            facts.add(Fact.AGAIN)
        if step.on_unknown == "hold":
            facts.add(Fact.HOLD)
        if step.on_error == "continue":
            facts.add(Fact.CONTINUE)
        return facts

    def _late(self, at: int | None) -> set[Fact]:
        return {Fact.LATE} if at is not None and at > self.until else set()

    def _fail(self, step: Step, outcome: StepOutcome, now_ms: int) -> None:
        """Takes in an attempt that has failed, or that may have worked."""
        error, again_at = outcome.error, None
        if isinstance(error, RetryableError | UnknownOutcome):
            again_at = self._next_attempt_at(step, error, now_ms)
            # Who names a time is asked at that time.
            is_named = getattr(error, "retry_after_s", None) is not None
            self.target = None if is_named else outcome.target
        if isinstance(error, UnknownOutcome):
            self.earlier = self.earlier.and_unknown(error, outcome.started_at)
            self._doubt(On.UNKNOWN, step, error, again_at, now_ms)
            return
        facts = self._facts(step, again_at)
        self._make(On.FAILED, facts, step=step, because=outcome.summary, until=again_at)

    def _doubt(
        self, on: On, step: Step, error: UnknownOutcome, again_at: int | None, now_ms: int
    ) -> None:
        """Takes in an attempt that may have worked: its echo is waited for, if there is one.

        Without an echo the step is tried again at `again_at`, or not at all.
        """
        facts = self._facts(step, again_at)
        if error.echo is not None:
            facts.add(Fact.ECHO)
            again_at = 0 if step.on_unknown == "hold" else again_at or 0
            again_at = max(now_ms + error.echo.wait_ms, again_at)
            self.awaits = self.awaited
        self._make(on, facts, step=step, because=error.reason, until=again_at)

    def note_interruption(self, step: Step, now_ms: int, echo: Echo | None) -> None:
        """Records the attempt during which the process died; `hold` ends the run there.

        Where the provider sends an echo of what was said, that is waited for first.
        """
        error = UnknownOutcome(INTERRUPTED_ATTEMPT())
        error.echo = echo
        outcome = StepOutcome(
            status=AttemptStatus.UNKNOWN,
            summary=error.reason,
            started_at=now_ms,
            duration_ms=0,
            output={},
        )
        interrupted = self._attempt(step, outcome)
        self._attempts.append(replace(interrupted, number=max(1, self.attempt - 1)))
        self.earlier = self.earlier.and_unknown(error, self.claimed.run.created_at)
        self._doubt(On.INTERRUPTED, step, error, now_ms, now_ms)

    @property
    def awaited(self) -> AwaitedEcho | None:
        """The echo that would prove an attempt of the next step with an unknown outcome, if any."""
        return self.earlier.awaited(self.claimed.connection)

    def no_echo(self, step: Step) -> None:
        """No echo has come in time: `on_unknown` and `on_error` decide, unless it is repeated."""
        facts = self._facts(step, None)
        if self.claimed.run.waits_for is not Waits.PROOF:
            facts.add(Fact.REPEATS)
        awaited = self.claimed.run.reason
        because = awaited.params.get("because") if awaited else None
        self._make(On.NO_ECHO, facts, step=step, because=because)

    def _next_attempt_at(
        self, step: Step, error: RetryableError | UnknownOutcome, now_ms: int
    ) -> int | None:
        return next_attempt_at(
            step.retry,
            attempt=self.attempt,
            now_ms=now_ms,
            error=error,
            key=self.claimed.run.id,
        )

    def _put_off(self, error: PutOff) -> None:
        """Queues the run in its place of the lane; the attempt did nothing and does not count."""
        late = self._late(error.until_ms)
        if not late:
            self.earlier = replace(self.earlier, reserved_at=error.until_ms)
            self.note = error.reason
        self._make(On.PUT_OFF, late, because=error.reason, until=error.until_ms)

    def _postpone(self, postponed: PostponedStep, now_ms: int) -> None:
        """Queues the run without an attempt, until its destination can take it."""
        # The message of this attempt has been counted already.
        self.earlier = replace(self.earlier, reserved_at=now_ms)
        self.target = postponed.waits_for
        self._make(On.POSTPONED, because=postponed.reason, until=now_ms + LOOKED_AT_AGAIN_MS)

    def pause(self, pause: Pause) -> None:
        """Queues a follow-up until the end of the pause; suppresses any other run."""
        facts = self._late(pause.until_ms)
        if self.claimed.run.path:
            facts.add(Fact.CHILD)
        self._make(On.PAUSED, facts, because=pause.reason, until=pause.until_ms)
        if self.state is RunState.QUEUED:
            self.note = pause.reason

    def cancel(self, reason: Reason) -> None:
        """Ends the run as cancelled."""
        self._make(On.CALLED_OFF, because=reason)

    def give_up(self, reason: Reason) -> None:
        """Ends the run as a dead letter."""
        self._make(On.ABANDONED, because=reason)

    def settlement(self) -> Settlement:
        """The settlement of everything since the last one."""
        run = self.claimed.run
        ended_with = self._outcome() if self.state.is_final else None
        if self.state is RunState.DONE and self.not_sent:
            self.reason = next(iter(self.not_sent.values()))
        settlement = Settlement(
            run_id=run.id,
            event_id=run.event_id,
            owner=self.node,
            claimed_step=self.known_step,
            claimed_attempt=self.known_attempt,
            state=self.state,
            step=self.step,
            attempt=self.attempt,
            run_at=self.run_at,
            data=self.data,
            reason=self.reason,
            attempts=tuple(self._attempts),
            effects=tuple(self._effects),
            contact=run.contact,
            concurrency_key=run.concurrency_key,
            new_runs=tuple(self._new_runs),
            starts=self.starts,
            seen=self.seen,
            waits_for=self.waits_for,
            target=self.target if self.waits_for in (Waits.RETRY, Waits.TARGET) else None,
            reserved_at=self.earlier.reserved_at,
            unknown_since=self.earlier.unknown_since,
            echo_key=self.earlier.echo_key,
            note=self.note,
            not_sent=self.not_sent,
            leaves_lane=self.leaves_lane,
            awaits=self.awaits,
            outcome=ended_with,
        )
        self._attempts.clear()
        self._effects.clear()
        self._new_runs.clear()
        self.known_step, self.known_attempt = self.step, self.attempt
        return settlement

    def _attempt(self, step: Step, outcome: StepOutcome) -> Attempt:
        return Attempt(
            id=self.ids.next(),
            run_id=self.claimed.run.id,
            event_id=self.claimed.run.event_id,
            rule=self.claimed.run.rule,
            step=step.id,
            action=step.action,
            number=self.attempt,
            node=self.node,
            started_at=outcome.started_at,
            duration_ms=outcome.duration_ms,
            status=outcome.status,
            summary=outcome.summary,
            request=outcome.request,
            response=outcome.response,
            target=outcome.target,
            said=outcome.said_text,
            error_code=outcome.error.code if outcome.error else "",
        )

    def _step_over(self, step: Step, status: AttemptStatus, output: Mapping[str, Any]) -> None:
        """Goes on with the next step, or ends the run."""
        self.data["steps"][step.id] = {"status": status.value, "output": dict(output)}
        self.earlier = NO_ATTEMPTS
        self.step += 1
        self._make(On.STEP_OVER, _MORE if self.step < len(self.sequence) else NO_FACTS)

    def _note_skipped(self, step: Step, outcome: StepOutcome) -> None:
        """Keeps why a step was skipped that was meant to send something."""
        error = outcome.error
        if error is not None and error.code != "if":
            self._note_not_sent(step, outcome.summary)

    def _note_not_sent(self, step: Step, because: Reason | None) -> None:
        if because is not None and self.sends(self.rule.steps[step.id]):
            self.not_sent[step.id] = NOT_SENT(step=step.id, because=because)

    def _outcome(self) -> Outcome | None:
        """What the run has sent, now that it has ended."""
        steps = [step.id for step in self.sequence if self.sends(self.rule.steps[step.id])]
        return outcome(self.state, {self._sent(step_id) for step_id in steps})

    def _sent(self, step_id: str) -> Sent:
        step = self.data["steps"].get(step_id)
        if step is None or step_id in self.not_sent:
            return Sent.NO
        return _SENT[step["status"]]

    def _start_on_error(self) -> None:
        """Starts the steps of `on_error`, once: they have none themselves."""
        run = self.claimed.run
        if self.rule.spec.on_error_steps and run.path != ON_ERROR_PATH:
            child = child_run(self.ids.next(), run, self.data, ON_ERROR_PATH, self.run_at)
            self._new_runs.append(child)

    def _take_effects(self, effects: tuple[Effect, ...]) -> None:
        if effects:
            contact = after_effects(self.claimed.contact, effects)
            self.claimed = replace(self.claimed, contact=contact)
        for effect in effects:
            if isinstance(effect, SetVars):
                self.data["vars"].update(effect.values)
            elif isinstance(effect, StartFollowUp):
                self._new_runs.append(
                    follow_up_run(self.ids.next(), self.claimed.run, self.data, self.rule, effect)
                )
            else:
                if isinstance(effect, CancelFollowUps):
                    self._new_runs = [unless_cancelled(effect, run) for run in self._new_runs]
                self._effects.append(effect)
