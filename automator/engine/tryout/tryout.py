"""Tries one event: decides by a rule set, and carries the runs that would start, without effect.

`RuleSet.decide` decides, and `StepPerformer` does the steps. So a try shows what would really
happen, as far as that does not depend on the store and on other systems. The caller may say how
much of each limit is used up.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter
from typing import Any

from automator.clock import Clock, ManualClock, iso_time, ms_of, optional_time
from automator.conditions import EventBudget
from automator.configuration.secrets import Secret
from automator.configuration.settings import Budgets
from automator.configuration.target import Model, Target
from automator.engine.attempts.dry_http import UNFORESEEN, dry_http, dry_provider
from automator.engine.attempts.look_ups import LookUps, NameLookups, PartLookups
from automator.engine.attempts.next_step import NextStep, Receivers, StepPorts
from automator.engine.attempts.performer import Permissions, StepOutcome, StepPerformer
from automator.engine.attempts.recording import RecordingHttp, Redactor
from automator.engine.intake.own_events import emitted_event
from automator.engine.intake.starting_runs import Origin, new_runs
from automator.engine.intake.stored_deliveries import new_event
from automator.engine.links.tracked_links import TrackedLinks
from automator.engine.runs.hindrances import block_of, cancels, missing_of, pause_of
from automator.engine.runs.progress import (
    Hindrance,
    Progress,
    child_run,
    next_settlement,
    unless_cancelled,
)
from automator.engine.runs.run_carrier import propose
from automator.engine.tryout.trial_result import Trial, TriedMessage, TriedRun, TriedStep, tried_run
from automator.http.json_body import dump_json
from automator.lifecycle import On, move, moved
from automator.model import (
    AttemptStatus,
    CancelFollowUps,
    Claimed,
    Delivery,
    EmitEvent,
    Event,
    IdSource,
    NewRun,
    PermanentError,
    Question,
    Reason,
    Run,
    RunState,
    Step,
    Waits,
    record,
)
from automator.model.settlement import ReleaseReplyClaim
from automator.model.speech import (
    AGAIN,
    ANSWERS,
    APPROVALS,
    QUESTION,
    Permission,
    ReplyClaim,
    Speech,
)
from automator.plugins import AnyAction, Provider
from automator.reasons import tryout
from automator.reasons.attempts.questions import belongs_to_question
from automator.reasons.attempts.steps import no_delivery
from automator.reasons.runs import cancelled_by_event, no_step, not_absent
from automator.rules import CompiledRule, Decision, EventFacts, RuleSet, event_scope
from automator.rules.compiled.deferred_rules import or_newcomer
from automator.store import LimitStanding, RunDetail
from automator.store.contacts.contact_rows import first_contact
from automator.store.contacts.pauses import in_pause
from automator.store.limits.concurrency import of_replaced, replaced_by, with_key
from automator.store.queue.questions import is_closed_by, judged

# --- A run without effects ---
#
# It uses the engine's own performer, but nothing is sent and nothing is stored. Only later steps of
# the same try see the effects of a step. Permissions depend only on messages of the try itself.


#: The limits of one try: how many steps; below, bytes of requests, and seconds of computing.
MOST_STEPS = 200
MOST_BYTES = 1_000_000
MOST_SECONDS = 2.0

#: Returns how far the limits of a run are used up. Without a store, nothing is used.
LimitsOf = Callable[[NewRun, int], tuple[LimitStanding, ...]]


def nothing_known(_key: str) -> Mapping[str, Any]:
    """Returns an empty contact, for tries without a store."""
    return {}


@record
class Parts:
    """The parts of a server that a try needs. They can be made from a configuration alone."""

    actions: Mapping[str, AnyAction]
    connections: Mapping[str, Provider]
    targets: Mapping[str, Target]
    notify: Mapping[str, Secret]
    model: Model | None = None
    redactor: Redactor
    budgets: Budgets
    links: TrackedLinks
    #: The clock that measures how long a try takes.
    clock: Clock
    #: Returns the stored contact with a key.
    contact_of: Callable[[str], Mapping[str, Any]] = nothing_known


@record
class DueRun:
    """A run that is still to be carried, or to be carried on after a person has approved a step."""

    new: NewRun
    rule: CompiledRule
    #: The answers of its limits.
    limits: tuple[LimitStanding, ...] = ()
    #: The steps that it has done; below, why some of them did not send their messages.
    steps: tuple[TriedStep, ...] = ()
    not_sent: Mapping[str, Reason] = field(default_factory=dict)

    @property
    def turn(self) -> tuple[int, int, int]:
        """Its place among all: a person decides when nothing else is left to do at the moment."""
        return self.new.run_at, len(self.new.data.get(APPROVALS, ())), self.new.id


@dataclass(slots=True)
class DryRun:
    """Carries the runs of one event, one after another, and keeps the state that they share."""

    parts: Parts
    event: Event
    #: The event's connection, with a fixed access token; None if it is not configured.
    provider: Provider | None
    #: The contact, as later steps and runs see it.
    contact: Mapping[str, Any]
    #: The delivery that carried the event; None if there is none in the store.
    delivery: Delivery | None
    #: Assumed answers, by the id of the step that asks for them.
    answers: Mapping[str, Any]
    clock: ManualClock
    ids: IdSource
    #: They decide about an event that a step raises.
    rule_set: RuleSet
    limits_of: LimitsOf | None
    #: Why something was left out; None if nothing was.
    cut: Reason | None = None
    later: list[DueRun] = field(default_factory=list)
    #: The runs that are over.
    tried: list[TriedRun] = field(default_factory=list)
    #: The rules that had no answer to send; below, those that told the person nothing else.
    unanswered: set[str] = field(default_factory=set)
    left_open: set[str] = field(default_factory=set)
    _deadline: float = 0.0
    _steps: int = 0
    _bytes: int = 0
    _claims: dict[str, ReplyClaim] = field(default_factory=dict)
    #: The events that steps have raised.
    _emitted: list[Event] = field(default_factory=list)
    #: Why the run that is carried does not go on: a run of an event that it raised replaces it.
    _replaced: Reason | None = None
    _variants: int = 0
    #: The event's connection, and the connections that steps have named so far.
    _connections: dict[str, Provider] = field(init=False)
    _performer: StepPerformer = field(init=False)
    #: The step that is being tried, the contact as it sees them; below, its HTTP port.
    _step: Step = field(init=False)
    _acting_on: Mapping[str, Any] = field(init=False)
    #: The connection that the step names; "" for the event's connection.
    _via: str = ""
    _http: RecordingHttp = field(init=False)

    def __post_init__(self) -> None:
        parts = self.parts
        self._deadline = parts.clock.monotonic() + MOST_SECONDS
        self._connections = {}
        if self.provider is not None:
            self._connections[self.event.connection] = self.provider
        self._performer = StepPerformer(
            ports=StepPorts(
                actions=parts.actions,
                connections=self._connections,
                targets=parts.targets,
                notify=parts.notify,
                model=parts.model,
                load_delivery=self._load_delivery,
                links=parts.links,
                is_rehearsal=True,
            ),
            new_http=self._new_http,
            clock=self.clock,
            permissions=Permissions(ask=self._may_speak, budgets=parts.budgets, clock=self.clock),
            look_ups=LookUps(
                names=NameLookups(self.clock),
                parts=PartLookups(self.clock),
                new_http=self._new_http,
            ),
            receivers=Receivers(contact=self._contact_of),
        )

    def _new_http(self, _is_retry: bool, _has_reservation: bool, _event: bytes) -> RecordingHttp:
        dry = dry_http(self._step, self._speaker, self.answers)
        self._http = RecordingHttp(dry, self.parts.redactor)
        return self._http

    @property
    def _speaker(self) -> Provider | None:
        """The connection through which the step acts."""
        return self._connections.get(self._via or self.event.connection)

    async def carry(self, due: DueRun) -> RunState:
        """Carries a run from the moment when it is due to its end, or to its first wait.

        Returns its state. If it waits for a person's approval, it goes on later. A rule that has
        had no answer to send is noted in `unanswered`; in `left_open` if it has told nothing else.
        """
        new, rule = due.new, due.rule
        if new.state.is_final:
            return self._ended(due, new, due.steps)
        self.clock.set_by((new.run_at - self.clock.now_ms()) / 1000)
        progress = Progress.begin(claimed_run(new, self.event, self.contact), rule, self.ids, NODE)
        progress.at.not_sent = dict(due.not_sent)
        self._look_before(progress, new)
        steps = list(due.steps)
        claims = dict(self._claims)
        while progress.at.is_running and self._may_go_on():
            attempted = self._next_step(progress)
            if self._replaced is not None and attempted.step.reaches_out:
                break
            index, now_ms = progress.at.step, self.clock.now_ms()
            left_out = await propose(progress, self._performer, now_ms, _has_place)
            if left_out is not None:
                steps.append(self._tried(attempted, left_out))
            elif progress.at.is_still_at(index):
                steps.append(await self._try(progress, attempted, new))
        if self._replaced is not None and not progress.at.state.is_final:
            progress.at.make(On.REPLACED, because=self._replaced)
        if rule.spec.shadow:
            self._claims = claims
        self._keep(progress)
        at = progress.at
        if at.waits_for is Waits.APPROVAL:
            approved = replace(new, step=at.step, data=_approved(at.data))
            self.later.append(replace(due, new=approved, steps=tuple(steps), not_sent=at.not_sent))
            return at.state
        if at.is_unanswered and at.state.is_final and not new.path:
            self.unanswered.add(rule.spec.id)
            self.left_open.update([rule.spec.id] if at.leaves_open else ())
        return self._ended(due, replace(new, state=at.state, reason=at.reason), tuple(steps))

    def behind(self, due: DueRun, scope: Mapping[str, Any]) -> list[Decision]:
        """The decisions of later rules, after a rule that had no answer to send."""
        if due.rule.spec.id not in self.unanswered or due.new.path:
            return []
        facts, now_ms = EventFacts.of(self.event), self.clock.now_ms()
        return self.rule_set.decide_behind(due.rule, scope, now_ms, facts, self.left_open)

    def _ended(self, due: DueRun, new: NewRun, steps: tuple[TriedStep, ...]) -> RunState:
        self.tried.append(tried_run(new, due.rule, due.limits, steps))
        return new.state

    def _next_step(self, progress: Progress) -> NextStep:
        """The next step, as if its rule were live."""
        attempted = progress.at.next_step
        step = attempted.step.as_live()
        self._step, self._via, self._variants = step.spec, step.via, 0
        if step.via in self.parts.connections and step.via not in self._connections:
            self._connections[step.via] = dry_provider(self.parts.connections[step.via])
        self._acting_on = attempted.claimed.contact
        return replace(attempted, step=step)

    async def _try(self, progress: Progress, attempted: NextStep, new: NewRun) -> TriedStep:
        """Tries the next step once."""
        outcome = await self._performer.perform(attempted)
        self._steps += 1
        self._bytes += sum(len(one.request["body"]) for one in self._http.exchanges)
        for effect in outcome.effects:
            if isinstance(effect, ReleaseReplyClaim):
                self._claims.pop(effect.claim.comment)
            elif isinstance(effect, EmitEvent) and not progress.at.rule.spec.shadow:
                self._emit(attempted, effect, new)
        progress.record(attempted.step.spec, outcome, self.clock.now_ms())
        return self._tried(attempted, outcome)

    def _tried(self, attempted: NextStep, outcome: StepOutcome) -> TriedStep:
        step, spec = attempted.step, attempted.step.spec
        return TriedStep(
            id=spec.id,
            action=spec.action,
            place=spec.place,
            status=outcome.status,
            summary=outcome.summary,
            reaches_out=step.reaches_out,
            said=self._said(outcome),
            requests=tuple(exchange.request for exchange in self._http.exchanges),
            note=self._note(spec, outcome),
        )

    def _emit(self, attempted: NextStep, effect: EmitEvent, new: NewRun) -> None:
        """Ends the runs of the try that end with the commit of the event which a step raises."""
        if self.provider is None:
            return
        now_ms, budget = self.clock.now_ms(), EventBudget()
        delivery, parsed = emitted_event(
            self.ids.next(),
            now_ms,
            claimed=attempted.claimed,
            step=attempted.id,
            effect=effect,
            key="",
        )
        event = new_event(self.ids.next(), self.provider, delivery, parsed)
        self._emitted.append(event)
        scope = event_scope(event, or_newcomer(self.contact, event.body), now_ms)
        ends = self.rule_set.endings.of(event.type, scope, budget)
        came = not_absent(event=event.type, id=event.id)
        self._end_later(On.CALLED_OFF, lambda run: came if run.wait_key in ends else None)
        # Rules that are decided in the event's turn start nothing yet.
        decide = self.rule_set.decide_on_arrival if parsed.has_turn else self.rule_set.decide
        decisions = decide(scope, now_ms, EventFacts.of(event), budget)
        for found in new_runs(decisions, Origin.of_event(event, 0), self.ids.next):
            starting, _ = _limited(found, now_ms, self.contact, self.limits_of)
            if starting.instead_of is None and starting.state is RunState.QUEUED:
                self._replaced = self._replaced or replaced_by(starting, new)
                self._end_later(On.REPLACED, partial(replaced_by, starting))

    def _end_later(self, on: On, because: Callable[[NewRun], Reason | None]) -> None:
        """Ends the later runs for which there is a reason."""
        for place, due in enumerate(self.later):
            reason = None if due.new.state.is_final else because(due.new)
            if reason is not None:
                self.later[place] = replace(due, new=moved(due.new, on, because=reason))

    def _note(self, spec: Step, outcome: StepOutcome) -> Reason | None:
        if spec.asks and outcome.status is AttemptStatus.OK:
            return tryout.answer_awaited()
        if spec.approval is not None and outcome.status is AttemptStatus.OK:
            return tryout.approval_awaited(within=spec.approval.within_ms)
        asked = spec.action in UNFORESEEN and outcome.status is AttemptStatus.OK
        return tryout.answer_unknown() if asked and spec.id not in self.answers else None

    def _said(self, outcome: StepOutcome) -> TriedMessage | None:
        outgoing, speaker = outcome.said, self._speaker
        if outgoing is None or speaker is None:
            return None
        return TriedMessage(
            outgoing=outgoing,
            to=outgoing.receiver,
            is_private=speaker.is_private(outgoing),
            variants=self._variants,
        )

    def _may_go_on(self) -> bool:
        """Whether another step may be tried. If not, notes that something is left out."""
        if (
            self._steps < MOST_STEPS
            and self._bytes < MOST_BYTES
            and self.parts.clock.monotonic() < self._deadline
        ):
            return True
        self.cut = tryout.try_takes_too_long()
        return False

    def _look_before(self, progress: Progress, new: NewRun) -> None:
        """Ends a run that must not act: it has no steps, its person is blocked or in a pause, or an
        event that the try has raised cancels it.
        """
        claimed, rule = progress.at.claimed, progress.at.rule
        self._replaced = None
        if not progress.at.sequence:
            progress.hold_back(Hindrance(On.ABANDONED, no_step(rule=rule.spec.id)))
            return
        found = (
            block_of(claimed)
            or missing_of(claimed, rule)
            or self._overtaken(new)
            or pause_of(rule, claimed, self.clock.now_ms())
        )
        if found is not None:
            progress.hold_back(found)
        elif claimed.run.is_answer:
            progress.take_answer(self.clock.now_ms())

    def _overtaken(self, new: NewRun) -> Hindrance | None:
        if new.cancel_on is None or new.contact is None:
            return None
        for event in self._emitted:
            if event.contact == new.contact and cancels(new.cancel_on, event, lambda: self.contact):
                because = cancelled_by_event(event=event.type, id=event.id)
                return Hindrance(On.CALLED_OFF, because)
        return None

    def _keep(self, progress: Progress) -> None:
        """Applies the effects of a run to the contact, and keeps the runs that it starts."""
        settlement, rule = next_settlement(progress), progress.at.rule
        if not rule.spec.shadow:
            self.contact = progress.at.claimed.contact
            for effect in settlement.effects:
                if isinstance(effect, CancelFollowUps):
                    self.later = [
                        replace(due, new=unless_cancelled(effect, due.new)) for due in self.later
                    ]
        new_runs = settlement.new_runs
        if self._replaced is not None:
            new_runs = of_replaced(new_runs, self._replaced)
        self.later += [DueRun(new=new, rule=rule) for new in new_runs]

    async def _may_speak(self, speech: Speech) -> Permission:
        """The permission that the store would give, as far as the try can know it."""
        contact, event = self._acting_on, self.event
        if speech.connection == event.connection and event.deleted_place in speech.places:
            return Permission(deleted_at=event.received_at)
        if speech.is_private and contact.get("opted_out") and self._is_about(speech):
            since = contact.get("opted_out_at")
            return Permission(opted_out_at=ms_of(since) if since else self.clock.now_ms())
        if speech.claim is not None:
            holder = self._claims.get(speech.claim.comment, speech.claim)
            if not speech.is_dry:
                self._claims[holder.comment] = holder
            if (holder.run_id, holder.step) != (speech.claim.run_id, speech.claim.step):
                return Permission(replied_by=holder)
        if speech.choice is None:
            return Permission()
        self._variants = speech.choice.count
        return Permission(variant=0)

    def _is_about(self, speech: Speech) -> bool:
        if speech.connection != self.event.connection:
            return False
        return speech.contact is None or speech.contact == self.event.contact

    def _contact_of(self, key: str) -> Mapping[str, Any]:
        return self.contact if key == self.event.contact else self.parts.contact_of(key)

    async def _load_delivery(self, _event_id: int) -> Delivery:
        if self.delivery is None:
            raise PermanentError(no_delivery())
        return self.delivery


async def _has_place(_rule: str) -> None:
    """In a try no step waits for long, so that there is always room."""


def _approved(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The data of a run whose step a person has approved; nobody is named."""
    decided = {"did": "approve", "by": "", "at": 0, "because": "", "was": None}
    kept = {step: {**one, "decided": decided} for step, one in data[APPROVALS].items()}
    return {**data, APPROVALS: kept}


