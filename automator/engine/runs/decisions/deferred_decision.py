"""Decisions that wait until the earlier events of the conversation are done.

There are three kinds: rules that read what steps change of the contact
(`automator.rules.compiled.deferred_rules`), rules that read a part of the event of which it has the
id alone (`automator.rules.compiled.looked_up`), and the rules behind one that says `stop` and was
held back when it began.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from automator.clock import Clock
from automator.configuration.secrets import NO_SECRETS, KnownSecrets
from automator.engine.attempts.parts import FoundPart
from automator.engine.intake.seen_secrets import without_secrets
from automator.engine.intake.starting import ARRIVAL, Origin, new_runs
from automator.engine.rulesets.revisions import Revisions
from automator.engine.runs.decisions.unread_parts import wait_for_part
from automator.engine.runs.decisions.without_steps import settle_without_steps
from automator.lifecycle import On
from automator.model import (
    LEAD,
    POST,
    UNDECIDED,
    Claimed,
    Event,
    EventPart,
    IdSource,
    NewRun,
    NotFoundError,
    SeenValues,
    Settlement,
    lacked_part,
    record,
)
from automator.reasons.runs import RULES_MISSING
from automator.rules import CompiledRule, EventFacts
from automator.rules.compiled.deferred_rules import seen_in_turn
from automator.store import Store

#: Finds the part that the event of a claimed run lacks.
PartOf = Callable[[EventPart, Claimed], Awaitable[FoundPart]]


@record(kw_only=False)
class DecidedBehind:
    """The runs of rules behind one that was held back, and what their conditions have seen."""

    starts: tuple[NewRun, ...] = ()
    seen: tuple[tuple[int, SeenValues], ...] = ()


class DeferredDecisions:
    """Decides about events whose turn has come. One instance a process."""

    def __init__(
        self,
        *,
        store: Store,
        revisions: Revisions,
        part_of: PartOf,
        clock: Clock,
        ids: IdSource,
        secrets: KnownSecrets = NO_SECRETS,
    ) -> None:
        """`secrets` are not kept with what conditions have seen."""
        self._secrets = secrets
        self._store = store
        self._revisions = revisions
        self._part_of = part_of
        self._clock = clock
        self._ids = ids

    async def decide(self, claimed: Claimed) -> Settlement:
        """Starts the runs of the rules that a claimed run stands for, in its place of the lane.

        It waits where they read a part of the event that may be had a little later.
        """
        run, node = claimed.run, self._store.node
        try:
            rule_set = await self._revisions.of(run.revision)
        except NotFoundError as error:
            reason = RULES_MISSING(because=error.reason)
            return settle_without_steps(claimed, node, On.ABANDONED, because=reason)
        rules = map(rule_set.rule, run.undecided_rules)
        claimed, found = await self._with_part(claimed, rules)
        now_ms = self._clock.now_ms()
        waiting = None if found is None else wait_for_part(claimed, node, found, now_ms)
        if waiting is not None:
            return waiting
        scope = _scope(claimed)
        facts = EventFacts.of_body(claimed.event, claimed.connection)
        decisions = rule_set.decide_in_turn(run.undecided_rules, scope, now_ms, facts)
        seen = rule_set.seen_in_turn(run.undecided_rules, scope)
        reserved: Iterator[int] = iter(run.data[UNDECIDED]["ids"])
        starts = new_runs(decisions, Origin.of_run(run), lambda: next(reserved))
        kept = (*self._kept(run.event_id, _seen_of(found)), *self._kept(run.event_id, seen))
        return settle_without_steps(claimed, node, On.DECIDED, starts=starts, seen=kept)

    async def decide_behind(self, claimed: Claimed, held_back: CompiledRule) -> DecidedBehind:
        """The runs of the rules behind one that says `stop` and does not act after all.

        They are decided for each event that the run has collected. A replay is of one rule alone.
        """
        run = claimed.run
        if not held_back.may_stop or run.path or run.replay:
            return DecidedBehind()
        rule_set = await self._revisions.of(run.revision)
        starts: list[NewRun] = []
        kept: list[tuple[int, SeenValues]] = []
        for event in await self._events_of(claimed):
            facts = EventFacts.of(event)
            about, found = replace(claimed, event=event.body), None
            if rule_set.reads_parts:
                about, found = await self._with_part(about, rule_set.rules)
            scope = _scope(about)
            decisions = rule_set.decide_behind(held_back, scope, self._clock.now_ms(), facts)
            origin = replace(Origin.of_run(run), event_id=event.id)
            starts += new_runs(decisions, origin, self._ids.next)
            kept += self._kept(event.id, _seen_of(found))
            kept += self._kept(event.id, rule_set.seen_behind(held_back, scope, facts))
        return DecidedBehind(tuple(starts), tuple(kept))

    async def _with_part(
        self, claimed: Claimed, rules: Iterable[CompiledRule | None]
    ) -> tuple[Claimed, FoundPart | None]:
        """The run with the part that its event lacks, if one of the rules reads it."""
        part = lacked_part(claimed.event)
        if part is None or not any(rule is not None and part in rule.waits_for for rule in rules):
            return claimed, None
        found = await self._part_of(part, claimed)
        return replace(claimed, event=found.in_event(claimed.event)), found

    def _kept(self, event_id: int, seen: SeenValues | None) -> tuple[tuple[int, SeenValues], ...]:
        return () if seen is None else ((event_id, without_secrets(seen, self._secrets)),)

    async def _events_of(self, claimed: Claimed) -> list[Event]:
        run = claimed.run
        numbers = [run.event_id]
        if run.collected_by is not None:
            detail = await asyncio.to_thread(self._store.log.run, run.id)
            numbers += sorted(row.run.event_id for row in detail.collected) if detail else []
        found = await asyncio.to_thread(self._store.log.events_with_ids, set(numbers))
        return [found[number] for number in numbers if number in found]


def _seen_of(found: FoundPart | None) -> SeenValues | None:
    """The kept values of a part that was looked up to decide about an event."""
    if found is None:
        return None
    values = {found.part: found.values or {}}
    return SeenValues(post=values.get(POST, {}), lead=values.get(LEAD, {}), not_found=found.problem)


def _scope(claimed: Claimed) -> dict[str, Any]:
    arrival: Mapping[str, Any] = claimed.run.data.get(ARRIVAL, {})
    return {
        "event": claimed.event,
        "contact": seen_in_turn(claimed.contact, arrival),
        "connection": {"name": claimed.connection, "provider": claimed.event["provider"]},
        "now": claimed.event["received_at"],
        "steps": {},
    }
