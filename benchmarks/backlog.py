"""A deep backlog in few conversations drains nearly as fast as one in many.

    python -m benchmarks.backlog [--runs 20000] [--rounds 3]

For each kind of database, in turns: runs in 5,000 lanes and in 100 are queued, then claimed and
settled until none is left. Ends with 1 when the few lanes go slower than 0.7 of the many.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from automator.clock import SystemClock
from automator.store import open_store
from benchmarks.store import Load
from tests.support.postgresql import PostgreSQLServer, running_postgresql
from tests.support.store import sqlite_url

MANY, FEW = 5_000, 100
SMALLEST_RATIO = 0.7


async def drained(url: str, runs: int, lanes: int) -> float:
    """Runs a second until a backlog in so many lanes is done."""
    store = await open_store(url, clock=SystemClock(), node="node-1")
    try:
        load = Load(store, lanes)
        await load.ingest(runs)
        began = time.perf_counter()
        await load.drain(runs)
        return runs / (time.perf_counter() - began)
    finally:
        await store.close()


def measure(name: str, runs: int, rounds: int, server: PostgreSQLServer | None) -> bool:
    """Prints the medians of one kind of database; False below the ratio."""
    rates: dict[int, list[float]] = {MANY: [], FEW: []}
    for _ in range(rounds):
        for lanes, found in rates.items():
            with tempfile.TemporaryDirectory() as folder:
                url = server.empty_database() if server else sqlite_url(Path(folder))
                found.append(asyncio.run(drained(url, runs, lanes)))
    many, few = (statistics.median(rates[lanes]) for lanes in (MANY, FEW))
    ratio = few / many
    under = "" if ratio >= SMALLEST_RATIO else f"  under {SMALLEST_RATIO:g}"
    print(
        f"{name:<11} {many:>8,.0f}/s in {MANY:,} lanes {few:>8,.0f}/s in {FEW}"
        f"  ratio {ratio:.2f}{under}"
    )
    return ratio >= SMALLEST_RATIO


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    print(f"{chosen.runs:,} runs; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    fits = measure("SQLite", chosen.runs, chosen.rounds, None)
    with running_postgresql() as server:
        fits = measure("PostgreSQL", chosen.runs, chosen.rounds, server) and fits
    sys.exit(0 if fits else 1)


if __name__ == "__main__":
    main()
