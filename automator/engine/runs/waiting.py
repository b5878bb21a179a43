"""Approvals, questions and follow-ups: a run waits for a person, an answer, or its time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from automator.clock import Clock, ms_of
from automator.conditions import EventBudget
from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.performer import StepOutcome, StepPerformer, require_room, status_of
from automator.engine.runs.progress import Position, Progress, question_run, read
from automator.model import (
    AttemptStatus,
    Claimed,
    Event,
    IdSource,
    Proposal,
    Question,
    Reason,
    Run,
    RunState,
    SkippedStep,
    Step,
    StepError,
    Waits,
    id_time_ms,
    shortened,
)
from automator.model.rules.step import Approval
from automator.model.settlement import EndQuestions, Places
from automator.model.speech import ANSWERS, APPROVALS, ASKED, QUESTION
from automator.plugins import Outgoing, StepResult, drawn_from
from automator.plugins.outgoing import window_end
from automator.reasons.attempts.approvals import (
    APPROVALS_FULL,
    APPROVED,
    APPROVED_CHANGED,
    DECLINED,
    DECLINED_BECAUSE,
    NOT_APPROVED,
    SENT_UNAPPROVED,
)
from automator.reasons.attempts.questions import (
    ANSWERED_BEFORE,
    ASKED_SOMETHING_ELSE,
    GOOD_ANSWER,
    QUESTION_CLOSED,
    QUESTION_EXPIRED,
    QUESTION_REFUSED,
)
from automator.reasons.runs import TOO_LATE_TO_ACT
from automator.rules import CompiledRule, cancel_matches, event_scope, reads_contact, vars_read_by
from automator.rules.compiled.globs import matches_any
from automator.store import Log

#: Steps that may wait for approval: in the whole database, and of one rule.
MOST_WAITING = 1_000
MOST_OF_RULE = 500
#: Characters of a text before its change that the log shows.
_SHOWN = 500
_SAID = ("kind", "text", "to", "via", "attachments", "quick_replies", "buttons", "template")

# --- Approvals: a step is shown to a person, and then done or left out ---
#
# The message of such a step is rendered once, and kept in the data of its run, which waits in the
# queue like any other. A person's decision is stored there as well (`store/runs/approvals.py`), so
# that the shown message itself is sent, whatever has changed meanwhile.


class Approvals:
    """Proposes steps, and takes the decisions about them. It keeps no state of any run."""

    def __init__(self, log: Log, performer: StepPerformer, clock: Clock) -> None:
        self._log = log
        self._performer = performer
        self._clock = clock

    async def look_at(self, progress: Progress) -> bool:
        """Checks the approval of the next step; True if something has to be stored before it is
        done.

        Afterwards the run waits, its step is over, or its step may be done.
        """
        at, now_ms = progress.at, self._clock.now_ms()
        spec = at.sequence[at.step]
        approval = spec.approval
        if approval is None:
            return False
        if self._performer.ports.is_rehearsal:
            # A test or a simulation decides about the step itself.
            return False
        known = at.data.get(APPROVALS, {}).get(spec.id)
        if known is None:
            await self._propose(progress, spec, approval, now_ms)
            return False
        proposal = Proposal.of_data(known)
        match proposal.decided.get("did"):
            case "approve" | "send":
                pass
            case "decline":
                _leave_out(progress, spec, _declined(proposal.decided), "declined", now_ms)
            case _ if now_ms < proposal.until:
                # The run was claimed for another reason, such as a crash.
                progress.propose(spec, proposal.until)
            case _ if approval.otherwise == "send":
                decided = {"did": "send", "by": "", "at": now_ms, "because": "", "was": None}
                _keep(at, spec, replace(proposal, decided=decided))
                return True
            case _:
                reason = NOT_APPROVED(within=approval.within_ms)
                _leave_out(progress, spec, reason, "not_approved", now_ms)
        return False

    def told(self, at: Position, spec: Step, outcome: StepOutcome) -> StepOutcome:
        """The outcome of an approved step, with the person who approved it."""
        approval, done = spec.approval, outcome.summary
        known = at.data.get(APPROVALS, {}).get(spec.id)
        if approval is None or known is None or outcome.status is not AttemptStatus.OK:
            return outcome
        decided = known["decided"]
        if decided["did"] == "send":
            summary = SENT_UNAPPROVED(within=approval.within_ms, done=done)
        else:
            by, approved_at, was = decided["by"], decided["at"], decided["was"]
            summary = APPROVED(by=by, at=approved_at, done=done)
            if was is not None:
                was = shortened(was, _SHOWN)
                summary = APPROVED_CHANGED(by=by, at=approved_at, done=done, was=was)
        return replace(outcome, summary=summary)

    async def _propose(
        self, progress: Progress, spec: Step, approval: Approval, now_ms: int
    ) -> None:
        """Lets the run wait for approval, with the messages that its step would send.

        A step that would send nothing, because its condition does not hold or it is not allowed, is
        done at once, and says why.
        """
        at = progress.at
        attempted, effects = await self._performer.completed(at.next_step)
        progress.uncommitted.add_effects(at, effects)
        until = now_ms + approval.within_ms
        if (last := at.claimed.run.acts_until) is not None:
            until = max(now_ms, min(until, last))
        proposal = await self._proposal(attempted, spec, now_ms, until)
        if proposal is None:
            return
        full = await self._full(at.rule.spec.id)
        try:
            summary = NOT_APPROVED(within=approval.within_ms)
            require_room(at.data, StepResult(summary=summary, output=proposal.as_data()))
            if full is not None:
                raise SkippedStep(full, code="approvals_full")
        except StepError as error:
            progress.record(spec, _outcome(error, now_ms), now_ms)
            return
        _keep(at, spec, proposal)
        # Other runs may propose at the same time, so the commit counts again.
        progress.propose(spec, until, Places(in_all=MOST_WAITING, of_rule=MOST_OF_RULE))

    async def _proposal(
        self, attempted: NextStep, spec: Step, now_ms: int, until: int
    ) -> Proposal | None:
        """The message that a step would send now; None if it sends nothing."""
        try:
            rendered = self._performer.rendered(attempted, now_ms)
        except StepError:
            # The attempt itself records it.
            return None
        inputs = _with_one_text(rendered, f"run-{attempted.claimed.run.id}-{spec.id}")
        proposal = Proposal(inputs=inputs, shown={}, at=now_ms, until=until)
        data = {**attempted.data, APPROVALS: {spec.id: proposal.as_data()}}
        dry = replace(attempted, step=attempted.step.as_shadow(), data=data)
        outcome = await self._performer.perform(dry)
        if outcome.status is not AttemptStatus.OK:
            return None
        if outcome.said is None:
            does = {"action": spec.action, "does": self._in_short(spec, inputs)}
            return replace(proposal, shown={**does, "request": _request(outcome.request)})
        shown = {name: _plain(getattr(outcome.said, name)) for name in _SAID}
        shown["to"] = outcome.said.receiver
        return self._bounded(replace(proposal, shown=shown), attempted, outcome.said)

    def _in_short(self, spec: Step, inputs: Mapping[str, Any]) -> str:
        """The input written in short, as in `moderate: hide`; "" if there is none. Addresses are
        left out: they may contain a secret.
        """
        action = self._performer.ports.actions[spec.action]
        is_plain = action.shorthand and action.shorthand not in action.address_inputs
        return str(inputs.get(action.shorthand) or "") if is_plain else ""

    def _bounded(self, proposal: Proposal, attempted: NextStep, said: Outgoing) -> Proposal:
        """A message with the length and the time that its platform sets."""
        provider = self._performer.ports.connections.get(attempted.connection)
        if provider is None or provider.policy is None:
            return proposal
        is_private = provider.is_private(said)
        return replace(
            proposal,
            shown={**proposal.shown, "is_private": is_private},
            longest=provider.policy.longest(in_public=not is_private),
            unit=provider.policy.unit,
            ends_at=window_end(provider.policy, said, is_private=is_private),
        )

    async def _full(self, rule: str) -> Reason | None:
        """The reason why no more may wait; None while they may."""
        counts = await read(self._log.waiting_counts, Waits.APPROVAL, MOST_WAITING)
        total, own = sum(counts.values()), counts.get(rule, 0)
        if total >= MOST_WAITING:
            return APPROVALS_FULL(count=total, most=MOST_WAITING)
        return APPROVALS_FULL(count=own, most=MOST_OF_RULE) if own >= MOST_OF_RULE else None


def _keep(at: Position, spec: Step, proposal: Proposal) -> None:
    at.data[APPROVALS] = {**at.data.get(APPROVALS, {}), spec.id: proposal.as_data()}


def _with_one_text(rendered: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The inputs with one of several texts: the text that is shown, and sent if approved."""
    inputs = dict(rendered)
    texts = inputs.get("one_of")
    if isinstance(texts, list) and texts:
        del inputs["one_of"]
        inputs["text"] = texts[int(drawn_from(key) * len(texts))]
    return inputs


