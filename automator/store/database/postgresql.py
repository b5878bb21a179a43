"""PostgreSQL: a database server that several processes share, through psycopg 3."""

import contextlib
import hashlib
import inspect
import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any
from zlib import crc32

import psycopg
import psycopg.sql
from psycopg.abc import RV, Buffer, PQGen
from psycopg.generators import execute
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.dml import OnConflictDoNothing, OnConflictDoUpdate
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool

from automator.model import Reason
from automator.reasons.database import (
    commits_wait_for_no_standby,
    fsync_off,
    full_page_writes_off,
    server_archive_empty,
    server_archive_fails,
    server_archive_off,
    server_archive_works,
    synchronous_commit_off,
)
from automator.store.database.dialect import Database
from automator.store.database.wake_up import CHANNEL, WakeUpListener
from automator.store.schema.encoding import clean_text

#: Options with which a dead server or network is noticed within seconds.
_CONNECT_ARGS: Mapping[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
    "application_name": "automator",
    # If the address names several servers, a standby may be behind, and hears no NOTIFY.
    "target_session_attrs": "primary",
}
#: The longest time of a statement, of waiting for a lock, and of silence in a transaction. A
#: transaction waits only for the database, so a silent transaction belongs to a frozen node. The
#: server ends it before other nodes stop waiting for its locks.
_WRITER_LIMITS = {
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "3s",
}
#: Its statements are planned once and kept. While tables are small, PostgreSQL would plan to read
#: or hash all of their rows, and would still do so when they are large.
_WRITER_PLANS = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}
# No JIT: compiling a query takes longer than a page may. No generic plans: they are bad for most
# values, because a word or a state may match everything or nothing.
_READER_LIMITS = {
    "statement_timeout": "30s",
    "default_transaction_read_only": "on",
    "jit": "off",
    "plan_cache_mode": "force_custom_plan",
}
#: Each run is written a few times and then never again. These options leave room for that on each
#: page, and make the vacuum keep up.
_UPDATED_OFTEN = """
ALTER TABLE runs SET (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02
)
"""
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED;"
_TIME = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
#: The first number keeps these locks apart from others, such as those of topics.
_HOLD_LANES = """, array_to_string(ARRAY(
    SELECT lane FROM unnest('{{{}}}'::int[]) AS lane WHERE pg_try_advisory_xact_lock(7, lane)
), ',')"""
_PLACEHOLDER = re.compile(r"\$[0-9]+")
_READERS = 8
#: After how many seconds an unanswered statement counts as lost: of the writer, and of a reader.
#: They are longer than the server takes to end the statement.
_WRITER_ANSWERS_S, _READER_ANSWERS_S = 15.0, 45.0


