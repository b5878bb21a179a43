"""An upgrade keeps everything, makes a backup first, and goes on after a kill."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import create_engine

from automator.clock import ManualClock
from automator.model import AutomatorError, RunState, Waits
from automator.store import Store
from automator.store.database import migration
from automator.store.database.address import database_of
from automator.store.database.backup import verify
from automator.store.database.migration import migrate, newest_version
from tests.support.golden_database import (
    FOLDER,
    Placed,
    golden_server,
    later_versions,
    place,
    placing,
)
from tests.support.postgresql import PostgreSQLServer
from tests.support.store import opened, sqlite_url
from tests.support.words import said

VERSIONS = sorted(file.stem for file in FOLDER.glob("*.sql"))


@pytest.fixture
def clock() -> ManualClock:
    """A clock after everything that the golden databases hold."""
    clock = ManualClock()
    clock.advance(120)
    return clock


@pytest.fixture(autouse=True)
def _with_later_versions() -> Iterator[None]:
    with later_versions():
        yield


def notes(url: str) -> list[tuple[str, int]]:
    """What the later migrations have made of the contacts."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT text, length FROM notes ORDER BY contact")
        rows = [tuple(row) for row in found]
    engine.dispose()
    return rows


#: Every step was done, and each one once.
NOTES = [("!", 0)] * 5 + [("Lan!", 3)] * 4


async def known(store: Store) -> dict[str, Any]:
    """What the store says of everything that the earlier versions had stored."""
    log = store.log
    runs = sorted(log.runs(limit=100), key=lambda row: row.id)
    first = log.run(runs[0].id)
    assert first is not None
    verified = log.verify_audit()
    awaited = (Waits.ANSWER, Waits.APPROVAL, Waits.TIME)
    return {
        "runs": [(row.run.state.label, row.run.lane, row.run.rule) for row in runs],
        "waits": {row.run.rule: row.run.awaits for row in runs if row.run.awaits in awaited},
        "proposals": [row.run.open_proposal[1].text for row in runs if row.run.open_proposal],
        "follow-ups": [(row.run.path, row.run.run_at) for row in log.follow_ups()],
        "attempts": [said(attempt.summary) for attempt in first.attempts],
        "reasons": [said(row.run.reason) for row in runs if row.run.reason],
        "events": sorted(row.type for row in log.events()),
        "deliveries": sorted(row.verdict for row in log.deliveries()),
        "contact": {
            key: value
            for key, value in log.contact("shop-page:9001").items()
            if key in ("id", "state", "tags")
        },
        "rules": log.latest_revision(),
        "tokens": await store.documents.read("tokens", lambda documents: documents.all()),
        "audit": (verified.rows, verified.wrong),
    }


EXPECTED = {
    "runs": [
        ("done", "shop-page:501", "price"),
        ("done", "shop-page:502", "call"),
        ("queued", "shop-page:502", "call"),
        ("queued", "shop-page:503", "discount"),
        ("done", "shop-page:504", "reminder"),
        ("queued", "shop-page:504", "reminder"),
        ("done", "shop-page:501", "looked"),
        ("dead", "shop-page:505", "exchange"),
        ("done", "shop-page:lan", "price-question"),
        ("queued", "shop-page:lan", "price-question"),
        ("dead", "shop-page:minh", "price-question"),
        ("running", "shop-page:hoa", "price-question"),
        ("queued", "shop-page:tuấn", "price-question"),
    ],
    "waits": {
        "call": Waits.ANSWER,
        "discount": Waits.APPROVAL,
        "reminder": Waits.TIME,
        "price-question": Waits.TIME,
    },
    "proposals": ["Dạ giảm 10% ạ"],
    "follow-ups": [
        ("ask-again", 1_795_478_521_000),
        ("follow_up", 1_795_485_600_000),
        ("tel", 1_795_737_600_000),
    ],
    "attempts": ["sent a message to 501", "remembered vip"],
    "reasons": [
        "tel waits for an answer",
        "offer waits until 2026-11-27 00:00:00 UTC for somebody to approve it",
        "forward: crm answered 400: no such customer",
        "the target answered 400",
    ],
    "events": ["comment.created"] * 4 + ["link.clicked"] + ["message.received"] * 5,
    "deliveries": ["accepted"] * 10 + ["rejected"],
    "contact": {"id": "lan", "state": {"size": "M"}, "tags": ["buyer"]},
    "rules": 1,
    "tokens": [{"name": "reports", "role": "viewer"}],
    "audit": (1, None),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def placed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Placed]:
    with placing(request.param, tmp_path, request) as made:
        yield made


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_an_earlier_version_has_stored_is_all_there(
    placed: Placed, clock: ManualClock, version: str
) -> None:
    url = placed(version)
    async with opened(url, clock) as store:
        assert await known(store) == EXPECTED
        assert await store.recover() == 1
        clock.advance(3600)
        lanes = {item.run.lane for item in await store.claim(10)}

    assert notes(url) == NOTES
    assert lanes == {"shop-page:lan", "shop-page:hoa", "shop-page:tuấn"}


