"""Carries one claimed run through its steps, until the run ends or has to wait.

`RunCarrier.carry` finds the rule, and checks whether the run may act (`hindrances.py`). Then, for
each step, it asks for an approval or opens the question if the step needs that, stores that the
attempt may happen, has the attempt made (`automator.engine.attempts.performer`), and gives the
outcome to the run's `Progress` (`progress.py`). In the end it returns a settlement, which the
runner commits. Below it in this file are the events that steps raise, and the decisions about rules
that wait for a run's turn.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from automator.caches import RecentEntries
from automator.clock import Clock
from automator.conditions import EventBudget
from automator.configuration.secrets import NO_SECRETS, KnownSecrets
from automator.engine.attempts.look_ups import FoundPart
from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.performer import StepOutcome, StepPerformer
from automator.engine.intake.own_events import emitted_event
from automator.engine.intake.starting_runs import ARRIVAL, Origin, new_runs, without_secrets
from automator.engine.rulesets.revisions import Revisions
from automator.engine.runs.hindrances import hindrance_of
from automator.engine.runs.progress import (
    Progress,
    Settler,
    as_now,
    next_settlement,
    read,
    settle_without_steps,
    until_answered,
)
from automator.lifecycle import On
from automator.model import (
    LEAD,
    POST,
    AttemptStatus,
    Claimed,
    Delivery,
    EmitEvent,
    Event,
    EventPart,
    IdSource,
    NewRun,
    NotFoundError,
    ParsedEvent,
    PermanentError,
    Proposal,
    RescheduledStep,
    Run,
    RunState,
    SeenValues,
    Settlement,
    SkippedStep,
    Step,
    StepError,
    Waits,
    format_id,
    record,
)
from automator.model.errors import TargetUnavailable
from automator.model.event import lacked_part
from automator.model.own_events import OF_ONE_RULE
from automator.model.run import LOOKED_AT_AGAIN_MS, UNDECIDED
from automator.model.settlement import Places
from automator.model.speech import ASKED
from automator.plugins import Provider
from automator.reasons.attempts.actions import emits_too_many
from automator.reasons.attempts.approvals import approvals_full
from automator.reasons.attempts.look_ups import lead_awaited, post_awaited
from automator.reasons.attempts.questions import answered_before
from automator.reasons.runs import rule_missing, rules_missing
from automator.rules import CompiledRule, CompiledStep, EventFacts, RuleSet, body_scope
from automator.rules.compiled.deferred_rules import seen_in_turn
from automator.store import RunRow, Store

logger = logging.getLogger(__name__)

#: How many steps may wait for approval: in the whole database; below, of one rule.
MOST_WAITING = 1_000
MOST_OF_RULE = 500


@dataclass(kw_only=True, eq=False)
class RunCarrier:
    """Carries claimed runs through their steps. Keeps no state of any run."""

    store: Store
    revisions: Revisions
    performer: StepPerformer
    settler: Settler
    emitted: "EmittedEvents"
    clock: Clock
    ids: IdSource
    #: Whether a rule that waits for an absence is unchanged in force.
    still_waits: Callable[[CompiledRule], bool]
    #: The built-in rule of handwritten messages.
    by_hand: CompiledRule | None = None
    #: Removed from the values that are kept for explanations.
    secrets: KnownSecrets = NO_SECRETS

    def __post_init__(self) -> None:
        self._deferred = DeferredDecisions(
            store=self.store,
            revisions=self.revisions,
            part_of=self.performer.part_of,
            clock=self.clock,
            ids=self.ids,
            secrets=self.secrets,
        )

    async def carry(
        self, claimed: Claimed, may_begin: Callable[[], bool], *, is_follower: bool = False
    ) -> Settlement | None:
        """Carries one run on until it ends or has to wait; returns the settlement that says how.

        `is_follower`: the run was claimed behind other runs, which may have changed its contact.
        `may_begin` is called before each attempt. Returns None if the run is lost, or if nothing
        may begin before the next heartbeat.
        """
        if is_follower:
            claimed = await as_now(self.store.log, claimed)
        run = claimed.run
        if run.is_undecided:
            return await self._deferred.decide(claimed)
        # Nearly every rule set is in memory. Then awaiting a coroutine would only take time.
        rule_set = self.revisions.at_hand(run.revision)
        rule = rule_set.rule(run.rule) if rule_set is not None else None
        rule = rule or await self._rule_not_at_hand(run)
        if rule is None:
            reason = rule_missing(rule=run.rule, revision=run.revision)
            return settle_without_steps(claimed, self.store.node, On.ABANDONED, because=reason)
        progress = Progress.begin(claimed, rule, self.ids, self.store.node)
        if _may_be_held_back(claimed, rule):
            await self._before_first_step(progress)
        if not await self._carry_on(progress, may_begin):
            return None
        if progress.at.is_unanswered and progress.at.state.is_final:
            await self._decide_behind(progress)
        return next_settlement(progress)

    async def _carry_on(self, progress: Progress, may_begin: Callable[[], bool]) -> bool:
        """Makes attempt after attempt. Returns False if the run is lost or must not go on now."""
        while progress.at.is_running:
            spec = progress.at.sequence[progress.at.step]
            step = progress.at.rule.steps[spec.id]
            has_changed = False
            if step.needs_approval or step.asks:
                index = progress.at.step
                has_changed = await self._prepare(progress, spec, step)
                if not progress.at.is_still_at(index):
                    continue
            if (
                (has_changed or not progress.at.is_intent_stored)
                and step.reaches_out
                and not await self.settler.settle(next_settlement(progress))
            ):
                return False
            if not may_begin():
                # Another node may soon claim the run, and would make an attempt that begins now a
                # second time.
                logger.warning("runner.lease_unsure run=%s", format_id(progress.at.claimed.run.id))
                return False
            attempted = progress.at.next_step
            outcome = await self.performer.perform(attempted)
            if outcome.effects:
                outcome = await self.emitted.carry_out(attempted, outcome)
            progress.record(spec, outcome, self.clock.now_ms())
        return True

    async def _prepare(self, progress: Progress, spec: Step, step: CompiledStep) -> bool:
        """Asks for an approval or opens a question, if the next step needs it.

        Afterwards the run waits, its step is over, or its step may be done. Returns True if this
        has to be stored before the step is done.
        """
        at = progress.at
        now_ms, has_changed = self.clock.now_ms(), False
        if spec.approval is not None and step.needs_approval:
            index, known = at.step, at.next_step.proposal
            if known is None:
                await propose(progress, self.performer, now_ms, self._without_place)
            else:
                refused = progress.take_decision(spec, spec.approval, known, now_ms)
                has_changed = at.next_step.proposal != known
                if refused is not None:
                    outcome = self.performer.leave_out(at.next_step, refused)
                    progress.record(spec, outcome, now_ms)
            if not at.is_still_at(index):
                return False
        if not step.asks or at.next_step.again is not None:
            return has_changed
        asked = at.data.get(ASKED, {}).get(spec.id)
        detail = None if asked is None else await read(self.store.log.run, asked)
        if detail is not None and detail.run.is_open_question:
            return has_changed
        if detail is not None and detail.run.state is not RunState.CANCELLED:
            # An earlier attempt has asked the question already.
            summary = answered_before(run=detail.run.id)
            before = StepOutcome(status=AttemptStatus.OK, summary=summary, started_at=now_ms)
            progress.record(spec, before, now_ms)
            return has_changed
        question = self.performer.question_of(at.next_step)
        if question is not None:
            progress.open_question(spec, question)
        return has_changed or question is not None

    async def _without_place(self, rule: str) -> SkippedStep | None:
        """The error with which a step is left out if too many steps wait; None if one more may."""
        counts = await read(self.store.log.waiting_counts, Waits.APPROVAL, MOST_WAITING)
        total, own = sum(counts.values()), counts.get(rule, 0)
        if total >= MOST_WAITING:
            full = approvals_full(count=total, most=MOST_WAITING)
        elif own >= MOST_OF_RULE:
            full = approvals_full(count=own, most=MOST_OF_RULE)
        else:
            return None
        return SkippedStep(full, code="approvals_full")

    async def _before_first_step(self, progress: Progress) -> None:
        """Ends or puts off a run that must not act now. Judges the answer in a question's run."""
        if await self._is_proved(progress) or not progress.at.is_running:
            return
        at = progress.at
        now_ms = self.clock.now_ms()
        found = await hindrance_of(self.store.log, at, now_ms, self.still_waits)
        if found is not None:
            progress.hold_back(found)
            if at.is_held_back:
                await self._decide_behind(progress)
        elif at.claimed.run.is_answer:
            progress.take_answer(now_ms)

    async def _decide_behind(self, progress: Progress) -> None:
        """Lets later rules act, because this one does not."""
        at = progress.at
        decided = await self._deferred.decide_behind(at.claimed, at.rule, at.leaves_open)
        progress.starts, progress.seen = decided.starts, decided.seen

    async def _is_proved(self, progress: Progress) -> bool:
        """Handles an attempt with an unknown outcome. Returns True if its echo has proved it."""
        run = progress.at.claimed.run
        if not progress.at.sequence or run.is_answer:
            return False
        spec = progress.at.sequence[progress.at.step]
        step = progress.at.rule.steps[spec.id]
        if not step.reaches_out or progress.at.is_undecided:
            return False
        awaited = progress.at.awaited
        if awaited is not None:
            echoed = await read(self.store.log.echo, awaited)
            if echoed is not None:
                outcome = self.performer.confirmed(step, echoed)
                progress.record(spec, outcome, self.clock.now_ms())
                return True
        if run.was_interrupted:
            echo = await self.performer.echo_of(progress.at.next_step)
            progress.note_interruption(spec, self.clock.now_ms(), echo)
        elif awaited is not None:
            progress.no_echo(spec)
        return False

    async def _rule_not_at_hand(self, run: Run) -> CompiledRule | None:
        if run.is_by_hand:
            return self.by_hand
        try:
            rule_set = await until_answered(partial(self.revisions.of, run.revision))
        except NotFoundError:
            return None
        return rule_set.rule(run.rule)


