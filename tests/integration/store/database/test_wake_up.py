"""Hints between nodes: nobody depends on them, and whoever is free hears them at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest

from automator.clock import ManualClock
from automator.model import TargetHealth
from automator.store import Store
from tests.support.store import Shop, opened, standing

#: Far longer than a hint takes, and as long as nothing is waited for in vain.
PATIENCE_S = 30.0


@contextlib.asynccontextmanager
async def listening(url: str, clock: ManualClock, node: str) -> AsyncIterator[asyncio.Event]:
    """A node that listens; the event is set whenever it is told of work."""
    async with opened(url, clock, node=node) as store:
        told = asyncio.Event()
        store.work_available = told.set
        store.membership.listen()
        # Whoever begins to listen looks once.
        await heard(told)
        yield told


async def heard(told: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await told.wait()
    told.clear()


async def test_a_busy_node_tells_the_others_of_work_that_it_stores(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock, node="busy") as busy,
        listening(postgresql_store_url, clock, "free") as told,
    ):
        busy.membership.tell_others(busy=True)
        await shop.receive(busy, key="one")

        await heard(told)


async def test_a_claim_that_waits_ends_when_a_busy_node_tells_of_work(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock, node="busy") as busy,
        opened(postgresql_store_url, clock, node="free") as free,
    ):
        told = asyncio.Event()
        free.work_available = told.set
        free.membership.listen()
        await heard(told)
        claiming = await standing(free)
        busy.membership.tell_others(busy=True)
        event, _ = await shop.receive(busy)

        assert await asyncio.wait_for(claiming, PATIENCE_S) == []
        (claimed,) = await asyncio.wait_for(free.standing_claim(8), PATIENCE_S)
        assert claimed.run.event_id == event.id


async def publishes_rules(store: Store, _shop: Shop) -> None:
    await store.rulesets.publish({"shop.yaml": "rules: []"}, "a digest", "lan")


async def notes_that_a_target_is_down(store: Store, _shop: Shop) -> None:
    assert await store.targets.save(TargetHealth(name="crm")) is not None


async def gives_runs_back(store: Store, shop: Shop) -> None:
    await shop.receive(store)
    await store.return_runs([claimed.run.id for claimed in await store.claim(8)])


@pytest.mark.parametrize("does", [publishes_rules, notes_that_a_target_is_down, gives_runs_back])
async def test_a_node_that_rests_looks_as_often_as_usual_once_another_one_tells_it_of_a_change(
    does: Callable[[Store, Shop], Awaitable[None]],
    postgresql_store_url: str,
    clock: ManualClock,
    shop: Shop,
) -> None:
    async with (
        opened(postgresql_store_url, clock, node="other") as other,
        opened(postgresql_store_url, clock, node="resting") as resting,
    ):
        told = asyncio.Event()
        resting.work_available = told.set
        resting.membership.listen()
        await heard(told)
        clock.advance(6)
        assert resting.patience > 1

        await does(other, shop)

        await heard(told)
        assert resting.patience == 1


async def test_a_node_rests_after_some_seconds_without_an_event(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store)
    (claimed,) = await store.claim(8)
    clock.advance(4)
    assert store.patience == 1
    await store.settle(shop.settlement(claimed))
    clock.advance(4)
    assert store.patience == 1

    clock.advance(4)

    assert (store.patience > 1) is store.is_shared


async def test_a_node_with_free_workers_keeps_its_work_to_itself(
    postgresql_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with (
        opened(postgresql_store_url, clock, node="first") as first,
        listening(postgresql_store_url, clock, "second") as told,
    ):
        await shop.receive(first, key="one")
        await shop.receive(first, key="two", who="minh")
        assert not told.is_set()

        first.membership.tell_others(busy=True)
        await shop.receive(first, key="three", who="hoa")
        await heard(told)


async def test_a_node_leaves_out_its_own_hints(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with opened(postgresql_store_url, clock, node="alone") as store:
        times: list[None] = []
        store.work_available = lambda: times.append(None)
        store.membership.listen()
        await until_there_are(times, 1)
        for node in ("alone", "one", "alone", "another"):
            await hint(postgresql_store_url, node)
        await until_there_are(times, 3)
        # Hints come in their order: behind this one there is none that was late.
        await hint(postgresql_store_url, "the last")
        await until_there_are(times, 4)

        assert len(times) == 4


async def test_hints_come_again_after_the_connection_was_lost(
    postgresql_store_url: str,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("automator.store.database.wake_up._AGAIN_S", 0.05)
    async with listening(postgresql_store_url, clock, "free") as told:
        await asyncio.to_thread(end_listeners, postgresql_store_url)
        await heard(told)

        await hint(postgresql_store_url, "busy")
        await heard(told)


async def test_a_file_has_nobody_to_listen_to(store: Store) -> None:
    store.membership.listen()
    store.membership.tell_others(busy=True)


async def until_there_are(times: list[None], wanted: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(times) < wanted:  # noqa: ASYNC110 - it is counted, not told.
            await asyncio.sleep(0.01)


async def hint(url: str, node: str) -> None:
    def send() -> None:
        with psycopg.connect(plain(url), autocommit=True) as connection:
            connection.execute("SELECT pg_notify('automator_work', %s)", (node,))

    await asyncio.to_thread(send)


def end_listeners(url: str) -> None:
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")
