"""Portions: the contacts of a firing that one commit takes, with the runs that they start.

A firing takes so many people a second as its rule says, or as half of its connection's budget
allows: the other half is for answers. It takes nobody while MOST_WAITING of its runs have not said
anything yet, or one of them waits for the budget. So answers to webhooks wait behind few runs of a
firing, whatever the number of contacts.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from automator.clock import Clock
from automator.configuration.settings import Budgets
from automator.engine.intake.intake import Intake
from automator.engine.intake.own_events import portion_delivery
from automator.engine.schedule.audience import People, Person, pace_of
from automator.model import Delivery, IdSource, NewRun, Reason, RunState, Waits
from automator.store import EventPlan, Firing, KnownContact, Portion, Store

#: Runs of one firing that have not said anything yet, at most, before it takes somebody more.
MOST_WAITING = 50
#: The most contacts that one commit takes, and that are read to find them.
_TAKEN = 20
_LOOKED_AT = 100


class Portions:
    """Takes the portions of firings, and knows their runs that have not said anything yet."""

    def __init__(
        self,
        *,
        budgets: Budgets,
        intake: Intake,
        store: Store,
        clock: Clock,
        ids: IdSource,
        now_ms: Callable[[], int],
    ) -> None:
        """`now_ms` is the time that all nodes share."""
        self._budgets = budgets
        self._intake = intake
        self._store = store
        self._clock = clock
        self._ids = ids
        self._now_ms = now_ms
        #: Runs of each firing that this process has started, and that may not have begun yet.
        self._waiting: dict[int, set[int]] = {}

    def forget_others(self, going: Collection[int]) -> None:
        """Forgets the runs of all firings but these."""
        for gone in self._waiting.keys() - going:
            del self._waiting[gone]

    async def room(self, firing: Firing) -> int:
        """The number of further contacts that a firing may take now."""
        waiting = self._waiting.setdefault(firing.id, set())
        if waiting:
            still = await asyncio.to_thread(self._store.log.unfinished_runs, list(waiting))
            waiting.intersection_update(still)
            if Waits.BUDGET in still.values():
                # Answers to webhooks wait behind runs that have reserved a moment.
                return 0
        return max(0, min(_TAKEN, MOST_WAITING - len(waiting)))

    async def take(self, firing: Firing, people: People, room: int) -> None:
        """Stores the next portion, unless another node has stored it meanwhile."""
        audience, now_ms = people.audience, self._now_ms()
        page, after = await asyncio.to_thread(
            self._store.log.contacts,
            people.wanted,
            after=firing.cursor,
            limit=_LOOKED_AT,
            most=_LOOKED_AT,
        )
        delivery = portion_delivery(
            self._ids.next(), audience.connection, self._clock.now_ms(), people.facts
        )
        per_second = pace_of(audience, self._budgets)
        room = min(room, audience.most - firing.started, max(1, int(per_second)))
        # The conditions of a rule may take a tenth of a second for each contact.
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
            await self._store.firings.advance(portion)
        elif await self._store.ingest(delivery, plans, portion):
            waiting = self._waiting.setdefault(firing.id, set())
            waiting.update(run.id for plan in plans for run in plan.runs if _will_act(run))

    async def _plans(self, persons: Sequence[Person], delivery: Delivery) -> list[EventPlan]:
        plans = []
        for person in persons:
            plan = self._intake.plan(person.provider, delivery, person.parsed, person.contact.facts)
            plans.append(plan)
            # Requests are answered between two of them.
            await asyncio.sleep(0)
        return plans


def _judged(
    people: People, page: Sequence[KnownContact], delivery: Delivery, room: int
) -> list[Person | Reason]:
    """The first contacts of a page, until so many are taken as there is room for."""
    found: list[Person | Reason] = []
    for contact in page:
        if room <= 0:
            break
        found.append(people.judge(contact, delivery))
        room -= isinstance(found[-1], Person)
    return found


def _behind(firing: Firing, looked_at: Sequence[KnownContact], after: str) -> str:
    """The key behind which the next portion begins."""
    return after or (looked_at[-1].key if looked_at else firing.cursor)


def _will_act(run: NewRun) -> bool:
    return run.state is RunState.QUEUED
