"""The SQL that makes a new SQLite file is what the migrations make. GOLDEN_UPDATE=1 writes it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.resources import migrations_folder
from automator.store.database.migration import newest_version
from automator.store.database.sqlite import SQLite
from tests.support.store import opened, sqlite_url

_SCRIPT = migrations_folder() / "new_sqlite" / f"{newest_version()}.sql"

pytestmark = pytest.mark.skipif(
    sqlite3.sqlite_version_info < (3, 43), reason="its full-text indexes are made in another way"
)


async def test_a_new_file_is_what_the_migrations_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(SQLite, "creation_script", lambda _self, _version: None)
        migrated = await _made(tmp_path / "migrated")
    if os.environ.get("GOLDEN_UPDATE"):
        _SCRIPT.write_text(_script_of(migrated), encoding="utf-8")
    created = await _made(tmp_path / "created")

    assert SQLite(created).creation_script(newest_version()) == _SCRIPT
    assert _content(created) == _content(migrated)


async def _made(folder: Path) -> Path:
    folder.mkdir()
    async with opened(sqlite_url(folder), ManualClock()):
        pass
    return folder / "automator.db"


def _script_of(file: Path) -> str:
    """The statements that made everything in the file, and the rows that the migrations added."""
    with closing(sqlite3.connect(file)) as database:
        made = database.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT IN"
            " (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY rowid"
        ).fetchall()
        options = [
            f"INSERT INTO {index} ({index}, rank) VALUES ('{option}', {value});"  # noqa: S608
            for index in ("event_words", "run_words")
            for option, value in database.execute(
                f"SELECT k, v FROM {index}_config WHERE k <> 'version' ORDER BY k"  # noqa: S608
            )
        ]
    lines = (line.rstrip() for (sql,) in made for line in f"{sql};".splitlines())
    version = f"INSERT INTO alembic_version VALUES ('{newest_version()}');"  # noqa: S608
    return "\n".join((*(line for line in lines if line), *options, version, ""))


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
