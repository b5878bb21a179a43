"""`concurrency`: how many runs of a key are unfinished, whatever ends them."""

import asyncio

import pytest
from sqlalchemy import update

from automator.clock import ManualClock
from automator.model import Claimed, KeyedLimit, NewRun, RunState, Waits, format_id
from automator.model.rule import Concurrency, Debounce, Once
from automator.store import EventPlan, Store
from automator.store.batch.batch import LEASE_MS
from automator.store.runs.claims import MAX_CRASHES
from automator.store.runs.recovery import REST_MS
from automator.store.schema.tables import runs
from automator.store.transfer.quarantine import hold
from tests.support.store import Shop, opened
from tests.support.words import said


def limited(mode: str, limit: int = 1, key: str = '"crm"') -> dict[str, object]:
    """A run of a rule with this `concurrency`."""
    return {"limits": (KeyedLimit(Concurrency(key="x", limit=limit, mode=mode), key),)}


def states(store: Store) -> list[str]:
    """What became of all runs, the oldest first; `parked` are those that wait for their turn."""
    return [
        "parked" if row.run.waits_for_others else row.run.state.label
        for row in reversed(store.log.runs(limit=1000))
    ]


async def receive(store: Store, shop: Shop, number: int, **run: object) -> None:
    """An event of a person of their own, so that no lane is in the way."""
    await shop.receive(store, who=f"person-{number}", run=run)


async def claim_one(store: Store) -> Claimed:
    (claimed,) = await store.claim(10)
    return claimed


# --- queue ---


