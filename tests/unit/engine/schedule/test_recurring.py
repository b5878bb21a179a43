"""Work that is done again and again, on an event loop whose time is counted and not waited for."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from automator.engine.schedule.recurring import Recurring, each_of


class CountedLoop(asyncio.SelectorEventLoop):
    """Its time jumps to the next timer as soon as nothing else is to be done."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1000.0

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        handle = super().call_at(when, callback, *args, context=context)
        self.call_soon(self._jump, when)
        return handle

    def _jump(self, when: float) -> None:
        self._now = max(self._now, when)


@pytest.fixture
def loop() -> Iterator[CountedLoop]:
    counted = CountedLoop()
    yield counted
    counted.close()


def done_at(
    loop: CountedLoop, seconds: float, times: int, work: Callable[[int], float]
) -> list[float]:
    """When a piece of work began, from 0 on; `work` is its duration the n-th time."""
    began: list[float] = []
    start = loop.time()
    enough = asyncio.Event()

    async def once() -> None:
        began.append(loop.time() - start)
        if len(began) == times:
            enough.set()
        duration = work(len(began))
        if duration:
            await asyncio.sleep(duration)

    async def main() -> None:
        recurring = Recurring()
        recurring.every(seconds, "work", once)
        recurring.start()
        await enough.wait()
        await recurring.stop()

    loop.run_until_complete(main())
    return began


def test_work_is_done_at_each_interval_by_the_loops_own_time(loop: CountedLoop) -> None:
    assert done_at(loop, 10, 4, lambda _: 0) == [10, 20, 30, 40]


def test_work_that_takes_longer_than_its_interval_skips_what_it_missed(loop: CountedLoop) -> None:
    assert done_at(loop, 10, 3, lambda number: 25 if number == 1 else 0) == [10, 40, 50]


def test_work_that_fails_is_done_again_and_says_so(
    loop: CountedLoop, caplog: pytest.LogCaptureFixture
) -> None:
    def work(number: int) -> float:
        if number == 1:
            raise ValueError("the first time")
        return 0

    assert done_at(loop, 10, 3, work) == [10, 20, 30]
    assert "housekeeping.failed work='work'" in caplog.text


def test_work_that_goes_on_failing_says_so_once_and_when_it_works_again(
    loop: CountedLoop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def work(number: int) -> float:
        if number < 50:
            raise OSError(24, "Too many open files", "rules")
        return 0

    done_at(loop, 1, 51, work)

    assert [record.getMessage() for record in caplog.records] == [
        "housekeeping.failed work='work': OSError: [Errno 24] Too many open files: 'rules'",
        "housekeeping.recovered work='work' failures=49",
    ]
    assert not any(record.exc_info for record in caplog.records)


def test_a_database_that_cannot_be_opened_is_no_fault_of_the_program(
    loop: CountedLoop, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    def work(number: int) -> float:
        if number == 1:
            sqlite3.connect(tmp_path / "missing" / "automator.db")
        return 0

    done_at(loop, 1, 2, work)

    (record,) = caplog.records
    assert record.getMessage() == (
        "housekeeping.failed work='work': OperationalError: unable to open database file"
    )
    assert not record.exc_info


def test_another_failure_of_the_same_work_is_said_with_its_place(
    loop: CountedLoop, caplog: pytest.LogCaptureFixture
) -> None:
    def work(number: int) -> float:
        raise ValueError("early" if number < 3 else "late")

    done_at(loop, 1, 6, work)

    assert [record.getMessage() for record in caplog.records] == [
        "housekeeping.failed work='work': ValueError: early",
        "housekeeping.failed work='work': ValueError: late",
    ]
    assert all(record.exc_info for record in caplog.records)


def test_one_piece_that_fails_holds_up_none_behind_it(loop: CountedLoop) -> None:
    done = []

    async def work(number: int) -> int:
        if number == 2:
            raise RuntimeError
        done.append(number)
        return number

    with pytest.raises(RuntimeError):
        loop.run_until_complete(each_of([1, 2, 3], work))
    assert done == [1, 3]
    assert loop.run_until_complete(each_of([3, 4], work)) == [3, 4]


def test_work_is_put_off_for_as_long_as_there_is_patience_and_no_longer(loop: CountedLoop) -> None:
    began: list[float] = []
    start, enough = loop.time(), asyncio.Event()

    async def work() -> None:
        began.append(loop.time() - start)
        if len(began) == 4:
            enough.set()

    async def repeat() -> None:
        recurring = Recurring()
        recurring.every(1, "looking", work, lambda: 4 if len(began) < 2 else 1)
        recurring.start()
        await enough.wait()
        await recurring.stop()

    loop.run_until_complete(repeat())

    assert began == [4, 8, 9, 10]