async def propose(
    progress: Progress,
    performer: StepPerformer,
    now_ms: int,
    without_place: Callable[[str], Awaitable[StepError | None]],
) -> StepOutcome | None:
    """Makes a run wait until a person has decided about its next step.

    A step that would send nothing is done at once, and says why: its condition does not hold, or it
    is not allowed. Returns the outcome of a step that is left out. `without_place` gets the rule,
    and returns the error if no more of its runs may wait.
    """
    at = progress.at
    spec, attempted = at.sequence[at.step], at.next_step
    if spec.approval is None or not at.is_undecided:
        return None
    made, effects = await performer.proposal(attempted, spec.approval)
    if isinstance(made, Proposal):
        made = await without_place(at.rule.spec.id) or made
    progress.uncommitted.add_effects(at, effects, now_ms)
    if isinstance(made, StepError):
        outcome = performer.leave_out(attempted, made)
        progress.record(spec, outcome, now_ms)
        return outcome
    if made is not None:
        # Other runs may propose at the same moment, so the commit counts once more.
        progress.propose(spec, made, Places(in_all=MOST_WAITING, of_rule=MOST_OF_RULE))
    return None


def _may_be_held_back(claimed: Claimed, rule: CompiledRule) -> bool:
    """Whether there is anything to check before a run acts. For most runs there is not."""
    run, spec = claimed.run, rule.spec
    return (
        bool(run.path)
        or claimed.contact.get("blocked_at") is not None
        or not spec.steps
        or spec.pause_ms is not None
        or spec.trigger.absence is not None
        or spec.limits.both is not None
        or run.acts_until is not None
        or run.echo_key is not None
        or run.was_interrupted
    )


