"""Every stored deadline has an upper bound from what made it, whatever was done to the clock."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automator.clock import ManualClock, iso_time
from automator.model import KeyedLimit, RunState
from automator.model.rule import Debounce, Once, Throttle
from automator.model.speech import LONGEST_WAIT_MS, SPAN_MS, Permission
from automator.store import Store
from tests.support.store import UNLIMITED, Shop, opened, with_tables
from tests.support.tokens import LIVES_S, Account, a_keeper
from tests.support.words import said

AHEAD_S = 30 * 86_400.0
PERIOD_S = 20
ONCE = Once(key="event.actor.id", period_ms=PERIOD_S * 1000)
THROTTLE = Throttle(key="event.actor.id", limit=1, period_ms=PERIOD_S * 1000)
SPEECH = replace(UNLIMITED, per_contact=1, per_connection=1)

#: Time that goes by, and seconds by which the clock is set then.
Moves = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 19, 20, 21, 3600]),
        st.sampled_from([0, 0, -7200, 7200, AHEAD_S, -AHEAD_S, 0.4]),
    ),
    min_size=1,
    max_size=8,
)


async def state_of_next(store: Store, shop: Shop, limit: Once | Throttle | Debounce) -> RunState:
    await shop.receive(store, run={"limits": (KeyedLimit(limit, '"lan"'),)})
    return store.log.runs(limit=1)[0].run.state


@pytest.mark.parametrize("limit", [ONCE, THROTTLE], ids=["once", "throttle"])
async def test_a_limit_that_a_clock_ahead_has_counted_holds_nothing_back_after_its_period(
    store: Store, shop: Shop, clock: ManualClock, limit: Once | Throttle
) -> None:
    clock.set_by(AHEAD_S)
    assert await state_of_next(store, shop, limit) is RunState.QUEUED
    clock.set_by(-AHEAD_S)

    assert await state_of_next(store, shop, limit) is RunState.SUPPRESSED
    again_at = iso_time(clock.now_ms() + PERIOD_S * 1000)[:19].replace("T", " ")
    assert f"again from {again_at} UTC" in said(store.log.runs(limit=1)[0].run.reason)
    clock.advance(PERIOD_S)

    assert await state_of_next(store, shop, limit) is RunState.QUEUED


@settings(max_examples=25, deadline=None)
@given(moves=Moves, limit=st.sampled_from([ONCE, THROTTLE]))
def test_after_its_period_a_limit_is_free_however_the_clock_was_set_before(
    moves: Sequence[tuple[float, float]], limit: Once | Throttle
) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        shop = Shop(clock)
        with tempfile.TemporaryDirectory() as folder:
            async with opened(with_tables(Path(folder)), clock) as store:
                for passed, step in moves:
                    clock.advance(passed)
                    clock.set_by(step)
                    await state_of_next(store, shop, limit)
                clock.advance(PERIOD_S)
                assert await state_of_next(store, shop, limit) is RunState.QUEUED

    asyncio.run(scenario())


async def test_a_budget_that_a_clock_ahead_has_used_up_is_there_again_after_a_minute(
    store: Store, clock: ManualClock
) -> None:
    person = replace(SPEECH, per_connection=0)
    clock.set_by(AHEAD_S)
    assert await store.ask_to_speak(person) == Permission()
    clock.set_by(-AHEAD_S)

    assert await store.ask_to_speak(person) == Permission(contact_is_full=True)
    clock.advance(SPAN_MS / 1000)

    assert await store.ask_to_speak(person) == Permission()


async def test_turns_that_a_clock_ahead_has_given_are_no_further_away_than_turns_can_be(
    store: Store, clock: ManualClock
) -> None:
    through = replace(SPEECH, per_contact=0)
    clock.set_by(AHEAD_S)
    await store.ask_to_speak(through)
    clock.set_by(-AHEAD_S)

    given_at = (await store.ask_to_speak(through)).slot_at
    assert given_at is not None
    assert given_at <= clock.now_ms() + LONGEST_WAIT_MS + SPAN_MS
    clock.advance(LONGEST_WAIT_MS / 1000 + SPAN_MS / 1000)

    assert await store.ask_to_speak(through) == Permission()


async def test_what_is_collected_acts_within_its_longest_wait_though_a_clock_ahead_began_it(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    collecting = Debounce(key="event.actor.id", quiet_ms=30_000, max_wait_ms=100_000)
    clock.set_by(AHEAD_S)
    await state_of_next(store, shop, collecting)
    clock.set_by(-AHEAD_S)
    await state_of_next(store, shop, collecting)

    clock.advance(100)

    (claimed,) = await store.claim(5)
    assert len(claimed.events) == 2


async def test_an_answer_by_hand_pauses_for_its_pause_though_it_came_by_a_clock_ahead(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    body = {"message": {"id": "m", "sent_by": "human"}, "conversation": {"id": "lan"}}
    paused = {"pause_ms": 60_000}
    clock.set_by(AHEAD_S)
    await shop.receive(store, runs=0, who="page", type="message.sent", is_self=True, body=body)
    clock.set_by(-AHEAD_S)

    await shop.receive(store, run=paused)
    assert store.log.runs(limit=1)[0].run.state is RunState.SUPPRESSED
    clock.advance(60)
    await shop.receive(store, run=paused)

    assert store.log.runs(limit=1)[0].run.state is RunState.QUEUED


async def test_a_providers_subscription_is_asked_for_again_in_time(
    store: Store, clock: ManualClock
) -> None:
    every_ms = 6 * 3_600_000
    clock.set_by(AHEAD_S)
    assert await store.connection_health.take_check("shop-page", clock.now_ms(), every_ms)
    clock.set_by(-AHEAD_S)

    await store.connection_health.take_check("shop-page", clock.now_ms(), every_ms)
    clock.advance(every_ms / 1000)

    assert await store.connection_health.take_check("shop-page", clock.now_ms(), every_ms)
    assert not await store.connection_health.take_check("shop-page", clock.now_ms(), every_ms)


async def test_a_session_that_a_clock_ahead_began_does_not_outlive_it(
    store: Store, clock: ManualClock
) -> None:
    clock.set_by(AHEAD_S)
    await store.sessions.create("hash", "owner", now_ms=clock.now_ms())
    assert await store.sessions.find("hash") is not None

    clock.set_by(-AHEAD_S)

    assert await store.sessions.find("hash") is None


async def test_an_access_token_that_a_clock_ahead_issued_is_renewed(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    keeper = a_keeper(store, account, clock)
    clock.set_by(AHEAD_S)
    await keeper.open()
    clock.set_by(-AHEAD_S)

    await keeper.renew_if_due()
    await keeper.renew_if_due()

    assert account.used == ["r0"]
    clock.advance(LIVES_S * 0.8)
    await keeper.renew_if_due()
    assert account.used == ["r0", "r1"]


async def test_a_regular_backup_is_made_and_kept_although_a_clock_ahead_made_the_last(
    sqlite_store_url: str, clock: ManualClock
) -> None:
    async with opened(sqlite_store_url, clock) as store:
        backups = store.backups()
        assert backups is not None
        ahead_ms = clock.now_ms() + round(AHEAD_S * 1000)
        backups.make(ahead_ms, 1)

        assert backups.is_due(clock.now_ms(), 86_400)
        made = backups.make(clock.now_ms(), 1)

        assert [item.made_at for item in backups.kept()] == [clock.now_ms() // 1000 * 1000]
        assert made.file.exists()
        assert not backups.is_due(clock.now_ms() + 1000, 86_400)
