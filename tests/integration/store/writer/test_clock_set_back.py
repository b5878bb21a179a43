"""A clock that was ahead is set back: nothing waits until the wrong time comes."""

import asyncio
import logging

import pytest

from automator.clock import ManualClock, SystemClock
from automator.model import AttemptStatus, RunState, Waits, quoted
from automator.model.log_filters import RunFilter
from automator.model.run import LOOKED_AT_AGAIN_MS
from automator.store import Store, open_store
from automator.store.cluster.node_leases import node_name
from automator.store.database.address import database_of
from automator.store.runs.recovery import REST_MS
from automator.store.writer.transaction import NOTED_EVERY_MS
from tests.support.store import Shop, opened

AHEAD_S = 30 * 86_400.0
MINUTE_MS = 60_000


async def tick(store: Store) -> None:
    """A transaction, as there is one each second on a server without any work."""
    await store.upkeep.repair_lanes()
    await store.limits.let_in()


async def run_at(store: Store, event_id: int) -> int:
    (row,) = store.log.runs(RunFilter(event_id=event_id))
    return row.run.run_at


async def test_what_was_due_by_a_clock_that_was_ahead_is_still_due_when_it_is_set_back(
    store: Store, clock: ManualClock, shop: Shop
) -> None:
    await tick(store)
    clock.set_by(AHEAD_S)
    _, event_id = await shop.receive(store)

    clock.set_by(-AHEAD_S)
    await tick(store)

    assert await run_at(store, event_id) <= clock.now_ms()
    assert [claimed.run.event_id for claimed in await store.claim(8)] == [event_id]


