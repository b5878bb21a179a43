"""The tasks of lanes: reused, counted, and ended in time."""

import asyncio
from typing import Any

import pytest

from automator.engine.runs.runner import LaneTasks

NEVER_S = 60.0


class Work:
    """Notes which task does each batch, and does it as the batch says."""

    def __init__(self, *, most_idle: int = 2) -> None:
        self.tasks: list[asyncio.Task[Any] | None] = []
        self.done = 0
        self.lanes = LaneTasks(self._do, self._count, most_idle)

    def start(self, *steps: str) -> None:
        for step in steps:
            self.lanes.start([step])  # type: ignore[list-item] - nothing looks into a batch.

    def _count(self) -> None:
        self.done += 1

    async def _do(self, batch: list[Any]) -> None:
        self.tasks.append(asyncio.current_task())
        match batch[0]:
            case "fails":
                raise ValueError("a fault of ours")
            case "hangs":
                await asyncio.sleep(NEVER_S)
            case "ends":
                self.lanes.note_ending()
                await asyncio.sleep(NEVER_S)
            case _:
                await asyncio.sleep(0)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_task_that_is_free_takes_the_next_batch() -> None:
    work = Work()
    work.start("a", "b")
    await settled()
    work.start("c")
    await settled()

    assert (work.done, work.lanes.working) == (3, 0)
    assert len(set(work.tasks)) == 2
    await work.lanes.stop(0)


async def test_no_more_tasks_are_kept_than_may_be_idle() -> None:
    work = Work(most_idle=1)
    work.start("a", "b", "c")
    await settled()

    assert sum(task is not None and not task.done() for task in work.tasks) == 1
    await work.lanes.stop(0)


async def test_a_batch_that_fails_is_told_and_keeps_no_other_from_being_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Work()
    work.start("fails")
    await settled()
    work.start("a")
    await settled()

    assert (work.done, work.lanes.working) == (2, 0)
    assert [record.message for record in caplog.records] == ["runner.lane_failed"]
    await work.lanes.stop(0)


async def test_a_batch_that_only_waits_for_its_commit_counts_as_done() -> None:
    work = Work()
    work.start("ends", "hangs")
    await settled()

    assert work.lanes.working == 1
    await work.lanes.stop(0)


async def test_stopping_ends_what_is_idle_and_cancels_what_does_not_end_in_time() -> None:
    work = Work()
    work.start("a", "hangs")
    await settled()
    await work.lanes.stop(0.01)

    await settled()
    assert all(task is not None and task.done() for task in work.tasks)
    assert (work.done, work.lanes.working) == (2, 0)


async def test_a_free_task_that_was_cancelled_gets_no_batch() -> None:
    work = Work()
    work.start("a")
    await settled()
    (task,) = work.tasks
    assert task is not None
    task.cancel()
    await settled()
    work.start("b")
    await settled()

    assert (work.done, len(set(work.tasks))) == (2, 2)
    await work.lanes.stop(0)