# --- The run of a try, in the form of a claimed run ---

#: The name of the node that owns the runs of a try.
NODE = "try"


def claimed_run(new: NewRun, event: Event, contact: Mapping[str, Any]) -> Claimed:
    """A new run of an event as a node would claim it; `contact` is the contact at that time."""
    made = move(On.CLAIMED)
    run = Run(
        id=new.id,
        event_id=new.event_id,
        rule=new.rule,
        revision=new.revision,
        lane=new.lane,
        contact=new.contact,
        path=new.path,
        parent_id=new.parent_id,
        state=made.to,
        step=new.step,
        attempt=made.attempt_after(0),
        crashes=0,
        seq_at=new.run_at,
        run_at=new.run_at,
        acts_until=new.acts_until,
        # With 0 every pause counts: the try checks pauses itself, because it has no store.
        created_at=0,
        finished_at=None,
        owner=NODE,
        data=new.data,
        reason=None,
        concurrency_key=new.concurrency_key,
    )
    body = event.body
    return Claimed(
        run=run,
        event=body,
        event_json=dump_json(body),
        connection=event.connection,
        delivery_id=event.delivery_id,
        contact=contact,
        events=[body],
    )


# --- The try of an event ---


@record
class Subject:
    """An event to try, with the moment and the person."""

    event: Event
    #: When the event is decided, and its runs begin; in milliseconds.
    at: int
    #: The contact as rules see it; empty for an unknown person.
    contact: Mapping[str, Any] = field(default_factory=dict)
    #: The delivery that carried the event; None if unknown.
    delivery: Delivery | None = None
    #: Assumed answers, by the id of the step that asks for them.
    answers: Mapping[str, Any] = field(default_factory=dict)
    #: The run whose question the event answers: then no other rule gets it.
    question: RunDetail | None = None


