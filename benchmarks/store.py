"""The store alone: ingest, claim and settle, on SQLite and on PostgreSQL, with 128 waiters.

    python -m benchmarks.store [--events 20000] [--database postgresql+psycopg://…]

Without an address PostgreSQL is started from the development tools' wheel. CPU is this process's
alone, without that of PostgreSQL itself, which shares the machine.
"""

import argparse
import asyncio
import contextlib
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from automator.clock import SystemClock
from automator.garbage import collect_seldom, freeze_objects
from automator.model import Delivery, Event, IdSource, NewRun, RunState, Settlement, Verdict
from automator.reasons.attempts.providers import message_sent
from automator.store import EventPlan, Store, open_store
from tests.support.postgresql import running_postgresql
from tests.support.store import sqlite_url

WAITERS = 128
LANES = 5_000
BODY = {
    "provider": "facebook",
    "type": "comment.created",
    "text": "Giá bao nhiêu vậy shop? " * 12,
    "actor": {"id": "lan", "name": "Lan"},
}
RAW = b'{"entry":[' + b" " * 600 + b"]}"


class Load:
    """Events of many people, each with one run."""

    def __init__(
        self,
        store: Store,
        lanes: int = LANES,
        *,
        connection: str = "shop-page",
        rule: str = "price-question",
    ) -> None:
        self._store = store
        self._lanes = lanes
        self._connection = connection
        self._rule = rule
        self._clock = SystemClock()
        self._ids = IdSource(self._clock.now_ms, 1)
        self._next = 0
        self._prepared: list[tuple[Delivery, list[EventPlan]]] = []

    def prepare(self, count: int) -> None:
        """Makes `count` events beforehand: what a sender does is not the store's work."""
        self._prepared = [self._one(self._next + number) for number in range(1, count + 1)]
        self._next += count

    async def ingest(self, count: int) -> None:
        """Stores `count` events; each waiter waits for its own acknowledgement."""
        if not self._prepared:
            self.prepare(count)
        waiting, self._prepared = iter(self._prepared), []

        async def send() -> None:
            for delivery, plans in waiting:
                await self._store.ingest(delivery, plans)

        await asyncio.gather(*[send() for _ in range(WAITERS)])

    async def ingest_one(self) -> None:
        """Stores one event, which is made now."""
        self._next += 1
        await self._store.ingest(*self._one(self._next))

    async def drain(self, count: int) -> None:
        """Claims and settles `count` runs; as in the runner, a claim joins the settlements."""
        done = 0
        claimed = await self._store.claim(WAITERS)
        while done < count:
            if not claimed:
                await asyncio.sleep(0.001)
            settling = [self._store.settle(self._end(item.run)) for item in claimed]
            done += len(claimed)
            claiming = asyncio.ensure_future(self._store.claim(WAITERS if done < count else 0))
            await asyncio.gather(*settling, claiming)
            claimed = claiming.result()

    def _one(self, number: int) -> tuple[Delivery, list[EventPlan]]:
        now, who = self._clock.now_ms(), f"{self._connection}:{number % self._lanes}"
        delivery = Delivery(
            id=self._ids.next(),
            connection=self._connection,
            received_at=now,
            method="POST",
            headers=(("content-type", "application/json"),),
            query="",
            body=RAW,
            remote="203.0.113.7",
            verdict=Verdict.ACCEPTED,
        )
        event = Event(
            id=self._ids.next(),
            delivery_id=delivery.id,
            connection=self._connection,
            provider="facebook",
            type="comment.created",
            dedupe_key=f"bench-{number}",
            lane=who,
            contact=who,
            is_self=False,
            occurred_at=now,
            received_at=now,
            body=BODY,
        )
        run = NewRun(
            id=self._ids.next(),
            event_id=event.id,
            rule=self._rule,
            revision=1,
            lane=who,
            contact=who,
            run_at=now,
        )
        return delivery, [EventPlan(event, (run,), 1)]

    def _end(self, run: object) -> Settlement:
        from automator.model import Attempt, AttemptStatus, Run

        assert isinstance(run, Run)
        attempt = Attempt(
            id=self._ids.next(),
            run_id=run.id,
            event_id=run.event_id,
            rule=run.rule,
            step="reply",
            action="reply",
            number=run.attempt,
            node=self._store.node,
            started_at=self._clock.now_ms(),
            duration_ms=12,
            status=AttemptStatus.OK,
            summary=message_sent(to="1"),
        )
        return Settlement(
            run_id=run.id,
            event_id=run.event_id,
            owner=self._store.node,
            claimed_step=run.step,
            claimed_attempt=run.attempt,
            state=RunState.DONE,
            step=1,
            attempt=0,
            run_at=run.run_at,
            data={},
            reason=None,
            attempts=(attempt,),
            effects=(),
            contact=run.contact,
            new_runs=(),
        )


async def measure(name: str, url: str, events: int) -> None:
    """Prints what one database does: each half alone, then both at once."""
    # As in the server, which is what this is a part of.
    collect_seldom()
    freeze_objects()
    store = await open_store(url, clock=SystemClock(), node="node-1")
    try:
        load = Load(store)
        await load.ingest(1_000)
        await load.drain(1_000)
        load.prepare(events)
        with timed(name, "ingest", events):
            await load.ingest(events)
        with timed(name, "claim + settle", events):
            await load.drain(events)
        load.prepare(events)
        with timed(name, "both at once", events):
            await asyncio.gather(load.ingest(events), load.drain(events))
    finally:
        await store.close()


@contextlib.contextmanager
def timed(name: str, what: str, events: int) -> Iterator[None]:
    """Prints events per second and the CPU of this process per event."""
    began, cpu = time.perf_counter(), _cpu_s()
    yield
    seconds, used = time.perf_counter() - began, _cpu_s() - cpu
    print(f"{name:<11} {what:<15} {events / seconds:>8,.0f}/s {used / events * 1e6:>6.0f} µs CPU")


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=20_000)
    options.add_argument("--database", help="the address of an empty PostgreSQL database")
    chosen = options.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {WAITERS} waiters")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure("SQLite", sqlite_url(Path(folder)), chosen.events))
    if chosen.database:
        asyncio.run(measure("PostgreSQL", chosen.database, chosen.events))
        return
    with running_postgresql() as server:
        asyncio.run(measure("PostgreSQL", server.empty_database(), chosen.events))


if __name__ == "__main__":
    main()
