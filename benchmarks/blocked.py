"""Many runs that are due behind a few waiting ones: what a claim of a free lane costs.

    python -m benchmarks.blocked [--runs 100000] [--lanes 100] [--only sqlite]

Stores runs of few lanes whose first ones are tried again tomorrow. Prints, for each kind of
database: how long one claim takes at most until a run of a free lane is reached that came last,
how long that takes, and an event with its claim from then on. Ends with 1 over a bound.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from automator.clock import SystemClock
from automator.model import IdSource, RunState
from automator.store import open_store
from benchmarks.bulk import Row, bulk, make_tables
from benchmarks.store import Load
from tests.support.postgresql import running_postgresql
from tests.support.store import sqlite_url

_DAY_MS = 86_400_000
_ROUNDS = 200
FREE_MS = 5.0


def fill(url: str, count: int, lanes: int) -> None:
    """Stores the runs: the first of each lane is due tomorrow, the others since a minute."""
    now_ms = SystemClock().now_ms()
    ids = IdSource(lambda: now_ms - 60_000, 1)
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
            [(1, 1, "shop-page", "facebook", "x", "x", 0, 1, 1, b"{}")],
        )

        def made() -> Iterator[Row]:
            for number in range(count + lanes):
                at = now_ms - 60_000
                due = at + _DAY_MS if number < lanes else at
                yield (
                    *(ids.next(), 1, "ask-again", 1, f"waiting:{number % lanes}", ""),
                    *(int(RunState.QUEUED), 0, 0, 0, at, due, at, b"{}", "", 0),
                )

        rows.insert(
            "runs",
            "id, event_id, rule, revision, lane, path, state, step, attempt, crashes, seq_at, "
            "run_at, created_at, data, reason_codes, was_interrupted",
            made(),
        )


async def measure(name: str, url: str, count: int, lanes: int) -> bool:
    """Prints what one database does; False over a bound."""
    await make_tables(url)
    fill(url, count, lanes)
    store = await open_store(url, clock=SystemClock(), node="node-1")
    try:
        load = Load(store)
        await load.ingest(1)
        reaching = []
        while True:
            began = time.perf_counter()
            claimed = await store.claim(64)
            reaching.append((time.perf_counter() - began) * 1000)
            if claimed:
                break
        taken, whole = [], []
        for _ in range(_ROUNDS):
            began = time.perf_counter()
            await load.ingest(1)
            stored = time.perf_counter()
            assert len(await store.claim(64)) == 1
            taken.append((time.perf_counter() - stored) * 1000)
            whole.append((time.perf_counter() - began) * 1000)
    finally:
        await store.close()
    taken.sort()
    middle, late = taken[_ROUNDS // 2], taken[int(_ROUNDS * 0.99)]
    over = "" if middle <= FREE_MS else f"  over {FREE_MS:g}"
    print(
        f"{name:<11} a claim of a free lane {middle:.1f} ms at p50, {late:.1f} at p99{over};"
        f" with its event {sorted(whole)[_ROUNDS // 2]:.1f}\n"
        f"{'':<11} until the first was reached {sum(reaching) / 1000:.2f} s in {len(reaching)}"
        f" claims, of {sorted(reaching)[len(reaching) // 2]:.1f} ms at p50, {max(reaching):.1f}"
        " at most"
    )
    return middle <= FREE_MS


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=100_000)
    options.add_argument("--lanes", type=int, default=100)
    options.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = options.parse_args()
    print(
        f"{chosen.runs:,} runs behind {chosen.lanes}; load {os.getloadavg()[0]:.1f}"
        f" on {os.cpu_count()} cores"
    )
    fits = True
    if chosen.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            url = sqlite_url(Path(folder))
            fits = asyncio.run(measure("SQLite", url, chosen.runs, chosen.lanes))
    if chosen.only != "sqlite":
        with running_postgresql() as server:
            url = server.empty_database()
            fits = asyncio.run(measure("PostgreSQL", url, chosen.runs, chosen.lanes)) and fits
    sys.exit(0 if fits else 1)


if __name__ == "__main__":
    main()
