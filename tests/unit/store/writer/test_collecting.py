"""The collector of the writer's operations: what is submitted in a row is handed over together."""

import asyncio
from queue import SimpleQueue
from typing import Any

import pytest

from automator.store.batch.operations import Kind, Operation
from automator.store.writer import writer
from automator.store.writer.writer import ENOUGH, Collector


class Load:
    """Adds operations to a collector, and takes what it hands over."""

    def __init__(self) -> None:
        self.waiting: SimpleQueue[Operation | None] = SimpleQueue()
        self.collector = Collector(self.waiting)
        self._number = 0

    def add(self, count: int = 1, *, can_wait: bool = False) -> None:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        for _ in range(count):
            self._number += 1
            self.collector.add(Operation(Kind.INGEST, None, future, self._number, can_wait))

    def taken(self) -> list[int]:
        operations = [self.waiting.get_nowait() for _ in range(self.waiting.qsize())]
        return [item.sequence for item in operations if item is not None]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    # The time is no matter but where a test says so: the machine may be busy.
    monkeypatch.setattr(writer, "LONGEST_S", 3600.0)
    return Load()


async def rounds(count: int) -> None:
    """Lets the event loop go round."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_single_operation_is_handed_over_after_two_rounds(load: Load) -> None:
    load.add()

    await rounds(1)
    assert load.taken() == []
    await rounds(1)
    assert load.taken() == [1]


async def test_what_comes_round_after_round_is_handed_over_together_and_in_order(
    load: Load,
) -> None:
    for _ in range(10):
        load.add()
        await rounds(1)
        assert load.taken() == []

    await rounds(3)
    assert load.taken() == list(range(1, 11))
    assert not load.collector.held


async def test_many_operations_wait_for_no_more(load: Load) -> None:
    load.add(ENOUGH)

    await rounds(1)
    assert load.taken() == list(range(1, ENOUGH + 1))


async def test_no_operation_is_held_for_long_while_others_come(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LONGEST_S", 0.0)
    load.add()
    await rounds(1)

    assert load.taken() == [1]


async def test_what_is_held_can_be_handed_over_at_once(load: Load) -> None:
    load.add(2)
    load.collector.release()
    assert load.taken() == [1, 2]

    load.add()
    await rounds(4)
    assert load.taken() == [3]


async def test_what_can_wait_is_handed_over_at_once_unless_others_are_held(load: Load) -> None:
    load.add(can_wait=True)
    assert load.taken() == [1]

    load.add()
    load.add(can_wait=True)
    assert load.taken() == []
    await rounds(3)
    assert load.taken() == [2, 3]


def test_the_operations_of_another_event_loop_pass_through(load: Load) -> None:
    async def add() -> list[int]:
        load.add()
        return load.taken()

    assert asyncio.run(add()) == []
    load.collector.release()
    assert load.taken() == [1]
    assert asyncio.run(add()) == [2]
