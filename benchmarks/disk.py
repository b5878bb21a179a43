"""Retention on SQLite: a day of events is deleted while deliveries come in.

    python -m benchmarks.disk [--events 1000000] [--folder FOLDER]

Prints the events deleted in a second, how long a delivery waits meanwhile, how large the
write-ahead log becomes, and the size of the file before, after, and once its free pages are given
back.
"""

import argparse
import asyncio
import os
import resource
import tempfile
import time
from pathlib import Path

from automator.clock import SystemClock
from automator.configuration.storage import Retention
from automator.engine.operations.retention import Pruner
from automator.store import Store, open_store
from automator.store.log.pruning import Stage
from benchmarks.bulk import bulk, make_tables
from benchmarks.history import History, Size
from benchmarks.store import Load
from tests.support.store import sqlite_url

EVENTS_A_SECOND = 8_000
WAIT_MS = 50.0
LOG_BYTES = 64 * 1024 * 1024
_EVERY_S = 0.01
_DAY_MS = 86_400_000


class Watched:
    """Delivers 100 events a second, and notes each wait and the longest write-ahead log."""

    def __init__(self, store: Store, file: Path) -> None:
        self._load = Load(store)
        self._log = file.with_name(f"{file.name}-wal")
        self.waits_ms: list[float] = []
        self.log_bytes = 0

    async def run(self) -> None:
        """Delivers until it is cancelled."""
        due, running = time.perf_counter(), set[asyncio.Task[None]]()
        while True:
            due += _EVERY_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(self._deliver(due))
            running.add(task)
            task.add_done_callback(running.discard)
            self.log_bytes = max(self.log_bytes, self._log.stat().st_size)

    async def _deliver(self, due: float) -> None:
        await self._load.ingest_one()
        self.waits_ms.append((time.perf_counter() - due) * 1000)

    @property
    def late_ms(self) -> float:
        """The longest wait but of the slowest deliveries, one in a hundred."""
        return sorted(self.waits_ms)[int(len(self.waits_ms) * 0.99)]


async def measure(url: str, file: Path) -> bool:
    """Deletes everything but what comes in meanwhile; False if a bound is not kept."""
    store = await open_store(url, clock=SystemClock(), node="node-1")
    before = _size(file)
    try:
        watched = Watched(store, file)
        delivering = asyncio.create_task(watched.run())
        began, cpu = time.perf_counter(), _cpu_s()
        pruner = Pruner(store, Retention(payloads="1h", log="1h"))
        gone = await pruner.run(trusts_clock=True) or {}
        seconds, cpu = time.perf_counter() - began, _cpu_s() - cpu
        delivering.cancel()
        after = _size(file)
        began = time.perf_counter()
        while await store.upkeep.give_back_pages():
            await asyncio.sleep(0.005)
        given_s = time.perf_counter() - began
    finally:
        await store.close()
    events = gone.get(Stage.LOG, 0)
    print(
        f"{events:,} events in {seconds:.1f} s: {events / seconds:,.0f}/s,"
        f" {cpu / max(events, 1) * 1e6:.0f} µs CPU each\n"
        f"{len(watched.waits_ms):,} deliveries waited {watched.late_ms:.1f} ms at p99\n"
        f"write-ahead log at most {watched.log_bytes / 2**20:.0f} MiB\n"
        f"file {_mb(before)} before, {_mb(after)} after, {_mb(_size(file))} given back"
        f" in {given_s:.1f} s"
    )
    return (
        events / seconds >= EVENTS_A_SECOND
        and watched.late_ms <= WAIT_MS
        and watched.log_bytes <= LOG_BYTES
    )


def _size(file: Path) -> int:
    return file.stat().st_size


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Builds the history in a temporary folder."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--folder", type=Path, help="where to build it")
    chosen = options.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        url = sqlite_url(Path(folder))
        asyncio.run(make_tables(url))
        now_ms = SystemClock().now_ms()
        # The history's last event is then a day old.
        size = Size(chosen.events, now_ms - _DAY_MS)
        with bulk(url) as rows:
            History(size).fill(rows)
        return 0 if asyncio.run(measure(url, Path(url.removeprefix("sqlite:///")))) else 1


if __name__ == "__main__":
    raise SystemExit(main())