def _declined(decided: Mapping[str, Any]) -> Reason:
    if decided["because"]:
        return DECLINED_BECAUSE(by=decided["by"], at=decided["at"], because=decided["because"])
    return DECLINED(by=decided["by"], at=decided["at"])


def _leave_out(progress: Progress, spec: Step, reason: Reason, code: str, now_ms: int) -> None:
    progress.record(spec, _outcome(SkippedStep(reason, code=code), now_ms), now_ms)


def _outcome(error: StepError, now_ms: int) -> StepOutcome:
    """The outcome of a step that sends nothing."""
    return StepOutcome(
        status=status_of(error),
        summary=error.reason,
        started_at=now_ms,
        duration_ms=0,
        output={},
        error=error,
    )


def _request(request: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A recorded request as people see it."""
    return None if request is None else {name: request.get(name) for name in _REQUEST}


_REQUEST = ("method", "url", "body")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# --- Questions: opened before they are asked, judged when their run goes on ---
#
# A question is a run of its own that waits for the answer, with the steps behind the question. It
# is stored before anything is said, so that no answer can be too early for it. The store gives it
# the answers, in the commits of their events (`store/queue/questions.py`).


class Questions:
    """Opens and closes the questions of claimed runs. It keeps no state of any run."""

    def __init__(self, log: Log, performer: StepPerformer, ids: IdSource) -> None:
        self._log = log
        self._performer = performer
        self._ids = ids

    async def open(self, progress: Progress, now_ms: int) -> bool:
        """Opens the question of the next step, if it is not open; True if it has to be stored.

        If the question has been answered, an earlier attempt has asked it: the step is over.
        """
        at = progress.at
        spec = at.sequence[at.step]
        if at.next_step.again is not None:
            await self._require_open(progress)
            return False
        known = at.data.get(ASKED, {}).get(spec.id)
        detail = None if known is None else await read(self._log.run, known)
        if detail is not None and detail.run.is_open_question:
            return False
        if detail is not None and detail.run.state is not RunState.CANCELLED:
            summary = ANSWERED_BEFORE(run=detail.run.id)
            progress.record(spec, _asked_outcome(AttemptStatus.OK, summary, now_ms), now_ms)
            return False
        question = self._performer.question_of(at.next_step)
        if question is None:
            return False
        ids = [self._ids.next() for _ in range(question.retries + 2)]
        question = replace(question, ids=ids[1:])
        new = question_run(ids[0], at.claimed.run, at.data, spec.id, question)
        at.data[ASKED] = {**at.data.get(ASKED, {}), spec.id: new.id}
        reason = ASKED_SOMETHING_ELSE(rule=new.rule, run=new.id)
        progress.uncommitted.effects.append(EndQuestions(reason=reason))
        progress.uncommitted.new_runs.append(new)
        return True

    async def _require_open(self, progress: Progress) -> None:
        """Ends a run that was to ask again if its question is over: nobody would hear the answer.
        The run may have waited for its target meanwhile.
        """
        asked = progress.at.claimed.run.parent_id
        detail = None if asked is None else await read(self._log.run, asked)
        if detail is not None and not detail.run.is_open_question:
            progress.cancel(QUESTION_CLOSED())


def is_answer(run: Run) -> bool:
    """Whether a run waits for an answer, or has not judged its answer yet."""
    return run.step == 0 and QUESTION in run.data and ANSWERS in run.data


def judge(progress: Progress, now_ms: int) -> None:
    """Takes in the answer and goes on with it. A question without a good answer ends here, unless
    its step says `on_error: continue`.
    """
    at = progress.at
    spec, data = at.sequence[at.step], at.claimed.run.data
    question, answers = Question.of_data(data[QUESTION]), data[ANSWERS]
    last: Mapping[str, Any] = answers[-1] if answers else {}
    output = {"status": "answered", "value": None, "text": last.get("text"), "tries": len(answers)}
    if "value" in last:
        output["value"] = last["value"]
        summary = GOOD_ANSWER(value=last["value"])
        progress.take_answer(spec, _asked_outcome(AttemptStatus.OK, summary, now_ms, output))
        return
    if len(answers) > question.retries:
        output["status"] = "refused"
        because = Reason.from_json(last["why"])
        reason = QUESTION_REFUSED(step=spec.id, tries=len(answers), because=because)
    else:
        output["status"] = "expired"
        reason = QUESTION_EXPIRED(step=spec.id, within=question.within_ms)
    progress.take_answer(spec, _asked_outcome(AttemptStatus.FAILED, reason, now_ms, output))


def _asked_outcome(
    status: AttemptStatus,
    summary: Reason,
    now_ms: int,
    output: Mapping[str, Any] | None = None,
) -> StepOutcome:
    """The outcome of an attempt that sends nothing."""
    return StepOutcome(
        status=status, summary=summary, started_at=now_ms, duration_ms=0, output=output or {}
    )


# --- Follow-ups: is it too late, and has an event cancelled it? ---
#
# Usually a follow-up is cancelled in the commit of the event that cancels it. The check here
# covers the remaining gap: an event that came in before the follow-up itself was stored.

#: Events of the contact that are checked at most, the oldest first.
_MOST_EVENTS = 200
#: The type of the event that reports a message which a colleague wrote by hand.
_ANSWER = "message.sent"


def too_late(run: Run, now_ms: int) -> Reason | None:
    """The reason why a follow-up no longer acts, or None while its window is open.

    Nothing is too late for a person: a run that somebody puts after its window acts.
    """
    until = run.acts_until
    if until is None or now_ms <= until or run.run_at > until:
        return None
    return TOO_LATE_TO_ACT(until=[until, run.data["zone"]])


async def overtaking_event(log: Log, rule: CompiledRule, claimed: Claimed) -> Event | None:
    """The first event named by the `cancel_on` of a run, after the event that started it."""
    run = claimed.run
    step = rule.spec.find_step(run.path)
    if step is None or step.cancel_on is None or run.contact is None:
        return None
    seen = vars_read_by(step.cancel_on, {**rule.vars, **run.data.get("vars", {})})
    cancel_on = {**step.cancel_on.as_data(), "vars": seen}
    named = step.cancel_on.events
    later = await read(
        log.events_of_contact_after,
        run.contact,
        run.event_id,
        _MOST_EVENTS,
        lambda type_: matches_any(type_, named),
    )
    if matches_any(_ANSWER, named):
        later += await _answers_before(log, claimed)
    for event in sorted(later, key=lambda event: event.id):
        if cancels(cancel_on, event, lambda: claimed.contact):
            return event
    return None


async def _answers_before(log: Log, claimed: Claimed) -> list[Event]:
    """The messages that a colleague wrote to the person before the follow-up was stored.

    Such an event has our account as its contact, so it is looked for by its time.
    """
    run, shown = claimed.run, claimed.contact.get("human_reply_at")
    since = id_time_ms(run.event_id)
    if run.contact is None or shown is None:
        return []
    if ms_of(shown) < since:
        return []
    until = run.created_at + 1
    own = await read(log.own_events_between, claimed.connection, since, until, _MOST_EVENTS)
    keys = await read(log.keys_of_person, run.contact)
    return [event for event in own if event.id > run.event_id and event.answered in keys]


def cancels(
    cancel_on: Mapping[str, Any],
    event: Event,
    contact: Callable[[], Mapping[str, Any]],
    budget: EventBudget | None = None,
) -> bool:
    """True if a waiting follow-up names the event in its `cancel_on`.

    `contact` is only called if the conditions read it. Among our own messages, only an answer by
    hand cancels. Otherwise the echo of a rule's message would cancel the rule's own follow-up.
    """
    if event.is_self and event.answered is None:
        return False
    scope = event_scope(event, contact() if reads_contact(cancel_on) else {}, event.received_at)
    return cancel_matches(cancel_on, event_type=event.type, scope=scope, budget=budget)


class CancelMatcher:
    """`cancels` for the store, with one budget for all follow-ups that an event may cancel.

    While it commits an event, the store asks about every follow-up that waits for the person.
    """

    def __init__(self) -> None:
        self._event_id = 0
        self._budget = EventBudget()

    def __call__(
        self, cancel_on: Mapping[str, Any], event: Event, contact: Callable[[], Mapping[str, Any]]
    ) -> bool:
        if event.id != self._event_id:
            self._event_id, self._budget = event.id, EventBudget()
        return cancels(cancel_on, event, contact, self._budget)
