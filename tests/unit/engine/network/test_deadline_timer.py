"""Deadlines that share one timer, on a loop whose clock stands where the test puts it."""

import asyncio
from collections.abc import Callable

import pytest

from automator.engine.network.deadline_timer import TICK_S, Deadlines

SOON_S, LATER_S, NEVER_S = 0.02, 0.06, 60.0


async def waited(seconds: float) -> None:
    """Returns when every deadline up to then was looked at."""
    await asyncio.sleep(seconds + 2 * TICK_S)


def noting(called: list[str], name: str) -> Callable[[], None]:
    return lambda: called.append(name)


async def test_deadlines_are_called_in_the_order_of_their_times_and_never_early() -> None:
    deadlines, called, loop = Deadlines(), list[str](), asyncio.get_running_loop()
    at = loop.time() + SOON_S
    times: list[float] = []
    deadlines.add(loop.time() + NEVER_S, noting(called, "never"))
    deadlines.add(at + LATER_S, noting(called, "later"))
    deadlines.add(at, noting(called, "soon"))
    deadlines.add(at, lambda: times.append(loop.time()))
    await waited(SOON_S + LATER_S)
    assert called == ["soon", "later"]
    assert times[0] >= at - 0.002


async def test_a_removed_deadline_is_not_called_even_by_another_of_the_same_moment() -> None:
    deadlines, called = Deadlines(), list[str]()
    at = asyncio.get_running_loop().time() + SOON_S
    second, third = noting(called, "second"), noting(called, "third")
    deadlines.add(at, lambda: deadlines.remove(second))
    deadlines.add(at, second)
    deadlines.add(at, third)
    deadlines.remove(third)
    await waited(SOON_S)
    assert called == []
    deadlines.remove(second)


async def test_one_that_has_passed_already_is_called_at_once() -> None:
    deadlines, called = Deadlines(), list[str]()
    deadlines.add(asyncio.get_running_loop().time() - 1, noting(called, "past"))
    await waited(0)
    assert called == ["past"]


async def test_a_block_ends_at_its_deadline_with_a_timeout() -> None:
    deadlines, loop = Deadlines(), asyncio.get_running_loop()
    with pytest.raises(TimeoutError), deadlines.until(loop.time() + SOON_S):
        await asyncio.sleep(NEVER_S)
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


async def test_a_block_that_ends_in_time_leaves_nothing_behind() -> None:
    deadlines, loop = Deadlines(), asyncio.get_running_loop()
    with deadlines.until(loop.time() + SOON_S):
        await asyncio.sleep(0)
    await waited(SOON_S)
    with pytest.raises(ValueError, match="its own"), deadlines.until(loop.time() + SOON_S):
        raise ValueError("its own")


async def test_a_task_that_somebody_else_cancels_stays_cancelled() -> None:
    deadlines, loop = Deadlines(), asyncio.get_running_loop()

    async def work() -> None:
        with deadlines.until(loop.time() + SOON_S):
            await asyncio.sleep(NEVER_S)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
