"""The timer of the runner's claims, on the event loop that a server has."""

import asyncio
from typing import Any, cast

import pytest
import uvloop

from automator.clock import ManualClock
from automator.engine.runs.runner import DueRuns
from automator.store import Store


class Waiting:
    """A store whose claims wait, and in which a run is due at a time."""

    patience = 1

    def __init__(self, due_ms: int) -> None:
        self.due_ms = due_ms

    def next_due(self) -> int:
        return self.due_ms

    def standing_claim(self, _limit: int, *, may_be_alone: bool) -> asyncio.Future[list[Any]]:
        assert not may_be_alone
        return asyncio.get_running_loop().create_future()

    def end_standing_claim(self) -> None:
        """The claim goes on waiting."""


def test_a_look_that_is_due_at_once_can_be_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """uvloop makes a handle without a time for a moment that has come."""
    clock = ManualClock()
    monkeypatch.setattr("automator.engine.runs.runner._SOON_S", 0.0)

    async def ask() -> None:
        due = DueRuns(cast("Store", Waiting(clock.now_ms())), clock)
        due.claim(1, may_be_alone=False)
        due.claim_sooner()
        due.claim_sooner()

    uvloop.run(ask())
