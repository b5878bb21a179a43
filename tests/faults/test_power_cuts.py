"""P1 when the power goes: what was acknowledged is there, and with a laxer setting it is not."""

import asyncio
import contextlib
import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from automator.clock import ManualClock
from automator.model import RunState, StoreUnavailableError
from automator.store import EventPlan, Store, open_store
from automator.store.database.address import connector
from automator.store.database.damage import damage_of, frames_read
from automator.store.writer.transaction import Transactions
from automator.store.writer.writer import _FAILED, MAX_WAITING, Writer
from tests.faults.figures import report
from tests.faults.power import Disk, PoweredSQLite
from tests.faults.sizes import new_seed, size
from tests.support.store import NODE, Shop, sqlite_url

pytestmark = pytest.mark.timeout(size(300, 1_800))

CUTS = size(80, 1_000)
CONTROL_CUTS = size(20, 250)
_FILE = "/disk/automator.db"
#: Deliveries that wait for one commit.
_SIDE_BY_SIDE = 3
_MOST_ROUNDS = 400


class Kept:
    """What the store has said yes to."""

    def __init__(self) -> None:
        self.events: set[int] = set()
        self.done: set[int] = set()


@pytest.fixture
def new_disk(tmp_path: Path) -> bytes:
    """A database with its tables and nothing in them."""

    async def make() -> None:
        store = await open_store(sqlite_url(tmp_path), clock=ManualClock(), node=NODE)
        await store.close()

    asyncio.run(make())
    file = tmp_path / "automator.db"
    # As a file of one piece.
    with contextlib.closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    return file.read_bytes()


async def work(disk: Disk, synchronous: str) -> Kept:
    """Uses the store until the power goes."""
    clock = ManualClock()
    database = PoweredSQLite(Path(_FILE), synchronous)
    transactions = Transactions(clock=clock, node=NODE, cancel_matches=lambda _on, _event: False)
    kept = Kept()
    try:
        writer = await asyncio.to_thread(
            Writer,
            connector(database),
            transactions,
            on_fatal=lambda: None,
            max_waiting=MAX_WAITING,
            settles_within_s=database.settles_within_s,
        )
    except (sqlite3.Error, DBAPIError, StoreUnavailableError):
        assert disk.is_off
        return kept
    database.exists = lambda: True  # type: ignore[method-assign]
    store = Store(database, writer, transactions, lambda: None, clock=clock)
    shop = Shop(clock)
    try:
        for number in range(_MOST_ROUNDS):
            await _one_round(store, shop, clock, kept, number)
    except StoreUnavailableError:
        assert disk.is_off
    await store.close()
    # The writer keeps what has failed until the process ends.
    while _FAILED:
        _FAILED.pop().close()
    return kept


async def _one_round(store: Store, shop: Shop, clock: ManualClock, kept: Kept, number: int) -> None:
    clock.advance(0.001)

    async def receive(person: int) -> None:
        delivery = shop.delivery(body=b"x" * 700)
        event = shop.event(delivery, key=f"key-{number}-{person}", who=f"person-{person}")
        await store.ingest(delivery, [EventPlan(event, (shop.run(event),), 1)])
        kept.events.add(event.id)

    async def settle(item: Any) -> None:
        if await store.settle(shop.settlement(item, RunState.DONE)):
            kept.done.add(item.run.id)

    await _all(receive(person) for person in range(_SIDE_BY_SIDE))
    claimed = await store.claim(_SIDE_BY_SIDE)
    await _all(settle(item) for item in claimed)


async def _all(works: Any) -> None:
    """All of them to their end; then the first error, if there was one."""
    results = await asyncio.gather(*works, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def look(folder: Path, kept: Kept) -> tuple[int, str]:
    """How much of what was kept is lost, and what the database says about itself."""
    database = sqlite3.connect(folder / "automator.db")
    try:
        integrity = database.execute("PRAGMA integrity_check").fetchone()[0]
        events = {row[0] for row in database.execute("SELECT id FROM events")}
        done = {row[0] for row in database.execute("SELECT id FROM runs WHERE state = 2")}
        recorded = {row[0] for row in database.execute("SELECT run_id FROM attempts")}
    except sqlite3.DatabaseError as error:
        return len(kept.events), str(error)
    finally:
        database.close()
    return len(kept.events - events) + len(kept.done - (done & recorded)), integrity


def cut_often(folder: Path, content: bytes, synchronous: str, cuts: int, seed: int) -> Any:
    """So many cuts at random operations; adds up what they did."""
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    acknowledged = lost = damaged = losing = torn = in_checkpoints = alarms = 0
    for number in range(cuts):
        disk = Disk({_FILE: content}, cut_at=chance.randrange(1, 500))
        kept = asyncio.run(work(disk, synchronous))
        disk.unregister()
        torn += any(file.waiting for file in disk.files.values())
        in_checkpoints += bool(disk.files[_FILE].waiting)
        place = folder / f"cut-{synchronous}-{number}"
        place.mkdir()
        disk.leave_in(place, chance)
        log = place / f"{Path(_FILE).name}-wal"
        damage = damage_of(log)
        assert damage_of(log, frames_read(place / Path(_FILE).name)) == damage
        alarms += damage is not None
        gone, integrity = look(place, kept)
        acknowledged += len(kept.events) + len(kept.done)
        lost += gone
        losing += gone > 0
        damaged += integrity != "ok"
    return {
        "acknowledged": acknowledged,
        "lost": lost,
        "losing_cuts": losing,
        "damaged": damaged,
        "with_unsynced_writes": torn,
        "within_a_checkpoint": in_checkpoints,
        "taken_for_damage": alarms,
    }


def test_a_power_cut_takes_nothing_that_was_acknowledged_and_the_control_loses(
    tmp_path: Path, new_disk: bytes
) -> None:
    seed = new_seed()

    full = cut_often(tmp_path, new_disk, "FULL", CUTS, seed)
    control = cut_often(tmp_path, new_disk, "NORMAL", CONTROL_CUTS, seed)

    report("power cuts, synchronous=FULL", seed=seed, cuts=CUTS, **full)
    report("power cuts, control with NORMAL", seed=seed, cuts=CONTROL_CUTS, **control)
    assert full["acknowledged"] > CUTS
    assert full["with_unsynced_writes"] > 0, "vacuous: nothing waited at any cut"
    assert full["within_a_checkpoint"] > 0, "vacuous: no cut fell into a checkpoint"
    assert full["lost"] == 0
    assert full["damaged"] == 0
    assert full["taken_for_damage"] == 0
    assert control["lost"] > 0, "the simulator loses nothing: it proves nothing"
