"""Moments at which a target may be sent to, given to whoever asks first."""

from automator.clock import ManualClock
from automator.store import Store


async def test_no_two_that_ask_get_the_same_moment(store: Store, clock: ManualClock) -> None:
    start = clock.now_ms()

    taken = [await store.targets.take_rate_portion("crm", 5, count) for count in (2, 1, 2)]

    assert [(one.count, one.first_at - start) for one in taken] == [(2, 0), (1, 400), (2, 600)]


async def test_moments_that_are_far_away_are_given_to_nobody(
    store: Store, clock: ManualClock
) -> None:
    start = clock.now_ms()
    await store.targets.take_rate_portion("crm", 1 / 60, 1)

    refused = await store.targets.take_rate_portion("crm", 1 / 60, 1)
    clock.advance(59.5)
    soon = await store.targets.take_rate_portion("crm", 1 / 60, 1)

    assert (refused.count, refused.first_at - start) == (0, 60_000)
    assert (soon.count, soon.first_at - start) == (1, 60_000)


async def test_a_pause_saves_up_a_tenth_of_a_second_and_no_more(
    store: Store, clock: ManualClock
) -> None:
    await store.targets.take_rate_portion("crm", 100, 25)
    clock.advance(3600)

    taken = await store.targets.take_rate_portion("crm", 100, 25)

    assert taken.first_at == clock.now_ms() - 90


async def test_a_rate_that_was_raised_holds_at_once(store: Store, clock: ManualClock) -> None:
    await store.targets.take_rate_portion("crm", 1 / 3600, 1)

    taken = await store.targets.take_rate_portion("crm", 10, 2)

    assert (taken.count, taken.first_at) == (2, clock.now_ms())


async def test_each_target_has_its_own_moments(store: Store, clock: ManualClock) -> None:
    await store.targets.take_rate_portion("crm", 1 / 60, 1)

    assert (await store.targets.take_rate_portion("erp", 1 / 60, 1)).first_at == clock.now_ms()
