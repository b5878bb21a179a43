"""Measures the cost of a million sleeping follow-ups for other runs.

    python -m benchmarks.sleeping [--sleepers 1000000] [--only sqlite]

Prints, for each kind of database: the memory that opening it takes, an empty claim, an event that
cancels one of them, and how late those are claimed that come due. Ends with 1 over a bound.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from automator.clock import SystemClock
from automator.model import Delivery, Event, IdSource, RunState, Verdict
from automator.model.log_filters import RunFilter
from automator.store import EventPlan, Store, StoreOptions, open_store
from benchmarks.bulk import Row, bulk, make_tables
from tests.support.postgresql import running_postgresql
from tests.support.store import matches_type, sqlite_url

_RUNS_AN_EVENT = 100
_DAY_MS = 86_400_000
_DUE = 200
_CANCEL_ON = b'{"event":["message.received"]}'

EMPTY_CLAIM_MS, CANCEL_MS, LATE_MS, MEMORY_MB = 2.0, 10.0, 1_000.0, 20.0


class Sleepers:
    """The rows: few events, each with many follow-ups of different people."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._ids = IdSource(SystemClock().now_ms, 1)
        self._events = [self._ids.next() for _ in range(count // _RUNS_AN_EVENT)]

    def fill(self, url: str) -> None:
        """Stores them; all are due tomorrow."""
        now_ms = SystemClock().now_ms()
        with bulk(url) as rows:
            rows.insert(
                "deliveries",
                "id, connection, received_at, method, headers, query, body, remote, verdict, "
                "reason_code, reason, duplicate",
                [(1, "shop-page", 1, "POST", b"[]", "", b"{}", "", "accepted", "", None, 0)],
            )
            rows.insert(
                "events",
                "id, delivery_id, connection, provider, type, dedupe_key, is_self, received_at, "
                "revision, body",
                (
                    (number, 1, "shop-page", "facebook", "x", f"{number}", 0, 1, 1, b"{}")
                    for number in self._events
                ),
            )
            rows.insert(
                "runs",
                "id, event_id, rule, revision, lane, contact, path, state, step, attempt, "
                "crashes, seq_at, run_at, created_at, cancel_on, data, reason_codes, "
                "was_interrupted",
                self._runs(now_ms),
            )

    def _runs(self, now_ms: int) -> Iterator[Row]:
        for number in range(self.count):
            who = f"shop-page:{number}"
            due = now_ms + _DAY_MS + number
            yield (
                *(self._ids.next(), self._events[number // _RUNS_AN_EVENT], "ask-again", 1, who),
                *(who, "ask-again", int(RunState.QUEUED), 0, 0, 0, due, due, now_ms),
                *(_CANCEL_ON, b"{}", "", 0),
            )


async def measure(name: str, url: str, count: int) -> bool:
    """Prints what one database does; False over a bound."""
    await make_tables(url)
    sleepers = Sleepers(count)
    began = time.perf_counter()
    sleepers.fill(url)
    print(f"\n{name}: {count:,} sleepers, stored in {time.perf_counter() - began:.0f} s")
    before_mb = _memory_mb()
    options = StoreOptions(cancel_matches=matches_type)
    store = await open_store(url, clock=SystemClock(), node="node-1", options=options)
    try:
        results = [
            ("an empty claim", await _middle(lambda: store.claim(64)), EMPTY_CLAIM_MS, "ms"),
            ("an event that cancels one", await _cancelled(store), CANCEL_MS, "ms"),
            ("later than due, at most", await _lateness(store, count), LATE_MS, "ms"),
            ("more memory", _memory_mb() - before_mb, MEMORY_MB, "MB"),
        ]
    finally:
        await store.close()
    for what, value, bound, unit in results:
        over = "" if value <= bound else f"  over {bound:g}"
        print(f"  {what:<28} {value:>8.1f} {unit}{over}")
    return all(value <= bound for _, value, bound, _ in results)


async def _cancelled(store: Store) -> float:
    ids = IdSource(SystemClock().now_ms, 2)
    numbers = iter(range(1_000, 10_000))

    async def message() -> None:
        now_ms, who = SystemClock().now_ms(), f"shop-page:{next(numbers)}"
        delivery = Delivery(
            id=ids.next(),
            connection="shop-page",
            received_at=now_ms,
            method="POST",
            headers=(),
            query="",
            body=b"{}",
            remote="203.0.113.7",
            verdict=Verdict.ACCEPTED,
        )
        event = Event(
            id=ids.next(),
            delivery_id=delivery.id,
            connection="shop-page",
            provider="facebook",
            type="message.received",
            dedupe_key=f"message-{who}",
            lane=who,
            contact=who,
            is_self=False,
            occurred_at=now_ms,
            received_at=now_ms,
            body={"text": "còn hàng không?"},
        )
        await store.ingest(delivery, [EventPlan(event, (), 1)])

    taken = await _middle(message)
    cancelled = len(store.log.runs(RunFilter(states=(RunState.CANCELLED,)), limit=1_000))
    if cancelled != _ROUNDS:
        raise AssertionError(f"{cancelled} follow-ups were cancelled instead of {_ROUNDS}")
    return taken


async def _lateness(store: Store, count: int) -> float:
    """Wakes some through the store, so that all of them are due in the same instant."""
    rows = store.log.follow_ups(_DUE)
    due_ms = SystemClock().now_ms()
    await asyncio.gather(*[store.run_edits.run_now(row.id) for row in rows])
    claimed = 0
    while claimed < min(_DUE, count):
        claimed += len(await store.claim(64))
    return float(SystemClock().now_ms() - due_ms)


_ROUNDS = 200


async def _middle(what: Callable[[], Awaitable[Any]]) -> float:
    """The median of many times, milliseconds."""
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        await what()
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[_ROUNDS // 2]


def _memory_mb() -> float:
    """The memory of this process that is in use, megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sleepers", type=int, default=1_000_000)
    options.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = options.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    fits = True
    if chosen.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            fits = asyncio.run(measure("SQLite", sqlite_url(Path(folder)), chosen.sleepers))
    if chosen.only != "sqlite":
        with running_postgresql() as server:
            url = server.empty_database()
            fits = asyncio.run(measure("PostgreSQL", url, chosen.sleepers)) and fits
    sys.exit(0 if fits else 1)


if __name__ == "__main__":
    main()