# --- Events that rules raise with `emit`, stored before their step is settled ---
#
# A step that is repeated after a crash raises its event with the same key, so it is stored once.

#: How many events rules may raise because of one incoming event, counted by this process.
MOST_EMITTED = 100
#: For how many incoming events this process remembers how many events rules have raised.
_MOST_CAUSES = 10_000

#: Takes in an event that the server raises itself: matches it, and stores it with its runs.
TakeIn = Callable[[Provider, Delivery, ParsedEvent], Awaitable[object]]


@dataclass(kw_only=True, eq=False)
class EmittedEvents:
    """Takes in the events that steps raise. One instance per process, on the event loop."""

    connections: Mapping[str, Provider]
    take_in: TakeIn
    settler: Settler
    clock: Clock
    ids: IdSource
    #: For each incoming event, how many events were raised because of it; the latest last.
    _counts: RecentEntries[str, int] = field(
        init=False, default_factory=lambda: RecentEntries(_MOST_CAUSES)
    )

    async def carry_out(self, attempted: NextStep, outcome: StepOutcome) -> StepOutcome:
        """Takes in the event that a step raises, and returns the step's outcome.

        One event too many fails the step. A step raises only one event, so the event's key is made
        from the step.

        Raises:
            StoreUnavailableError: the store has failed for good, or is closed.
        """
        emitted = next((one for one in outcome.effects if isinstance(one, EmitEvent)), None)
        if emitted is None:
            return outcome
        key = f"{_cause_of(attempted.claimed.event)}/{attempted.claimed.run.rule}/{attempted.id}"
        if not self._may_emit(key.partition("/")[0]):
            error = PermanentError(emits_too_many(most=MOST_EMITTED), code="loop")
            failed = AttemptStatus.FAILED
            return replace(outcome, status=failed, summary=error.reason, effects=(), error=error)
        await self._emit(attempted, emitted, key)
        rest = tuple(effect for effect in outcome.effects if not isinstance(effect, EmitEvent))
        return replace(outcome, effects=rest)

    async def _emit(self, attempted: NextStep, effect: EmitEvent, key: str) -> None:
        provider = self.connections[attempted.claimed.connection]
        delivery, parsed = emitted_event(
            self.ids.next(),
            self.clock.now_ms(),
            claimed=attempted.claimed,
            step=attempted.id,
            effect=effect,
            key=key,
        )
        await self.settler.until_committed(lambda: self.take_in(provider, delivery, parsed))

    def _may_emit(self, cause: str) -> bool:
        """Counts one more event because of `cause`; returns whether it may be raised."""
        count = self._counts[cause] = self._counts.get(cause, 0) + 1
        return count <= MOST_EMITTED


