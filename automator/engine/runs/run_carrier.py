"""Carries one claimed run through its steps until it ends or has to wait."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from automator.clock import Clock
from automator.configuration.secrets import NO_SECRETS, KnownSecrets
from automator.engine.attempts.performer import StepPerformer
from automator.engine.rulesets.revisions import Revisions
from automator.engine.runs.decisions.deferred_decision import DeferredDecisions
from automator.engine.runs.decisions.without_steps import settle_without_steps
from automator.engine.runs.emitted_events import EmittedEvents
from automator.engine.runs.follow_ups import overtaking_event, too_late
from automator.engine.runs.next_settlement import next_settlement
from automator.engine.runs.pauses import block_of, closed_until, pause_of
from automator.engine.runs.progress import Progress
from automator.engine.runs.questions import Questions, is_answer, judge
from automator.engine.runs.settler import Settler
from automator.lifecycle import On
from automator.model import Claimed, IdSource, NotFoundError, Run, Settlement, format_id
from automator.reasons.runs import CANCELLED_BY_EVENT, NO_STEP, RULE_CHANGED, RULE_MISSING
from automator.rules import CompiledRule
from automator.store import Store

if TYPE_CHECKING:
    from automator.engine.runs.approvals import Approvals

logger = logging.getLogger(__name__)


class RunCarrier:
    """Carries claimed runs through their steps. It keeps no state of any run."""

    def __init__(
        self,
        *,
        store: Store,
        revisions: Revisions,
        performer: StepPerformer,
        settler: Settler,
        emitted: EmittedEvents,
        clock: Clock,
        ids: IdSource,
        still_waits: Callable[[CompiledRule], bool],
        by_hand: CompiledRule | None = None,
        secrets: KnownSecrets = NO_SECRETS,
    ) -> None:
        """`still_waits` says whether a rule that waits for an absence is in force as it was.

        `by_hand` is the rule of what people write by hand, which is in no file.
        `secrets` are not kept with what conditions have seen.
        """
        self._still_waits = still_waits
        self._by_hand = by_hand
        self._store = store
        self._revisions = revisions
        self._performer = performer
        self._settler = settler
        self._emitted = emitted
        self._clock = clock
        self._ids = ids
        self._questions = Questions(store.log, performer, ids)
        self._deferred = DeferredDecisions(
            store=store,
            revisions=revisions,
            part_of=performer.part_of,
            clock=clock,
            ids=ids,
            secrets=secrets,
        )

    async def carry(
        self, claimed: Claimed, may_begin: Callable[[], bool], *, is_follower: bool = False
    ) -> Settlement | None:
        """Carries one run on until it ends or has to wait, and says how.

        `is_follower`: it was claimed behind others, which may have changed its contact since.

        None when it is lost, or when nothing may begin before the next heartbeat: `may_begin` is
        asked before each attempt.
        """
        run = claimed.run
        if run.is_undecided:
            if is_follower:
                claimed = await self._as_now(claimed)
            return await self._deferred.decide(claimed)
        # Nearly every run's rule is at hand, and a coroutine would only take time.
        rule_set = self._revisions.at_hand(run.revision)
        rule = rule_set.rule(run.rule) if rule_set is not None else None
        rule = rule or await self._rule_not_at_hand(run)
        if rule is None:
            reason = RULE_MISSING(rule=run.rule, revision=run.revision)
            return settle_without_steps(claimed, self._store.node, On.ABANDONED, because=reason)
        if is_follower and rule.uses_contact:
            claimed = await self._as_now(claimed)
        progress = Progress.begin(claimed, rule, self._ids, self._store.node)
        if _may_be_held_back(claimed, rule):
            await self._before_first_step(progress)
        return next_settlement(progress) if await self._carry_on(progress, may_begin) else None

    async def _carry_on(self, progress: Progress, may_begin: Callable[[], bool]) -> bool:
        """Performs one attempt after another; false when the run is lost, or must not begin one."""
        while progress.at.is_running:
            spec = progress.at.sequence[progress.at.step]
            step = progress.at.rule.steps[spec.id]
            has_changed = False
            if step.needs_approval:
                index = progress.at.step
                has_changed = await self._approvals().look_at(progress)
                if not progress.at.is_still_at(index):
                    continue
            if step.asks:
                has_changed = await self._questions.open(progress, self._clock.now_ms())
                if progress.at.has_ended:
                    break
            if (
                (has_changed or not progress.at.is_intent_stored)
                and step.reaches_out
                and not await self._settler.settle(next_settlement(progress))
            ):
                return False
            if not may_begin():
                # Another node may have it soon: what begins now could be done twice.
                logger.warning("runner.lease_unsure run=%s", format_id(progress.at.claimed.run.id))
                return False
            attempted = progress.at.next_step
            outcome = await self._performer.perform(attempted)
            if outcome.effects:
                outcome = await self._emitted.carry_out(attempted, outcome)
            if spec.approval is not None:
                outcome = self._approvals().told(progress.at, spec, outcome)
            progress.record(spec, outcome, self._clock.now_ms())
        return True

    def _approvals(self) -> "Approvals":
        """The keeper of approvals, which is imported for the first step that needs one."""
        from automator.engine.runs.approvals import Approvals

        return Approvals(self._store.log, self._performer, self._clock)

    async def _as_now(self, claimed: Claimed) -> Claimed:
        """The run with its current contact."""
        if claimed.run.contact is None:
            return claimed
        contact = await asyncio.to_thread(self._store.log.contact, claimed.run.contact)
        return replace(claimed, contact=contact)

    async def _before_first_step(self, progress: Progress) -> None:
        """Ends or pauses a run that must not act: no steps, blocked, late, cancelled, paused."""
        claimed, rule = progress.at.claimed, progress.at.rule
        run = claimed.run
        if not progress.at.sequence:
            progress.give_up(NO_STEP(rule=run.rule))
            return
        if await self._is_proved(progress) or not progress.at.is_running:
            return
        unwanted = block_of(claimed) or too_late(run, self._clock.now_ms())
        if unwanted is not None:
            progress.cancel(unwanted)
            return
        is_absence = rule.spec.trigger.absence is not None
        begins = is_absence and not run.path and run.step == 0 and run.attempt == 1
        if begins and not self._still_waits(rule):
            # No event could end the wait any more.
            progress.cancel(RULE_CHANGED())
            return
        if run.path and run.step == 0:
            event = await overtaking_event(self._store.log, rule, claimed)
            if event is not None:
                progress.cancel(CANCELLED_BY_EVENT(event=event.type, id=event.id))
                return
        await self._unless_put_off(progress)

    async def _unless_put_off(self, progress: Progress) -> None:
        """Judges an answer; pauses a run, or puts a follow-up off until it may act."""
        claimed, rule, now_ms = progress.at.claimed, progress.at.rule, self._clock.now_ms()
        pause = pause_of(rule, claimed, now_ms)
        if pause is None and is_answer(claimed.run):
            judge(progress, now_ms)
        elif pause is not None:
            progress.pause(pause)
            if progress.at.is_held_back:
                decided = await self._deferred.decide_behind(claimed, rule)
                progress.starts, progress.seen = decided.starts, decided.seen
        elif (closed := closed_until(rule, claimed.run, now_ms)) is not None:
            progress.wait_for_opening(closed)

    async def _is_proved(self, progress: Progress) -> bool:
        """Deals with an attempt that may have worked; true when its echo shows that it has."""
        run, spec = progress.at.claimed.run, progress.at.sequence[progress.at.step]
        step = progress.at.rule.steps[spec.id]
        if not step.reaches_out or is_answer(run) or progress.at.is_undecided:
            return False
        awaited = progress.at.awaited
        if awaited is not None:
            echoed = await asyncio.to_thread(self._store.log.echo, awaited)
            if echoed is not None:
                outcome = self._performer.confirmed(step, echoed)
                progress.record(spec, outcome, self._clock.now_ms())
                return True
        if run.was_interrupted:
            echo = await self._performer.echo_of(progress.at.next_step)
            progress.note_interruption(spec, self._clock.now_ms(), echo)
        elif awaited is not None:
            progress.no_echo(spec)
        return False

    async def _rule_not_at_hand(self, run: Run) -> CompiledRule | None:
        if run.is_by_hand:
            return self._by_hand
        try:
            rule_set = await self._revisions.of(run.revision)
        except NotFoundError:
            return None
        return rule_set.rule(run.rule)


def _may_be_held_back(claimed: Claimed, rule: CompiledRule) -> bool:
    """Whether there is something for `_before_first_step` to check; for most runs there is not."""
    run, spec = claimed.run, rule.spec
    return (
        bool(run.path)
        or claimed.contact.get("blocked_at") is not None
        or not spec.steps
        or spec.pause_ms is not None
        or spec.trigger.absence is not None
        or run.acts_until is not None
        or run.echo_key is not None
        or run.was_interrupted
    )
