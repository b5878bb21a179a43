"""Claims keep the order of each lane, hold each run once, and come back after a crash."""

import asyncio

from automator.clock import ManualClock
from automator.model import Claimed, Outcome, RunState, quoted
from automator.reasons.runs import interrupted, quarantined
from automator.store import Store
from automator.store.batch.batch import LEASE_MS
from automator.store.runs.recovery import REST_MS
from tests.support.store import NODE, Shop, opened
from tests.support.words import said


def ids(claimed: list[Claimed]) -> list[int]:
    return [item.run.event_id for item in claimed]


async def test_a_lane_is_claimed_as_a_claim_batch_in_the_order_of_arrival(
    store: Store, shop: Shop
) -> None:
    events = [(await shop.receive(store))[0].id for _ in range(20)]

    first, second = await store.claim(10), await store.claim(10)

    assert ids(first) == events[:16]
    assert second == []
    assert {item.run.state for item in first} == {RunState.RUNNING}
    assert {(item.run.owner, item.run.attempt) for item in first} == {(NODE, 1)}


async def test_the_rest_of_a_lane_follows_when_its_claim_batch_is_done(
    store: Store, shop: Shop
) -> None:
    events = [(await shop.receive(store))[0].id for _ in range(18)]
    claim_batch = await store.claim(10)

    await asyncio.gather(*[store.settle(shop.settlement(item)) for item in claim_batch])

    assert ids(await store.claim(10)) == events[16:]


async def test_the_limit_counts_lanes(store: Store, shop: Shop) -> None:
    for who in ("lan", "minh", "hoa"):
        await shop.receive(store, who=who, runs=2)

    claimed = await store.claim(2)

    assert [item.run.lane for item in claimed] == ["shop-page:lan"] * 2 + ["shop-page:minh"] * 2


async def test_runs_without_a_lane_have_no_order(store: Store, shop: Shop) -> None:
    for _ in range(3):
        await shop.receive(store, lane=None)

    assert len(await store.claim(2)) == 2
    assert len(await store.claim(2)) == 1


async def test_a_retrying_run_holds_its_lane(store: Store, shop: Shop, clock: ManualClock) -> None:
    first, _ = await shop.receive(store)
    claimed = (await store.claim(1))[0]
    second, _ = await shop.receive(store)
    later = clock.now_ms() + 5_000
    await store.settle(shop.settlement(claimed, RunState.QUEUED, step=0, attempt=1, run_at=later))

    assert await store.claim(1) == []
    assert store.next_due() == later

    clock.advance(5)
    assert ids(await store.claim(1)) == [first.id, second.id]