async def test_what_began_to_wait_by_a_clock_that_was_ahead_waits_for_the_rest_of_its_wait(
    store: Store, clock: ManualClock, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    await tick(store)
    clock.set_by(AHEAD_S)
    later = clock.now_ms() + 20 * MINUTE_MS
    _, event_id = await shop.receive(store, run={"run_at": later})
    clock.advance(5 * 60)
    await tick(store)

    clock.set_by(-AHEAD_S)
    with caplog.at_level(logging.WARNING):
        await tick(store)

    assert await run_at(store, event_id) == clock.now_ms() + 15 * MINUTE_MS
    assert "clock.set_back seconds=2592000 runs=1" in caplog.text


async def test_the_window_of_a_follow_up_moves_with_its_time(
    store: Store, clock: ManualClock, shop: Shop
) -> None:
    async def waits_with_window() -> int:
        later = clock.now_ms() + 20 * MINUTE_MS
        run = {"run_at": later, "path": "again", "acts_until": later + MINUTE_MS}
        return (await shop.receive(store, run=run))[1]

    def window(event_id: int) -> int:
        (row,) = store.log.runs(RunFilter(event_id=event_id))
        assert row.run.acts_until is not None
        return row.run.acts_until - clock.now_ms()

    await tick(store)
    before = await waits_with_window()
    clock.set_by(AHEAD_S)
    ahead = await waits_with_window()

    clock.set_by(-AHEAD_S)
    await tick(store)

    assert [window(before), window(ahead)] == [21 * MINUTE_MS, 21 * MINUTE_MS]


async def test_what_began_to_wait_before_the_clock_was_ahead_keeps_its_time(
    store: Store, clock: ManualClock, shop: Shop
) -> None:
    in_time = clock.now_ms() + 40 * 86_400_000
    _, event_id = await shop.receive(store, run={"run_at": in_time})
    clock.set_by(AHEAD_S)
    await tick(store)
    clock.set_by(-AHEAD_S)
    await tick(store)

    assert await run_at(store, event_id) == in_time


async def test_a_retry_that_was_set_by_a_clock_ahead_comes_after_its_wait(
    store: Store, clock: ManualClock, shop: Shop
) -> None:
    _, event_id = await shop.receive(store)
    clock.set_by(AHEAD_S)
    (claimed,) = await store.claim(1)
    again_at = clock.now_ms() + 5 * MINUTE_MS
    failed = shop.attempt(claimed, status=AttemptStatus.RETRY, node=store.node)
    await store.settle(
        shop.settlement(
            claimed,
            state=RunState.QUEUED,
            run_at=again_at,
            waits_for=Waits.RETRY,
            attempts=(failed,),
            reason=quoted("503"),
            owner=store.node,
        )
    )

    clock.set_by(-AHEAD_S)
    await tick(store)

    assert await run_at(store, event_id) == clock.now_ms() + 5 * MINUTE_MS


async def test_a_run_that_waits_for_a_target_asks_again_within_an_hour_of_the_right_time(
    store: Store, clock: ManualClock, shop: Shop
) -> None:
    _, event_id = await shop.receive(store)
    clock.set_by(AHEAD_S)
    (claimed,) = await store.claim(1)
    await store.settle(
        shop.settlement(
            claimed,
            state=RunState.QUEUED,
            run_at=clock.now_ms() + LOOKED_AT_AGAIN_MS,
            attempts=(),
            reason=quoted("crm is down"),
            waits_for=Waits.TARGET,
            target="crm",
            owner=store.node,
        )
    )

    clock.set_by(-AHEAD_S)
    await tick(store)

    assert await run_at(store, event_id) == clock.now_ms() + LOOKED_AT_AGAIN_MS


async def test_a_clock_that_is_set_back_while_no_server_runs_is_noticed_at_the_next_start(
    store_url: str, clock: ManualClock, shop: Shop
) -> None:
    clock.set_by(AHEAD_S)
    async with opened(store_url, clock) as store:
        later = clock.now_ms() + 20 * MINUTE_MS
        _, event_id = await shop.receive(store, run={"run_at": later})

    clock.set_by(-AHEAD_S)
    async with opened(store_url, clock) as store:
        await tick(store)

        waits_ms = await run_at(store, event_id) - clock.now_ms()
        assert 19 * MINUTE_MS <= waits_ms <= 20 * MINUTE_MS + NOTED_EVERY_MS


async def test_a_dead_nodes_lease_ends_when_the_clock_that_made_it_was_ahead(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    clock.set_by(AHEAD_S)
    async with opened(postgresql_store_url, clock) as dead:
        await dead.membership.join("a test")
        _, event_id = await shop.receive(dead)
        assert await dead.claim(1)

    clock.set_by(-AHEAD_S)
    async with opened(postgresql_store_url, clock) as store:
        await store.membership.join("a test")
        await tick(store)
        clock.advance(31)

        assert await store.recover() == 1
        (row,) = store.log.runs(RunFilter(event_id=event_id))
        assert row.run.was_interrupted
        assert row.run.run_at == clock.now_ms() + REST_MS[0]


async def test_a_dead_nodes_heartbeat_of_a_clock_ahead_does_not_make_others_look_dead(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    clock.set_by(AHEAD_S)
    async with opened(postgresql_store_url, clock) as dead:
        number = await dead.membership.join("a test")

    clock.set_by(-AHEAD_S)
    async with opened(postgresql_store_url, clock) as store:
        mine = await store.membership.join("a test")
        await tick(store)
        clock.advance(31)
        await store.membership.heartbeat((), 1)

        assert {node.name for node in store.log.nodes()} == {node_name(number), node_name(mine)}
        assert store.membership.place_among(store.log.nodes()) == (0, 1)


async def test_an_earlier_time_is_set_once_over_all_nodes(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    clock.set_by(AHEAD_S)
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as two,
    ):
        await tick(one)
        await tick(two)
        clock.set_by(-AHEAD_S)
        await tick(one)
        later = clock.now_ms() + 86_400_000
        _, event_id = await shop.receive(one, run={"run_at": later})

        await tick(two)

        assert await run_at(one, event_id) == later


async def test_a_node_that_sleeps_while_it_notes_the_time_holds_no_other_up(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with opened(postgresql_store_url, clock) as store:
        clock.set_by(AHEAD_S)
        await tick(store)
        clock.set_by(-AHEAD_S)
        database = database_of(postgresql_store_url)
        sleeper = database.write_engine()
        with sleeper.connect() as connection:
            database.lock(connection, "clock")

            _, event_id = await asyncio.wait_for(shop.receive(store), 60)
        sleeper.dispose()
        clock.advance(1)
        await tick(store)

        assert [claimed.run.event_id for claimed in await store.claim(8)] == [event_id]


async def test_a_node_whose_own_clock_is_set_knows_the_shared_time_before_its_next_commit(
    postgresql_store_url: str,
) -> None:
    clock = ManualClock(SystemClock().now_ms())
    store = await open_store(postgresql_store_url, clock=clock, node="node-1")
    try:
        await tick(store)
        shared_ms = clock.now_ms() + store.membership.clock_shift_ms

        clock.set_by(-7200)
        clock.advance(3)

        assert clock.now_ms() + store.membership.clock_shift_ms == shared_ms + 3000
    finally:
        await store.close()


async def test_a_database_servers_clock_that_is_set_back_does_not_stand_still(
    postgresql_store_url: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock(SystemClock().now_ms())
    store = await open_store(postgresql_store_url, clock=clock, node="node-1")
    server = ManualClock(clock.now_ms() + round(AHEAD_S * 1000))
    db = store._writer._db
    assert db is not None
    monkeypatch.setattr(
        db.database, "begin", lambda _cursor, lanes: (server.now_ms(), frozenset(lanes))
    )
    try:
        await store.membership.join("a test")
        await shop.receive(store)
        server.set_by(-AHEAD_S)
        await tick(store)
        for _ in range(2):
            server.advance(20)
            clock.advance(20)
            await store.membership.heartbeat((), 1)

        (node,) = store.log.nodes()
        assert node.heartbeat_at == server.now_ms()
        assert len(await store.claim(1)) == 1
    finally:
        await store.close()