def _cause_of(event: Mapping[str, Any]) -> str:
    """The chain of events and steps that led to an event, without ids that a simulation renews."""
    if "emitted" in event:
        return str(event["emitted"]["key"])
    if event["type"] in OF_ONE_RULE:
        person = (event.get("actor") or {}).get("id")
        fired = f"{event['data']['rule']}@{event['data']['scheduled_at']}"
        return fired if person is None else f"{fired}@{person}"
    return str(event["id"])


# --- Decisions that wait until the earlier events of the conversation are done ---
#
# There are three kinds: rules that read values of the contact which steps change, rules that read a
# part of the event that must be looked up (both in `automator.rules.compiled.deferred_rules`), and
# rules after a rule with `stop` whose run was held back when it began.

#: Looks up the part that a claimed run's event lacks.
PartOf = Callable[[EventPart, Claimed], Awaitable[FoundPart]]


@record(kw_only=False)
class DecidedBehind:
    """Runs of the rules after a rule that was held back, and the values that their rules saw."""

    starts: tuple[NewRun, ...] = ()
    seen: tuple[tuple[int, SeenValues], ...] = ()


@record
class DeferredDecisions:
    """Decides about rules of events whose turn has come. One instance per process."""

    store: Store
    revisions: Revisions
    part_of: PartOf
    clock: Clock
    ids: IdSource
    #: Removed from the values that are kept for explanations.
    secrets: KnownSecrets = NO_SECRETS

    async def decide(self, claimed: Claimed) -> Settlement:
        """Decides the rules that a claimed run represents, and starts their runs in its place.

        If these rules read a part of the event that may be found later, the run waits instead.
        """
        run, node = claimed.run, self.store.node
        try:
            rule_set = await until_answered(partial(self.revisions.of, run.revision))
        except NotFoundError as error:
            reason = rules_missing(because=error.reason)
            return settle_without_steps(claimed, node, On.ABANDONED, because=reason)
        rules = map(rule_set.rule, run.undecided_rules)
        claimed, found = await self._with_part(claimed, rules)
        now_ms = self.clock.now_ms()
        waiting = None if found is None else wait_for_part(claimed, node, found, now_ms)
        if waiting is not None:
            return waiting
        facts = EventFacts.of_body(claimed.event, claimed.connection)
        scope = _scope(claimed, facts)
        budget = EventBudget()
        decisions = rule_set.decide_in_turn(run.undecided_rules, scope, now_ms, facts, budget)
        self.store.note_evaluated(budget.met, budget.unmet)
        seen = rule_set.seen_in_turn(run.undecided_rules, scope)
        reserved: Iterator[int] = iter(run.data[UNDECIDED]["ids"])
        starts = new_runs(decisions, Origin.of_run(run), lambda: next(reserved))
        kept = (*self._kept(run.event_id, _seen_of(found)), *self._kept(run.event_id, seen))
        return settle_without_steps(claimed, node, On.DECIDED, starts=starts, seen=kept)

    async def decide_behind(
        self, claimed: Claimed, held_back: CompiledRule, leaves_open: bool
    ) -> DecidedBehind:
        """Decides the rules after a rule with `stop` that does not act after all, and a fallback
        after a rule that `leaves_open` what was asked.

        They are decided for each event that the run has collected. A replay is of one rule only, so
        it decides no others.
        """
        run = claimed.run
        if not (held_back.may_stop or leaves_open) or run.path or run.replay:
            return DecidedBehind()
        rule_set = await self.revisions.of(run.revision)
        left_open = {held_back.spec.id} if leaves_open else set()
        starts: list[NewRun] = []
        kept: list[tuple[int, SeenValues]] = []
        for event in await self._events_of(claimed):
            facts = EventFacts.of(event)
            about, found = replace(claimed, event=event.body), None
            if rule_set.reads_parts:
                about, found = await self._with_part(about, rule_set.rules)
            scope = _scope(about, facts)
            if leaves_open:
                rows = await read(self.store.log.runs_of_events, (event.id,))
                left_open.update(_left_open(rows, rule_set))
            now_ms = self.clock.now_ms()
            decisions = rule_set.decide_behind(held_back, scope, now_ms, facts, left_open)
            origin = replace(Origin.of_run(run), event_id=event.id)
            starts += new_runs(decisions, origin, self.ids.next)
            kept += self._kept(event.id, _seen_of(found))
            kept += self._kept(event.id, rule_set.seen_behind(held_back, scope, facts))
        return DecidedBehind(tuple(starts), tuple(kept))

    async def _with_part(
        self, claimed: Claimed, rules: Iterable[CompiledRule | None]
    ) -> tuple[Claimed, FoundPart | None]:
        """The run with the part that its event lacks, if one of these rules reads the part."""
        part = lacked_part(claimed.event)
        if part is None or not any(rule is not None and part in rule.waits_for for rule in rules):
            return claimed, None
        found = await self.part_of(part, claimed)
        return replace(claimed, event=found.in_event(claimed.event)), found

    def _kept(self, event_id: int, seen: SeenValues | None) -> tuple[tuple[int, SeenValues], ...]:
        return () if seen is None else ((event_id, without_secrets(seen, self.secrets)),)

    async def _events_of(self, claimed: Claimed) -> list[Event]:
        run = claimed.run
        numbers = [run.event_id]
        if run.collected_by is not None:
            detail = await read(self.store.log.run, run.id)
            numbers += sorted(row.run.event_id for row in detail.collected) if detail else []
        found = await read(self.store.log.events_with_ids, set(numbers))
        return [found[number] for number in numbers if number in found]


