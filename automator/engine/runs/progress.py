"""The progress of a claimed run: its results so far, and the facts that decide its next move.

`automator.lifecycle` says which move is made of that, `position.py` makes it, and `uncommitted.py`
keeps what `next_settlement.py` writes down.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from automator.engine.attempts.retry import next_attempt_at
from automator.engine.attempts.step_outcome import StepOutcome
from automator.engine.runs.pauses import Pause
from automator.engine.runs.position import Position
from automator.engine.runs.uncommitted import Uncommitted
from automator.lifecycle import NO_FACTS, Also, Fact, On
from automator.model import (
    AGAIN,
    ASKED,
    LOOKED_AT_AGAIN_MS,
    AttemptStatus,
    Claimed,
    Echo,
    EndQuestions,
    IdSource,
    NewRun,
    PausedStep,
    Places,
    Reason,
    RescheduledStep,
    RetryableError,
    RunState,
    SeenValues,
    Step,
    TargetUnavailable,
    UnknownOutcome,
    Waits,
)
from automator.reasons.attempts.approvals import AWAITS_APPROVAL
from automator.reasons.attempts.questions import NOT_ASKED
from automator.reasons.attempts.steps import INTERRUPTED_ATTEMPT
from automator.reasons.runs import NOT_SENT
from automator.rules import CompiledRule

#: The output of a question that was not asked.
_NO_ANSWER: Mapping[str, Any] = {"status": "not_asked", "value": None, "text": None, "tries": 0}


@dataclass(slots=True)
class Progress:
    """A claimed run on its way through its steps."""

    at: Position
    uncommitted: Uncommitted
    #: Runs of other rules that act because this one does not.
    starts: tuple[NewRun, ...] = ()
    #: The values that the decisions about them could read, by event.
    seen: tuple[tuple[int, SeenValues], ...] = ()

    @classmethod
    def begin(
        cls,
        claimed: Claimed,
        rule: CompiledRule,
        ids: IdSource,
        node: str,
    ) -> "Progress":
        """The progress of a run that was just claimed."""
        return cls(Position.of(claimed, rule), Uncommitted(ids, node))

    def record(self, step: Step, outcome: StepOutcome, now_ms: int) -> None:
        """Takes an outcome in and moves on: to the next step, another attempt, or an end."""
        at, error = self.at, outcome.error
        if step.asks:
            self._asked(step, outcome)
        self.uncommitted.add_effects(at, outcome.effects)
        if error is not None and outcome.variant is not None:
            # The next attempt says the same.
            at.data["variants"] = {**at.data.get("variants", {}), step.id: outcome.variant}
        if isinstance(error, RescheduledStep):
            self._reschedule(error)
        elif isinstance(error, TargetUnavailable):
            self._wait_for_target(error, now_ms)
        else:
            self.uncommitted.add_attempt(at, step, outcome, at.attempt)
            if outcome.status is AttemptStatus.SKIPPED:
                self._skip(step, outcome)
            elif outcome.status is AttemptStatus.OK:
                at.step_over(step, outcome.status, outcome.output)
            else:
                self._fail(step, outcome, now_ms)

    def _skip(self, step: Step, outcome: StepOutcome) -> None:
        """Goes on behind a step that was not to be done, or must not be.

        Behind a question that must not be asked nothing is done as if there were an answer.
        """
        at, error = self.at, outcome.error
        is_meant = error is not None and error.code != "if"
        if is_meant:
            self._note_not_sent(step, outcome.summary)
        if is_meant and step.asks and self._leaves_rest(step):
            at.ends_with_next_step()
        elif is_meant and step.asks and step.on_error != "continue":
            at.ends_with_next_step()
            self.uncommitted.start_on_error(at)
        at.step_over(step, outcome.status, _NO_ANSWER if step.asks else outcome.output)

    def _leaves_rest(self, step: Step) -> bool:
        """Whether an open question decides what follows: it may have been asked already."""
        return step.asks and (self.at.earlier.may_have_worked or AGAIN in self.at.data)

    def _asked(self, step: Step, outcome: StepOutcome) -> None:
        """Leaves the steps behind a question to its answer, or closes a question that was not
        asked.
        """
        at = self.at
        opened = at.data.get(ASKED, {}).get(step.id)
        if outcome.status is AttemptStatus.OK:
            at.ends_with_next_step()
        elif opened is not None and not (
            isinstance(outcome.error, UnknownOutcome) or at.earlier.may_have_worked
        ):
            reason = NOT_ASKED(step=step.id)
            self.uncommitted.effects.append(EndQuestions(reason=reason, run_id=opened))

    def take_answer(self, step: Step, outcome: StepOutcome) -> None:
        """Takes the answer to a question in: goes on with it, or ends without a good one."""
        at = self.at
        self.uncommitted.add_attempt(at, step, outcome, at.attempt)
        if outcome.status is AttemptStatus.OK or step.on_error == "continue":
            at.step_over(step, outcome.status, outcome.output)
        else:
            self._make(On.UNANSWERED, because=outcome.summary)

    def note_interruption(self, step: Step, now_ms: int, echo: Echo | None) -> None:
        """Records the attempt during which the process died; `hold` ends the run there.

        If the provider sends an echo of the message, the run waits for it first.
        """
        error = UnknownOutcome(INTERRUPTED_ATTEMPT())
        error.echo = echo
        interrupted = StepOutcome(
            status=AttemptStatus.UNKNOWN,
            summary=error.reason,
            started_at=now_ms,
            duration_ms=0,
            output={},
        )
        number = max(1, self.at.attempt - 1)
        self.uncommitted.add_attempt(self.at, step, interrupted, number)
        self.at.earlier = self.at.earlier.and_unknown(error, self.at.claimed.run.created_at)
        self._doubt(On.INTERRUPTED, step, error, now_ms, now_ms)

    def no_echo(self, step: Step) -> None:
        """No echo has come in time: `on_unknown` and `on_error` decide, unless it is repeated."""
        facts, run = self._facts(step, None), self.at.claimed.run
        if run.waits_for is not Waits.PROOF:
            facts.add(Fact.REPEATS)
        because = run.reason.params.get("because") if run.reason else None
        self._make(On.NO_ECHO, facts, step=step, because=because)

    def pause(self, pause: Pause) -> None:
        """Queues a follow-up until the end of the pause; suppresses any other run."""
        facts = self.at.late(pause.until_ms)
        if self.at.claimed.run.path:
            facts.add(Fact.CHILD)
        self._make(On.PAUSED, facts, because=pause.reason, until=pause.until_ms)
        if self.at.state is RunState.QUEUED:
            self.at.note = pause.reason

    def wait_for_opening(self, closed: Pause) -> None:
        """Queues a follow-up until it may act again, which may be too late."""
        facts = {*self.at.late(closed.until_ms), Fact.CHILD}
        self._make(On.CLOSED, facts, because=closed.reason, until=closed.until_ms)
        if self.at.state is RunState.QUEUED:
            self.at.note = closed.reason

    def propose(self, step: Step, until_ms: int, places: Places | None = None) -> None:
        """Queues the run until a person has decided about its next step, if one of these places is
        free.
        """
        self.at.places = places
        because = AWAITS_APPROVAL(step=step.id, until=until_ms)
        self._make(On.PROPOSED, because=because, until=until_ms)

    def cancel(self, reason: Reason) -> None:
        """Ends the run as cancelled."""
        self._make(On.CALLED_OFF, because=reason)

    def give_up(self, reason: Reason) -> None:
        """Ends the run as a dead letter."""
        self._make(On.ABANDONED, because=reason)

    def _make(
        self,
        on: On,
        facts: Collection[Fact] = NO_FACTS,
        *,
        step: Step | None = None,
        because: Reason | None = None,
        until: int | None = None,
    ) -> None:
        """Makes the move of the lifecycle for `on`, with its further effects."""
        made = self.at.make(on, facts, step=step, because=because, until=until)
        if made.is_step_over and step is not None:
            if not self.at.earlier.may_have_worked:
                self._note_not_sent(step, because)
            if self._leaves_rest(step):
                self.at.ends_with_next_step()
            self.at.step_over(step, AttemptStatus.FAILED, _NO_ANSWER if step.asks else {})
        elif made.then is Also.ON_ERROR and not (step is not None and self._leaves_rest(step)):
            self.uncommitted.start_on_error(self.at)

    def _facts(self, step: Step, again_at: int | None) -> set[Fact]:
        """The facts about failed attempts of a step, and whether one is left, at `again_at`."""
        facts = self.at.late(again_at)
        if again_at is not None:
            facts.add(Fact.AGAIN)
        if step.on_unknown == "hold":
            facts.add(Fact.HOLD)
        if step.on_error == "continue":
            facts.add(Fact.CONTINUE)
        return facts

    def _fail(self, step: Step, outcome: StepOutcome, now_ms: int) -> None:
        """Takes in an attempt that has failed, or that may have worked."""
        at, error, again_at = self.at, outcome.error, None
        if isinstance(error, RetryableError | UnknownOutcome):
            again_at = self._next_attempt_at(step, error, now_ms)
            # A time that the target named holds, even if the target recovers before.
            is_named = getattr(error, "retry_after_s", None) is not None
            at.target = None if is_named else outcome.target
        if isinstance(error, UnknownOutcome):
            at.earlier = at.earlier.and_unknown(error, outcome.started_at)
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
            self.at.awaits = self.at.awaited
        self._make(on, facts, step=step, because=error.reason, until=again_at)

    def _next_attempt_at(
        self, step: Step, error: RetryableError | UnknownOutcome, now_ms: int
    ) -> int | None:
        return next_attempt_at(
            step.retry,
            attempt=self.at.attempt,
            now_ms=now_ms,
            error=error,
            key=self.at.claimed.run.id,
        )

    def _reschedule(self, error: RescheduledStep) -> None:
        """Queues the run in its place of the lane; the attempt did nothing and does not count.

        While a colleague answers the person, later runs go ahead, as they do of a follow-up.
        """
        late = self.at.late(error.until_ms)
        if isinstance(error, PausedStep):
            self.at.note = None if late else error.reason
            facts = {*late, Fact.CHILD}
            self._make(On.PAUSED, facts, because=error.reason, until=error.until_ms)
            return
        if not late:
            self.at.earlier = replace(self.at.earlier, reserved_at=error.until_ms)
            self.at.note = error.reason
        self._make(On.RESCHEDULED, late, because=error.reason, until=error.until_ms)

    def _wait_for_target(self, error: TargetUnavailable, now_ms: int) -> None:
        """Queues the run without an attempt, until its destination can take it."""
        # The message of this attempt has been counted already.
        self.at.earlier = replace(self.at.earlier, reserved_at=now_ms)
        self.at.target = error.waits_for
        self._make(On.UNAVAILABLE, because=error.reason, until=now_ms + LOOKED_AT_AGAIN_MS)

    def _note_not_sent(self, step: Step, because: Reason | None) -> None:
        """Keeps why a step sent nothing that was to send something."""
        if because is not None and self.at.rule.steps[step.id].reaches_out:
            self.at.not_sent[step.id] = NOT_SENT(step=step.id, because=because)
