"""The store: what the rest of the program may ask of the database."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection
from tinydb import TinyDB

from automator.clock import Clock
from automator.model import (
    Claimed,
    Delivery,
    OptOut,
    Permission,
    RatePortion,
    Settlement,
    Speech,
    StoreUnavailableError,
    TargetHealth,
)
from automator.store.batch.batch import Batch
from automator.store.batch.operations import Kind
from automator.store.cluster import targets
from automator.store.cluster.connection_health import HealthOfConnections
from automator.store.cluster.connection_tokens import ConnectionTokens
from automator.store.cluster.membership import Members
from automator.store.contacts import contacts
from automator.store.contacts.contacts import contact_key
from automator.store.database.dialect import Database
from automator.store.database.disk import Disk
from automator.store.database.failure import NO_SPACE
from automator.store.database.scheduled_backups import Backups
from automator.store.database.statements import WriteConnection
from automator.store.database.wake_up import WakeUpListener
from automator.store.documents.documents import with_documents
from automator.store.documents.rulesets import Publication, publish
from automator.store.documents.sessions import Sessions
from automator.store.limits import shared_rate as turns
from automator.store.limits.limits import LimitsUpkeep
from automator.store.log.log import Log
from automator.store.runs import claims
from automator.store.runs.prepared_delivery import EventPlan, Receipt, prepare_delivery
from automator.store.runs.replays import Replays
from automator.store.runs.run_edits import RunEdits
from automator.store.runs.schedules import Fire, Schedules
from automator.store.runs.settled_rows import prepare_settlement
from automator.store.transfer.quarantine import Quarantine
from automator.store.upkeep import Upkeep
from automator.store.writer.transaction import EditFunction, Transactions
from automator.store.writer.writer import Writer

T = TypeVar("T")


def _nothing() -> None:
    return


class Store:
    """The database of one process. Its coroutines belong to the event loop that opened it."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        transactions: Transactions,
        give_back: Callable[[], None],
        *,
        clock: Clock,
        disk: Disk | None = None,
    ) -> None:
        #: The disk under it, where that is this machine's.
        self.disk = disk
        self.log = Log.open(database)
        #: Called on the event loop after a commit that may have made runs claimable.
        self.work_available: Callable[[], None] = _nothing
        #: Several processes may work on it, so that claims are leases, which `heartbeat` renews.
        self.is_shared = database.is_shared
        self._database = database
        self._writer = writer
        self._transactions = transactions
        self._give_back = give_back
        self._is_closed = False
        loop = asyncio.get_running_loop()
        self._available = lambda: call_on(loop, self.work_available)
        transactions.released = self._available
        self._listener: WakeUpListener | None = None
        self.upkeep = Upkeep(self._edit, self.log.engine, writer)
        self.sessions = Sessions(self._edit_core, self.log.engine, clock)
        self.run_edits = RunEdits(self._edit)
        self.quarantine = Quarantine(self._edit, self.log.engine)
        self.limits = LimitsUpkeep(self._edit)
        self.schedules = Schedules(self._edit)
        self.replays = Replays(self._edit)
        self.tokens = ConnectionTokens(self._edit, self.log.engine)
        self.connection_health = HealthOfConnections(self._edit)
        self.membership = Members(self._edit, transactions, clock, is_shared=database.is_shared)

    @property
    def node(self) -> str:
        """The owner of what this process claims."""
        return self._transactions.node

    @property
    def is_available(self) -> bool:
        """False once the database has failed or is closed."""
        return self._writer.is_available

    @property
    def is_accepting(self) -> bool:
        """New deliveries are stored: it is available, and has room."""
        return self.is_available and not (self.disk and self.disk.shortage)

    def tell_others(self, *, busy: bool) -> None:
        """While it is busy, the other nodes are told of work that it stores: they may be free."""
        self._transactions.needs_help = busy

    def listen(self) -> None:
        """Hears from now on what busy nodes tell. Call it once, after joining them."""
        self._listener = self._database.listener(self.node, self._available)
        if self._listener is not None:
            self._listener.start()

    async def look_at_disk(self) -> None:
        """Refuses new deliveries while there is no room, and fails when its file is not there."""
        disk = self.disk
        if disk is None or not self.is_available:
            return
        await asyncio.to_thread(lambda: disk.look(self.log.database_bytes()))
        lost = await asyncio.to_thread(disk.lost_file)
        if lost is not None:
            self._writer.fail(FileNotFoundError(f"{lost} was deleted or replaced"))

    def backups(self, folder: Path | None = None) -> Backups | None:
        """Its backups; None where the database server's own tools make them."""
        return self._database.backups(folder)

    # --- The path of an event ---

    async def ingest(
        self, delivery: Delivery, plans: Sequence[EventPlan], fire: Fire | None = None
    ) -> tuple[Receipt, ...]:
        """Stores a delivery, its events and their runs in one commit; returns when it is on disk.

        With the fire of a schedule, its row is moved in the same commit; when that was done before,
        nothing is stored, and there are no receipts.

        Raises:
            StoreUnavailableError: nothing was stored; the sender shall try again.
        """
        self._require_room(delivery)
        receipts: tuple[Receipt, ...] = await self._writer.submit(
            Kind.INGEST, prepare_delivery(delivery, plans, fire)
        )
        return receipts

    async def record_delivery(self, delivery: Delivery) -> None:
        """Stores a delivery that carries no events: a rejected or an unreadable one."""
        self._require_room(delivery)
        await self._writer.submit(Kind.INGEST, prepare_delivery(delivery, ()))

    async def claim(self, limit: int, *, may_be_alone: bool = True) -> list[Claimed]:
        """Takes what is due in up to `limit` lanes: the first run of each and those behind it.

        Runs of one lane stand together, in order, at most 16; a run without a lane is alone. Of
        the runs that died with their process more than once it takes one, if `may_be_alone`.
        """
        request = claims.ClaimRequest(limit, may_be_alone)
        claimed: list[Claimed] = await self._writer.submit(Kind.CLAIM, request)
        return claimed

    async def settle(self, settlement: Settlement) -> bool:
        """Writes how a step ended. False: the claim was lost, only the attempts were recorded."""
        settled: bool = await self._writer.submit(Kind.SETTLE, prepare_settlement(settlement))
        return settled

    async def ask_to_speak(self, speech: Speech) -> Permission:
        """Whether something may be said now; it is counted before this returns."""
        permission: Permission = await self._writer.submit(Kind.SPEAK, speech)
        return permission

    async def return_runs(self, run_ids: Sequence[int]) -> None:
        """Gives back claimed runs whose attempt has not begun."""
        ids = tuple(run_ids)
        await self._edit(lambda db, batch: claims.return_runs(db, ids, self.node, batch))

    async def recover(self) -> int:
        """Takes back the runs that dead processes held; says how many. At the start, and where
        several processes work, now and then.

        One that was begun counts a crash, says INTERRUPTED as its reason and rests for a while; the
        third crash makes it a dead letter. One that only waited in its claim batch is as if never
        taken.
        """
        return await self._edit(claims.recover)

    def next_due(self) -> int | None:
        """When the next sleeping run is due, by this process's clock, as of the last commit."""
        due = self._transactions.next_due
        return None if due is None else due - self._transactions.shift_ms

    # --- Destinations ---

    async def save_target(
        self, health: TargetHealth, *, has_recovered: bool = False
    ) -> TargetHealth | None:
        """Stores what a destination's health has become; None when another change came first.

        `has_recovered`: the runs whose last attempt failed there can be released from now on.
        """
        return await self._edit(
            lambda db, _batch: targets.save(db, health, has_recovered=has_recovered)
        )

    async def take_rate_portion(self, target: str, per_second: float, count: int) -> RatePortion:
        """Takes the next moments at which a target may be sent to, by any node, out of its rate."""
        return await self._edit(lambda db, batch: turns.take(db, target, per_second, count, batch))

    async def release(self, target: str, count: int) -> int:
        """Makes the oldest `count` runs that wait for a destination due; says how many."""
        return await self._edit(lambda db, batch: targets.release(db, target, count, batch))

    # --- What people do ---

    async def publish_ruleset(
        self, files: Mapping[str, str], digest: str, author: str, *, after: int | None = None
    ) -> int:
        """Stores a rule set and returns its revision; an unchanged one keeps its revision.

        Raises:
            ConflictError: `after` is given, and is not the latest revision any more.
        """
        publication = Publication(files, digest, author, after)
        return await self._edit(
            lambda db, batch: publish(db.database, db.core, publication, batch.now_ms)
        )

    async def durability_warnings(self) -> list[str]:
        """Settings of the database server under which acknowledged events could be lost."""
        return await self._edit(lambda db, _batch: db.database.durability_warnings(db.core))

    async def backup_note(self) -> str:
        """How others back the database up, in words; "" where this program does it."""
        return await self._edit(lambda db, _batch: db.database.backup_note(db.core))

    async def edit_documents(self, name: str, function: Callable[[TinyDB], T]) -> T:
        """Changes a set of documents through TinyDB; `function` runs in the writer's thread.

        Raises:
            AutomatorError: the set would grow too large; whatever `function` raises.
        """
        return await self._edit(
            lambda db, _batch: with_documents(db.core, name, function, writable=True)
        )

    async def read_documents(self, name: str, function: Callable[[TinyDB], T]) -> T:
        """Reads a set of documents through TinyDB; `function` runs in another thread."""
        return await asyncio.to_thread(self.log.read_documents, name, function)

    async def opt_out(self, connection: str, external_id: str, effect: OptOut) -> None:
        """Notes that a person wants no private messages any more, or does again."""
        key = contact_key(connection, external_id)
        await self._edit(lambda db, batch: contacts.opt_out(db, key, effect, batch.now_ms))

    async def pause_contact(self, connection: str, external_id: str, *, paused: bool) -> None:
        """Pauses rules for a person as an answer by hand would, or takes such an answer back."""
        key = contact_key(connection, external_id)
        await self._edit(
            lambda db, batch: contacts.answer_by_hand(
                db, key, batch.now_ms if paused else None, batch.now_ms
            )
        )

    async def contact(self, connection: str, external_id: str) -> Mapping[str, Any]:
        """What is known of a person, under any of their ids; empty when nothing is.

        Raises:
            StoreUnavailableError: the store is closed; reading would open a new connection to it.
        """
        if self._is_closed:
            raise StoreUnavailableError("the store is closed", code="store_closed")
        return await asyncio.to_thread(self.log.contact, contact_key(connection, external_id))

    async def close(self) -> None:
        """Commits what is queued, copies the write-ahead log back, and lets the database go."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._writer.close()
        await asyncio.to_thread(self._close_connections)

    def _close_connections(self) -> None:
        if self._listener is not None:
            self._listener.stop()
        self.log.close()
        self._writer.release()
        if not self._writer.has_failed:
            self._give_back()

    def _require_room(self, delivery: Delivery) -> None:
        shortage = "" if self.disk is None else self.disk.admit(len(delivery.body))
        if shortage:
            raise StoreUnavailableError(
                shortage,
                fix="Make room; new deliveries are taken in again by itself.",
                code=NO_SPACE,
            )

    async def _edit(self, function: Callable[[WriteConnection, Batch], T]) -> T:
        payload: EditFunction = function
        result: T = await self._writer.submit(Kind.EDIT, payload)
        return result

    async def _edit_core(self, function: Callable[[Connection], T]) -> T:
        return await self._edit(lambda db, _batch: function(db.core))


def call_on(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    """Calls it on the event loop, from any thread, unless the loop is gone."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function)
