"""Databases of earlier versions of the tables, kept as SQL, and migrations that only tests have.

A golden database holds what a small shop has stored and what it waits for. `make golden-update`
writes the databases of the newest version, if there are none yet. Databases of released versions
are never written anew.
"""

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, make_url

from automator.clock import ManualClock
from automator.engine.links.link_tokens import Link
from automator.model import LinkContact, Remember, RunState, Verdict, quoted
from automator.reasons.deliveries import bad_signature
from automator.reasons.secrets import meta_secret
from automator.store import Store
from automator.store.database import migration
from automator.store.database.postgresql import PostgreSQL
from tests.support.http import a_reply
from tests.support.postgresql import PostgreSQLServer
from tests.support.store import NODE, Shop, opened, sqlite_url, with_tables
from tests.support.world import LINKS, World, a_world, keep_in

_SUPPORT = Path(__file__).parent
FOLDER = _SUPPORT.parent / "golden" / "databases"
#: Migrations after the newest one of the program.
LATER_MIGRATIONS = _SUPPORT / "later_migrations"
#: Full-text indexes as SQLite before 3.43 has them, which every later version can read as well.
_FULL_TEXT = "CREATE VIRTUAL TABLE {name} USING fts5(words, tokenize='ascii', detail=none);"
_FULL_TEXT_INDEXES = ("event_words", "run_words")
#: Makes a golden database of a version; returns its address.
Placed = Callable[[str], str]
_BEGIN_OF_ROWS = "-- What the shop has stored.\n"
#: The rules of the shop, by which it goes on in later versions.
RULES = """\
rules:
  - id: price
    trigger: {event: message.received}
    conditions: ["keywords(event.text, ['giá bao nhiêu'])"]
    actions:
      - id: told
        message: "Giá ở đây ạ: {{ 'https://shop.example/ao-thun' | tracked }}"
      - remember: {vip: true}
  - id: looked
    trigger: {event: link.clicked}
    actions:
      - remember: {tags: {add: [looked]}}
  - id: call
    trigger: {event: message.received}
    conditions: ["keywords(event.text, ['gọi'])"]
    actions:
      - id: tel
        ask: {text: "Số điện thoại ạ?", expect: phone, within: 3d}
      - message: "Shop sẽ gọi {{ steps.tel.output.value }}"
  - id: discount
    trigger: {event: message.received}
    conditions: ["keywords(event.text, ['giảm giá'])"]
    actions:
      - id: offer
        message: "Dạ giảm 10% ạ"
        approve: {within: 3d}
  - id: exchange
    trigger: {event: message.received}
    conditions: ["keywords(event.text, ['đổi hàng'])"]
    actions:
      - forward: crm
  - id: reminder
    trigger: {event: message.received}
    conditions: ["keywords(event.text, ['nhắc'])"]
    actions:
      - follow_up:
          after: 2h
          actions: [message: "Shop nhắc bạn ạ"]
"""
_SENT = b'{"recipient_id":"501","message_id":"m-1"}'


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
def placing(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Placed]:
    """As long as it lasts, golden databases can be made on this kind of database."""
    if kind == "sqlite":
        numbers = itertools.count()

        def on_a_file(version: str) -> str:
            own = folder / str(next(numbers))
            own.mkdir()
            return place(own, version)

        yield on_a_file
        return
    server: PostgreSQLServer = request.getfixturevalue("postgresql")
    made: list[str] = []

    def on_the_server(version: str) -> str:
        made.append(golden_server(server, version))
        return made[-1]

    yield on_the_server
    for url in made:
        server.drop(url)


@contextmanager
def later_versions() -> Iterator[None]:
    """As long as it lasts, the program has further migrations: `later1` to `later3`."""
    with pytest.MonkeyPatch.context() as patch:
        folders = (*migration.VERSION_FOLDERS, LATER_MIGRATIONS)
        patch.setattr(migration, "VERSION_FOLDERS", folders)
        yield


