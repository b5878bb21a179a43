"""Fires the rules that have a schedule, once for all nodes and despite restarts.

Each rule has a row in the store with the time up to which it has fired. The commit that takes in
the event of a fire moves this time. A node that is too late finds it moved.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from automator.clock import Clock, iso_time
from automator.engine.intake.intake import Intake
from automator.engine.intake.own_events import own_body
from automator.engine.rulesets.rulebook import ActiveRules, RuleBook
from automator.engine.schedule.fire_times import Due, due_by, next_fire, schedule_facts, shown_fire
from automator.engine.schedule.recurring import each_of
from automator.model import Schedule, record
from automator.model.own_events import SCHEDULE_FIRED
from automator.plugins import Provider
from automator.store import Fire, Store
from automator.store.runs.schedules import ScheduleRow

logger = logging.getLogger(__name__)

#: After how many milliseconds a time that did not fire counts as missed.
LATE_MS = 60_000
#: By how many milliseconds a clock must go back before it counts as set back.
SET_BACK_MS = 60_000
#: The last second of the year 9999.
_NEVER = 253_402_300_799_000


@record(kw_only=False)
class ScheduleState:
    """A schedule as pages, the API and `status` show it. Times are in milliseconds."""

    rule: str
    schedule: Schedule
    next_fire: int | None
    last_fire: int | None
    last_skipped: int | None

    def shown(self, at: int | None) -> str:
        """Shows a time on the schedule's clock; "" for None."""
        return "" if at is None else shown_fire(self.schedule, at)


def scheduled_body(rule: str, schedule: Schedule, due: Due) -> dict[str, Any]:
    """Makes the body of the event with which a schedule fires."""
    data = {**schedule_facts(rule, schedule, due.at), "missed": due.missed}
    return own_body(f"{rule}: {shown_fire(schedule, due.at)}", data)


@dataclass(kw_only=True, eq=False)
class Schedules:
    """Fires rules in force that have a schedule. One instance per process, on the event loop."""

    provider: Provider
    rulebook: RuleBook
    intake: Intake
    store: Store
    clock: Clock
    #: Called when a rule has fired for people.
    on_firing: Callable[[], None] = lambda: None
    #: Returns the figures of a number of days; it blocks.
    summarize: Callable[[int], Mapping[str, Any]] = lambda _days: {}
    _followed: int = field(init=False, default=0)
    #: When the next schedule is due, by the shared clock; None if this has to be computed.
    _next_at: int | None = field(init=False, default=None)
    _looked_at: int = field(init=False, default=0)

    async def fire_due(self) -> None:
        """Fires the schedules that are due. Call it every second: most calls do nearly nothing.

        Raises:
            StoreUnavailableError: nothing can be stored now; the next call tries again.
        """
        active = self.rulebook.active
        now_ms = self._now_ms()
        is_due = self._next_at is None or now_ms >= self._next_at or now_ms < self._looked_at
        if active.revision == self._followed and not is_due:
            return
        await self._look(active, now_ms)

    @property
    def next_at(self) -> int | None:
        """The time of the next fire, as of the last call; None if no rule will fire."""
        return None if self._next_at == _NEVER else self._next_at

    async def states(self) -> list[ScheduleState]:
        """The schedules of the rules in force, in the order of the rules."""
        rows = {row.rule: row for row in await asyncio.to_thread(self.store.log.schedules)}
        now_ms = self._now_ms()
        found = []
        for rule, schedule in _schedules_of(self.rulebook.active).items():
            row = rows.get(rule)
            done_until = max(now_ms, row.done_until) if row else now_ms
            found.append(
                ScheduleState(
                    rule=rule,
                    schedule=schedule,
                    next_fire=next_fire(schedule, done_until),
                    last_fire=row.last_fire if row else None,
                    last_skipped=row.last_skipped if row else None,
                )
            )
        return found

    def _now_ms(self) -> int:
        """The time that all nodes share."""
        return self.clock.now_ms() + self.store.membership.clock_shift_ms

    async def _look(self, active: ActiveRules, now_ms: int) -> None:
        schedules = _schedules_of(active)
        if active.revision != self._followed:
            definitions = {rule: item.definition for rule, item in schedules.items()}
            rows = await self.store.schedules.follow(active.revision, definitions, now_ms)
            self._followed = active.revision
        else:
            rows = await asyncio.to_thread(self.store.log.schedules)
        # If a schedule fails, all are looked at again next time.
        self._next_at = None
        known = [
            (row, schedule)
            for row in rows
            if (schedule := schedules.get(row.rule)) and schedule.definition == row.definition
        ]
        next_at = await each_of(known, lambda one: self._next_of(*one, now_ms))
        self._looked_at = now_ms
        # If no rule has a next time, there is nothing to do until the rules change.
        self._next_at = min((at for at in next_at if at is not None), default=_NEVER)

    async def _next_of(self, row: ScheduleRow, schedule: Schedule, now_ms: int) -> int | None:
        """Fires one rule if it is due; returns when it is due next, or None."""
        return next_fire(schedule, await self._fire_or_skip(row, schedule, now_ms))

    async def _fire_or_skip(self, row: ScheduleRow, schedule: Schedule, now_ms: int) -> int:
        """Fires or skips one rule's due times; returns the time up to which this is done."""
        if row.done_until > now_ms + SET_BACK_MS:
            logger.warning("schedules.clock_set_back rule=%s", row.rule)
            await self.store.schedules.move(row, now_ms)
            return now_ms
        due = await asyncio.to_thread(due_by, schedule, row.done_until, now_ms)
        if due is None:
            return row.done_until
        if schedule.missed == "skip" and now_ms - due.at > LATE_MS:
            logger.warning("schedules.skipped rule=%s fires=%d", row.rule, due.missed + 1)
            await self.store.schedules.move(row, due.at, skipped=due.at)
        else:
            await self._fire(row, schedule, due)
        return due.at

    async def _fire(self, row: ScheduleRow, schedule: Schedule, due: Due) -> None:
        body = await self._body(row.rule, schedule, due)
        rule = self.rulebook.active.rule_set.scheduled.get(row.rule)
        is_for_people = rule is not None and rule.spec.trigger.audience is not None
        fire = Fire(row.rule, row.definition, due.at, is_for_people)
        if await self.intake.raise_own(
            self.provider,
            SCHEDULE_FIRED,
            body,
            dedupe_key=f"schedule:{row.rule}:{iso_time(due.at)}",
            subject=row.rule,
            occurred_at=due.at,
            fire=fire,
        ):
            logger.info("schedules.fired rule=%s missed=%d", row.rule, due.missed)
            if is_for_people:
                self.on_firing()

    async def _body(self, rule: str, schedule: Schedule, due: Due) -> dict[str, Any]:
        body = scheduled_body(rule, schedule, due)
        if schedule.summary_days:
            figures = await asyncio.to_thread(self.summarize, schedule.summary_days)
            body["data"]["summary"] = figures
        return body


def _schedules_of(active: ActiveRules) -> dict[str, Schedule]:
    return {
        rule_id: rule.spec.trigger.schedule
        for rule_id, rule in active.rule_set.scheduled.items()
        if rule.spec.trigger.schedule is not None
    }
