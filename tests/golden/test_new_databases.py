"""A new SQLite file, made as its tables are declared, is what the migrations make."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.store.database.sqlite import SQLite
from tests.support.store import opened, sqlite_url

pytestmark = pytest.mark.skipif(
    sqlite3.sqlite_version_info < (3, 43), reason="its full-text indexes are made in another way"
)


async def test_a_new_file_is_what_the_migrations_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(SQLite, "creation", lambda _self: ())
        migrated = await _made(tmp_path / "migrated")
    created = await _made(tmp_path / "created")

    assert SQLite(created).creation()
    assert _content(created) == _content(migrated)


async def _made(folder: Path) -> Path:
    folder.mkdir()
    async with opened(sqlite_url(folder), ManualClock()):
        pass
    return folder / "automator.db"


def _content(file: Path) -> tuple[list[tuple[str, str, str]], dict[str, list[tuple[object, ...]]]]:
    """Every table and index with its SQL, without what only the layout differs in, and all rows."""
    with closing(sqlite3.connect(file)) as database:
        made = database.execute(
            "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        ).fetchall()
        rows = {
            name: database.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608
            for kind, name, _ in made
            if kind == "table" and name != "nodes"
        }
    return [(kind, name, " ".join((sql or "").split())) for kind, name, sql in made], rows
