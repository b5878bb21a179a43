"""kill -9 while a file gives the pages that a large retention has emptied back to the disk."""

import asyncio
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from automator.clock import ManualClock, SystemClock
from automator.store import open_store
from automator.store.database.sqlite import _KEPT_PAGES, _KEPT_PART
from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.load import Senders
from tests.faults.oracle import History, lost_now, violations
from tests.faults.sizes import new_seed, size
from tests.faults.stored import read, read_copy
from tests.faults.target import Target
from tests.support.process import wait_until
from tests.support.store import Shop

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1_800)]

KILLS = size(1, 6)
PEOPLE = 8
#: Deliveries of 40 kB each, so many days old.
OLD, OLD_DAYS = size(1_500, 6_000), 500
_OLD_BYTES, _AT_ONCE = 40_000, 100
#: Pages are given back for the first time a minute after a start.
_BEGINS_WITHIN_S = 180.0


async def fill(url: str) -> None:
    """Stores deliveries that retention deletes, and that no rule has matched."""
    clock = ManualClock(SystemClock().now_ms() - OLD_DAYS * 86_400_000)
    store = await open_store(url, clock=clock, node="filling")
    shop = Shop(clock, node=500)

    async def receive() -> None:
        delivery = shop.delivery(body=os.urandom(_OLD_BYTES))
        await store.ingest(delivery, [])

    try:
        for _ in range(0, OLD, _AT_ONCE):
            await asyncio.gather(*(receive() for _ in range(_AT_ONCE)))
    finally:
        await store.close()


def pages_of(file: Path) -> tuple[int, int]:
    """The pages of a database, and how many it has left to give back."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as connection:
        pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count")
        )
    return pages, max(0, free - max((pages - free) // _KEPT_PART, _KEPT_PAGES))


def test_a_kill_while_a_file_shrinks_loses_nothing_and_the_next_start_shrinks_it_on(
    tmp_path: Path,
) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    target = Target()
    installation = Installation(tmp_path, target)
    file = installation.database_file
    # The first start publishes the rules.
    assert installation.start().terminate() == 0
    asyncio.run(fill(installation.url))
    addresses: list[str] = []
    senders = Senders(lambda: addresses, people=PEOPLE, seed=seed, pause_s=0.2)
    server = installation.start()
    history = History(
        people=PEOPLE,
        acknowledged=senders.acknowledged,
        sent=senders.sent,
        effects=target.effects,
    )
    try:
        deleted = server.api("POST", "/api/prune")["deleted"]
        full = file.stat().st_size
        addresses[:] = [server.url]
        senders.start()
        left = []
        for kill in range(KILLS):
            pages, spare = pages_of(file)
            # At least half is left for the last start, and for what comes in meanwhile.
            floor = pages - chance.randrange(1, spare // (2 * (KILLS - kill)))
            wait_until(lambda floor=floor: pages_of(file)[0] < floor, "to shrink", _BEGINS_WITHIN_S)
            left.append(pages_of(file)[1])
            server.kill()
            acknowledged = dict(senders.acknowledged)
            addresses.clear()
            stored = read_copy(file, tmp_path / "copy")
            history.in_flight.update(stored.begun())
            assert stored.integrity == "ok"
            assert lost_now(acknowledged, stored) == []
            server = installation.start()
            addresses[:] = [server.url]
        wait_until(lambda: pages_of(file)[1] == 0, "to shrink to its end", _BEGINS_WITHIN_S)
        senders.stop()
        until_idle(server)
        assert server.terminate() == 0
    finally:
        if not server.has_ended():
            server.kill()
        target.close()
    stored = read(installation.url)
    report(
        "kill -9 while the file shrinks",
        seed=seed,
        kills=KILLS,
        acknowledged=len(history.acknowledged),
        lost=len(lost_now(history.acknowledged, stored)),
        deleted=deleted,
        pages_left_at_a_kill=left,
        mb=f"{full / 1e6:.0f} → {file.stat().st_size / 1e6:.0f}",
    )
    assert violations(history, stored) == []
    assert all(left), "vacuous: a kill came after the last page"
    # A part stays free for what comes next.
    assert file.stat().st_size < full - OLD * _OLD_BYTES / 2
