"""Replay: new runs from a stored event, with the rules as they are now."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automator.clock import Clock, iso_time
from automator.engine.rulebook import ActiveRules
from automator.engine.starting import new_runs
from automator.model import Event, IdSource, NotFoundError, format_id
from automator.rules import Decision
from automator.store import Log, Store


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What a replay would do: one run for each of these rules."""

    event: Event
    revision: int
    decisions: tuple[Decision, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules by their ids, those too that the calendar holds back now."""
        return tuple(decision.rule.spec.id for decision in self.decisions)

    @property
    def unlimited(self) -> tuple[str, ...]:
        """Those of them whose limits a replay passes by: it is counted, not held back."""
        return tuple(decision.rule.spec.id for decision in self.decisions if decision.limits)


async def plan_replay(log: Log, active: ActiveRules, event_id: int, now_ms: int) -> ReplayPlan:
    """The rules that match a stored event now. An event that nobody answered may find one.

    Raises:
        NotFoundError: there is no such event.
    """
    detail = await asyncio.to_thread(log.event, event_id)
    if detail is None:
        raise NotFoundError(
            f"there is no event {format_id(event_id)}",
            fix="Copy its id from the log; it may have been pruned since.",
        )
    event = detail.event
    decisions = active.rule_set.decide(
        await event_scope(log, event, now_ms),
        now_ms,
        event_type=event.type,
        connection=event.connection,
        provider=event.provider,
        is_self=event.is_self,
    )
    # Limits do not hold a replay back, so there is nothing to be done in a rule's place.
    first = tuple(decision for decision in decisions if decision.instead_of is None)
    return ReplayPlan(event, active.revision, first)


async def event_scope(log: Log, event: Event, now_ms: int) -> dict[str, Any]:
    """What conditions see of a stored event; the contact is as it is now."""
    contact: Mapping[str, Any] = {}
    if event.contact is not None:
        contact = await asyncio.to_thread(log.contact, event.contact)
    return {
        "event": event.body,
        "contact": contact,
        "connection": {"name": event.connection, "provider": event.provider},
        "now": iso_time(now_ms),
        "steps": {},
    }


async def replay_event(
    store: Store, active: ActiveRules, ids: IdSource, clock: Clock, event_id: int
) -> list[int]:
    """Starts the runs of a plan; their steps act anew, under new idempotency keys.

    Raises:
        NotFoundError: there is no such event.
    """
    now_ms = clock.now_ms()
    plan = await plan_replay(store.log, active, event_id, now_ms)
    runs = new_runs(plan.decisions, plan.event, plan.revision, ids, is_wanted=True)
    await store.add_runs(runs)
    return [run.id for run in runs]
