"""`debounce`: what comes in a row is collected into one run, as long as nobody has begun it."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automator.clock import ManualClock
from automator.model import KeyedLimit, RunState, format_id
from automator.model.rule import MOST_COLLECTED, Debounce, Once, Throttle
from automator.store import EventPlan, Store
from tests.support.store import Shop, opened, with_tables
from tests.support.words import said

QUIET_S, MAX_WAIT_S = 30, 100
DEBOUNCE = Debounce(key="event.actor.id", quiet_ms=QUIET_S * 1000, max_wait_ms=MAX_WAIT_S * 1000)
KEYED = KeyedLimit(DEBOUNCE, '"lan"')
LIMITED = {"limits": (KEYED,)}


def states(store: Store) -> list[str]:
    return [row.run.state.label for row in reversed(store.log.runs(limit=1000))]


async def test_later_events_join_the_run_of_the_first_and_move_it_on(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    texts = ["alo", "còn hàng", "size M"]
    for text in texts:
        await shop.receive(store, run=LIMITED, body={"text": text})
        clock.advance(20)

    assert await store.claim(5) == []
    clock.advance(10)
    (claimed,) = await store.claim(5)
    assert claimed.event["text"] == "alo"
    assert [event["text"] for event in claimed.events] == texts
    first, second, third = (row.run for row in reversed(store.log.runs()))
    assert said(second.reason) == (
        f'debounce: collected into run {format_id(first.id)} as event 2 with "lan"; '
        "it acts at 2026-11-24 00:00:50 UTC, or later if more come"
    )
    assert (third.parent_id, third.state, third.is_collected) == (
        first.id,
        RunState.SUPPRESSED,
        True,
    )
    detail = store.log.run(first.id)
    assert detail is not None
    assert [row.id for row in detail.collected] == [second.id, third.id]
    assert detail.children == ()


async def test_a_run_that_waits_says_how_many_events_it_has(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store, run=LIMITED)
    first = store.log.runs()[0].run
    await shop.receive(store, run=LIMITED)
    (joined,) = await asyncio.gather(shop.receive(store, run=LIMITED))

    assert said(first.reason) == said(first.note)
    assert said(first.reason) == (
        'debounce: acts 30 s after the last event with "lan", 1 min 40 s after the first'
    )
    moved = store.log.run(first.id)
    assert moved is not None
    assert said(moved.run.because) == (
        "debounce: events so far: 3; acts at 2026-11-24 00:00:30 UTC, or later if more come"
    )
    assert joined[0].id != first.event_id
    assert await store.claim(5) == []
    assert clock.now_ms() + 30_000 == store.next_due()


async def test_events_of_one_batch_make_one_run(store: Store, shop: Shop) -> None:
    await asyncio.gather(*[shop.receive(store, run=LIMITED) for _ in range(10)])

    assert sorted(states(store)) == ["queued"] + ["suppressed"] * 9
    clock = shop.clock
    clock.advance(QUIET_S)
    (claimed,) = await store.claim(5)
    assert len(claimed.events) == 10


async def test_it_does_not_wait_for_ever(store: Store, shop: Shop, clock: ManualClock) -> None:
    for _ in range(5):
        await shop.receive(store, run=LIMITED)
        clock.advance(24)

    (claimed,) = await store.claim(5)
    assert len(claimed.events) == 5
    assert claimed.run.run_at == claimed.run.created_at + MAX_WAIT_S * 1000


@pytest.mark.parametrize("is_settled", [True, False])
async def test_a_run_that_was_claimed_is_not_joined(
    store: Store, shop: Shop, clock: ManualClock, is_settled: bool
) -> None:
    await shop.receive(store, run=LIMITED)
    clock.advance(QUIET_S)
    (claimed,) = await store.claim(5)
    if is_settled:
        await store.settle(shop.settlement(claimed))

    await shop.receive(store, run=LIMITED)

    assert states(store) == ["done" if is_settled else "running", "queued"]


async def test_a_run_that_is_tried_again_or_was_cancelled_is_not_joined(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store, run=LIMITED)
    clock.advance(QUIET_S)
    (claimed,) = await store.claim(5)
    again = shop.settlement(
        claimed, RunState.QUEUED, step=0, attempt=1, run_at=clock.now_ms() + 5_000
    )
    await store.settle(again)

    await shop.receive(store, run=LIMITED)
    await store.run_edits.cancel(store.log.runs()[0].id, "hoa")
    await shop.receive(store, run=LIMITED)

    assert states(store) == ["queued", "cancelled", "queued"]


async def test_a_run_that_is_due_and_not_claimed_yet_is_joined(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store, run=LIMITED)
    clock.advance(MAX_WAIT_S + 5)
    await shop.receive(store, run=LIMITED)

    (claimed,) = await store.claim(5)
    assert len(claimed.events) == 2


async def test_a_run_collects_only_so_many_events(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for _ in range(MOST_COLLECTED + 2):
        await shop.receive(store, run=LIMITED)
    clock.advance(QUIET_S)

    claimed = await store.claim(5)
    assert [len(item.events) for item in claimed] == [MOST_COLLECTED, 2]


LIMITED_TO_3 = {"limits": (KeyedLimit(replace(DEBOUNCE, limit=3), '"lan"'),)}


@pytest.mark.parametrize("in_one_batch", [True, False])
async def test_with_its_last_event_a_run_acts_at_once_and_the_next_event_begins_another(
    store: Store, shop: Shop, clock: ManualClock, in_one_batch: bool
) -> None:
    arriving = [shop.receive(store, run=LIMITED_TO_3) for _ in range(4)]
    if in_one_batch:
        await asyncio.gather(*arriving)
    else:
        for one in arriving:
            await one
            clock.advance(1)

    (claimed,) = await store.claim(5)
    assert len(claimed.events) == 3
    newer, third, *_, first = (row.run for row in store.log.runs())
    assert said(first.note) == (
        'debounce: acts 30 s after the last event with "lan", 1 min 40 s after the first, '
        "or at once with event 3"
    )
    assert said(third.reason).startswith(
        f'debounce: collected into run {format_id(first.id)} as event 3 with "lan", the last; '
        "it acts at 2026-11-24 00:00:0"
    )
    assert (newer.state, newer.is_collected) == (RunState.QUEUED, False)


async def test_the_last_event_does_not_make_a_run_act_before_the_opening(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    opening = clock.now_ms() + 3_600_000
    for _ in range(3):
        await shop.receive(store, run={**LIMITED_TO_3, "run_at": opening})

    assert await store.claim(5) == []
    assert store.next_due() == opening


async def test_only_what_begins_a_run_is_counted(store: Store, shop: Shop) -> None:
    throttle = KeyedLimit(Throttle(key="x", limit=2, period_ms=3_600_000), '"x"')
    for _ in range(3):
        await shop.receive(store, run={"limits": (throttle, KEYED)})
    await shop.receive(store, run={"limits": (throttle,)})
    await shop.receive(store, run={"limits": (throttle,)})

    reasons = [said(row.run.reason).split(":")[0] for row in reversed(store.log.runs())]
    assert reasons == ["debounce", "debounce", "debounce", "", "throttle"]


async def test_what_is_held_back_collects_nothing(store: Store, shop: Shop) -> None:
    once = KeyedLimit(Once(key="x"), '"x"')
    await shop.receive(store, run={"limits": (once,)})
    for _ in range(2):
        await shop.receive(store, run={"limits": (once, KEYED)})

    assert states(store) == ["queued", "suppressed", "suppressed"]
    assert not any(row.run.is_collected for row in store.log.runs())


async def test_a_follow_up_and_its_shadow_see_their_own_events(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    shadow = {"limits": (KEYED,), "data": {"mode": "shadow"}}
    for run in (shadow, LIMITED, shadow, LIMITED, LIMITED):
        await shop.receive(store, run=run)
    clock.advance(QUIET_S)

    claimed = await store.claim(5)
    assert [len(item.events) for item in claimed] == [2, 3]
    detail = store.log.event(claimed[1].run.event_id)
    assert detail is not None
    later = shop.follow_up(detail.event, data={"collected_by": claimed[1].run.id}, in_ms=0)
    for item, new in zip(claimed, ((), (later,)), strict=True):
        await store.settle(shop.settlement(item, new_runs=new))
    assert [len(item.events) for item in await store.claim(5)] == [3]


async def test_it_waits_for_the_opening_as_well(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    opening = clock.now_ms() + 3_600_000
    for _ in range(2):
        await shop.receive(store, run={"limits": (KEYED,), "run_at": opening})

    assert await store.claim(5) == []
    assert store.next_due() == opening
    clock.advance(3600)
    (claimed,) = await store.claim(5)
    assert len(claimed.events) == 2


async def test_a_wanted_run_neither_joins_nor_waits(store: Store, shop: Shop) -> None:
    event, _ = await shop.receive(store, run=LIMITED)

    await store.run_edits.add([shop.run(event, limits=(KEYED,), is_wanted=True)])

    assert [len(item.events) for item in await store.claim(5)] == [1]
    await shop.receive(store, run=LIMITED)
    assert store.log.runs()[0].run.is_collected


async def test_a_rule_behind_one_that_stops_does_not_act_for_what_was_collected(
    store: Store, shop: Shop
) -> None:
    for _ in range(2):
        delivery = shop.delivery()
        event = shop.event(delivery)
        first = shop.run(event, limits=(KEYED,))
        second = shop.run(event, rule="b", instead_of=first.id)
        await store.ingest(delivery, [EventPlan(event, (first, second), 1)])

    assert states(store) == ["queued", "suppressed"]


async def test_two_nodes_collect_into_one_run(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as other,
    ):
        shops = Shop(clock, 1), Shop(clock, 2)
        for _ in range(10):
            await asyncio.gather(
                *[
                    shop.receive(store, run=LIMITED)
                    for store, shop in zip((one, other), shops, strict=True)
                ]
            )
        clock.advance(QUIET_S)

        (claimed,) = await one.claim(5)
        assert len(claimed.events) == 20


@settings(max_examples=25)
@given(waits_s=st.lists(st.sampled_from([0, 1, 15, 29, 30, 31, 60]), min_size=3, max_size=20))
def test_each_event_is_in_exactly_one_run_that_acts_neither_too_early_nor_too_late(
    waits_s: Sequence[int],
) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        shop = Shop(clock)
        expected: list[list[int]] = []
        acted: list[list[str]] = []
        with tempfile.TemporaryDirectory() as folder:
            async with opened(with_tables(Path(folder)), clock) as store:

                async def act_until(now_ms: int) -> None:
                    while (due := store.next_due()) is not None and due <= now_ms:
                        clock.advance((due - clock.now_ms()) / 1000)
                        for item in await store.claim(5):
                            acted.append([event["text"] for event in item.events])
                            await store.settle(shop.settlement(item))
                    clock.advance((now_ms - clock.now_ms()) / 1000)

                for number, wait_s in enumerate(waits_s):
                    await act_until(clock.now_ms() + wait_s * 1000)
                    now = clock.now_ms() // 1000
                    await shop.receive(store, run=LIMITED, body={"text": f"{number} {now}"})
                    times = expected[-1] if expected else []
                    due = min(times[-1] + QUIET_S, times[0] + MAX_WAIT_S) if times else 0
                    if now < due:
                        times.append(now)
                    else:
                        expected.append([now])
                await act_until(clock.now_ms() + MAX_WAIT_S * 1000)

        assert [[int(text.split()[1]) for text in run] for run in acted] == expected
        numbers = [int(text.split()[0]) for run in acted for text in run]
        assert numbers == list(range(len(waits_s)))

    asyncio.run(scenario())
