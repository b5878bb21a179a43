"""Limits: what `once` and `throttle` let through is counted with the runs, or not at all."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automator.clock import ManualClock
from automator.model import AttemptStatus, KeyedLimit, RunState, Settlement, format_id
from automator.model.rule import Once, Throttle
from automator.store import EventPlan, Store
from automator.store.limits.limit_rows import PRUNED_AT_ONCE, prune_limits
from automator.store.runs.claims import MAX_CRASHES
from automator.store.runs.recovery import REST_MS
from tests.support.store import Shop, opened, with_tables
from tests.support.words import said

HOUR_MS = 3_600_000
ONCE = KeyedLimit(Once(key="event.actor.id"), '"lan"')
ONCE_A_DAY = KeyedLimit(Once(key="event.actor.id", period_ms=24 * HOUR_MS), '"lan"')


def throttle(limit: int, key: str = '"lan"', period_ms: int = HOUR_MS) -> KeyedLimit:
    return KeyedLimit(Throttle(key="event.actor.id", limit=limit, period_ms=period_ms), key)


def states(store: Store) -> list[str]:
    """What became of all runs, the oldest first."""
    return [row.run.state.label for row in reversed(store.log.runs(limit=1000))]


async def test_once_lets_one_run_through_for_each_key(store: Store, shop: Shop) -> None:
    other = KeyedLimit(ONCE.limit, '"minh"')
    await shop.receive(store, run={"limits": (ONCE,)})
    await shop.receive(store, run={"limits": (ONCE,)})
    await shop.receive(store, run={"limits": (other,)})

    first, second, third = reversed(store.log.runs())
    assert [row.run.state for row in (first, second, third)] == [
        RunState.QUEUED,
        RunState.SUPPRESSED,
        RunState.QUEUED,
    ]
    assert said(second.run.reason) == (
        f'once: already started for "lan" on 2026-11-24 00:00:00 UTC, run {format_id(first.id)}'
    )
    assert second.run.finished_at is not None


async def test_once_with_a_period_begins_again_when_it_is_over(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for seconds in (0, 86_399, 1, 1):
        clock.advance(seconds)
        await shop.receive(store, run={"limits": (ONCE_A_DAY,)})

    assert states(store) == ["queued", "suppressed", "queued", "suppressed"]
    assert said(store.log.runs()[2].run.reason).endswith("; again from 2026-11-25 00:00:00 UTC")


async def test_throttle_says_when_there_is_room_again(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for _ in range(3):
        await shop.receive(store, run={"limits": (throttle(2),)})
        clock.advance(60)

    held_back, last, _ = store.log.runs()
    assert said(held_back.run.reason) == (
        'throttle: runs within 1 h for "lan": 2, the last on 2026-11-24 00:01:00 UTC, '
        f"run {format_id(last.id)}; again from 2026-11-24 01:00:00 UTC"
    )


async def test_two_events_in_one_batch_are_counted_one_after_the_other(
    store: Store, shop: Shop
) -> None:
    await asyncio.gather(*[shop.receive(store, run={"limits": (throttle(3),)}) for _ in range(20)])

    assert sorted(states(store)) == ["queued"] * 3 + ["suppressed"] * 17


async def test_a_duplicate_counts_nothing(store: Store, shop: Shop) -> None:
    limits = {"limits": (throttle(2),)}
    for key in ("1", "1", "1", "2", "3"):
        await shop.receive(store, key=key, run=limits)

    assert states(store) == ["queued", "queued", "suppressed"]


async def test_a_batch_that_is_done_item_by_item_counts_each_run_once(
    store: Store, shop: Shop
) -> None:
    delivery = shop.delivery()
    event = shop.event(delivery)
    bad = EventPlan(event, (shop.run(event, lane=b"not a text", event_id=None),), 1)

    results = await asyncio.gather(
        shop.receive(store, run={"limits": (throttle(2),)}),
        store.ingest(delivery, [bad]),
        shop.receive(store, run={"limits": (throttle(2),)}),
        shop.receive(store, run={"limits": (throttle(2),)}),
        return_exceptions=True,
    )

    assert [isinstance(result, Exception) for result in results] == [False, True, False, False]
    assert states(store) == ["queued", "queued", "suppressed"]


async def test_a_commit_that_failed_has_counted_nothing(
    sqlite_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(sqlite_store_url, clock) as store:
        delivery = shop.delivery()
        event = shop.event(delivery)
        fine, bad = shop.run(event, limits=(ONCE,)), shop.run(event, event_id=None)

        with pytest.raises(Exception, match="NOT NULL"):
            await store.ingest(delivery, [EventPlan(event, (fine, bad), 1)])
        await shop.receive(store, run={"limits": (ONCE,)})

        assert states(store) == ["queued"]


async def test_what_was_counted_is_known_after_a_restart(
    store_url: str, shop: Shop, clock: ManualClock
) -> None:
    for _ in range(2):
        async with opened(store_url, clock) as store:
            await shop.receive(store, run={"limits": (ONCE,)})
            found = states(store)

    assert found == ["queued", "suppressed"]


async def test_two_nodes_together_let_through_what_one_would(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as other,
    ):
        shops = Shop(clock, 1), Shop(clock, 2)
        keys = [throttle(3, f'"{number % 4}"') for number in range(40)]
        for start in range(0, len(keys), 8):
            await asyncio.gather(
                *[
                    shop.receive(store, run={"limits": (key,)})
                    for store, shop in zip((one, other), shops, strict=True)
                    for key in keys[start : start + 8]
                ]
            )

        assert states(one).count("queued") == 3 * 4
        assert states(one).count("suppressed") == 2 * len(keys) - 3 * 4


async def test_a_run_that_one_limit_holds_back_is_counted_by_none(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    once, slow = KeyedLimit(Once(key="event.post.id"), '"p9"'), throttle(1)
    await shop.receive(store, run={"limits": (slow,)})
    await shop.receive(store, run={"limits": (once, slow)})
    clock.advance(3600)
    await shop.receive(store, run={"limits": (once, slow)})

    assert states(store) == ["queued", "suppressed", "queued"]


async def test_a_rule_in_shadow_mode_takes_nothing_from_the_live_one(
    store: Store, shop: Shop
) -> None:
    shadow = {"limits": (ONCE,), "data": {"mode": "shadow"}}
    for run in (shadow, shadow, {"limits": (ONCE,)}):
        await shop.receive(store, run=run)

    assert states(store) == ["queued", "suppressed", "queued"]


async def test_two_rules_with_the_same_key_count_for_themselves(store: Store, shop: Shop) -> None:
    for rule in ("a", "b"):
        await shop.receive(store, run={"limits": (ONCE,), "rule": rule})

    assert states(store) == ["queued", "queued"]


async def test_a_run_that_is_wanted_is_counted_and_not_held_back(store: Store, shop: Shop) -> None:
    event, _ = await shop.receive(store, run={"limits": (throttle(2),)})
    wanted = [shop.run(event, limits=(throttle(2),), is_wanted=True) for _ in range(2)]

    await store.run_edits.add(wanted)
    await shop.receive(store, run={"limits": (throttle(2),)})

    assert states(store) == ["queued", "queued", "queued", "suppressed"]


async def end(store: Store, shop: Shop, state: RunState, *tried: AttemptStatus) -> None:
    """Ends the only run that is due, after attempts that ended so."""
    claimed = (await store.claim(1))[0]
    attempts = tuple(shop.attempt(claimed, status=status) for status in tried)
    ended: Settlement = shop.settlement(claimed, state, step=0, attempts=attempts)
    assert await store.settle(ended)


@pytest.mark.parametrize(
    ("state", "tried", "is_given_back"),
    [
        (RunState.DEAD, [AttemptStatus.RETRY, AttemptStatus.FAILED], True),
        (RunState.CANCELLED, [], True),
        (RunState.DONE, [], False),
        (RunState.UNKNOWN, [AttemptStatus.UNKNOWN], False),
        (RunState.DEAD, [AttemptStatus.OK, AttemptStatus.FAILED], False),
        (RunState.DEAD, [AttemptStatus.UNKNOWN, AttemptStatus.FAILED], False),
    ],
)
async def test_a_run_that_did_nothing_gives_its_place_back(
    store: Store, shop: Shop, state: RunState, tried: list[AttemptStatus], is_given_back: bool
) -> None:
    for limit in (ONCE, throttle(1)):
        await shop.receive(store, run={"limits": (limit,)})
        await end(store, shop, state, *tried)

        await shop.receive(store, run={"limits": (limit,)})

        last = store.log.runs()[0]
        assert last.run.state is (RunState.QUEUED if is_given_back else RunState.SUPPRESSED)
        await store.run_edits.cancel(last.id, "hoa")


async def test_a_quarantined_run_may_have_acted_and_gives_nothing_back(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store, run={"limits": (ONCE,)})
    for _ in range(MAX_CRASHES):
        assert await store.claim(1)
        clock.advance(3600)
        await store.recover()
        clock.advance(REST_MS[-1] / 1000)
    await shop.receive(store, run={"limits": (ONCE,)})

    assert states(store) == ["dead", "suppressed"]


async def test_a_rule_behind_one_that_stops_acts_only_when_that_one_is_held_back(
    store: Store, shop: Shop
) -> None:
    async def receive() -> None:
        delivery = shop.delivery()
        event = shop.event(delivery)
        first = shop.run(event, limits=(ONCE,), rule="a")
        second = shop.run(event, limits=(ONCE,), rule="b", instead_of=first.id)
        third = shop.run(event, rule="c", instead_of=second.id)
        await store.ingest(delivery, [EventPlan(event, (first, second, third), 1)])

    for _ in range(3):
        await receive()

    found = [f"{row.run.rule} {row.run.state.label}" for row in reversed(store.log.runs())]
    assert found == [
        *["a queued"],
        *["a suppressed", "b queued"],
        *["a suppressed", "b suppressed", "c queued"],
    ]


async def test_only_counters_that_are_over_are_pruned_and_in_portions(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    delivery = shop.delivery()
    event = shop.event(delivery)
    many = [shop.run(event, limits=(throttle(1, f'"{n}"'),)) for n in range(2 * PRUNED_AT_ONCE + 1)]
    await store.ingest(delivery, [EventPlan(event, tuple(many), 1)])
    await shop.receive(store, run={"limits": (ONCE,)})
    clock.advance(1800)
    await shop.receive(store, run={"limits": (throttle(1, '"late"'),)})
    clock.advance(1800)

    assert await store._edit(prune_limits) == PRUNED_AT_ONCE
    assert await store.limits.prune() == PRUNED_AT_ONCE + 1
    assert await store.limits.prune() == 0
    await shop.receive(store, run={"limits": (ONCE,)})
    await shop.receive(store, run={"limits": (throttle(1, '"late"'),)})
    assert states(store)[-2:] == ["suppressed", "suppressed"]


@settings(max_examples=25)
@given(
    limit=st.integers(1, 4),
    waits_s=st.lists(st.sampled_from([0, 1, 20, 59, 60, 61, 3600]), min_size=5, max_size=25),
)
def test_in_no_stretch_of_time_are_there_more_runs_than_throttle_lets_through(
    limit: int, waits_s: Sequence[int]
) -> None:
    """And none is held back while there is room."""
    period_ms = 60_000

    async def scenario() -> None:
        clock = ManualClock()
        shop = Shop(clock)
        let_through: list[int] = []
        with tempfile.TemporaryDirectory() as folder:
            async with opened(with_tables(Path(folder)), clock) as store:
                for wait_s in waits_s:
                    clock.advance(wait_s)
                    now = clock.now_ms()
                    keyed = throttle(limit, period_ms=period_ms)
                    await shop.receive(store, run={"limits": (keyed,)})
                    counted = [at for at in let_through if at > now - period_ms]
                    goes_ahead = store.log.runs(limit=1)[0].run.state is RunState.QUEUED
                    assert goes_ahead == (len(counted) < limit)
                    if goes_ahead:
                        let_through.append(now)

    asyncio.run(scenario())
