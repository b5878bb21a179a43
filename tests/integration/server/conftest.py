"""A server in this process for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from automator.clock import ManualClock, SystemClock
from tests.support.declared_answers import compared_answers
from tests.support.site import Site, open_site


@pytest.fixture(autouse=True)
def answers_are_as_declared() -> Iterator[None]:
    """Each answer of the API, in every test of the server, is one that its description has."""
    with compared_answers():
        yield


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A server with one rule."""
    async with open_site(tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> ManualClock:
    """A clock that starts now and stands still until it is moved."""
    return ManualClock(SystemClock().now_ms())


@pytest.fixture
async def timed_site(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Site]:
    """A server whose sign-in goes by `clock`."""
    async with open_site(tmp_path, clock=clock) as opened:
        yield opened
