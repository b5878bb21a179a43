"""Opening a store: locks its file, creates or migrates its tables, and starts the writer."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from automator.clock import Clock
from automator.model import Event
from automator.store.batch.batch import LEASE_MS
from automator.store.database.address import connector, database_of
from automator.store.database.dialect import Database
from automator.store.database.disk import Room
from automator.store.log.log import Log
from automator.store.queue.cancel_on import CancelMatches, LoadContact
from automator.store.store import Store, call_on
from automator.store.writer.immediate_writer import ImmediateWriter
from automator.store.writer.ingest_timeout import IngestTimeout
from automator.store.writer.transaction import Transactions
from automator.store.writer.writer import MAX_WAITING, Writer

logger = logging.getLogger(__name__)


def _never(_cancel_on: Mapping[str, Any], _event: Event, _contact: LoadContact) -> bool:
    return False


def _nothing() -> None:
    return


async def open_store(
    url: str,
    *,
    clock: Clock,
    node: str,
    cancel_matches: CancelMatches = _never,
    on_fatal: Callable[[], None] = _nothing,
    max_waiting: int = MAX_WAITING,
    lease_s: float = LEASE_MS / 1000,
    shares_clock: bool = True,
    room: Room | None = None,
    ingest_timeout_s: float | None = None,
    is_thrown_away: bool = False,
    keeps_attempts: bool = True,
) -> Store:
    """Opens the database, makes its tables if they are missing, and migrates them.

    A SQLite file is for this process alone; a PostgreSQL database may be shared by many.

    Args:
        cancel_matches: whether an event cancels a waiting follow-up; see `CancelMatches`.
        on_fatal: called on this event loop when the database has failed for good.
        shares_clock: the clock of a shared database counts, not this process's.
        room: how much of the disk under a SQLite file stays free; without it nothing is checked.
        ingest_timeout_s: a delivery is refused when it is not stored after this time, or at most
            twice this time.
        is_thrown_away: nobody needs it after this process: nothing is synced, and everything is
            written in the thread of its one caller.
        keeps_attempts: the log has the attempts of runs that are done.

    Raises:
        AutomatorError: another process has it, a newer version made it, or it cannot be durable.
        StoreUnavailableError: the database server cannot be reached.
        SettingsError: the address is not one of a database that can be used.
    """
    database = database_of(url, is_thrown_away=is_thrown_away)
    give_back = database.take()
    loop = asyncio.get_running_loop()
    transactions = Transactions(
        clock=clock,
        node=node,
        cancel_matches=cancel_matches,
        lease_ms=round(lease_s * 1000),
        shares_clock=shares_clock and database.is_shared,
        is_thrown_away=is_thrown_away,
    )
    disk = None if room is None else database.disk(room)

    def fail() -> None:
        database.distrust()
        call_on(loop, on_fatal)

    def connect_and_start() -> Writer:
        return (ImmediateWriter if is_thrown_away else Writer)(
            connector(database, partial(_keep_a_copy, database, clock)),
            transactions,
            on_fatal=fail,
            on_full=disk.is_full if disk else lambda: False,
            max_waiting=max_waiting,
            ingest_timeout=None if ingest_timeout_s is None else IngestTimeout(ingest_timeout_s),
        )

    try:
        writer = await asyncio.to_thread(connect_and_start)
    except BaseException:
        give_back()
        raise
    store = Store(
        database,
        writer,
        transactions,
        give_back,
        clock=clock,
        disk=disk,
        keeps_attempts=keeps_attempts,
    )
    await _make_ready(store)
    return store


async def _make_ready(store: Store) -> None:
    """Checks the disk, and quarantines runs if the database is a backup; closes the store on an
    error.
    """
    try:
        await store.look_at_disk()
        held = await store.quarantine.hold_restored()
    except BaseException:
        await store.close()
        raise
    if held:
        logger.warning("store.restored held=%d: automator release --restored", held)


def open_reader(url: str) -> Log:
    """The log of a database that another process may be using. Close it after use.

    Raises:
        SettingsError: the address is not one of a database that can be used.
        NotFoundError: there is no database yet.
        StoreUnavailableError: the database server cannot be reached.
    """
    log = Log.open(database_of(url))
    try:
        log.check()
    except BaseException:
        log.close()
        raise
    return log


def _keep_a_copy(database: Database, clock: Clock, version: str, following: str) -> None:
    """The backup from before an upgrade, where this program makes them."""
    backups = database.backups()
    if backups is not None:
        made = backups.before_upgrade(clock.now_ms(), version, following)
        logger.warning("store.backed_up before_version=%s file=%s", following, made.file)