def try_event(
    parts: Parts, rule_set: RuleSet, subject: Subject, limits_of: LimitsOf | None = None
) -> Trial:
    """Tries an event with a rule set. Call it outside of an event loop."""
    return asyncio.run(try_event_here(parts, rule_set, subject, limits_of))


async def try_event_here(
    parts: Parts,
    rule_set: RuleSet,
    subject: Subject,
    limits_of: LimitsOf | None = None,
    *,
    explains: bool = True,
    wanted: Callable[[CompiledRule], bool] = lambda _rule: True,
) -> Trial:
    """Does what `try_event` does, on an event loop. It only computes, and never waits.

    `explains`: whether to explain each rule's decision. `wanted`: whether to carry the runs of a
    rule.
    """
    event = subject.event
    scope, facts = scope_of(subject), EventFacts.of(event)
    decisions = rule_set.decide(scope, subject.at, facts, EventBudget())
    dry, runs = await _runs(parts, rule_set, subject, decisions, limits_of, wanted)
    held = {run.rule for run in runs if not run.path and run.state is RunState.SUPPRESSED}
    held |= dry.unanswered
    rules = rule_set.explain(scope, subject.at, facts, held, dry.left_open) if explains else []
    return Trial(
        event=event,
        at=subject.at,
        contact=subject.contact,
        rules=tuple(sorted(rules, key=lambda rule: not rule.matched)),
        runs=tuple(sorted(runs, key=attrgetter("at"))),
        cut=dry.cut,
    )


