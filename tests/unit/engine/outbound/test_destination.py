import asyncio
from collections.abc import Callable

import pytest

from automator.clock import ManualClock
from automator.engine.outbound.capacity import MOST_WAITING
from automator.engine.outbound.destination import Destination
from automator.model import RescheduledStep


def nothing() -> None:
    """Nobody is told."""


async def enter(
    destination: Destination,
    on_waiting: Callable[[], None] = nothing,
    *,
    is_retry: bool = False,
    has_reservation: bool = False,
) -> None:
    """Begins an attempt, or waits until it may begin."""
    if not destination.admit(is_retry=is_retry, has_reservation=has_reservation):
        await destination.wait(on_waiting, is_retry=is_retry)


async def sends(destination: Destination, times: int) -> None:
    for _ in range(times):
        await enter(destination)
        destination.end_request()


def a_destination(clock: ManualClock) -> Destination:
    return Destination("crm", concurrency=2, rate_limiter=None, clock=clock)


async def test_a_destination_is_fast_while_many_attempts_end_there():
    clock = ManualClock()
    destination = a_destination(clock)

    await sends(destination, MOST_WAITING - 1)
    assert not destination.capacity.is_fast
    await sends(destination, 1)
    assert destination.capacity.is_fast

    clock.advance(0.6)
    assert not destination.capacity.is_fast


async def test_who_waits_at_a_busy_destination_is_told_once_and_has_a_turn_in_order():
    destination = a_destination(ManualClock())
    told: list[int] = []
    for _ in range(2):
        await enter(destination)

    capacity = destination.capacity
    waiting = asyncio.create_task(enter(destination, lambda: told.append(capacity.waiting)))
    await asyncio.sleep(0)
    assert told == [1]

    destination.end_request()
    await waiting
    assert (capacity.waiting, capacity.under_way) == (0, 2)


async def test_a_retry_too_many_is_put_off_once_and_goes_when_its_turn_has_come():
    clock = ManualClock()
    destination = a_destination(clock)
    destination.note_result("it answered 503")

    async def retries(*, has_reservation: bool = False) -> None:
        await enter(destination, is_retry=True, has_reservation=has_reservation)
        destination.end_request()

    async def retries_often() -> None:
        for _ in range(50):
            await retries()

    with pytest.raises(RescheduledStep) as caught:
        await retries_often()
    clock.advance((caught.value.until_ms - clock.now_ms()) / 1000)
    await retries(has_reservation=True)
    await sends(destination, 50)

    requests, made = destination.retries.counted(clock.monotonic())
    assert (requests, made) == (50 + made, made)
