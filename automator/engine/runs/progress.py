"""The progress of a claimed run: its results so far, its next move, and its settlement.

`automator.lifecycle` chooses the move from facts that are collected here. Attempts, effects and new
runs are kept here until the next settlement. In this file, the state of a run comes first
(`Position`, `Uncommitted`), then its changes (`Progress`). Below are settlements, their commit, and
the runs and times that follow from them.
"""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

from automator.clock import iso_time
from automator.engine.attempts.next_step import NO_ATTEMPTS, EarlierAttempts, NextStep
from automator.engine.attempts.performer import StepOutcome
from automator.engine.outbound.target_gate import TargetGate
from automator.lifecycle import NO_FACTS, Also, Fact, Move, On, Sent, move, moved, outcome
from automator.model import (
    Attempt,
    AttemptStatus,
    Block,
    CancelFollowUps,
    Claimed,
    Echo,
    Effect,
    IdSource,
    NewRun,
    OptOut,
    Outcome,
    Proposal,
    Question,
    Reason,
    Remember,
    RescheduledStep,
    RetryableError,
    Run,
    RunState,
    SeenValues,
    Settlement,
    SetVars,
    SkippedStep,
    StartFollowUp,
    Step,
    UnknownOutcome,
    Waits,
    id_time_ms,
    record,
)
from automator.model.echo import AwaitedEcho
from automator.model.errors import PausedStep, TargetUnavailable
from automator.model.rule import ON_ERROR_PATH, Approval, RetryPolicy
from automator.model.run import LOOKED_AT_AGAIN_MS
from automator.model.settlement import EndQuestions, KnowName, Places
from automator.model.speech import AGAIN, ANSWERS, APPROVALS, ASKED, QUESTION, WAITS_FOR_ANSWER
from automator.reasons.attempts import approvals, questions
from automator.reasons.attempts.steps import interrupted_attempt
from automator.reasons.runs import not_sent
from automator.rules import CompiledRule, vars_read_by
from automator.store import Log, Store, cannot_read

# --- The position of a run: its state and its next step, here and in the store ---


_MORE = frozenset({Fact.MORE})


@record(kw_only=False)
class Hindrance:
    """A reason that keeps a run from acting; and until when (milliseconds) if it acts later."""

    on: On
    reason: Reason
    until_ms: int | None = None