class PostgreSQL(Database):
    """A database on a PostgreSQL server, which any number of nodes may share."""

    name = "postgresql"
    is_shared = True
    settles_within_s = 0.02
    joins_statements = True
    hot = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call] # SQLAlchemy has no types here

    def __init__(self, url: URL) -> None:
        self._url = url

    @property
    def place(self) -> str:
        url = self._url.difference_update_query(["password"])
        return url.render_as_string(hide_password=True)

    def exists(self) -> bool:
        """Always True, because only connecting would tell."""
        return True

    def take(self) -> Callable[[], None]:
        """Locks nothing, because the database is shared."""
        return lambda: None

    def write_engine(self) -> Engine:
        arguments = {**_CONNECT_ARGS, "target_session_attrs": "read-write"}
        engine = create_engine(
            self._url,
            poolclass=NullPool,
            connect_args=arguments,
            isolation_level="READ COMMITTED",
            hide_parameters=True,
        )
        event.listen(engine, "do_connect", _connect_timed)
        event.listen(engine, "connect", _limiter({**_WRITER_LIMITS, **_WRITER_PLANS}))
        return engine

    def read_engine(self) -> Engine:
        engine = create_engine(
            self._url,
            pool_size=_READERS,
            max_overflow=0,
            pool_timeout=5,
            connect_args=dict(_CONNECT_ARGS),
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        event.listen(engine, "do_connect", _connect_timed)
        event.listen(engine, "connect", _limiter(_READER_LIMITS, _READER_ANSWERS_S))
        event.listen(engine, "connect", _take_any_text)
        event.listen(engine, "checkout", _require_open)
        return engine

    def transaction(self, connection: Connection) -> AbstractContextManager[Any]:
        _answers_within(connection, _WRITER_ANSWERS_S)
        return super().transaction(connection)

    def hot_cursor(self, connection: Connection) -> Any:
        """A cursor that sends the text unchanged, and whole numbers always as 64 bits.

        An ordinary cursor would search for placeholders each time. It would also prepare a
        statement anew for each combination of the sizes of its numbers.
        """
        driver_connection: Any = connection.connection.driver_connection
        cursor = psycopg.RawCursor(driver_connection)
        cursor.adapters.register_dumper(int, Int8Dumper)
        return cursor

    def hot_text(self, text: str) -> str:
        """Numbers the placeholders from left to right."""
        first, *rest = text.split("%s")
        numbered = "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
        return (first + numbered).replace("%%", "%")

    def joined(self, texts: tuple[str, ...]) -> str:
        return _joined(texts)

    def freeze(self, connection: Connection) -> None:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def take_time(self, connection: Connection) -> None:
        for limit in _WRITER_LIMITS:
            connection.exec_driver_sql(f"SET LOCAL {limit} = 0")
        _answers_within(connection, None)

    def put_rows(self, connection: Connection, table: Table, rows: Sequence[Any]) -> None:
        """Uses COPY, which is several times as fast as INSERT."""
        driver: Any = connection.connection.driver_connection
        sql = psycopg.sql
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def columns(self, connection: Connection) -> Collection[tuple[str, str]]:
        rows = connection.exec_driver_sql(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = ANY (current_schemas(false))"
        )
        return {(table, column) for table, column in rows}

    def undeclared(self) -> Iterator[str]:
        yield _UPDATED_OFTEN
        for name in ("event_words", "run_words"):
            yield f"CREATE TABLE {name} (id bigint PRIMARY KEY, words tsvector NOT NULL)"
            yield f"CREATE INDEX ix_{name}_words ON {name} USING gin (words)"

    def lock(self, connection: Connection, topic: str) -> None:
        """Takes an advisory lock, which ends with the transaction; waits for it without limit."""
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        _answers_within(connection, None)
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_lock_number(topic),))

    def try_lock(self, connection: Connection, topic: str) -> bool:
        """Takes the same advisory lock, if nobody else has it."""
        found = connection.exec_driver_sql(
            "SELECT pg_try_advisory_xact_lock(%s)", (_lock_number(topic),)
        )
        return bool(found.scalar())

    def begin(self, cursor: Any, lanes: Collection[str]) -> tuple[int, frozenset[str]]:
        """The time, and the lanes that it got. Begins the transaction if none has begun.

        All of this is one round trip.
        """
        driver = cursor.connection
        is_idle = driver.info.transaction_status is TransactionStatus.IDLE
        numbers = {lane: str(_number_of(lane)) for lane in lanes}
        asked = (_BEGIN if is_idle else "") + _TIME
        if numbers:
            asked += _HOLD_LANES.format(",".join(numbers.values()))
        driver.pgconn.send_query(asked.encode())
        answer = driver.wait(execute(driver.pgconn))[-1]
        if answer.status != ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(answer)
        got = answer.get_value(0, 1).decode().split(",") if numbers else ()
        return int(answer.get_value(0, 0)), frozenset(
            lane for lane, number in numbers.items() if number in got
        )

    def wake_others(self, cursor: Any, node: str) -> None:
        cursor.execute("SELECT pg_notify($1, $2)", (CHANNEL, node))

    def listener(self, node: str, on_wake_up: Callable[[], None]) -> WakeUpListener | None:
        _, address = self._url.get_dialect()().create_connect_args(self._url)

        def connect() -> Any:
            return psycopg.connect(autocommit=True, **{**address, **_CONNECT_ARGS})

        return WakeUpListener(connect, node, on_wake_up)

    def durability_warnings(self, connection: Connection) -> list[Reason]:
        rows = connection.exec_driver_sql(
            "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes',"
            " 'synchronous_commit', 'synchronous_standby_names')"
        ).all()
        standbys = connection.exec_driver_sql("SELECT count(*) FROM pg_stat_replication").scalar()
        return warnings_of({row[0]: row[1] for row in rows}, standbys=int(standbys or 0))

    def backup_note(self, connection: Connection) -> Reason:
        mode = connection.exec_driver_sql("SHOW archive_mode").scalar_one()
        archived, failed = connection.exec_driver_sql(
            "SELECT (extract(epoch FROM last_archived_time) * 1000)::bigint,"
            " (extract(epoch FROM last_failed_time) * 1000)::bigint FROM pg_stat_archiver"
        ).one()
        return backup_words(mode, archived, failed)


def backup_words(archive_mode: str, archived_at: int | None, failed_at: int | None) -> Reason:
    """The note on backups, from a server's archive of its write-ahead log.

    Times are in milliseconds.
    """
    if archive_mode == "off":
        return server_archive_off()
    if failed_at is not None and failed_at > (archived_at or 0):
        return server_archive_fails(since=failed_at)
    return server_archive_empty() if archived_at is None else server_archive_works(last=archived_at)


def warnings_of(settings: Mapping[str, str], *, standbys: int) -> list[Reason]:
    """Warnings about settings of a server that could lose acknowledged events.

    `standbys`: how many standby servers it has.
    """
    commit = settings["synchronous_commit"]
    is_late = standbys and (commit == "local" or not settings["synchronous_standby_names"])
    found = (
        (settings["fsync"] == "off", fsync_off),
        (settings["full_page_writes"] == "off", full_page_writes_off),
        (commit == "off", synchronous_commit_off),
        (commit != "off" and is_late, commits_wait_for_no_standby),
    )
    return [warning() for holds, warning in found if holds]


