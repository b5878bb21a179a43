"""A store on a real file, with a clock that tests move."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from automator.clock import ManualClock
from automator.store import Store
from tests.support.store import Shop, opened


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def shop(clock: ManualClock) -> Shop:
    return Shop(clock)


@pytest_asyncio.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    async with opened(tmp_path, clock) as opened_store:
        yield opened_store