@dataclass(slots=True)
class Position:
    """The state and next step of a claimed run, and the state and step that the store knows."""

    claimed: Claimed
    rule: CompiledRule
    sequence: tuple[Step, ...]
    step: int
    attempt: int
    state: RunState
    data: dict[str, Any]
    #: The step in the store. The next settlement changes nothing if the store has another one.
    known_step: int
    known_attempt: int
    run_at: int
    #: Facts about earlier attempts of the next step.
    earlier: EarlierAttempts
    note: Reason | None
    #: For each step that was to send something and did not: the reason.
    not_sent: dict[str, Reason]
    reason: Reason | None = None
    waits_for: Waits | None = None
    leaves_lane: bool = False
    #: The limit of waiting approvals, if the run begins to wait for an approval.
    places: Places | None = None
    #: The destination that the run waits for, or where its last attempt failed.
    target: str | None = None
    awaits: AwaitedEcho | None = None

    @classmethod
    def of(cls, claimed: Claimed, rule: CompiledRule) -> "Position":
        """The position of a run that was claimed just now."""
        run = claimed.run
        sequence = rule.spec.sequence(run.path)
        return Position(
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
    def is_unanswered(self) -> bool:
        """Whether one of its steps had no answer to send."""
        return not self.rule.drafts.isdisjoint(self.not_sent)

    @property
    def leaves_open(self) -> bool:
        """Whether the run has ended without a word to the person, for want of an answer."""
        return self.rule.leaves_open(self.not_sent, _outcome(self))

    @property
    def is_running(self) -> bool:
        """Whether the run can do a step now: it has not ended, and it does not wait."""
        return self.state is RunState.RUNNING

    def is_still_at(self, step: int) -> bool:
        """Whether the run is running, and its next step is still this one."""
        return self.is_running and self.step == step

    @property
    def is_held_back(self) -> bool:
        """Whether the run has ended without acting, because a limit or a pause held it back."""
        return self.state is RunState.SUPPRESSED

    @property
    def is_intent_stored(self) -> bool:
        """Whether the store knows already that this attempt of this step may happen."""
        return self.step == self.known_step and self.attempt == self.known_attempt

    @property
    def next_step(self) -> NextStep:
        """The next step, with everything that the step can read."""
        step = self.rule.steps[self.sequence[self.step].id]
        return NextStep(self.claimed, self.rule, step, self.data, self.earlier)

    @property
    def is_undecided(self) -> bool:
        """Whether the next step still needs a person's approval, and has not been tried."""
        attempted = self.next_step
        known = attempted.proposal
        return attempted.step.needs_approval and (known is None or not known.decided)

    @property
    def awaited(self) -> AwaitedEcho | None:
        """The echo that would prove an unknown attempt of the next step; None if there is none."""
        if self.earlier.echo_key is None:
            return None
        return self.earlier.awaited(self.next_step.connection)

    def late(self, at: int | None) -> set[Fact]:
        """The fact LATE if `at` is after the window in which the run may act; else nothing."""
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
        """Makes the lifecycle's move for `on`, at `step`. `until` is when the wait ends."""
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
        """Leaves all steps after the next one to another run."""
        self.sequence = self.sequence[: self.step + 1]

    def step_over(self, step: Step, status: AttemptStatus, output: Mapping[str, Any]) -> None:
        """Counts a step as over: goes on with the next step, or ends the run."""
        self.data["steps"][step.id] = {"status": str(status), "output": dict(output)}
        self.earlier = NO_ATTEMPTS
        self.step += 1
        self.make(On.STEP_OVER, _MORE if self.step < len(self.sequence) else NO_FACTS)


def _own_data(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Copies a run's data, so that steps can change outputs and variables."""
    data = dict(stored)
    data["steps"] = {**data["steps"]} if "steps" in data else {}
    data["vars"] = {**data["vars"]} if "vars" in data else {}
    return data


# --- The uncommitted work of a run: its attempts, effects and new runs ---


@dataclass(slots=True)
class Uncommitted:
    """The work of a claimed run for the next settlement, which then calls `clear`."""

    ids: IdSource
    node: str
    attempts: list[Attempt] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    new_runs: list[NewRun] = field(default_factory=list)

    def clear(self) -> None:
        """Forgets the work, which a settlement has taken over."""
        self.attempts.clear()
        self.effects.clear()
        self.new_runs.clear()

    def add_attempt(self, at: Position, step: Step, outcome: StepOutcome, number: int) -> None:
        """Adds the record of one attempt; `number` counts the attempts of the step from 1."""
        run, error, said = at.claimed.run, outcome.error, outcome.said_text
        attempt = Attempt(
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
            error_code=error.code if error else "",
            said=said,
        )
        self.attempts.append(attempt)

    def add_effects(self, at: Position, effects: tuple[Effect, ...], now_ms: int) -> None:
        """Adds the effects of a step. Later steps of the run see them at once."""
        if effects:
            contact = _after_effects(at.claimed.contact, effects, now_ms)
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
        """Starts the steps of `on_error`, if the run is not itself their run."""
        run = at.claimed.run
        if at.rule.spec.on_error_steps and run.path != ON_ERROR_PATH:
            child = child_run(self.ids.next(), run, at.data, ON_ERROR_PATH, at.run_at)
            self.new_runs.append(child)


def _after_effects(
    contact: Mapping[str, Any], effects: tuple[Effect, ...], now_ms: int
) -> Mapping[str, Any]:
    """The contact as the effects of a step leave it, before they are committed."""
    for effect in effects:
        if isinstance(effect, Remember):
            contact = _remembered(contact, effect)
        elif isinstance(effect, OptOut):
            contact = _marked(contact, "opted_out", effect.opted_out, effect.by, now_ms)
        elif isinstance(effect, Block):
            contact = _marked(contact, "blocked", effect.blocked, effect.by, now_ms)
        elif isinstance(effect, KnowName):
            contact = {**contact, "name": effect.name}
    return contact


def _marked(
    contact: Mapping[str, Any], mark: str, is_marked: bool, by: str, now_ms: int
) -> Mapping[str, Any]:
    """The contact with or without a mark; an earlier mark keeps its time and author."""
    if is_marked == bool(contact.get(mark)):
        return contact
    since, author = (iso_time(now_ms), by) if is_marked else (None, None)
    return {**contact, mark: is_marked, f"{mark}_at": since, f"{mark}_by": author}


def _remembered(contact: Mapping[str, Any], effect: Remember) -> Mapping[str, Any]:
    tags = [tag for tag in contact.get("tags", ()) if tag not in effect.remove_tags]
    tags += [tag for tag in effect.add_tags if tag not in tags]
    return {**contact, "state": {**contact.get("state", {}), **effect.values}, "tags": tags}


# --- Progress: the consequences of each outcome, decision and answer ---


#: The output of a question that has not been asked.
_NO_ANSWER: Mapping[str, Any] = {"status": "not_asked", "value": None, "text": None, "tries": 0}


@dataclass(slots=True)
class Progress:
    """A claimed run on its way through its steps."""

    at: Position
    uncommitted: Uncommitted
    #: Runs of other rules that act because this run does not act.
    starts: tuple[NewRun, ...] = ()
    #: For each event, the values that the decisions about these runs could read.
    seen: tuple[tuple[int, SeenValues], ...] = ()

    @classmethod
    def begin(
        cls,
        claimed: Claimed,
        rule: CompiledRule,
        ids: IdSource,
        node: str,
    ) -> "Progress":
        """The progress of a run that was claimed just now."""
        return cls(Position.of(claimed, rule), Uncommitted(ids, node))

    def record(self, step: Step, outcome: StepOutcome, now_ms: int) -> None:
        """Takes an outcome and makes the next move: next step, another attempt, or the end."""
        at, error = self.at, outcome.error
        if step.asks:
            self._asked(step, outcome)
        self.uncommitted.add_effects(at, outcome.effects, now_ms)
        if error is not None and outcome.variant is not None:
            # Kept, so that the next attempt sends the same text.
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
        """Goes on after a step that is skipped or must not be done.

        If a question was not asked or not answered, the steps after it do not run, as they need an
        answer.
        """
        at, error = self.at, outcome.error
        is_meant = error is not None and error.code != "if"
        if is_meant:
            self._note_not_sent(step, outcome.summary)
        if is_meant and step.asks and self._leaves_rest(step):
            at.ends_with_next_step()
        elif is_meant and (step.asks or step.drafts) and not step.continue_on_error:
            at.ends_with_next_step()
            self.uncommitted.start_on_error(at)
        at.step_over(step, outcome.status, _NO_ANSWER if step.asks else outcome.output)

    def _leaves_rest(self, step: Step) -> bool:
        """Whether the rest depends on the answer to a question that may have been asked already."""
        return step.asks and (self.at.earlier.may_have_worked or AGAIN in self.at.data)

    def _asked(self, step: Step, outcome: StepOutcome) -> None:
        """Leaves the steps after a question to the run of its answer, or closes the question."""
        at = self.at
        opened = at.data.get(ASKED, {}).get(step.id)
        if outcome.status is AttemptStatus.OK:
            at.ends_with_next_step()
        elif opened is not None and not (
            isinstance(outcome.error, UnknownOutcome) or at.earlier.may_have_worked
        ):
            reason = questions.not_asked(step=step.id)
            self.uncommitted.effects.append(EndQuestions(reason=reason, run_id=opened))

    def open_question(self, step: Step, question: Question) -> None:
        """Stores a question before it is asked, as a new run that waits for the answer.

        This run does the steps after the question. The commit of an event with an answer gives it
        the answer (`store/queue/questions.py`).
        """
        at, left = self.at, self.uncommitted
        ids = [left.ids.next() for _ in range(question.retries + 2)]
        question = replace(question, ids=ids[1:])
        new = question_run(ids[0], at.claimed.run, at.data, step.id, question)
        at.data[ASKED] = {**at.data.get(ASKED, {}), step.id: new.id}
        left.effects.append(
            EndQuestions(reason=questions.asked_something_else(rule=new.rule, run=new.id))
        )
        left.new_runs.append(new)

    def take_answer(self, now_ms: int) -> None:
        """Judges the answer to the question, and goes on with it.

        A question that gets no good answer ends here, unless its step says `continue_on_error`.
        """
        at = self.at
        step, data = at.sequence[at.step], at.claimed.run.data
        question, answers = Question.of_data(data[QUESTION]), data[ANSWERS]
        last: Mapping[str, Any] = answers[-1] if answers else {}
        text, tries = last.get("text"), len(answers)
        output = {"status": "answered", "value": None, "text": text, "tries": tries}
        status = AttemptStatus.FAILED
        if "value" in last:
            output["value"] = last["value"]
            status, summary = AttemptStatus.OK, questions.answered_question(value=last["value"])
        elif tries > question.retries:
            output["status"] = "refused"
            because = Reason.from_json(last["why"])
            summary = questions.question_refused(step=step.id, tries=tries, because=because)
        else:
            output["status"] = "expired"
            summary = questions.question_expired(step=step.id, within=question.within_ms)
        answer = StepOutcome(status=status, summary=summary, started_at=now_ms, output=output)
        self.uncommitted.add_attempt(at, step, answer, at.attempt)
        if status is AttemptStatus.OK or step.continue_on_error:
            at.step_over(step, status, output)
        else:
            self._make(On.UNANSWERED, because=summary)

    def note_interruption(self, step: Step, now_ms: int, echo: Echo | None) -> None:
        """Records the attempt during which the process died. With `hold` the run ends there.

        If the provider will send an echo of the message, the run waits for it first.
        """
        error = UnknownOutcome(interrupted_attempt())
        error.echo = echo
        interrupted = StepOutcome(
            status=AttemptStatus.UNKNOWN,
            summary=error.reason,
            started_at=now_ms,
        )
        number = max(1, self.at.attempt - 1)
        self.uncommitted.add_attempt(self.at, step, interrupted, number)
        self._note_unknown(error, self.at.claimed.run.created_at)
        self._doubt(On.INTERRUPTED, step, error, now_ms, now_ms)

    def no_echo(self, step: Step) -> None:
        """Goes on without an echo, by `on_unknown` and `continue_on_error`, unless the step is
        repeated.
        """
        facts, run = self._facts(step, None), self.at.claimed.run
        if run.waits_for is not Waits.PROOF:
            facts.add(Fact.REPEATS)
        because = run.reason.params.get("because") if run.reason else None
        self._make(On.NO_ECHO, facts, step=step, because=because)

    def hold_back(self, hindrance: Hindrance) -> None:
        """Ends the run, or queues it until it may act. In a pause only a follow-up waits."""
        facts, reason = self.at.late(hindrance.until_ms), hindrance.reason
        if self.at.claimed.run.path:
            facts.add(Fact.CHILD)
        self._make(hindrance.on, facts, because=reason, until=hindrance.until_ms)
        if self.at.state is RunState.QUEUED:
            self.at.note = reason

    def propose(self, step: Step, proposal: Proposal, places: Places) -> None:
        """Queues the run until a person decides about its next step, if more runs may wait.

        The decision is stored with the message (`store/runs/approvals.py`).
        """
        self._keep(step, proposal)
        self._await_decision(step, proposal, places)

    def take_decision(
        self, step: Step, approval: Approval, proposal: Proposal, now_ms: int
    ) -> SkippedStep | None:
        """Acts on the decision about the next step: it may be done, or still waits.

        Returns the error with which it is left out, or None. If the rule itself decides, it keeps
        the decision, which has to be stored before the step is done.
        """
        match proposal.decided.get("did"):
            case "approve" | "send":
                pass
            case "decline":
                return SkippedStep(_declined(proposal.decided), code="declined")
            case _ if now_ms < proposal.until:
                # The run was claimed for another reason, for example after a crash.
                self._await_decision(step, proposal, None)
            case _ if approval.otherwise == "send":
                decided = {"did": "send", "by": "", "at": now_ms, "because": "", "was": None}
                self._keep(step, replace(proposal, decided=decided))
            case _:
                reason = approvals.not_approved(within=approval.within_ms)
                return SkippedStep(reason, code="not_approved")
        return None

    def _keep(self, step: Step, proposal: Proposal) -> None:
        data = self.at.data
        data[APPROVALS] = {**data.get(APPROVALS, {}), step.id: proposal.as_data()}

    def _await_decision(self, step: Step, proposal: Proposal, places: Places | None) -> None:
        self.at.places = places
        because = approvals.awaits_approval(step=step.id, until=proposal.until)
        self._make(On.PROPOSED, because=because, until=proposal.until)

    def _make(
        self,
        on: On,
        facts: Collection[Fact] = NO_FACTS,
        *,
        step: Step | None = None,
        because: Reason | None = None,
        until: int | None = None,
    ) -> None:
        """Makes the lifecycle's move for `on`, and carries out its further effects."""
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
        """The facts about a failed attempt; `again_at` is when the next one begins, if any."""
        facts = self.at.late(again_at)
        if again_at is not None:
            facts.add(Fact.AGAIN)
        if step.on_unknown == "hold":
            facts.add(Fact.HOLD)
        if step.continue_on_error:
            facts.add(Fact.CONTINUE)
        return facts

    def _fail(self, step: Step, outcome: StepOutcome, now_ms: int) -> None:
        """Goes on after an attempt that failed or whose outcome is unknown."""
        at, error, again_at = self.at, outcome.error, None
        if isinstance(error, RetryableError | UnknownOutcome):
            again_at = next_attempt_at(
                step.retry, attempt=at.attempt, now_ms=now_ms, error=error, key=at.claimed.run.id
            )
            # The target itself has named a time. It is kept, even if the target recovers earlier.
            is_named = getattr(error, "retry_after_s", None) is not None
            at.target = None if is_named else outcome.target
        if isinstance(error, UnknownOutcome):
            self._note_unknown(error, outcome.started_at)
            self._doubt(On.UNKNOWN, step, error, again_at, now_ms)
            return
        facts = self._facts(step, again_at)
        self._make(On.FAILED, facts, step=step, because=outcome.summary, until=again_at)

    def _note_unknown(self, error: UnknownOutcome, since_ms: int) -> None:
        """Remembers an attempt with an unknown outcome, which began at `since_ms`."""
        earlier = self.at.earlier
        since = since_ms if earlier.unknown_since is None else earlier.unknown_since
        key = None if error.echo is None else error.echo.key
        self.at.earlier = replace(earlier, unknown_since=since, echo_key=key)

    def _doubt(
        self, on: On, step: Step, error: UnknownOutcome, again_at: int | None, now_ms: int
    ) -> None:
        """Goes on after an attempt with an unknown outcome: waits for its echo, if there is one.

        If no echo comes, the step is tried again at `again_at`; if that is None, not at all.
        """
        facts = self._facts(step, again_at)
        if error.echo is not None:
            facts.add(Fact.ECHO)
            again_at = 0 if step.on_unknown == "hold" else again_at or 0
            again_at = max(now_ms + error.echo.wait_ms, again_at)
            self.at.awaits = self.at.awaited
        self._make(on, facts, step=step, because=error.reason, until=again_at)

    def _reschedule(self, error: RescheduledStep) -> None:
        """Queues the run at its place in the lane. The attempt did nothing, and does not count.

        During a colleague's pause, later runs go ahead of it, as of a follow-up.
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
        """Queues the run until its destination accepts it. This is no attempt."""
        # The message has been counted already: the next attempt must not count it again.
        self.at.earlier = replace(self.at.earlier, reserved_at=now_ms)
        self.at.target = error.waits_for
        self._make(On.UNAVAILABLE, because=error.reason, until=now_ms + LOOKED_AT_AGAIN_MS)

    def _note_not_sent(self, step: Step, because: Reason | None) -> None:
        """Keeps the reason why a step did not send its message."""
        if because is not None and self.at.rule.steps[step.id].reaches_out:
            self.at.not_sent[step.id] = not_sent(step=step.id, because=because)


def _declined(decided: Mapping[str, Any]) -> Reason:
    if not decided["by"]:
        return approvals.declined_in_test()
    if decided["because"]:
        return approvals.declined_because(
            by=decided["by"], at=decided["at"], because=decided["because"]
        )
    return approvals.declined(by=decided["by"], at=decided["at"])


# --- The next settlement: all work since the last one ---


_AT_TARGETS = (Waits.RETRY, Waits.TARGET)
#: Whether a step has sent its message, by the status of its last attempt.
_SENT = {
    AttemptStatus.OK.value: Sent.YES,
    AttemptStatus.SKIPPED.value: Sent.NOT_MEANT,
    AttemptStatus.FAILED.value: Sent.UNKNOWN,
}


def next_settlement(progress: Progress) -> Settlement:
    """Makes the settlement of everything that the run has done since its last settlement."""
    at, left = progress.at, progress.uncommitted
    ended_with = _outcome(at) if at.state.is_final else None
    if at.state is RunState.DONE and at.not_sent:
        at.reason = next(iter(at.not_sent.values()))
    run = at.claimed.run
    settlement = Settlement(
        run_id=run.id,
        event_id=run.event_id,
        owner=left.node,
        claimed_step=at.known_step,
        claimed_attempt=at.known_attempt,
        state=at.state,
        step=at.step,
        attempt=at.attempt,
        run_at=at.run_at,
        data=at.data,
        reason=at.reason,
        attempts=tuple(left.attempts),
        late_ms=_late_ms(at, left.attempts),
        effects=tuple(left.effects),
        contact=run.contact,
        outcome=ended_with,
        new_runs=tuple(left.new_runs),
        concurrency_key=run.concurrency_key,
        waits_for=at.waits_for,
        places=at.places,
        target=at.target if at.waits_for in _AT_TARGETS else None,
        reserved_at=at.earlier.reserved_at,
        unknown_since=at.earlier.unknown_since,
        echo_key=at.earlier.echo_key,
        note=at.note,
        not_sent=at.not_sent,
        leaves_lane=at.leaves_lane,
        awaits=at.awaits,
        starts=progress.starts,
        seen=progress.seen,
    )
    left.clear()
    at.known_step, at.known_attempt = at.step, at.attempt
    return settlement


def _late_ms(at: Position, attempts: Sequence[Attempt]) -> int | None:
    """The time from an event to the first attempt of its run, if that is the first of these.

    None for follow-ups and answers, which are later on purpose, and for replays.
    """
    run = at.claimed.run
    if run.path or run.replay or at.known_step or not attempts or attempts[0].number > 1:
        return None
    return max(0, attempts[0].started_at - id_time_ms(run.event_id))


def _outcome(at: Position) -> Outcome | None:
    """The outcome of a run that has ended; None if it has not, or has no outcome."""
    steps = at.rule.steps
    # The run of an answer has not asked the question itself.
    asked = at.claimed.run.path if ANSWERS in at.data else None
    sent = [
        _sent(at, step.id)
        for step in at.sequence
        if steps[step.id].acts_outside
        and step.id != asked
        and not (step.drafts and step.id not in at.not_sent)
    ]
    return outcome(at.state, sent, in_shadow=at.rule.spec.shadow)


def _sent(at: Position, step_id: str) -> Sent:
    step = at.data["steps"].get(step_id)
    if step is None or step_id in at.not_sent:
        return Sent.NO
    return _SENT[step["status"]]


# --- Settlements of runs that end or wait before their first step ---


def settle_without_steps(
    claimed: Claimed,
    node: str,
    on: On,
    *,
    because: Reason | None = None,
    starts: tuple[NewRun, ...] = (),
    seen: tuple[tuple[int, SeenValues], ...] = (),
    run_at: int | None = None,
    target: str | None = None,
    reserved_at: int | None = None,
) -> Settlement:
    """Makes the settlement of a claimed run to which `on` happens before its first step.

    `run_at`: when to continue the waiting run. `target`: the destination that it waits for.
    `reserved_at`: its slot at that destination.
    """
    run, made = claimed.run, move(on)
    return Settlement(
        run_id=run.id,
        event_id=run.event_id,
        owner=node,
        claimed_step=run.step,
        claimed_attempt=run.attempt,
        state=made.to,
        step=run.step,
        attempt=made.attempt_after(run.attempt),
        run_at=run.run_at if run_at is None else run_at,
        data=run.data,
        reason=made.reason_after(run.reason, because=because),
        attempts=(),
        note=run.note,
        not_sent=run.not_sent,
        contact=run.contact,
        concurrency_key=run.concurrency_key,
        starts=starts,
        seen=seen,
        is_forgotten=made.then is Also.FORGOTTEN,
        waits_for=made.waits,
        target=target,
        reserved_at=reserved_at,
    )


# --- Runs that a run starts: its follow-ups, its questions, and the steps of `on_error` ---

#: The keys in a run's data that it passes on to the runs that it starts.
_INHERITED = ("mode", "collected_by")
_NO_MARKS: Mapping[str, Any] = MappingProxyType({})


def follow_up_run(
    run_id: int, run: Run, data: Mapping[str, Any], rule: CompiledRule, effect: StartFollowUp
) -> NewRun:
    """Makes the run of a follow-up. `data` is the present data of the run that starts it."""
    marks: dict[str, Any] = {}
    if effect.until is not None:
        marks["zone"] = effect.zone
    if effect.key is not None:
        marks["key"] = effect.key
    if effect.part is not None:
        marks["part"] = list(effect.part)
    child = child_run(run_id, run, data, effect.path, effect.run_at, marks)
    more: dict[str, Any] = {"acts_until": effect.until, "note": effect.note}
    step = rule.steps.get(effect.path)
    if step is not None and step.spec.cancel_on is not None:
        seen = vars_read_by(step.spec.cancel_on, {**rule.vars, **data["vars"]})
        more["cancel_on"] = {**(effect.cancel_on or {}), "vars": seen}
    concurrency = rule.spec.limits.concurrency
    if concurrency is not None and concurrency.mode == "restart":
        # If another run replaces the starting run, it also replaces the follow-up.
        more["concurrency_key"] = run.concurrency_key
    return replace(child, **more)


def question_run(
    run_id: int, run: Run, data: Mapping[str, Any], path: str, question: Question
) -> NewRun:
    """Makes the run of a question: it waits for the answer, then does the steps after it."""
    marks: dict[str, Any] = {QUESTION: question.as_data(), ANSWERS: []}
    child = child_run(run_id, run, data, path, question.asked_at + question.within_ms, marks)
    waiting = moved(child, On.ASKED, because=questions.awaits_answer(step=path))
    return replace(waiting, cancel_on=WAITS_FOR_ANSWER)


def child_run(
    run_id: int,
    run: Run,
    data: Mapping[str, Any],
    path: str,
    run_at: int,
    marks: Mapping[str, Any] = _NO_MARKS,
) -> NewRun:
    """Makes a run for the same event, which sees the data that the steps of `run` have left."""
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
    """Returns a follow-up of the same run, cancelled if `cancel` concerns it."""
    if run.state is RunState.QUEUED and cancel.concerns(run):
        return moved(run, On.CALLED_OFF, because=cancel.reason)
    return run


# --- Committing settlements as soon as the store can ---


logger = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")

#: How many seconds pass before a failed commit is repeated: at first, and at most. Each wait is
#: twice as long as the one before.
_FIRST_S, _LONGEST_S = 0.1, 5.0


@record(kw_only=False)
class Settler:
    """Commits settlements, and tells the gate which destination a waiting run waits for."""

    store: Store
    gate: TargetGate

    async def settle(self, settlement: Settlement) -> bool:
        """Commits a settlement as soon as the store can. Returns False if the run was lost.

        Raises:
            StoreUnavailableError: see `until_committed`.
        """
        is_held = await self.until_committed(partial(self.store.settle, settlement))
        if is_held and settlement.waits_for is Waits.TARGET and settlement.target is not None:
            self.gate.has_put_back(settlement.target)
        return is_held

    async def until_committed(self, commit: Callable[[], Awaitable[T]]) -> T:
        """Repeats a commit until it succeeds, because the only other copy of its data is in memory.

        If another node has taken the run over meanwhile, the settlement changes nothing.

        Raises:
            StoreUnavailableError: the store has failed for good, or is closed.
        """
        return await until_answered(commit, lambda: self.store.is_available)


async def until_answered(
    ask: Callable[[], Awaitable[T]], is_available: Callable[[], bool] = lambda: True
) -> T:
    """Repeats a read from the store while the database is away.

    A running run must not end for this reason: its results would be lost, and the run would count
    as crashed. It keeps its claim, and ends only with the process.

    Raises:
        StoreUnavailableError: the store will not be available any more.
    """
    pause_s = _FIRST_S
    while True:
        try:
            return await ask()
        except Exception as error:
            away = cannot_read(error)
            if away is None or not is_available():
                raise
            logger.warning("runner.store_waits: %s", away)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_S)


async def read(look: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Reads from the log in a thread, and repeats as `until_answered` does."""
    return await until_answered(partial(asyncio.to_thread, look, *args, **options))


async def as_now(log: Log, claimed: Claimed) -> Claimed:
    """Returns the claimed run with its contact as it is now."""
    if claimed.run.contact is None:
        return claimed
    return replace(claimed, contact=await read(log.contact, claimed.run.contact))


# --- The time of the next attempt: pure arithmetic, without a clock and without chance ---

#: The waits between attempts in seconds, if a step names none. The last wait repeats.
DEFAULT_SCHEDULE_S = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)
#: The longest wait in seconds, whatever the schedule or the other system asks for: a day.
MAX_DELAY_S = 86400.0
#: By which share a wait is made longer or shorter, so that retries do not come all at once.
JITTER = 0.2
_MAX_DOUBLINGS = 40


def base_delay_s(policy: RetryPolicy, attempt: int) -> float:
    """Seconds to wait after the failed attempt number `attempt`, which counts from 1; no jitter."""
    if policy.interval_s is None:
        return DEFAULT_SCHEDULE_S[min(attempt, len(DEFAULT_SCHEDULE_S)) - 1]
    if policy.strategy == "fixed":
        return min(policy.interval_s, MAX_DELAY_S)
    return min(policy.interval_s * 2.0 ** min(attempt - 1, _MAX_DOUBLINGS), MAX_DELAY_S)


def next_attempt_at(
    policy: RetryPolicy,
    *,
    attempt: int,
    now_ms: int,
    error: RetryableError | UnknownOutcome,
    key: int,
) -> int | None:
    """The time of the next attempt in milliseconds; None if `attempt` was the last one.

    The jitter depends only on `key` and `attempt`, so that every node computes the same. A wait
    that the other system asks for with Retry-After is kept in full, up to a day. It never makes a
    wait shorter than the schedule says.
    """
    if attempt >= policy.max_attempts:
        return None
    delay_s = base_delay_s(policy, attempt) * (1 + JITTER * _spread(key, attempt))
    asked_s = error.retry_after_s if isinstance(error, RetryableError) else None
    # In this form, a NaN counts as if no wait was asked for.
    if asked_s is not None and asked_s > delay_s:
        delay_s = max(delay_s, min(asked_s, MAX_DELAY_S))
    return now_ms + round(delay_s * 1000)


def _spread(key: int, attempt: int) -> float:
    """A number from -1 to 1. The same arguments always give the same number."""
    return zlib.crc32(f"{key}:{attempt}".encode()) / 0xFFFF_FFFF * 2 - 1