# Bounded, because a transaction can join its statements in many orders.
@lru_cache(maxsize=1_024)
def _joined(texts: tuple[str, ...]) -> str:
    """All but the last text become parts of a WITH."""
    numbers = itertools.count(1)
    *inserts, last = [_PLACEHOLDER.sub(lambda _: f"${next(numbers)}", text) for text in texts]
    parts = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(inserts, 1))
    return f"WITH {parts} {last}" if inserts else last


def _connect_timed(_dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
    return TimedConnection.connect(*arguments, **options)


def _answers_within(connection: Connection, seconds: float | None) -> None:
    driver: Any = connection.connection.driver_connection
    driver.answers_within_s = seconds


def _limiter(
    limits: Mapping[str, str], answers_within_s: float | None = None
) -> Callable[[Any, Any], None]:
    """Returns a function that sets these limits in a new session.

    They are no start-up parameters, because a connection pooler would drop those.
    """

    def limit(connection: Any, _record: Any) -> None:
        connection.answers_within_s = answers_within_s
        cursor = connection.cursor()
        for name, value in limits.items():
            cursor.execute(f"SET {name} = '{value}'")
        connection.commit()
        cursor.close()

    return limit


def _require_open(connection: Any, _record: Any, _proxy: Any) -> None:
    """Replaces a pooled connection that the server has ended. This needs no round trip.

    A server says why it ends a connection, and closes it: the second look finds it closed.
    """
    try:
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except psycopg.OperationalError as error:
        raise DisconnectionError from error


def _take_any_text(connection: Any, _record: Any) -> None:
    """Lets readers search for any text, even with NUL, which PostgreSQL refuses.

    Texts to be stored are cleaned when rows are made.
    """
    connection.adapters.register_dumper(str, StorableTextDumper)


def _number_of(lane: str) -> int:
    """The number by which a lane is locked, of 32 bits.

    Two lanes with the same number keep each other from being claimed at the same instant, no more.
    """
    return crc32(lane.encode()) - (1 << 31)


def _lock_number(topic: str) -> int:
    digest = hashlib.sha256(f"automator {topic}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@compiles(OnConflictDoNothing, "postgresql")
@compiles(OnConflictDoUpdate, "postgresql")
def _on_conflict(clause: Any, compiler: Any, **options: Any) -> str:
    """Writes the ON CONFLICT of `dialect.insert`, in the form that PostgreSQL and SQLite share."""
    clause.constraint_target = None
    text: str = getattr(compiler, f"visit_{clause.__visit_name__}")(clause, **options)
    return text


# --- Changes to psycopg: texts that PostgreSQL can store, answers in time, limited silence ---

#: Whether this psycopg can wait with a time limit; earlier versions cannot.
_TIMES_WAITS = "timeout" in inspect.signature(psycopg.Connection.wait).parameters


class StorableTextDumper(StrDumperUnknown):
    """Sends a text without NUL characters, as texts are stored.

    PostgreSQL refuses NUL, so a search for such a text would fail.
    """

    def dump(self, obj: str) -> Buffer | None:
        """The text as bytes, without NUL."""
        return super().dump(clean_text(obj))


class SyncedPipeline(psycopg.Pipeline):
    """Sends a Sync after each row of an `executemany`, and nothing after the last Sync.

    PostgreSQL limits the silence in a transaction only after a Sync, until the next message.
    psycopg sends one Sync after all rows, and then a Flush: if the node froze between the rows or
    after them, its locks would be held without limit.
    """

    def _communicate_gen(self) -> PQGen[None]:
        self._enqueue_sync()
        yield from super()._communicate_gen()

    def _exit_gen(self) -> PQGen[None]:
        try:
            if self.command_queue:
                yield from self._communicate_gen()
        finally:
            yield from self._fetch_gen(flush=False)


class TimedConnection(psycopg.Connection[Any]):
    """A connection that counts as lost if the server does not answer in time.

    The server itself ends a statement that takes too long, and TCP ends a connection to a machine
    that is gone. But if a proxy between them keeps the connection and has lost the server, the
    client would wait forever.
    """

    #: After how many seconds; None for no limit.
    answers_within_s: float | None = None

    def wait(self, gen: PQGen[RV], *args: Any, **options: Any) -> RV:
        """Waits for the answer to a statement.

        Raises:
            psycopg.OperationalError: it did not come in time; the connection is closed.
        """
        if self.answers_within_s is None or not _TIMES_WAITS:
            return super().wait(gen, *args, **options)
        try:
            return super().wait(gen, *args, **{"timeout": self.answers_within_s, **options})
        except psycopg.OperationalError as error:
            if error.sqlstate is None and self.info.transaction_status is TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise

    @contextlib.contextmanager
    def _pipeline_nolock(self) -> Iterator[psycopg.Pipeline]:
        """The pipeline of `executemany`."""
        self._pipeline = SyncedPipeline(self, _no_lock=True)
        try:
            with self._pipeline as pipeline:
                yield pipeline
        finally:
            self._pipeline = None

    def rollback(self) -> None:
        """Rolls back the transaction, if the connection still works.

        On a lost connection the server has rolled back already. An error here would be logged with
        a traceback when the pool takes the connection back.
        """
        try:
            super().rollback()
        except psycopg.OperationalError:
            if not self.closed:
                raise
