"""Retention on PostgreSQL: how long it takes to delete one day of the log.

    python -m benchmarks.retention [--events 1000000] [--folder FOLDER] [--quiet]

Fills a database with one day that is older than the log is kept, deletes it while deliveries come
in, and prints what each stage took, and how long a delivery waited until it was stored. The filled
database is kept in the folder, if one is given, and each call deletes from a copy of it.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from automator.clock import SystemClock
from automator.configuration.storage import Retention
from automator.engine.operations.retention import Pruner, cutoffs_at
from automator.store import open_store
from automator.store.log.pruning import Cutoffs, Stage
from benchmarks.bulk import bulk, make_tables
from benchmarks.history import History, Size
from benchmarks.store import Load
from tests.support.postgresql import PostgreSQLServer, running_postgresql

_DAY_MS = 86_400_000
#: Until what is deleted is as old as this, nothing of it goes.
_KEPT_DAYS = 90
_FILLED, _COPY = "filled", "pruned"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--quiet", action="store_true", help="no deliveries meanwhile")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as other:
        folder = options.folder or Path(other)
        folder.mkdir(exist_ok=True)
        with running_postgresql(folder) as server:
            _fill(server, options.events)
            server.execute(f"DROP DATABASE IF EXISTS {_COPY}")
            server.execute(f"CREATE DATABASE {_COPY} TEMPLATE {_FILLED}")
            asyncio.run(measure(server.url(_COPY), is_quiet=options.quiet))
    return 0


def _fill(server: PostgreSQLServer, events: int) -> None:
    """Makes the filled database, unless it is there."""
    named = f"SELECT 1 FROM pg_database WHERE datname = '{_FILLED}'"  # noqa: S608 - a constant.
    if server.execute(named):
        return
    server.execute(f"CREATE DATABASE {_FILLED}")
    began = time.perf_counter()
    # A whole day by UTC, all of which is older than the log is kept.
    today_ms = SystemClock().now_ms() // _DAY_MS * _DAY_MS
    end_ms = today_ms - (_KEPT_DAYS + 1) * _DAY_MS
    asyncio.run(make_tables(server.url(_FILLED)))
    with bulk(server.url(_FILLED)) as rows:
        History(Size(events, end_ms, days=1)).fill(rows)
    print(f"{events:,} events filled in {time.perf_counter() - began:.0f} s")


async def measure(url: str, *, is_quiet: bool) -> None:
    """Deletes the day, and prints what it took."""
    clock = SystemClock()
    store = await open_store(url, clock=clock, node="node-1")
    taken: list[float] = []
    load = Load(store)

    async def deliver() -> None:
        while not is_quiet:
            began = time.perf_counter()
            await load.ingest(1)
            taken.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.02)

    retention, find_old = Retention(), store.upkeep.find_old
    begun: dict[Stage, float] = {}

    async def find_timed(stage: Stage, cutoffs: Cutoffs, after: int, most: int) -> Sequence[int]:
        begun.setdefault(stage, time.perf_counter())
        return await find_old(stage, cutoffs, after, most)

    store.upkeep.find_old = find_timed  # type: ignore[method-assign]
    try:
        probe = asyncio.create_task(deliver())
        await asyncio.sleep(3)
        before = len(taken)
        began = time.perf_counter()
        gone = await Pruner(store, retention).run(trusts_clock=True)
        ended = time.perf_counter()
        probe.cancel()
        left = store.log.prunable(cutoffs_at(retention, clock.now_ms()))
    finally:
        await store.close()
    print(f"retention took {ended - began:.1f} s; {sum(left.values())} rows are left")
    ends = [*begun.values(), ended][1:]
    for (stage, start), end in zip(begun.items(), ends, strict=True):
        print(f"  {stage.value}: {(gone or {}).get(stage, 0):,} in {end - start:.1f} s")
    if not is_quiet:
        quiet, late = _p99(taken[:before]), _p99(taken[before:])
        print(f"a delivery waits {quiet} at p99 before, {late} meanwhile")


def _p99(taken: list[float]) -> str:
    return f"{sorted(taken)[int(len(taken) * 0.99)]:.1f} ms" if taken else "-"


if __name__ == "__main__":
    sys.exit(main())
