"""Decisions that wait until the earlier events of the conversation are done.

There are three kinds: rules that read what steps change of the contact
(`automator.rules.compiled.deferred_rules`), rules that read the text of a post of which the event
has the id alone (`automator.rules.compiled.post_text`), and the rules behind one that says `stop`
and was held back when it began.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from automator.clock import Clock
from automator.configuration.secrets import Secret
from automator.engine.attempts.posts import PostText
from automator.engine.intake.seen_secrets import without_secrets
from automator.engine.intake.starting import ARRIVAL, Origin, new_runs
from automator.engine.rulesets.revisions import Revisions
from automator.engine.runs.unread_posts import wait_for_post
from automator.engine.runs.without_steps import settle_without_steps
from automator.lifecycle import On
from automator.model import (
    UNDECIDED,
    Claimed,
    Event,
    IdSource,
    NewRun,
    NotFoundError,
    SeenValues,
    Settlement,
    lacks_post_text,
    record,
)
from automator.reasons.runs import RULES_MISSING
from automator.rules import CompiledRule, EventFacts
from automator.rules.compiled.deferred_rules import seen_in_turn
from automator.store import Store

#: Finds the text of the post of a claimed run's event.
PostOf = Callable[[Claimed], Awaitable[PostText]]


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
        post_of: PostOf,
        clock: Clock,
        ids: IdSource,
        secrets: tuple[Secret, ...] = (),
    ) -> None:
        """`secrets` are not kept with what conditions have seen."""
        self._secrets = secrets
        self._store = store
        self._revisions = revisions
        self._post_of = post_of
        self._clock = clock
        self._ids = ids

    async def decide(self, claimed: Claimed) -> Settlement:
        """Starts the runs of the rules that a claimed run stands for, in its place of the lane.

        It waits where they read a post that may be read a little later.
        """
        run, node = claimed.run, self._store.node
        try:
            rule_set = await self._revisions.of(run.revision)
        except NotFoundError as error:
            reason = RULES_MISSING(because=error.reason)
            return settle_without_steps(claimed, node, On.ABANDONED, because=reason)
        rules = map(rule_set.rule, run.undecided_rules)
        claimed, post = await self._with_post(claimed, rules)
        now_ms = self._clock.now_ms()
        waiting = None if post is None else wait_for_post(claimed, node, post, now_ms)
        if waiting is not None:
            return waiting
        scope = _scope(claimed)
        facts = EventFacts.of_body(claimed.event, claimed.connection)
        decisions = rule_set.decide_in_turn(run.undecided_rules, scope, now_ms, facts)
        seen = rule_set.seen_in_turn(run.undecided_rules, scope)
        reserved: Iterator[int] = iter(run.data[UNDECIDED]["ids"])
        starts = new_runs(decisions, Origin.of_run(run), lambda: next(reserved))
        kept = (*self._kept(run.event_id, _seen_of(post)), *self._kept(run.event_id, seen))
        return settle_without_steps(claimed, node, On.DECIDED, starts=starts, seen=kept)

    async def decide_behind(self, claimed: Claimed, held_back: CompiledRule) -> DecidedBehind:
        """The runs of the rules behind one that says `stop` and does not act after all.

        They are decided for each event that the run has collected. A replay is of one rule alone.
        """
        run = claimed.run
        if not held_back.may_stop or run.path or run.replay:
            return DecidedBehind()
        rule_set = await self._revisions.of(run.revision)
        found: list[NewRun] = []
        kept: list[tuple[int, SeenValues]] = []
        for event in await self._events_of(claimed):
            facts = EventFacts.of(event)
            about, post = replace(claimed, event=event.body), None
            if rule_set.reads_posts:
                about, post = await self._with_post(about, rule_set.rules)
            scope = _scope(about)
            decisions = rule_set.decide_behind(held_back, scope, self._clock.now_ms(), facts)
            origin = replace(Origin.of_run(run), event_id=event.id)
            found += new_runs(decisions, origin, self._ids.next)
            kept += self._kept(event.id, _seen_of(post))
            kept += self._kept(event.id, rule_set.seen_behind(held_back, scope, facts))
        return DecidedBehind(tuple(found), tuple(kept))

    async def _with_post(
        self, claimed: Claimed, rules: Iterable[CompiledRule | None]
    ) -> tuple[Claimed, PostText | None]:
        """The run with the text of its event's post, if one of the rules reads it and the event
        does not carry it.
        """
        if not lacks_post_text(claimed.event):
            return claimed, None
        if not any(rule is not None and rule.waits_for_post for rule in rules):
            return claimed, None
        post = await self._post_of(claimed)
        return replace(claimed, event=post.in_event(claimed.event)), post

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


def _seen_of(post: PostText | None) -> SeenValues | None:
    """What is kept of a post that was looked up to decide about an event."""
    if post is None:
        return None
    return SeenValues(post={} if post.problem else {"message": post.text}, no_post=post.problem)


def _scope(claimed: Claimed) -> dict[str, Any]:
    arrival: Mapping[str, Any] = claimed.run.data.get(ARRIVAL, {})
    return {
        "event": claimed.event,
        "contact": seen_in_turn(claimed.contact, arrival),
        "connection": {"name": claimed.connection, "provider": claimed.event["provider"]},
        "now": claimed.event["received_at"],
        "steps": {},
    }
