"""Our parts of the driver of PostgreSQL: texts that it can store, and answers in time."""

import inspect
from typing import Any

import psycopg
from psycopg.abc import RV, Buffer, PQGen
from psycopg.pq import TransactionStatus
from psycopg.types.string import StrDumperUnknown

from automator.store.schema.encoding import clean_text

#: Earlier versions wait without a limit.
_TIMES_WAITS = "timeout" in inspect.signature(psycopg.Connection.wait).parameters


class StorableTextDumper(StrDumperUnknown):
    """Sends a text that people write without NUL, as it is stored: PostgreSQL refuses a NUL, so
    that a search with it would fail.
    """

    def dump(self, obj: str) -> Buffer | None:
        """The bytes of the text."""
        return super().dump(clean_text(obj))


class TimedConnection(psycopg.Connection[Any]):
    """A connection that is lost when the server does not answer in time.

    The server ends a statement that takes too long, and TCP a connection to a machine that is gone.
    Neither helps where something between the two, such as a proxy, holds the connection and has
    lost the server: one would wait forever.
    """

    #: Seconds; None = however long it takes.
    answers_within_s: float | None = None

    def wait(self, gen: PQGen[RV], *args: Any, **options: Any) -> RV:
        """Waits for the answer to what was sent.

        Raises:
            psycopg.OperationalError: it has not come in time, and the connection is closed.
        """
        if self.answers_within_s is None or not _TIMES_WAITS:
            return super().wait(gen, *args, **options)
        try:
            return super().wait(gen, *args, **{"timeout": self.answers_within_s, **options})
        except psycopg.OperationalError as error:
            if error.sqlstate is None and self.info.transaction_status is TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise

    def rollback(self) -> None:
        """Undoes the transaction. When the connection is lost, the server has done it: a pool that
        takes the connection back would log the error with a traceback.
        """
        try:
            super().rollback()
        except psycopg.OperationalError:
            if not self.closed:
                raise