async def test_runs_wait_for_their_turn_and_are_let_in_by_a_settlement_in_their_order(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for number in range(4):
        await receive(store, shop, number, **limited("queue"))
    rows = [row.run for row in reversed(store.log.runs())]
    assert states(store) == ["queued", "parked", "parked", "parked"]
    assert said(rows[1].because) == (
        f'concurrency: waits for its place; 1 of 1 under way for "crm": run {format_id(rows[0].id)}'
    )

    done = []
    for _ in range(4):
        clock.advance(1)
        claimed = await claim_one(store)
        done.append(claimed.run.id)
        assert await store.claim(10) == []
        await store.settle(shop.settlement(claimed, data=claimed.run.data))

    assert done == [run.id for run in rows]
    assert said(store.log.runs()[0].run.because) == 'concurrency: waited for its place with "crm"'


async def test_a_run_that_is_tried_again_keeps_its_turn(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for number in range(2):
        await receive(store, shop, number, **limited("queue"))
    claimed = await claim_one(store)
    await store.settle(
        shop.settlement(claimed, RunState.QUEUED, step=0, attempt=1, run_at=clock.now_ms() + 5000)
    )

    assert await store.claim(10) == []
    assert await store.limits.let_in() == 0
    clock.advance(5)
    assert (await claim_one(store)).run.id == claimed.run.id


@pytest.mark.parametrize("way", ["cancelled", "quarantined", "held"])
async def test_whatever_else_ends_a_run_the_next_one_is_let_in_by_the_look(
    store: Store, shop: Shop, clock: ManualClock, way: str
) -> None:
    for number in range(2):
        await receive(store, shop, number, **limited("queue"))
    first = store.log.runs()[1].id
    if way == "cancelled":
        await store.run_edits.cancel(first, "hoa")
    for _ in range(MAX_CRASHES if way == "quarantined" else 0):
        assert (await claim_one(store)).run.id == first
        clock.advance(LEASE_MS / 1000 + 1)
        await store.recover()
        clock.advance(REST_MS[-1] / 1000)
    if way == "held":
        held = update(runs).where(runs.c.id == first).values(state=int(RunState.HELD))
        await store._edit(lambda db, _batch: db.core.execute(held))

    assert states(store)[1] == "parked"
    assert await store.limits.let_in() == 1
    assert (await claim_one(store)).run.id != first
    assert await store.limits.let_in() == 0


async def test_a_restored_backup_holds_what_waited_for_its_turn_as_well(
    store: Store, shop: Shop
) -> None:
    for number in range(2):
        await receive(store, shop, number, **limited("queue"))

    assert await store._edit(lambda db, batch: hold(db.core, batch.now_ms, None)) == 2
    assert await store.limits.let_in() == 0
    assert await store.quarantine.release() == 2
    assert states(store) == ["queued", "parked"]


async def test_a_dead_node_keeps_its_turn_until_its_run_is_taken_over(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for number in range(2):
        await receive(store, shop, number, **limited("queue"))
    claimed = await claim_one(store)
    clock.advance(LEASE_MS / 1000 + 1)

    assert await store.limits.let_in() == 0
    assert await store.recover() == 1
    clock.advance(60)
    again = await claim_one(store)
    assert again.run.id == claimed.run.id
    await store.settle(shop.settlement(again))
    assert (await claim_one(store)).run.id != claimed.run.id


async def test_a_new_run_does_not_overtake_one_that_waits(store: Store, shop: Shop) -> None:
    for number in range(2):
        await receive(store, shop, number, **limited("queue"))
    first, second = store.log.runs()[1].id, store.log.runs()[0].id
    await store.run_edits.cancel(first, "hoa")

    await receive(store, shop, 3, **limited("queue"))
    await store.limits.let_in()

    assert states(store) == ["cancelled", "queued", "parked"]
    assert (await claim_one(store)).run.id == second


async def test_other_keys_and_shadows_have_their_own_turns(store: Store, shop: Shop) -> None:
    for run in (limited("queue"), limited("queue", key='"x"'), limited("queue", limit=2)):
        await receive(store, shop, 1, **run)
    await receive(store, shop, 1, **limited("queue"), data={"mode": "shadow"})

    assert states(store) == ["queued"] * 4


async def test_a_run_that_waits_does_not_hold_its_lane(store: Store, shop: Shop) -> None:
    await receive(store, shop, 1, **limited("queue"))
    await receive(store, shop, 2, **limited("queue"))
    await receive(store, shop, 2)

    assert len(await store.claim(10)) == 2


async def test_a_run_that_has_its_time_later_keeps_it_when_it_is_let_in(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    opening = clock.now_ms() + 3_600_000
    await receive(store, shop, 1, **limited("queue"))
    await receive(store, shop, 2, **limited("queue"), run_at=opening)

    await store.settle(shop.settlement(await claim_one(store)))

    assert await store.claim(10) == []
    assert store.next_due() == opening


async def test_a_run_that_collects_may_wait_for_its_turn_as_well(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    debounce = KeyedLimit(Debounce(key="x", quiet_ms=30_000, max_wait_ms=90_000), '"x"')
    await receive(store, shop, 1, **limited("queue"))
    (keyed,) = limited("queue")["limits"]  # type: ignore[misc]
    for _ in range(3):
        await receive(store, shop, 2, limits=(debounce, keyed))

    assert states(store) == ["queued", "parked", "suppressed", "suppressed"]
    assert said(store.log.runs()[0].run.reason).endswith("it acts when it gets its place")
    await store.settle(shop.settlement(await claim_one(store)))
    assert await store.claim(10) == []
    clock.advance(30)
    assert len((await claim_one(store)).events) == 3


async def test_a_replay_waits_for_others_too(store: Store, shop: Shop) -> None:
    await receive(store, shop, 1, **limited("queue"))
    event = store.log.event(store.log.runs()[0].run.event_id)
    assert event is not None

    await store.run_edits.add([shop.run(event.event, **limited("queue"), is_wanted=True)])

    assert states(store) == ["queued", "parked"]


async def test_two_nodes_let_in_no_more_than_one_would(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as other,
    ):
        stores, shops = (one, other), (Shop(clock, 1), Shop(clock, 2))
        for number in range(12):
            await asyncio.gather(
                *[
                    receive(store, shop, 2 * number + index, **limited("queue", limit=3))
                    for index, (store, shop) in enumerate(zip(stores, shops, strict=True))
                ]
            )
        done = 0
        while done < 24:
            claimed = [await store.claim(2) for store in stores]
            assert sum(map(len, claimed)) == min(3, 24 - done)
            assert states(one).count("running") <= 3
            settled = await asyncio.gather(
                *[
                    store.settle(shop.settlement(item))
                    for store, shop, items in zip(stores, shops, claimed, strict=True)
                    for item in items
                ]
            )
            assert all(settled)
            done += len(settled)

        assert states(one) == ["done"] * 24


async def test_a_run_that_comes_while_the_last_one_ends_on_another_node_is_not_forgotten(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as other,
    ):
        here, there = Shop(clock, 1), Shop(clock, 2)
        await receive(one, here, 0, **limited("queue"))
        for number in range(1, 30):
            claimed = await claim_one(one)
            await asyncio.gather(
                one.settle(here.settlement(claimed)),
                receive(other, there, number, **limited("queue")),
            )


# --- skip ---


async def test_one_too_many_is_held_back_and_counted_by_no_limit(store: Store, shop: Shop) -> None:
    once = KeyedLimit(Once(key="x"), '"x"')
    await receive(store, shop, 1, **limited("skip"))
    (keyed,) = limited("skip")["limits"]  # type: ignore[misc]
    await receive(store, shop, 2, limits=(once, keyed))
    first = store.log.runs()[1].id
    assert said(store.log.runs()[0].run.reason) == (
        f'concurrency: 1 of 1 under way for "crm": run {format_id(first)}'
    )

    await store.settle(shop.settlement(await claim_one(store)))
    await receive(store, shop, 2, limits=(once, keyed))

    assert states(store) == ["done", "suppressed", "queued"]


async def test_a_follow_up_that_waits_is_not_under_way(store: Store, shop: Shop) -> None:
    await receive(store, shop, 1, **limited("skip"))
    claimed = await claim_one(store)
    detail = store.log.event(claimed.run.event_id)
    assert detail is not None
    later = shop.follow_up(detail.event)
    await store.settle(shop.settlement(claimed, new_runs=(later,)))

    await receive(store, shop, 1, **limited("skip"))

    assert states(store) == ["done", "queued", "queued"]


# --- restart ---


async def test_the_newest_takes_the_place_of_the_one_that_waits(store: Store, shop: Shop) -> None:
    await asyncio.gather(*[receive(store, shop, number, **limited("restart")) for number in (1, 2)])
    await receive(store, shop, 3, **limited("restart"))

    first, second, third = (row.run for row in reversed(store.log.runs()))
    assert states(store) == ["cancelled", "cancelled", "queued"]
    assert said(second.reason) == (
        f'concurrency: run {format_id(third.id)} for "crm" has taken its place'
    )
    assert said(first.reason).startswith(f"concurrency: run {format_id(second.id)}")


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.QUEUED])
async def test_one_that_is_being_done_is_cancelled_when_it_settles(
    store: Store, shop: Shop, clock: ManualClock, state: RunState
) -> None:
    await receive(store, shop, 1, **limited("restart"))
    claimed = await claim_one(store)
    detail = store.log.event(claimed.run.event_id)
    assert detail is not None
    await receive(store, shop, 2, **limited("restart"))
    assert states(store) == ["running", "queued"]

    later = shop.follow_up(detail.event, parent_id=claimed.run.id)
    goes_on = await store.settle(
        shop.settlement(claimed, state, attempt=1, new_runs=(later,), run_at=clock.now_ms())
    )

    assert not goes_on
    newest = store.log.runs()[1].id
    ended = store.log.run(claimed.run.id)
    assert ended is not None
    assert (ended.run.state, said(ended.run.reason)) == (
        RunState.CANCELLED,
        f'concurrency: run {format_id(newest)} for "crm" has taken its place',
    )
    assert [attempt.status.value for attempt in ended.attempts] == ["ok"]
    assert [row.run.state for row in ended.children] == [RunState.CANCELLED]


async def test_one_that_is_done_already_stays_done_without_its_follow_ups(
    store: Store, shop: Shop
) -> None:
    await receive(store, shop, 1, **limited("restart"))
    claimed = await claim_one(store)
    detail = store.log.event(claimed.run.event_id)
    assert detail is not None
    await receive(store, shop, 2, **limited("restart"))

    later = shop.follow_up(detail.event)
    assert await store.settle(shop.settlement(claimed, new_runs=(later,)))

    assert states(store) == ["done", "queued", "cancelled"]


@pytest.mark.parametrize("way", ["recover", "return"])
async def test_one_that_was_claimed_and_comes_back_is_cancelled_then(
    store: Store, shop: Shop, clock: ManualClock, way: str
) -> None:
    await receive(store, shop, 1, **limited("restart"))
    claimed = await claim_one(store)
    await receive(store, shop, 2, **limited("restart"))

    if way == "return":
        await store.return_runs([claimed.run.id])
    else:
        clock.advance(LEASE_MS / 1000 + 1)
        await store.recover()

    ended = store.log.run(claimed.run.id)
    assert ended is not None
    assert ended.run.state is RunState.CANCELLED
    assert said(ended.run.reason).startswith("concurrency: run ")
    assert ended.run.finished_at == clock.now_ms()


async def test_a_cancelled_one_that_a_person_tries_again_is_not_cancelled_for_the_old_reason(
    store: Store, shop: Shop
) -> None:
    await receive(store, shop, 1, **limited("restart"))
    claimed = await claim_one(store)
    await receive(store, shop, 2, **limited("restart"))
    await store.settle(shop.settlement(claimed, RunState.RUNNING, attempt=1))
    await store.settle(shop.settlement(await claim_one(store)))

    assert await store.run_edits.retry(claimed.run.id)
    again = await claim_one(store)

    assert await store.settle(shop.settlement(again, RunState.RUNNING, attempt=1))


async def test_runs_with_a_slot_are_not_reserved_behind_others_of_their_lane(
    store: Store, shop: Shop
) -> None:
    for _ in range(2):
        await shop.receive(store)
    await shop.receive(store, run=limited("restart"))
    await shop.receive(store)

    assert [item.run.concurrency_key for item in await store.claim(5)] == [None, None]


async def test_follow_ups_of_a_slot_are_cancelled_with_it(store: Store, shop: Shop) -> None:
    await receive(store, shop, 1, **limited("restart"))
    claimed = await claim_one(store)
    detail = store.log.event(claimed.run.event_id)
    assert detail is not None
    later: NewRun = shop.follow_up(detail.event, concurrency_key=claimed.run.concurrency_key)
    await store.settle(shop.settlement(claimed, new_runs=(later,)))

    await receive(store, shop, 2, **limited("restart"))

    assert states(store) == ["done", "cancelled", "queued"]


async def test_a_wanted_run_cancels_nothing_and_is_not_skipped(store: Store, shop: Shop) -> None:
    for mode in ("restart", "skip"):
        event, _ = await shop.receive(store, run=limited(mode, key=f'"{mode}"'))
        wanted = shop.run(event, **limited(mode, key=f'"{mode}"'), is_wanted=True)
        await store.run_edits.add([wanted])

    assert states(store) == ["queued"] * 4


async def test_a_duplicate_takes_no_turn_and_cancels_nothing(store: Store, shop: Shop) -> None:
    for _ in range(3):
        await shop.receive(store, key="1", run=limited("restart"))

    assert states(store) == ["queued"]


async def test_a_parked_run_has_no_time(store: Store, shop: Shop) -> None:
    delivery = shop.delivery()
    event = shop.event(delivery)
    both = tuple(shop.run(event, **limited("queue")) for _ in range(2))

    await store.ingest(delivery, [EventPlan(event, both, 1)])

    run = store.log.runs()[0].run
    assert (run.waits_for, run.waits_until) == (Waits.PLACE, None)
    assert run.waits_since == run.created_at
    assert states(store) == ["queued", "parked"]