async def test_an_upgrade_makes_a_backup_of_what_was_there_before(
    tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        async with opened(place_once(tmp_path), clock):
            pass

    (kept,) = (tmp_path / "backups").iterdir()
    made = verify(kept)
    assert kept.name.startswith(f"automator-0026-before-{newest_version()}-")
    assert made.schema == "0026"
    assert made.rows["runs"] == len(EXPECTED["runs"])  # type: ignore[arg-type]
    assert str(kept) in caplog.text


def place_once(folder: Path) -> str:
    return sqlite_url(folder) if (folder / "automator.db").exists() else place(folder)


async def test_a_new_database_needs_no_backup(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(sqlite_url(tmp_path), clock):
        pass

    assert not (tmp_path / "backups").exists()


async def test_an_upgrade_that_cannot_be_backed_up_does_not_begin(
    tmp_path: Path, clock: ManualClock
) -> None:
    url = place(tmp_path)
    (tmp_path / "backups").write_text("no folder")

    with pytest.raises(AutomatorError, match="cannot be written"):
        async with opened(url, clock):
            pass

    with closing(sqlite3.connect(tmp_path / "automator.db")) as database:
        found = database.execute("SELECT version_num FROM alembic_version").fetchone()
    assert found == ("0026",)


def steps_of(url: str) -> int:
    """How many steps an upgrade of this database takes."""
    done: list[object] = []
    _upgrade(url, lambda number, step: (done.append(number), step())[1])
    return len(done)


def _upgrade(url: str, around: Callable[[int, Callable[[], None]], None]) -> None:
    """Upgrades a database in this process; `around` is given each step and its number."""
    database = database_of(url)
    engine = database.write_engine()
    really = command.upgrade
    numbers = iter(range(1000))
    try:
        command.upgrade = lambda *args: around(  # type: ignore[assignment]
            next(numbers), lambda: really(*args)
        )
        with engine.connect() as connection:
            migrate(database, connection)
    finally:
        command.upgrade = really
        engine.dispose()


def killed_at(url: str, number: int, *, inside: bool) -> None:
    """A process that upgrades the database and dies before a step, or before its commit."""
    child = os.fork()
    if child == 0:

        def die_at(step_number: int, step: Callable[[], None]) -> None:
            if step_number == number and not inside:
                os._exit(9)
            step()
            if step_number == number:
                os._exit(9)

        try:
            _upgrade(url, die_at)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("inside", [False, True])
async def test_an_upgrade_goes_on_after_a_kill_at_any_step(
    placed: Placed, clock: ManualClock, version: str, inside: bool
) -> None:
    steps = steps_of(placed(version))
    for number in range(steps):
        url = placed(version)

        killed_at(url, number, inside=inside)

        assert steps_of(url) == steps - number
        assert notes(url) == NOTES
        async with opened(url, clock) as store:
            assert await known(store) == EXPECTED


def test_two_nodes_that_upgrade_at_once_do_each_step_once(
    postgresql: PostgreSQLServer, tmp_path: Path
) -> None:
    url = golden_server(postgresql)
    notes = tmp_path / "steps"
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            try:
                _upgrade(url, lambda _, step: (step(), _note(notes))[1])
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)

    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]

    assert codes == [0, 0, 0]
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
    engine.dispose()
    assert [row[0] for row in rows] == [newest_version()]
    fresh = golden_server(postgresql)
    assert notes.stat().st_size == steps_of(fresh)
    postgresql.drop(url)
    postgresql.drop(fresh)


def _note(file: Path) -> None:
    with file.open("ab") as handle:
        handle.write(b".")


def test_an_empty_database_is_made_without_a_migration(
    postgresql: PostgreSQLServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgresql.empty_database()

    with monkeypatch.context() as patch:
        patch.setattr(migration, "VERSION_FOLDERS", migration.VERSION_FOLDERS[:1])
        assert (steps_of(url), steps_of(sqlite_url(tmp_path))) == (0, 0)
    later = steps_of(golden_server(postgresql))
    assert (steps_of(url), steps_of(sqlite_url(tmp_path))) == (later, later)

    postgresql.drop(url)


async def test_a_run_that_was_under_way_may_have_happened(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with opened(place(tmp_path), clock) as store:
        await store.recover()
        (run,) = [row.run for row in store.log.runs() if row.run.lane == "shop-page:hoa"]

    assert run.state is RunState.QUEUED
    assert run.was_interrupted
