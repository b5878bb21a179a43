"""The engine's scenarios hold on each kind of database: each test runs on both.

On PostgreSQL it runs in `make test-long`, unless it is about that database: the engine is the same
code on both, and `make test` has the tests of the store on both.
"""

from pathlib import Path

import pytest

from tests.support.world import keep_in


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], autouse=True)
def database_kind(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """On which database the worlds of this test live; `a_world(tmp_path, …)` finds it there."""
    kind: str = request.param
    if kind == "postgresql":
        keep_in(tmp_path, request.getfixturevalue("postgresql_store_url"))
    return kind
