"""A golden database of each version of the tables. GOLDEN_UPDATE=1 writes one that is missing."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.store.database.migration import known_versions, newest_version
from tests.support.golden_database import (
    dump_shop,
    dump_shop_of_server,
    golden_file,
    golden_file_of_server,
    kept_tables_of_server,
    make_golden,
    tables_of_server,
)
from tests.support.postgresql import PostgreSQLServer
from tests.support.store import opened, sqlite_url


async def test_each_version_of_the_tables_has_a_golden_database(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    newest = golden_file(newest_version())
    if os.environ.get("GOLDEN_UPDATE") and not newest.exists():
        newest.write_text(await dump_shop(tmp_path), encoding="utf-8")

    server = golden_file_of_server(newest_version())
    if os.environ.get("GOLDEN_UPDATE") and not server.exists():
        postgresql: PostgreSQLServer = request.getfixturevalue("postgresql")
        made = await dump_shop_of_server(tmp_path, postgresql.new_database())
        server.write_text(made, encoding="utf-8")

    for file_of in (golden_file, golden_file_of_server):
        assert [version for version in known_versions() if not file_of(version).exists()] == []


async def test_the_golden_database_of_the_newest_version_has_the_tables_of_a_new_one(
    tmp_path: Path,
) -> None:
    make_golden(tmp_path / "golden.db", newest_version())
    async with opened(sqlite_url(tmp_path), ManualClock()):
        pass

    assert _columns(tmp_path / "golden.db") == _columns(tmp_path / "automator.db")


def test_the_golden_tables_of_a_server_are_the_declared_ones() -> None:
    kept = kept_tables_of_server(newest_version())

    assert sorted(kept.splitlines()) == sorted(tables_of_server().splitlines())


def _columns(file: Path) -> dict[str, list[str]]:
    """The columns of each table and index; how full-text indexes keep theirs depends on SQLite."""
    with closing(sqlite3.connect(file)) as database:
        names = "SELECT name, type FROM sqlite_master WHERE name NOT LIKE '%_words%' ORDER BY name"
        info = {"table": "table_info", "index": "index_info"}
        return {
            name: [str(row) for row in database.execute(f"PRAGMA {info[kind]}({name})")]
            for name, kind in database.execute(names).fetchall()
            if kind in info
        }