def scope_of(subject: Subject) -> dict[str, Any]:
    """The values that conditions see for the tried event."""
    event = subject.event
    return event_scope(event, or_newcomer(subject.contact, event.body), subject.at)


async def _runs(
    parts: Parts,
    rule_set: RuleSet,
    subject: Subject,
    decisions: Sequence[Decision],
    limits_of: LimitsOf | None,
    wanted: Callable[[CompiledRule], bool],
) -> tuple[DryRun, list[TriedRun]]:
    """Carries the runs that would start to their ends; also returns what has carried them."""
    question = subject.question
    provider = parts.connections.get(subject.event.connection)
    clock = ManualClock(subject.at)
    ids = IdSource(clock.now_ms, 0)
    dry = DryRun(
        parts=parts,
        # The steps behind a question go on with the event that has led to it.
        event=subject.event if question is None else question.event,
        provider=None if provider is None else dry_provider(provider),
        contact=_after_arrival(subject),
        delivery=subject.delivery,
        answers=subject.answers,
        clock=clock,
        ids=ids,
        rule_set=rule_set,
        limits_of=limits_of,
    )
    origin = Origin.of_event(subject.event, 0)
    newcomer = or_newcomer(subject.contact, subject.event.body)
    news = new_runs(decisions, origin, ids.next, newcomer)
    #: What begins instead of the runs that are carried, by their ids, if they are held back.
    instead: dict[int, Callable[[], None]] = {}

    def begin(
        decisions: Sequence[Decision], news: Sequence[NewRun], held: int | None = None
    ) -> None:
        """Begins the runs that wait for nothing, or that act because another run is held back."""
        for place, (decision, new) in enumerate(zip(decisions, news, strict=True)):
            if decision.instead_of != held or not wanted(decision.rule):
                continue
            begun, limits = _limited(new, subject.at, subject.contact, limits_of)
            if begun.state is RunState.QUEUED:
                instead[begun.id] = partial(begin, decisions, news, place)
                dry.later.append(DueRun(new=begun, rule=decision.rule, limits=limits))
                continue
            dry.tried.append(tried_run(begun, decision.rule, limits))
            if begun.state is RunState.SUPPRESSED:
                begin(decisions, news, place)

    scope, belonging = scope_of(subject), list[TriedRun]()
    if question is None:
        begin(decisions, news)
    else:
        asked, of_asked = question.run, rule_set.rule(question.run.rule)
        because = belongs_to_question(step=asked.path, rule=asked.rule, run=asked.id)
        if of_asked is not None and wanted(of_asked):
            answer = _answer(asked, of_asked, subject, ids.next())
            dry.later.append(DueRun(new=answer, rule=of_asked))
        belonging = [
            tried_run(moved(new, On.BELONGS, because=because), decision.rule)
            for decision, new in zip(decisions, news, strict=True)
            if decision.instead_of is None and wanted(decision.rule)
        ]
    while dry.later:
        due = min(dry.later, key=attrgetter("turn"))
        dry.later.remove(due)
        state = await dry.carry(due)
        if state is RunState.SUPPRESSED and due.new.id in instead:
            instead[due.new.id]()
        behind = dry.behind(due, scope)
        begin(behind, new_runs(behind, origin, ids.next, newcomer))
    return dry, [*dry.tried, *belonging]


