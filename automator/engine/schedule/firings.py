"""Takes the contacts of schedules that fire for people, portion by portion, behind live traffic.

Every node looks for due firings. If several nodes take the same portion, the first commit counts.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from automator.clock import Clock
from automator.configuration.settings import Budgets
from automator.engine.intake.intake import Intake
from automator.engine.intake.own_events import portion_delivery
from automator.engine.rulesets.rulebook import ActiveRules, RuleBook
from automator.engine.schedule.audience import People, Person, pace_of
from automator.engine.schedule.fire_times import next_fire
from automator.engine.schedule.recurring import each_of
from automator.model import (
    N_,
    Delivery,
    IdSource,
    NewRun,
    NotFoundError,
    Reason,
    RunState,
    Waits,
    format_id,
    hook_of,
)
from automator.plugins import AnyAction, Provider
from automator.rules import CompiledRule, RuleSet
from automator.store import EventPlan, Firing, KnownContact, Store, WorkState
from automator.store.runs.firings import Portion

logger = logging.getLogger(__name__)

#: After how many milliseconds a firing that may take nobody now looks again.
_LOOK_MS = 1_000
#: How many portions of a firing one call takes. If hardly any contact is selected, it takes many.
_PORTIONS = 25


class Firings:
    """Takes the contacts of firings. One instance per process, on the event loop."""

    def __init__(
        self,
        *,
        connections: Mapping[str, Provider],
        actions: Mapping[str, AnyAction],
        budgets: Budgets,
        rulebook: RuleBook,
        intake: Intake,
        store: Store,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._connections = connections
        self._actions = actions
        self._rulebook = rulebook
        self._store = store
        self._clock = clock
        self._portions = Portions(
            budgets=budgets, intake=intake, store=store, clock=clock, ids=ids, now_ms=self._now_ms
        )
        #: When a firing takes the next contacts, by the shared clock; None if there is no firing.
        self.next_at: int | None = 0
        #: When it last looked, to notice a clock that was set back.
        self._looked_at = 0
        #: Firings that wait for a rule file and were logged for that once.
        self._unread: set[int] = set()

    def wake(self) -> None:
        """Notes that a firing has begun, so that `go_on` looks for it."""
        self.next_at = 0

    async def go_on(self) -> None:
        """Takes the contacts that are due. Call it every second; without a firing it does nothing.

        Raises:
            StoreUnavailableError: nothing can be stored now; the next call tries again.
        """
        active = self._rulebook.active
        if self.next_at is None and not (
            # On a shared database, another node may have begun a firing.
            self._store.is_shared and active.rule_set.fires_for_people
        ):
            return
        now_ms = self._now_ms()
        if self.next_at is not None and self._looked_at <= now_ms < self.next_at:
            return
        self._looked_at = now_ms
        going = await asyncio.to_thread(self._store.log.firings_going)
        self._portions.forget_others({firing.id for firing in going})
        times = await each_of(going, lambda firing: self._carry_on(firing, active))
        self.next_at = min((at for at in times if at is not None), default=None)

    async def stop(self, rule: str, who: str) -> None:
        """Stops a rule's firing, so that it takes no more contacts. Started runs go on.

        Raises:
            NotFoundError: the rule has no firing that goes on.
        """
        await stop_firing(self._store, rule, who)
        logger.info("firings.stopped rule=%s by=%s", rule, who)

    async def _carry_on(self, firing: Firing, active: ActiveRules) -> int | None:
        """Takes the due portions of a firing; returns when the next is due, or None for never."""
        if active.revision < firing.revision:
            # Another node has fired by rules that this node has not loaded yet.
            return self._now_ms() + _LOOK_MS
        rule = active.rule_set.scheduled.get(firing.rule)
        if rule is None or not _still_fires(rule, firing):
            return await self._without_rule(firing, active.rule_set if rule is None else None)
        self._unread.discard(firing.id)
        if await self._is_over(firing, rule):
            logger.warning("firings.stale rule=%s event=%s", firing.rule, firing.event)
            await self._store.firings.stop(firing.id, "")
            return None
        people = People(
            rule,
            self._connections,
            self._actions,
            firing=format_id(firing.id),
            at=firing.scheduled_at,
        )
        return await self._take_due(firing, people)

    async def _take_due(self, firing: Firing, people: People) -> int | None:
        """Takes portion after portion; returns when the next is due, or None for never."""
        for _ in range(_PORTIONS):
            if firing.next_at > self._now_ms():
                return firing.next_at
            room = await self._portions.room(firing)
            if not room:
                return self._now_ms() + _LOOK_MS
            await self._portions.take(firing, people, room)
            found = await asyncio.to_thread(self._store.log.firing, firing.id)
            if found is None or found.state is not WorkState.GOING:
                self._say_end(found)
                return None
            firing = found
        return self._now_ms()

    async def _without_rule(self, firing: Firing, lacks: RuleSet | None) -> int | None:
        """Ends a firing whose rule is gone or fires for other people now.

        While the rule set `lacks` the rule only because a file cannot be read here, it waits.
        """
        if lacks is not None and lacks.unread:
            if firing.id not in self._unread:
                self._unread.add(firing.id)
                files = ",".join(lacks.unread)
                logger.warning("firings.waits rule=%s files=%s", firing.rule, files)
            return self._now_ms() + _LOOK_MS
        logger.warning("firings.rule_gone rule=%s", firing.rule)
        await self._store.firings.stop(firing.id, "")
        return None

    async def _is_over(self, firing: Firing, rule: CompiledRule) -> bool:
        """Whether a firing that stood still is too late: its rule skips missed times, or its next
        time has come.
        """
        now_ms, schedule = self._now_ms(), rule.spec.trigger.schedule
        if schedule is None or not await asyncio.to_thread(
            self._store.log.is_stale, firing, now_ms
        ):
            return False
        following = next_fire(schedule, firing.scheduled_at)
        return schedule.missed == "skip" or (following is not None and following <= now_ms)

    def _say_end(self, firing: Firing | None) -> None:
        if firing is not None:
            logger.info(
                "firings.%s rule=%s seen=%d taken=%d",
                firing.state.label,
                firing.rule,
                firing.seen,
                firing.started,
            )

    def _now_ms(self) -> int:
        """The time that all nodes share."""
        return self._clock.now_ms() + self._store.membership.clock_shift_ms


async def stop_firing(store: Store, rule: str, who: str) -> None:
    """Stops a rule's firing, so that it takes no more contacts. Started runs go on.

    Raises:
        NotFoundError: the rule has no firing that goes on.
    """
    newest = await asyncio.to_thread(store.log.firings, rule, 1)
    if not newest or not await store.firings.stop(newest[0].id, who):
        raise NotFoundError(
            N_("{rule} is not taking contacts now"),
            fix=N_("Compare the name of the rule; a firing that is over cannot be stopped."),
            rule=rule,
        )


def _still_fires(rule: CompiledRule, firing: Firing) -> bool:
    """Whether a rule still fires for the people of a firing.

    The firing remembers how far it has come by a contact's key, which means nothing among the
    contacts of another connection.
    """
    audience = rule.spec.trigger.audience
    if audience is None:
        return False
    connection = firing.cursor.partition(":")[0]
    # A connection with several accounts includes the contacts of all its accounts.
    return not firing.cursor or audience.connection in (connection, hook_of(connection))


# --- Portions: the contacts of a firing that one commit takes, with their runs ---
#
# A firing takes as many people per second as its rule says, but no more than half of its
# connection's budget allows: the other half is for answers. It takes nobody while MOST_WAITING of
# its runs have sent nothing yet, or while one of them waits for the budget. So an answer to a
# webhook waits for few runs of a firing, however many contacts the firing has.

#: How many runs of a firing may have sent nothing yet before it stops taking contacts.
MOST_WAITING = 50
#: How many contacts one commit takes; below, how many are read to find them.
_TAKEN = 20
_LOOKED_AT = 100


@dataclass(kw_only=True, eq=False)
class Portions:
    """Takes the portions of firings, and knows which of their runs have sent nothing yet."""

    budgets: Budgets
    intake: Intake
    store: Store
    clock: Clock
    ids: IdSource
    #: Returns the time that all nodes share.
    now_ms: Callable[[], int]
    #: For each firing, the runs that this process has started and that may not have begun.
    _waiting: dict[int, set[int]] = field(init=False, default_factory=dict)

    def forget_others(self, going: Collection[int]) -> None:
        """Forgets the runs of all firings that are not in `going`."""
        for gone in self._waiting.keys() - going:
            del self._waiting[gone]

    async def room(self, firing: Firing) -> int:
        """The number of contacts that a firing may take now."""
        waiting = self._waiting.setdefault(firing.id, set())
        if waiting:
            still = await asyncio.to_thread(self.store.log.unfinished_runs, list(waiting))
            waiting.intersection_update(still)
            if Waits.BUDGET in still.values():
                # A run waits for a moment of the budget: answers would have to wait behind it.
                return 0
        return max(0, min(_TAKEN, MOST_WAITING - len(waiting)))

    async def take(self, firing: Firing, people: People, room: int) -> None:
        """Stores the next portion, unless another node has stored it meanwhile."""
        audience, now_ms = people.audience, self.now_ms()
        page, after = await asyncio.to_thread(
            self.store.log.contacts,
            people.wanted,
            after=firing.cursor,
            limit=_LOOKED_AT,
            most=_LOOKED_AT,
        )
        delivery = portion_delivery(
            self.ids.next(), audience.connection, self.clock.now_ms(), people.facts
        )
        per_second = pace_of(audience, self.budgets)
        room = min(room, audience.most - firing.started, max(1, int(per_second)))
        # In a thread, because a rule's conditions may take a tenth of a second for each contact.
        judged = await asyncio.to_thread(_judged, people, page, delivery, room)
        plans = await self._plans([one for one in judged if isinstance(one, Person)], delivery)
        skipped = Counter(one.key for one in judged if isinstance(one, Reason))
        looked_at = page[: len(judged)]
        is_all = len(looked_at) == len(page)
        is_full = firing.started + len(plans) >= audience.most
        portion = Portion(
            firing=firing,
            last=_behind(firing, looked_at, after if is_all else ""),
            seen=len(looked_at),
            started=len(plans),
            skipped=skipped,
            is_last=is_full or (is_all and not after),
            next_at=now_ms + round(len(plans) / per_second * 1000),
        )
        if not plans:
            await self.store.firings.advance(portion)
        elif await self.store.ingest(delivery, plans, portion):
            waiting = self._waiting.setdefault(firing.id, set())
            waiting.update(run.id for plan in plans for run in plan.runs if _will_act(run))

    async def _plans(self, persons: Sequence[Person], delivery: Delivery) -> list[EventPlan]:
        plans = []
        for person in persons:
            plan = self.intake.plan(person.provider, delivery, person.parsed, person.contact.facts)
            plans.append(plan)
            # Lets the loop answer requests between two contacts.
            await asyncio.sleep(0)
        return plans


def _judged(
    people: People, page: Sequence[KnownContact], delivery: Delivery, room: int
) -> list[Person | Reason]:
    """Judges the contacts of a page in order, until `room` of them are taken."""
    found: list[Person | Reason] = []
    for contact in page:
        if room <= 0:
            break
        found.append(people.judge(contact, delivery))
        room -= isinstance(found[-1], Person)
    return found


def _behind(firing: Firing, looked_at: Sequence[KnownContact], after: str) -> str:
    """The key of the contact after which the next portion begins."""
    return after or (looked_at[-1].key if looked_at else firing.cursor)


def _will_act(run: NewRun) -> bool:
    return run.state is RunState.QUEUED
