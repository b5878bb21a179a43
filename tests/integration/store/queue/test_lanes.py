"""What stands behind others in its lane is set aside, and comes back as soon as it is free."""

from typing import Any

import pytest
from sqlalchemy import select, text

from automator.clock import ManualClock
from automator.model import RunState
from automator.store import EventPlan, Store
from automator.store.batch.batch import LEASE_MS
from automator.store.queue import lanes
from automator.store.schema.tables import BEHIND, runs
from tests.support.store import Shop, opened

WINDOW = 4


@pytest.fixture(autouse=True)
def small_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "WINDOW", WINDOW)


async def set_aside(store: Store) -> list[int]:
    """The runs that claims do not look at."""

    def read(db: Any, _batch: Any) -> list[int]:
        return list(db.core.execute(select(runs.c.id).where(text(BEHIND))).scalars())

    return sorted(await store._edit(read))


async def receive(store: Store, shop: Shop, count: int, **changes: Any) -> list[int]:
    """The runs of one event."""
    delivery = shop.delivery()
    event = shop.event(delivery, **changes)
    made = tuple(shop.run(event) for _ in range(count))
    await store.ingest(delivery, [EventPlan(event, made, 1)])
    return [run.id for run in made]


async def blocked(store: Store, shop: Shop, clock: ManualClock, behind: int) -> list[int]:
    """A lane whose first run is tried again later, with others behind it."""
    head, *rest = await receive(store, shop, 1 + behind)
    claimed = await store.claim(1)
    await store.settle(
        shop.settlement(
            claimed[0], RunState.QUEUED, step=0, attempt=1, run_at=clock.now_ms() + 60_000
        )
    )
    await store.return_runs([item.run.id for item in claimed[1:]])
    return [head, *rest]


async def test_a_claim_sets_aside_what_waits_and_reaches_what_is_free(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    waiting = await blocked(store, shop, clock, 3 * WINDOW)
    (free,) = await receive(store, shop, 1, who="minh")

    claims = [[item.run.id for item in await store.claim(5)] for _ in range(4)]

    assert [claim for claim in claims if claim] == [[free]]
    left = set(waiting[1:]) - set(await set_aside(store))
    assert len(left) < WINDOW


async def test_what_is_set_aside_is_claimed_when_its_lane_is_free(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    waiting = await blocked(store, shop, clock, 3 * WINDOW)
    for _ in range(3):
        assert await store.claim(5) == []
    clock.advance(60)

    train = await store.claim(5)

    assert [item.run.id for item in train] == waiting
    assert await set_aside(store) == []


async def end_by_settlement(store: Store, shop: Shop, clock: ManualClock, head: int) -> None:
    clock.advance(60)
    claimed = await store.claim(1)
    await store.settle(shop.settlement(claimed[0]))
    await store.return_runs([item.run.id for item in claimed[1:]])


async def end_by_a_person(store: Store, _shop: Shop, _clock: ManualClock, head: int) -> None:
    assert await store.run_edits.cancel(head, "hoa")


async def end_by_a_restored_backup(store: Store, shop: Shop, clock: ManualClock, head: int) -> None:
    from automator.store.transfer.quarantine import hold

    await store._edit(lambda db, _batch: hold(db.core, clock.now_ms() + 60_000, None))
    await store.quarantine.release()


@pytest.mark.parametrize("end", [end_by_settlement, end_by_a_person, end_by_a_restored_backup])
async def test_whatever_ends_the_first_run_the_next_one_is_claimable(
    store: Store, shop: Shop, clock: ManualClock, end: Any
) -> None:
    head, *rest = await blocked(store, shop, clock, 3 * WINDOW)
    for _ in range(4):
        assert await store.claim(5) == []
    assert rest[0] in await set_aside(store)

    await end(store, shop, clock, head)
    clock.advance(60)

    claimed = [item.run.id for _ in range(5) for item in await store.claim(5)]
    assert rest[0] in claimed


async def test_an_event_that_cancels_a_follow_up_frees_what_stands_behind_it(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    event, _ = await shop.receive(store, runs=0)
    await store.run_edits.add([shop.follow_up(event, in_ms=0)])
    claimed = await store.claim(1)
    later = clock.now_ms() + 60_000
    await store.settle(
        shop.settlement(claimed[0], RunState.QUEUED, step=0, attempt=1, run_at=later)
    )
    first, *_ = await receive(store, shop, 3 * WINDOW)
    for _ in range(4):
        assert await store.claim(5) == []
    assert first in await set_aside(store)

    await shop.receive(store, runs=0, type="message.received")

    assert (await store.claim(1))[0].run.id == first


async def test_a_crash_that_quarantines_the_first_run_frees_the_next(
    store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(store_url, clock) as store:
        head, second, *_ = await receive(store, shop, 3 * WINDOW)
    for _ in range(4):
        async with opened(store_url, clock) as store:
            for _ in range(4):
                await store.claim(5)
        clock.advance(LEASE_MS / 1000 + 1)
        async with opened(store_url, clock) as store:
            await store.recover()
            for _ in range(4):
                await store.claim(0)
            # The third crash puts it off for two minutes without a death.
            clock.advance(360)

    async with opened(store_url, clock) as store:
        assert store.log.run(head).run.state is RunState.DEAD  # type: ignore[union-attr]
        assert [item.run.id for item in await store.claim(1)][:1] == [second]


async def test_a_run_that_a_person_wants_now_is_not_set_aside_any_more(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    _, *rest = await blocked(store, shop, clock, 3 * WINDOW)
    for _ in range(3):
        await store.claim(5)
    assert rest[0] in await set_aside(store)
    assert await store.run_edits.cancel(rest[0], "hoa")

    assert await store.run_edits.retry(rest[0], "hoa")

    assert rest[0] not in await set_aside(store)


async def test_many_that_must_be_alone_do_not_hide_what_is_behind_them(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    """Nothing of the window can be claimed or set aside: then all that is due is looked at."""
    for number in range(2 * WINDOW):
        await shop.receive(store, who=f"p{number}")

    def crash(db: Any, _batch: Any) -> None:
        db.core.exec_driver_sql("UPDATE runs SET crashes = 2")

    await store._edit(crash)
    clock.advance(1)
    (free,) = await receive(store, shop, 1)

    claimed = await store.claim(5, may_be_alone=False)

    assert [item.run.id for item in claimed] == [free]


async def test_a_first_run_that_was_left_set_aside_is_found(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    (left,) = await receive(store, shop, 1)

    def mark(db: Any, _batch: Any) -> None:
        db.core.exec_driver_sql("UPDATE runs SET behind = 1")

    await store._edit(mark)
    assert await store.claim(5) == []

    assert await store.upkeep.repair_lanes() == 1

    assert [item.run.id for item in await store.claim(5)] == [left]
    assert await store.upkeep.repair_lanes() == 0
