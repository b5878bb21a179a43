"""The engine's scenarios hold on each kind of database: each test runs on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgresql import PostgreSQLServer
from tests.support.world import keep_in


@pytest.fixture
def postgresql_world_url(postgresql: PostgreSQLServer) -> Iterator[str]:
    url = postgresql.new_database()
    yield url
    postgresql.give_back(url)


@pytest.fixture(params=["sqlite", "postgresql"], autouse=True)
def database_kind(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """On which database the worlds of this test live; `a_world(tmp_path, …)` finds it there."""
    kind: str = request.param
    if kind == "postgresql":
        keep_in(tmp_path, request.getfixturevalue("postgresql_world_url"))
    return kind