def _left_open(rows: Sequence[RunRow], rule_set: RuleSet) -> Iterator[str]:
    """The rules whose runs have told the person nothing, for want of an answer."""
    for run in (row.run for row in rows if not row.run.replay):
        rule = rule_set.rule(run.rule)
        if rule is not None and rule.leaves_open(run.not_sent, run.outcome):
            yield run.rule


def _seen_of(found: FoundPart | None) -> SeenValues | None:
    """The looked-up part of an event, as it is kept for explanations."""
    if found is None:
        return None
    values = {found.part: found.values or {}}
    return SeenValues(post=values.get(POST, {}), lead=values.get(LEAD, {}), not_found=found.problem)


def _scope(claimed: Claimed, facts: EventFacts) -> dict[str, Any]:
    contact = seen_in_turn(claimed.contact, claimed.run.data.get(ARRIVAL, {}))
    return body_scope(claimed.event, facts, contact, claimed.event["received_at"])


# --- Waiting for a part of an event that cannot be looked up now ---
#
# The run of the undecided rules goes back into the queue. While nothing may be sent to the
# provider, it waits like any run with steps. If the provider does not answer, it is asked a few
# more times. Then the rules are decided without the part, so that the conversation does not wait
# for long. For a lead the provider is asked for a day: a lead must not be lost, and nothing waits
# behind it.

#: How many milliseconds pass before each further question to a provider that does not answer.
_SHORT_MS: Final = (5_000, 20_000, 60_000)
_PAUSES_MS: Final[Mapping[EventPart, tuple[int, ...]]] = {
    POST: _SHORT_MS,
    LEAD: (*_SHORT_MS, 5 * 60_000, 30 * 60_000, *[4 * 3_600_000] * 6),
}
_AWAITED: Final = {POST: post_awaited, LEAD: lead_awaited}


def wait_for_part(claimed: Claimed, node: str, found: FoundPart, now_ms: int) -> Settlement | None:
    """The settlement of a run that waits for a part of its event; None if it must not wait."""
    error, attempt, pauses_ms = found.error, claimed.run.attempt, _PAUSES_MS[found.part]
    if error is None:
        return None
    because = _AWAITED[found.part](because=error.reason)
    if isinstance(error, TargetUnavailable):
        again_at, target = now_ms + LOOKED_AT_AGAIN_MS, error.waits_for
        return settle_without_steps(
            claimed, node, On.UNAVAILABLE, because=because, run_at=again_at, target=target
        )
    if isinstance(error, RescheduledStep):
        again_at = error.until_ms
        return settle_without_steps(
            claimed, node, On.RESCHEDULED, because=because, run_at=again_at, reserved_at=again_at
        )
    if attempt > len(pauses_ms):
        return None
    again_at = now_ms + pauses_ms[attempt - 1]
    return settle_without_steps(claimed, node, On.UNREAD, because=because, run_at=again_at)