async def dump_shop(folder: Path) -> str:
    """The SQL of a new SQLite file with everything that the shop has stored."""
    await _fill(folder, with_tables(folder))
    with closing(sqlite3.connect(folder / "automator.db")) as database:
        for name in _FULL_TEXT_INDEXES:
            database.execute(f"DROP TABLE {name}")
        return "\n".join((*_statements(database), ""))


async def dump_shop_of_server(folder: Path, url: str) -> str:
    """The SQL of a new database on PostgreSQL with everything that the shop has stored."""
    await _fill(folder, url)
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = "".join(_rows(connection))
    engine.dispose()
    return tables_of_server() + _BEGIN_OF_ROWS + rows


def kept_tables_of_server(version: str) -> str:
    """The statements that make the tables of a golden database on PostgreSQL, without its rows."""
    kept = golden_file_of_server(version).read_text(encoding="utf-8")
    return kept.partition(_BEGIN_OF_ROWS)[0]


def tables_of_server() -> str:
    """The statements that make the tables of a new database on PostgreSQL."""
    database = PostgreSQL(make_url("postgresql+psycopg://"))
    made = migration.creation(database, migration.newest_version())
    return "".join(f"{' '.join(sql.split())};\n" for sql in made)


def _rows(connection: Connection) -> Iterator[str]:
    """A statement for each row, which PostgreSQL itself writes, whatever a column holds."""
    yield "SET session_replication_role = replica;\n"
    for table in sorted(inspect(connection).get_table_names()):
        if table == "alembic_version":
            continue  # Making the tables has noted it.
        columns = [column["name"] for column in inspect(connection).get_columns(table)]
        values = " || ', ' || ".join(f'quote_nullable("{name}"::text)' for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        found = connection.exec_driver_sql(f"SELECT {values} FROM {table} ORDER BY 1")  # noqa: S608 - names of columns.
        for (row,) in found:
            yield f"INSERT INTO {table} ({names}) VALUES ({row});\n"  # noqa: S608 - as above.
        if (sequence := f"{table}_id_seq") in inspect(connection).get_sequence_names():
            last, is_called = connection.exec_driver_sql(
                f"SELECT last_value, is_called FROM {sequence}"  # noqa: S608 - as above.
            ).one()
            yield f"SELECT setval('{sequence}', {last}, {str(is_called).lower()});\n"
    yield "SET session_replication_role = DEFAULT;\n"


def _statements(database: sqlite3.Connection) -> Iterator[str]:
    lines = list(database.iterdump())
    yield from (_tidy(line) if line.startswith("CREATE") else line for line in lines[:-1])
    yield from (_FULL_TEXT.format(name=name) for name in _FULL_TEXT_INDEXES)
    yield lines[-1]


def _tidy(sql: str) -> str:
    """A statement without blanks at the ends of its lines, and without empty lines."""
    return "\n".join(line.rstrip() for line in sql.splitlines() if line.strip())


async def _fill(folder: Path, url: str) -> None:
    """One run in each state that matters, and what else people and nodes leave behind."""
    clock = ManualClock()
    keep_in(folder, url)
    async with a_world(folder, RULES, clock=clock) as world:
        await _open_the_shop(world)
    async with opened(url, clock) as store:
        await _break_off(store, clock)


async def _open_the_shop(world: World) -> None:
    """The engine answers the shop's customers, and waits for some of them."""
    for number, text in enumerate(("giá bao nhiêu", "gọi mình", "giảm giá nhé", "nhắc nhé"), 1):
        world.http.script = [a_reply(200, _SENT)]
        await world.handles_message(number, f"50{number}", text)
    await world.clicks.take(link_of(json.loads(world.http.requests[0].body)["message"]["text"]))
    await world.settled()
    world.http.script = [a_reply(400, b"no such customer")]
    await world.handles_message(5, "505", "đổi hàng")


def link_of(text: str) -> Link:
    """The tracked link at the end of a message."""
    link = LINKS.link_of(text.split("/l/")[1])
    assert link is not None
    return link


async def _break_off(store: Store, clock: ManualClock) -> None:
    """People leave a token and a session behind, and a node ends in the middle of its work."""
    clock.advance(60)
    shop = Shop(clock)
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
