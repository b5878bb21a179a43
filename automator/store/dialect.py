"""Everything that differs from one database to the next. Today there is one: SQLite.

The rest of the store is Core. `FOR UPDATE SKIP LOCKED` and `FOR UPDATE` are written where they
belong; SQLAlchemy leaves them out for SQLite, whose single writer needs neither.
"""

import sqlite3
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from automator.model import AutomatorError, SettingsError

__all__ = [
    "Failure",
    "RUNS_BY_LANE",
    "database_file",
    "fold_text",
    "hot_dialect",
    "insert",
    "read_engine",
    "write_engine",
]

#: Statements of the hot path are compiled for this, with positional parameters.
hot_dialect: Dialect = sqlite_dialect(paramstyle="qmark")

#: Runs through their partial index of unfinished ones; a planner with statistics needs no hint.
RUNS_BY_LANE = "runs INDEXED BY ix_runs_lane"

_FULL = 2
_CACHE_KIB = 65_536
#: Pages of the write-ahead log after which the writer copies it back: 16 MiB.
_CHECKPOINT_PAGES = 4_000


def database_file(url: str) -> Path:
    """The file that the address names.

    Raises:
        SettingsError: it is not the address of a SQLite file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise SettingsError(
            f"the database address {url!r} is not usable",
            fix="Write sqlite:////absolute/path/automator.db, or leave it out.",
            code="database-url",
        )
    if parsed.database == ":memory:":
        raise SettingsError(
            "a database in memory would forget what it has acknowledged",
            fix="Name a file: sqlite:////absolute/path/automator.db",
            code="database-url",
        )
    return Path(parsed.database).absolute()


def write_engine(file: Path) -> Engine:
    """The engine of the one write connection: every transaction is BEGIN IMMEDIATE."""
    engine = create_engine(
        f"sqlite:///{file}",
        poolclass=NullPool,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_writer)
    event.listen(engine, "begin", _begin)
    return engine


def read_engine(file: Path) -> Engine:
    """An engine of connections that can only read, for any thread."""
    address = quote(str(file), safe="/")
    engine = create_engine(
        f"sqlite:///file:{address}?mode=ro&uri=true",
        connect_args={"check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _prepare_reader)
    return engine


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_writer(connection: Any, _record: Any) -> None:
    """The pragmas of the writer, each one read back.

    Raises:
        AutomatorError: the file system does not keep what durability needs.
    """
    cursor = connection.cursor()
    mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    cursor.execute("PRAGMA synchronous=FULL")
    if mode != "wal" or cursor.execute("PRAGMA synchronous").fetchone()[0] != _FULL:
        raise AutomatorError(
            f"the database cannot be made durable (journal mode {mode})",
            fix="Put the data folder on a local disk, not on a network file system.",
            code="not-durable",
        )
    for pragma in (
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "busy_timeout=5000",
        "temp_store=MEMORY",
        f"cache_size=-{_CACHE_KIB}",
        f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_reader(connection: Any, _record: Any) -> None:
    connection.create_function("fold", 1, fold_text, deterministic=True)
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


def fold_text(text: str | None) -> str:
    """Lower case without accents, so that a search for `gia` finds `Giá`."""
    if not text:
        return ""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


class Failure:
    """What a database error means for those who wait."""

    #: After these the handle must not be used again: a later fsync may succeed without the data.
    _FATAL = ("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB")
    _TEMPORARY = ("SQLITE_FULL", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_NOMEM")

    def __init__(self, error: BaseException) -> None:
        self.cause = getattr(error, "orig", None) or error
        name = ""
        if isinstance(self.cause, sqlite3.Error):
            name = getattr(self.cause, "sqlite_errorname", "") or ""
        self.is_fatal = name.startswith(self._FATAL)
        #: Nobody's fault: trying the items one by one would fail them all.
        self.is_unavailable = self.is_fatal or name.startswith(self._TEMPORARY)
