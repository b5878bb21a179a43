"""A store on each kind of database, with a clock that tests move."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from automator.clock import ManualClock
from automator.model import Claimed
from automator.store import Store
from automator.store.runs import claims
from automator.store.writer import transaction
from tests.support.store import Shop, opened, with_tables


@pytest.fixture
def sqlite_store_url(tmp_path: Path) -> str:
    return with_tables(tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a database, for a test that holds for both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_store_url")
    return url


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def shop(clock: ManualClock) -> Shop:
    return Shop(clock)


@pytest_asyncio.fixture
async def store(store_url: str, clock: ManualClock) -> AsyncIterator[Store]:
    async with opened(store_url, clock) as opened_store:
        yield opened_store


@pytest.fixture
def looks(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[claims.ClaimRequest]:
    """The claims that have looked for runs."""
    found: list[claims.ClaimRequest] = []

    def claim(db: Any, request: claims.ClaimRequest, *more: Any) -> list[Claimed]:
        found.append(request)
        return claims.claim(db, request, *more)

    monkeypatch.setattr(transaction, "claim", claim)
    return found