def _answer(asked: Run, rule: CompiledRule, subject: Subject, run_id: int) -> NewRun:
    """The run that a question's answer starts: the steps behind it, or the question once more."""
    event, question = subject.event, Question.of_data(asked.data[QUESTION])
    earlier = [one for one in asked.answers if one["event"] < event.id or not event.id]
    answers = [*earlier, judged(event, question)[1]]
    behind = {step.id for step in rule.spec.sequence(asked.path)}
    steps = {name: one for name, one in asked.data["steps"].items() if name not in behind}
    again = {ANSWERS: answers} if is_closed_by(answers, question) else {AGAIN: True}
    marks = {QUESTION: asked.data[QUESTION], **again}
    data = {**asked.data, "steps": steps}
    return child_run(run_id, asked, data, asked.path, subject.at, marks)


def _limited(
    new: NewRun, at: int, contact: Mapping[str, Any], limits_of: LimitsOf | None
) -> tuple[NewRun, tuple[LimitStanding, ...]]:
    """A run as a pause of its contact and its limits let it begin: held back, or put off."""
    if new.state is RunState.QUEUED and new.run_at <= at and contact.get("human_reply_at"):
        new = in_pause(new, ms_of(contact["human_reply_at"]), at)
    limits = limits_of(new, at) if limits_of is not None and new.limits else ()
    if new.state is not RunState.QUEUED:
        return new, limits
    holding = next((limit.reason for limit in limits if limit.holds_back), None)
    if holding is not None:
        return moved(new, On.LIMITED, because=holding), limits
    waits = max((limit.waits_ms for limit in limits), default=0)
    return replace(with_key(new), run_at=max(new.run_at, at + waits)), limits


def _after_arrival(subject: Subject) -> Mapping[str, Any]:
    """The contact as the event leaves it, which the steps see: the person has just written."""
    contact, event = subject.contact, subject.event
    if event.contact is None or event.is_self or event.is_made_here:
        return contact
    known = contact or first_contact(event.contact, event.received_at)
    now, opened = iso_time(event.received_at), optional_time(event.window_opens_at)
    return {
        **known,
        "name": (event.body.get("actor") or {}).get("name") or known.get("name"),
        "first_seen": known.get("first_seen") or now,
        "last_inbound_at": known.get("last_inbound_at") if event.is_receipt else now,
        "window_opened_at": max(known.get("window_opened_at") or "", opened or "") or None,
    }
