"""Databases of earlier versions of the tables, kept as SQL, and migrations that only tests have.

A golden database holds what a small shop has stored; on PostgreSQL it has only the tables. `make
golden-update` writes the database of the newest version, if there is none yet. Databases of
released versions are never written anew.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from automator.clock import ManualClock
from automator.model import LinkContact, Remember, RunState, Verdict, quoted
from automator.reasons.deliveries import bad_signature
from automator.reasons.secrets import meta_secret
from automator.store import Store
from automator.store.database import migration
from automator.store.database.postgresql import PostgreSQL
from tests.support.postgresql import PostgreSQLServer
from tests.support.store import NODE, Shop, opened, sqlite_url

_SUPPORT = Path(__file__).parent
FOLDER = _SUPPORT.parent / "golden" / "databases"
#: Migrations after the newest one of the program.
LATER_MIGRATIONS = _SUPPORT / "later_migrations"
#: Full-text indexes as SQLite before 3.43 has them, which every later version can read as well.
_FULL_TEXT = "CREATE VIRTUAL TABLE {name} USING fts5(words, tokenize='ascii', detail=none);"
_FULL_TEXT_INDEXES = ("event_words", "run_words")


def golden_file(version: str) -> Path:
    """The SQL of the golden database of a version."""
    return FOLDER / f"{version}.sql"


def golden_file_of_server(version: str) -> Path:
    """The SQL of the tables of a version on PostgreSQL."""
    return FOLDER / "postgresql" / f"{version}.sql"


def golden_server(postgresql: PostgreSQLServer, version: str = "0026") -> str:
    """Makes a database on a server as a version of the program made it; returns its address."""
    url = postgresql.empty_database()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(golden_file_of_server(version).read_text(encoding="utf-8"))
    engine.dispose()
    return url


def place(folder: Path, version: str = "0026") -> str:
    """Puts a golden database into a folder; returns its address."""
    make_golden(folder / "automator.db", version)
    return sqlite_url(folder)


def make_golden(file: Path, version: str = "0026") -> None:
    """Makes a SQLite file from a golden database."""
    with closing(sqlite3.connect(file)) as database:
        database.executescript(golden_file(version).read_text(encoding="utf-8"))


@contextmanager
def later_versions() -> Iterator[None]:
    """As long as it lasts, the program has further migrations: `later1` to `later3`."""
    with pytest.MonkeyPatch.context() as patch:
        folders = (*migration.VERSION_FOLDERS, LATER_MIGRATIONS)
        patch.setattr(migration, "VERSION_FOLDERS", folders)
        yield


async def dump_shop(folder: Path) -> str:
    """The SQL of a new database with everything that the shop has stored."""
    clock = ManualClock()
    async with opened(sqlite_url(folder), clock) as store:
        await _fill(store, clock)
    with closing(sqlite3.connect(folder / "automator.db")) as database:
        for name in _FULL_TEXT_INDEXES:
            database.execute(f"DROP TABLE {name}")
        return "\n".join((*_statements(database), ""))


def dump_tables_of_server() -> str:
    """The SQL of a new database on PostgreSQL."""
    database = PostgreSQL(make_url("postgresql+psycopg://"))
    made = migration.creation(database, migration.newest_version())
    return "".join(f"{' '.join(sql.split())};\n" for sql in made)


def _statements(database: sqlite3.Connection) -> Iterator[str]:
    lines = list(database.iterdump())
    yield from (_tidy(line) if line.startswith("CREATE") else line for line in lines[:-1])
    yield from (_FULL_TEXT.format(name=name) for name in _FULL_TEXT_INDEXES)
    yield lines[-1]


def _tidy(sql: str) -> str:
    """A statement without blanks at the ends of its lines, and without empty lines."""
    return "\n".join(line.rstrip() for line in sql.splitlines() if line.strip())


async def _fill(store: Store, clock: ManualClock) -> None:
    """One run in each state that matters, and what else people and nodes leave behind."""
    shop = Shop(clock)
    await store.rulesets.publish({"shop.yaml": "rules: []\n"}, "digest-of-the-rules", "lan")
    await store.documents.edit(
        "tokens", lambda documents: documents.insert({"name": "reports", "role": "viewer"})
    )
    await store.sessions.create("hash-of-a-session", "owner", now_ms=clock.now_ms())

    event, _ = await shop.receive(store, key="one", who="lan")
    (done,) = await store.claim(1)
    clock.advance(1)
    effects = (Remember(values={"size": "M"}, add_tags=("buyer",)), LinkContact(alias="9001"))
    follow_up = shop.follow_up(event, parent_id=done.run.id)
    await store.settle(shop.settlement(done, effects=effects, new_runs=(follow_up,)))

    await shop.receive(store, key="two", who="minh")
    (dead,) = await store.claim(1)
    reason = quoted("the target answered 400")
    await store.settle(shop.settlement(dead, RunState.DEAD, reason=reason))

    await shop.receive(store, key="three", who="hoa")
    (running,) = await store.claim(1)
    assert running.run.owner == NODE
    await shop.receive(store, key="four", who="tuấn")
    await store.record_delivery(
        shop.delivery(
            verdict=Verdict.REJECTED,
            reason=bad_signature(header="X-Hub-Signature-256", advice=meta_secret()),
        )
    )