async def test_a_claim_batch_ends_before_a_run_that_is_not_due(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    first, _ = await shop.receive(store)
    await store.run_edits.add([shop.follow_up(first, in_ms=1_000)])

    assert ids(await store.claim(5)) == [first.id]
    clock.advance(1)
    assert await store.claim(5) == []


async def test_a_sleeping_follow_up_holds_nobody(store: Store, shop: Shop) -> None:
    first, _ = await shop.receive(store, runs=0)
    await store.run_edits.add([shop.follow_up(first)])

    second, _ = await shop.receive(store)

    assert ids(await store.claim(5)) == [second.id]


async def test_a_clock_that_steps_back_does_not_turn_a_lane_round(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    first, _ = await shop.receive(store)
    clock.advance(-2)
    second, _ = await shop.receive(store)
    clock.advance(2)

    assert ids(await store.claim(1)) == [first.id, second.id]


async def test_the_claim_carries_the_event_and_the_contact(store: Store, shop: Shop) -> None:
    event, _ = await shop.receive(store)

    claimed = (await store.claim(1))[0]

    assert claimed.event is event.body
    assert claimed.connection == "shop-page"
    assert claimed.contact == {
        "id": "lan",
        "name": "Lan",
        "state": {},
        "tags": [],
        "first_seen": "2026-11-24T00:00:00.000Z",
        "last_inbound_at": "2026-11-24T00:00:00.000Z",
        "opted_out": False,
        "opted_out_at": None,
        "opted_out_by": None,
        "blocked": False,
        "blocked_at": None,
        "blocked_by": None,
        "human_reply_at": None,
        "window_opened_at": None,
    }


async def test_a_second_claim_reads_the_event_from_the_table(store: Store, shop: Shop) -> None:
    event, _ = await shop.receive(store)
    await store.return_runs([item.run.id for item in await store.claim(1)])

    claimed = (await store.claim(1))[0]

    assert claimed.event == event.body
    assert claimed.run.attempt == 1


async def test_a_claim_in_the_batch_of_its_event_sees_it(store: Store, shop: Shop) -> None:
    (event, _), claimed = await asyncio.gather(shop.receive(store), store.claim(1))

    assert ids(claimed) == [event.id]
    assert claimed[0].event is event.body


async def test_only_what_this_node_holds_can_be_returned(store: Store, shop: Shop) -> None:
    await shop.receive(store)
    claimed = (await store.claim(1))[0]
    await store.settle(shop.settlement(claimed))

    await store.return_runs([claimed.run.id])

    assert store.log.runs()[0].run.state is RunState.DONE


async def test_work_is_announced_when_a_run_is_due_and_when_it_is_the_first_of_its_lane(
    store: Store, shop: Shop
) -> None:
    announced = asyncio.Event()
    store.work_available = announced.set

    await shop.receive(store, runs=0)
    await asyncio.sleep(0.01)
    assert not announced.is_set()

    await shop.receive(store)
    await asyncio.wait_for(announced.wait(), 60)

    claimed = (await store.claim(1))[0]
    await shop.receive(store)
    await asyncio.sleep(0.01)
    announced.clear()
    await store.settle(shop.settlement(claimed))
    await asyncio.wait_for(announced.wait(), 60)

    last = (await store.claim(1))[0]
    announced.clear()
    await store.settle(shop.settlement(last))
    await asyncio.sleep(0.01)
    assert not announced.is_set()


async def test_the_next_due_time_falls_when_something_earlier_is_stored(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    event, _ = await shop.receive(store, runs=0)
    assert store.next_due() is None

    await store.run_edits.add(
        [shop.follow_up(event, in_ms=9_000), shop.follow_up(event, in_ms=4_000)]
    )

    assert store.next_due() == clock.now_ms() + 4_000


async def test_a_crash_requeues_and_the_fourth_one_quarantines(
    store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(store_url, clock) as store:
        await shop.receive(store)
        assert not (await store.claim(1))[0].run.was_interrupted
    for crash, rest_ms in enumerate(REST_MS, 1):
        clock.advance(LEASE_MS / 1000 + 1)
        async with opened(store_url, clock) as store:
            assert await store.recover() == 1
            assert await store.claim(1) == []
            assert store.next_due() == clock.now_ms() + rest_ms
            clock.advance(rest_ms / 1000)
            claimed = (await store.claim(1))[0]
            assert (claimed.run.attempt, claimed.run.crashes) == (crash + 1, crash)
            assert claimed.run.reason == interrupted()
    clock.advance(LEASE_MS / 1000 + 1)
    async with opened(store_url, clock) as store:
        assert await store.recover() == 1

        dead = store.log.runs()[0].run
        assert (dead.state, dead.reason, dead.crashes) == (RunState.DEAD, quarantined(crashes=4), 4)
        assert (dead.finished_at, dead.outcome) == (clock.now_ms(), Outcome.MAYBE_SENT)
        assert await store.claim(1) == []


async def test_after_its_third_crash_a_run_rests_until_no_process_has_died_for_minutes(
    store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(store_url, clock) as store:
        await shop.receive(store)
    for rest_ms in REST_MS:
        async with opened(store_url, clock) as store:
            clock.advance(rest_ms / 1000)
            assert len(await store.claim(1)) == 1
            clock.advance(LEASE_MS / 1000 + 1)
            await store.recover()
    for number in range(20):
        async with opened(store_url, clock) as store:
            await shop.receive(store, who=f"other {number}")
            clock.advance(30)
            claimed = await store.claim(30)
            assert 0 < len(claimed) == sum(item.run.crashes < 3 for item in claimed)
            await asyncio.gather(*[store.settle(shop.settlement(item)) for item in claimed[1:]])
            clock.advance(LEASE_MS / 1000 + 1)
            assert await store.recover() == 1

    async with opened(store_url, clock) as store:
        clock.advance(REST_MS[-1] / 1000)
        (tried,) = [item for item in await store.claim(30) if item.run.crashes == 3]
        await store.settle(shop.settlement(tried))
        assert RunState.DEAD not in {row.run.state for row in store.log.runs()}


async def test_a_person_can_try_a_dead_run_again_and_cancel_a_waiting_one(
    store: Store, shop: Shop
) -> None:
    await shop.receive(store)
    claimed = (await store.claim(1))[0]
    await store.settle(
        shop.settlement(claimed, RunState.DEAD, step=0, attempt=1, reason=quoted("404"))
    )
    run_id = claimed.run.id

    assert await store.run_edits.retry(run_id)
    assert not await store.run_edits.retry(run_id)
    assert await store.run_edits.cancel(run_id, "hoa")
    assert not await store.run_edits.cancel(run_id, "hoa")

    assert said(store.log.runs()[0].run.reason) == "cancelled by hoa"
    assert await store.claim(1) == []


async def test_a_sleeping_run_can_be_done_now_and_once(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store)
    claimed = (await store.claim(1))[0]
    later = clock.now_ms() + 3_600_000
    await store.settle(
        shop.settlement(
            claimed, RunState.QUEUED, step=0, attempt=1, run_at=later, reason=quoted("503")
        )
    )
    assert await store.claim(1) == []

    assert await store.run_edits.run_now(claimed.run.id)

    assert [item.run.id for item in await store.claim(1)] == [claimed.run.id]
    assert not await store.run_edits.run_now(claimed.run.id)


async def test_a_head_that_waits_again_is_not_claimed_while_its_claim_batch_goes_on(
    store: Store, shop: Shop
) -> None:
    for _ in range(3):
        await shop.receive(store)
    head, second, third = await store.claim(1)
    await store.settle(shop.settlement(head, RunState.QUEUED, step=0, attempt=1))

    assert await store.claim(1) == []

    await store.return_runs([second.run.id, third.run.id])
    assert ids(await store.claim(1)) == [item.run.event_id for item in (head, second, third)]


async def test_only_the_run_of_a_claim_batch_that_was_begun_counts_a_crash(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for _ in range(4):
        await shop.receive(store)
    first, second, _, _ = await store.claim(1)
    await store.settle(shop.settlement(first, begins=second.run.id))
    clock.advance(LEASE_MS / 1000 + 1)

    assert await store.recover() == 3

    found = [row.run for row in reversed(store.log.runs())]
    assert [(run.crashes, run.attempt, run.reason) for run in found] == [
        (0, 0, None),
        (1, 1, interrupted()),
        (0, 0, None),
        (0, 0, None),
    ]


async def test_a_run_that_died_with_its_process_rests_and_is_done_without_its_claim_batch(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    first, _ = await shop.receive(store)
    await shop.receive(store)
    await store.claim(1)
    clock.advance(LEASE_MS / 1000 + 1)
    await store.recover()
    assert await store.claim(1) == []

    clock.advance(REST_MS[0] / 1000)

    assert ids(await store.claim(1)) == [first.id]
    assert await store.claim(1) == []


async def test_of_the_runs_that_died_twice_one_is_tried_at_a_time(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for who in ("lan", "minh"):
        await shop.receive(store, who=who)
    for rest_ms in REST_MS[:2]:
        await store.claim(5)
        clock.advance(LEASE_MS / 1000 + 1)
        await store.recover()
        clock.advance(rest_ms / 1000)
    await shop.receive(store, who="hoa")

    alone = await store.claim(5)
    others = await store.claim(5, may_be_alone=False)

    assert [item.run.lane for item in alone] == ["shop-page:lan", "shop-page:hoa"]
    assert others == []
    await store.settle(shop.settlement(alone[0]))
    assert [item.run.lane for item in await store.claim(5)] == ["shop-page:minh"]
