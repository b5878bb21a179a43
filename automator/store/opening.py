"""Opens a store: locks its file, makes or migrates its tables, and starts the writer."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from automator.clock import Clock
from automator.model import Event
from automator.model.record import record
from automator.store.batch.batch import LEASE_MS
from automator.store.database.address import connector, database_of
from automator.store.database.dialect import Database
from automator.store.database.disk import Disk, Room
from automator.store.log.log import Log
from automator.store.queue.cancel_on import CancelMatches, LoadContact
from automator.store.store import Store, call_on
from automator.store.writer.ingest_timeout import IngestTimeout
from automator.store.writer.transaction import Transactions
from automator.store.writer.writer import MAX_WAITING, ImmediateWriter, Writer

logger = logging.getLogger(__name__)


def _never(_cancel_on: Mapping[str, Any], _event: Event, _contact: LoadContact) -> bool:
    return False


def _nothing() -> None:
    return


@record
class StoreOptions:
    """The options of a store. The defaults are for a store that serves a single command."""

    #: Tells whether an event cancels a waiting follow-up; see `CancelMatches`.
    cancel_matches: CancelMatches = _never
    #: Is called on the event loop that opened the store, when the database has failed for good.
    on_fatal: Callable[[], None] = _nothing
    #: How many operations may wait for the writer.
    max_waiting: int = MAX_WAITING
    lease_s: float = LEASE_MS / 1000
    #: Whether the clock of a shared database counts, instead of this process's clock.
    shares_clock: bool = True
    #: How much of the disk under a SQLite file stays free; None if nothing is checked.
    room: Room | None = None
    #: After how many seconds a delivery that is not stored is refused, or twice that at most.
    ingest_timeout_s: float | None = None
    #: Whether nobody needs the database after this process. Then nothing is synced, and all is
    #: written in the thread of the only caller.
    is_ephemeral: bool = False
    #: Whether the log keeps the attempts of finished runs.
    keeps_attempts: bool = True


_DEFAULTS = StoreOptions()


async def open_store(
    url: str, *, clock: Clock, node: str, options: StoreOptions = _DEFAULTS
) -> Store:
    """Opens a database, makes missing tables, and migrates existing ones.

    Only one process can use a SQLite file; many can share a PostgreSQL database.

    Raises:
        AutomatorError: another process uses it, a newer version made it, or it is not durable.
        StoreUnavailableError: the database server cannot be reached.
        SettingsError: the address does not name a usable database.
    """
    database = database_of(url, is_ephemeral=options.is_ephemeral)
    give_back = database.take()
    transactions = Transactions(
        clock=clock,
        node=node,
        cancel_matches=options.cancel_matches,
        lease_ms=round(options.lease_s * 1000),
        shares_clock=options.shares_clock and database.is_shared,
        is_ephemeral=options.is_ephemeral,
    )
    disk = None if options.room is None else database.disk(options.room)
    start_writer = _writer_of(database, transactions, clock, disk, options)
    try:
        writer = await asyncio.to_thread(start_writer)
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
        keeps_attempts=options.keeps_attempts,
    )
    await _make_ready(store)
    return store


def _writer_of(
    database: Database,
    transactions: Transactions,
    clock: Clock,
    disk: Disk | None,
    options: StoreOptions,
) -> Callable[[], Writer]:
    """Returns a function that starts the writer in the calling thread: connecting takes time."""
    loop = asyncio.get_running_loop()
    timeout_s = options.ingest_timeout_s

    def fail() -> None:
        database.distrust()
        call_on(loop, options.on_fatal)

    return partial(
        ImmediateWriter if options.is_ephemeral else Writer,
        connector(database, partial(_keep_a_copy, database, clock)),
        transactions,
        on_fatal=fail,
        on_full=disk.note_full if disk else lambda: False,
        max_waiting=options.max_waiting,
        ingest_timeout=None if timeout_s is None else IngestTimeout(timeout_s),
        settles_within_s=database.settles_within_s,
    )


async def _make_ready(store: Store) -> None:
    """Checks the disk; if the database is a backup, quarantines its runs.

    Closes the store if this fails.
    """
    try:
        await store.measure_disk()
        held = await store.quarantine.hold_restored()
    except BaseException:
        await store.close()
        raise
    if held:
        logger.warning("store.restored held=%d: automator release --restored", held)


def open_reader(url: str) -> Log:
    """Opens the log of a database that another process may be using. Close it after use.

    Raises:
        SettingsError: the address does not name a usable database.
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
    """Makes the backup before an upgrade, if this program makes this database's backups."""
    backups = database.backups()
    if backups is not None:
        made = backups.before_upgrade(clock.now_ms(), version, following)
        logger.warning("store.backed_up before_version=%s file=%s", following, made.file)
