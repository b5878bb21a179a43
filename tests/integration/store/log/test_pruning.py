"""What is old goes, nothing that a waiting run needs goes, and a late repetition stays one."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert, select, text, update

from automator.clock import ManualClock
from automator.configuration.storage import Retention
from automator.engine.operations.erasing import erase_person
from automator.engine.operations.retention import Pruner, cutoffs_at
from automator.model import (
    Delivery,
    Event,
    RunState,
    SeenValues,
    StoreUnavailableError,
    Verdict,
)
from automator.model.log_filters import EventFilter, RunFilter
from automator.store import EventPlan, Store
from automator.store.database import postgresql
from automator.store.database.address import database_of
from automator.store.database.sqlite import SQLite
from automator.store.log.pruning import PortionSize, Stage
from automator.store.schema.tables import attempts, events, runs
from tests.support.store import Shop, indexed, opened

DAY = 86_400
#: Selects the transactions of others that wait for this one.
WAITING = "FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
NEVER = Retention(payloads=None, log=None, dedupe_keys=None)


async def received(
    store: Store, shop: Shop, *, key: str = "", ends: bool = True, **event_changes: Any
) -> tuple[Delivery, Event]:
    """A delivery with an event, whose run is done or waits."""
    delivery = shop.delivery(body=b"raw bytes")
    event = shop.event(delivery, key=key, **event_changes)
    run = shop.run(event) if ends else shop.follow_up(event, in_ms=400 * DAY * 1000)
    await store.ingest(delivery, [EventPlan(event, (run,), 1)])
    if ends:
        (claimed,) = await store.claim(1)
        attempt = shop.attempt(claimed, request={"url": "x"}, response={"status": 200})
        await store.settle(shop.settlement(claimed, attempts=(attempt,)))
    return delivery, event


async def pruned(store: Store, retention: Retention) -> dict[str, int]:
    """One pass; what went, without what did not."""
    gone = await Pruner(store, retention).run(trusts_clock=True)
    assert gone is not None
    return {stage.name: number for stage, number in gone.items() if number}


async def test_payloads_go_before_the_log_does(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    delivery, event = await received(store, shop)
    await indexed(store, clock)
    clock.advance(31 * DAY)

    assert await pruned(store, Retention()) == {"DELIVERY_PAYLOADS": 1, "ATTEMPT_PAYLOADS": 1}

    emptied = store.log.delivery(delivery.id)
    assert emptied is not None
    assert (emptied.body, emptied.headers) == (b"", ())
    (row,) = store.log.runs(RunFilter(text="gia"))
    detail = store.log.run(row.id)
    assert detail is not None
    assert detail.event == event
    assert [(item.request, item.response) for item in detail.attempts] == [(None, None)]
    assert await pruned(store, Retention()) == {}


async def test_the_log_goes_with_everything_that_belongs_to_it(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await received(store, shop)
    await store.record_delivery(shop.delivery(verdict=Verdict.REJECTED))
    await indexed(store, clock)
    clock.advance(91 * DAY)
    _, young = await received(store, shop)
    await indexed(store, clock)

    gone = await pruned(store, Retention())

    assert gone == {"LOG": 1, "DELIVERIES": 2}, "nothing is emptied just before it is deleted"
    assert [row.id for row in store.log.events()] == [young.id]
    assert len(store.log.runs()) == len(store.log.deliveries()) == 1
    with store.log.engine.connect() as connection:
        words = connection.exec_driver_sql("SELECT count(*) FROM event_words").scalar()
        left = connection.exec_driver_sql("SELECT count(*) FROM attempts").scalar()
    assert (words, left) == (1, 1)
    assert [row.id for row in store.log.events(EventFilter(text="gia"))] == [young.id]


@pytest.mark.parametrize("state", [RunState.UNKNOWN, RunState.HELD])
async def test_what_waits_keeps_all_that_it_needs(
    store: Store, shop: Shop, clock: ManualClock, state: RunState
) -> None:
    asleep_in, asleep = await received(store, shop, ends=False)
    waiting_in, waiting = await received(store, shop)
    await store.run_edits.add([shop.run(waiting, state=state)])
    clock.advance(300 * DAY)

    gone = await pruned(store, Retention(payloads=0, log=0))

    assert gone == {"ATTEMPT_PAYLOADS": 1}
    for delivery, event in ((asleep_in, asleep), (waiting_in, waiting)):
        detail = store.log.event(event.id)
        assert detail is not None
        assert (detail.event, detail.delivery) == (event, delivery)


async def test_an_old_event_stays_while_a_run_of_it_is_young(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    _, event = await received(store, shop)
    clock.advance(100 * DAY)
    await store.run_edits.add([shop.run(event, state=RunState.DEAD)])

    assert "LOG" not in await pruned(store, Retention())
    clock.advance(100 * DAY)
    assert (await pruned(store, Retention()))["LOG"] == 1


async def test_a_repetition_is_a_duplicate_as_long_as_keys_are_kept(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    retention = Retention(payloads=0, log=f"{DAY}s")
    _, event = await received(store, shop, key="once")
    clock.advance(7 * DAY)
    assert (await pruned(store, retention))["LOG"] == 1
    assert store.log.runs() == []
    emptied = store.log.event(event.id)
    assert emptied is not None
    assert (emptied.event.body, emptied.event.contact, emptied.event.lane) == ({}, None, None)

    _, first_id = await shop.receive(store, key="once")
    assert first_id == event.id
    assert store.log.runs() == []

    clock.advance(2 * DAY)
    assert (await pruned(store, retention))["KEYS"] == 1
    _, first_id = await shop.receive(store, key="once")
    assert first_id != event.id


async def test_never_keeps_everything(store: Store, shop: Shop, clock: ManualClock) -> None:
    await received(store, shop)
    clock.advance(5_000 * DAY)

    assert await pruned(store, NEVER) == {}


async def test_a_plan_counts_what_a_pass_deletes(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for _ in range(3):
        await received(store, shop)
    clock.advance(91 * DAY)
    cutoffs = cutoffs_at(Retention(), clock.now_ms())

    planned = {stage.name: number for stage, number in store.log.prunable(cutoffs).items()}

    gone = await pruned(store, Retention())
    assert planned["LOG"] == gone["LOG"] == 3
    assert planned["DELIVERY_PAYLOADS"] == gone["DELIVERIES"] == 3


@pytest.mark.parametrize("jump_days", [2, 3_650, -2])
async def test_nothing_goes_for_a_day_after_the_clock_has_jumped(
    store: Store, shop: Shop, clock: ManualClock, jump_days: int
) -> None:
    pruner = Pruner(store, Retention(log=0))
    await received(store, shop)
    assert await pruner.run() is not None
    await received(store, shop)
    clock.advance(jump_days * DAY)

    for _ in range(23):
        assert await pruner.run() is None
        clock.advance(3_600)
    assert len(store.log.events()) == 2
    clock.advance(3_601)

    assert await pruner.run() is not None


async def test_a_portion_that_is_wanted_again_meanwhile_stays(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    _, event = await received(store, shop)
    clock.advance(91 * DAY)
    cutoffs = cutoffs_at(Retention(), clock.now_ms())
    ids = await store.upkeep.find_old(Stage.LOG, cutoffs, 0, 10)
    await store.run_edits.add([shop.run(event)])

    assert list(ids) == [event.id]
    assert await store.upkeep.prune(Stage.LOG, cutoffs, ids, PortionSize(1)) == 0
    assert store.log.event(event.id) is not None


async def test_many_portions_go_in_one_pass(store: Store, shop: Shop, clock: ManualClock) -> None:
    delivery = shop.delivery()
    plans = [EventPlan(shop.event(delivery, key=f"{n}"), (), 1) for n in range(450)]
    await store.ingest(delivery, plans)
    clock.advance(91 * DAY)

    assert (await pruned(store, Retention()))["LOG"] == 450
    assert store.log.events() == []


async def test_a_disk_that_takes_long_to_sync_makes_the_portions_no_smaller(
    sqlite_store_url: str, shop: Shop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    transaction, commits = SQLite.transaction, 0

    @contextlib.contextmanager
    def slow(database: SQLite, connection: Connection) -> Iterator[None]:
        nonlocal commits
        with transaction(database, connection):
            yield
            commits += 1
            time.sleep(0.04)

    async with opened(sqlite_store_url, clock) as store:
        for part in range(2):
            delivery = shop.delivery()
            plans = [
                EventPlan(shop.event(delivery, key=f"{part} {n}", who=f"{part}"), (), 1)
                for n in range(400)
            ]
            await store.ingest(delivery, plans)
        monkeypatch.setattr(SQLite, "transaction", slow)

        await erase_person(store, "shop-page", "1", by="hoa", most_s=60)
        erased_in, commits = commits, 0
        clock.advance(91 * DAY)
        gone = await pruned(store, Retention())

    # With 10 rows each it would be 40 commits, and with one row 400. In a busy moment some portions
    # are smaller than they may be.
    assert gone["LOG"] == 400
    assert erased_in < 30
    assert commits < 40


async def test_one_node_at_a_time_prunes(
    postgresql_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    other_node = create_engine(postgresql_store_url)
    async with opened(postgresql_store_url, clock) as store:
        await received(store, shop)
        clock.advance(91 * DAY)
        with other_node.begin() as connection:
            assert database_of(postgresql_store_url).try_lock(connection, "pruning")
            assert await pruned(store, Retention()) == {}
        assert (await pruned(store, Retention()))["LOG"] == 1
    other_node.dispose()


async def test_what_was_seen_of_a_contact_goes_with_the_log(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    delivery = shop.delivery()
    event = shop.event(delivery)
    seen = SeenValues(contact={"name": "Lan"})
    await store.ingest(delivery, [EventPlan(event, (), 1, seen=seen)])
    kept = store.log.event(event.id)
    assert kept is not None
    assert kept.seen == (seen,)
    clock.advance(91 * DAY)

    await pruned(store, Retention(dedupe_keys=None))

    emptied = store.log.event(event.id)
    assert emptied is not None
    assert emptied.event.is_emptied
    assert emptied.seen == ()


async def test_no_delivery_waits_for_what_a_server_deletes(
    postgresql_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        await received(store, shop)
        clock.advance(91 * DAY)
        before = store.upkeep.done

        assert (await pruned(store, Retention()))["LOG"] == 1

        # The writer notes when the pass began, and deletes old counts.
        assert store.upkeep.done - before == 2


async def test_a_server_deletes_a_day_in_few_portions(
    postgresql_store_url: str, shop: Shop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        for part in range(3):
            delivery = shop.delivery()
            plans = [EventPlan(shop.event(delivery, key=f"{part} {n}"), (), 1) for n in range(1000)]
            await store.ingest(delivery, plans)
        clock.advance(91 * DAY)
        sizes: list[int] = []
        monkeypatch.setattr(
            PortionSize, "took", lambda size, _: (sizes.append(size.rows), grow(size))
        )

        def grow(size: PortionSize) -> None:
            size.rows = min(size.most, size.rows * 4)

        assert (await pruned(store, Retention()))["LOG"] == 3000

    assert max(sizes) > 1000


@pytest.mark.parametrize("stage", [Stage.LOG, Stage.DELIVERY_PAYLOADS])
async def test_what_a_run_needs_that_a_person_retries_meanwhile_stays(
    postgresql_store_url: str, shop: Shop, clock: ManualClock, stage: Stage
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        delivery, event = await received(store, shop)
        dead = shop.run(event, state=RunState.DEAD)
        await store.run_edits.add([dead])
        clock.advance(91 * DAY)
        cutoffs = cutoffs_at(Retention(), clock.now_ms())
        ids = [event.id if stage is Stage.LOG else delivery.id]
        with person_at(postgresql_store_url) as connection:
            connection.execute(update(runs).where(runs.c.id == dead.id).values(state=0))
            pruning = asyncio.create_task(store.upkeep.prune(stage, cutoffs, ids, PortionSize(1)))
            await until_a_lock_is_waited_for(connection)
            connection.commit()

            assert await pruning == 0

        detail = store.log.run(dead.id)
        assert detail is not None
        assert detail.event == event


async def test_an_event_that_is_replayed_meanwhile_stays_and_so_does_its_run(
    postgresql_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        delivery = shop.delivery()
        event = shop.event(delivery)
        await store.ingest(delivery, [EventPlan(event, (), 1)])
        clock.advance(91 * DAY)
        cutoffs = cutoffs_at(Retention(), clock.now_ms())
        with person_at(postgresql_store_url) as connection:
            used = select(events.c.id).where(events.c.id == event.id)
            connection.execute(used.with_for_update(read=True, key_share=True))
            pruning = asyncio.create_task(
                store.upkeep.prune(Stage.LOG, cutoffs, [event.id], PortionSize(1))
            )
            await until_a_lock_is_waited_for(connection)
            new = {column.name: 0 for column in runs.columns if not column.nullable}
            texts = {"rule": "a", "path": "", "reason_codes": "", "waits_for": "", "data": b"{}"}
            new |= {"id": shop.run(event).id, "event_id": event.id, **texts}
            connection.execute(insert(runs).values(new))
            connection.commit()

            assert await pruning == 0

        assert len(store.log.runs()) == 1


async def test_what_others_use_for_long_is_deleted_by_a_later_pass(
    postgresql_store_url: str, shop: Shop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresql._WRITER_LIMITS, "lock_timeout", "50ms")
    async with opened(postgresql_store_url, clock) as store:
        _, event = await received(store, shop)
        clock.advance(91 * DAY)
        with person_at(postgresql_store_url) as connection:
            used = select(events.c.id).where(events.c.id == event.id)
            connection.execute(used.with_for_update(read=True, key_share=True))

            assert "LOG" not in await pruned(store, Retention())

        assert (await pruned(store, Retention()))["LOG"] == 1


async def test_a_server_that_fails_meanwhile_is_said_to_be_unavailable(
    postgresql_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        _, event = await received(store, shop)
        clock.advance(91 * DAY)
        cutoffs = cutoffs_at(Retention(), clock.now_ms())
        with person_at(postgresql_store_url) as connection:
            used = select(events.c.id).where(events.c.id == event.id)
            connection.execute(used.with_for_update(read=True, key_share=True))
            pruning = asyncio.create_task(
                store.upkeep.prune(Stage.LOG, cutoffs, [event.id], PortionSize(1))
            )
            await until_a_lock_is_waited_for(connection)
            connection.execute(text(f"SELECT pg_terminate_backend(pid) {WAITING}"))

            with pytest.raises(StoreUnavailableError):
                await pruning

        assert (await pruned(store, Retention()))["LOG"] == 1


async def test_a_server_keeps_no_part_of_what_has_gone(
    postgresql_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        for _ in range(3):
            await received(store, shop)
        clock.advance(91 * DAY)
        await received(store, shop, ends=False)
        await pruned(store, Retention())

        with store.log.engine.connect() as connection:
            for table in (runs, events, attempts):
                for key in table.foreign_keys:
                    whole = select(key.column).where(key.column == key.parent).exists()
                    assert connection.execute(select(table.c.id).where(~whole)).first() is None
            assert connection.execute(select(events.c.id)).all()


@contextlib.contextmanager
def person_at(url: str) -> Iterator[Connection]:
    """A transaction of another node."""
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


async def until_a_lock_is_waited_for(connection: Connection) -> None:
    """Returns when a transaction waits for this one."""
    waits = text(f"SELECT 1 {WAITING}")
    for _ in range(1000):
        if connection.execute(waits).first():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
