"""Every command that opens the database says the same of one that is damaged as the server does."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.model import AutomatorError
from automator.store import open_store
from tests.support.commands import command
from tests.support.store import NODE, Shop, opened, with_tables
from tests.support.words import error_said

#: EX_IOERR.
DAMAGED = 74
EVENT = "0123456789ABC"
RULES = "rules: [{id: a, mode: shadow, trigger: {event: comment.created}, actions: [log: a]}]"
COMMANDS = [
    ("log",),
    ("why", EVENT),
    ("doctor",),
    ("bundle", EVENT),
    ("coverage",),
    ("answers",),
    ("missed",),
    ("funnel", "a"),
    ("backup", "copy.db"),
    ("prune",),
    ("replay", EVENT),
    ("limit", "list"),
    ("simulate", "--stored"),
    ("promote", "a"),
    ("backtest", "rules", "--since", "7d"),
    ("test", "rules", "--from-event", EVENT),
    ("token", "list"),
    ("account", "list"),
    ("link",),
    ("release", "--restored"),
    ("serve", "--port", "0"),
    ("store", "copy", "sqlite:///{file}", "sqlite:///{file}.new"),
]


def what_the_server_says(file: Path) -> tuple[str, str]:
    with pytest.raises(AutomatorError) as refused:
        asyncio.run(open_store(f"sqlite:///{file}", clock=ManualClock(), node=NODE))
    return error_said(refused.value)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shop.yaml").write_text(RULES)
    return tmp_path


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_file_that_is_no_database_is_said_to_be_damaged(
    place: Path, arguments: tuple[str, ...]
) -> None:
    file = place / "data" / "automator.db"
    file.write_bytes(b"no database at all\n" * 1_000)
    wrong, fix = what_the_server_says(file)

    ended = command(place, *(one.format(file=file) for one in arguments))

    assert f"{wrong}\n  fix: {fix}" in ended.stderr
    assert f"{file} is damaged" in wrong
    assert "automator restore FILE --replace" in fix
    assert ended.returncode == DAMAGED


def test_damage_that_is_met_while_a_command_reads_is_said_in_the_same_way(place: Path) -> None:
    shop = Shop(ManualClock())

    async def store_some(url: str) -> None:
        async with opened(url, ManualClock()) as store:
            for _ in range(50):
                await shop.receive(store)

    url = with_tables(place / "data")
    asyncio.run(store_some(url))
    file = place / "data" / "automator.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'runs'"
        ).fetchone()
    connection.close()
    with file.open("r+b") as handle:
        handle.seek((root - 1) * 4096)
        handle.write(b"\xff" * 4096)

    ended = command(place, "log")

    assert f"the database {file} is damaged: " in ended.stderr
    assert "automator restore FILE --replace" in ended.stderr
    assert ended.returncode == DAMAGED
