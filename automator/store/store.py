"""The store: what the rest of the program may ask of the database."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from automator.clock import Clock
from automator.model import (
    N_,
    Claimed,
    ConflictError,
    Delivery,
    Reason,
    RunState,
    Settlement,
    StoreUnavailableError,
)
from automator.model.speech import Permission, Speech
from automator.store.batch.batch import Batch
from automator.store.batch.operations import Kind
from automator.store.batch.totals import TotalCounts
from automator.store.cluster.connection_health import HealthOfConnections
from automator.store.cluster.connection_tokens import ConnectionTokens
from automator.store.cluster.membership import Members
from automator.store.cluster.targets import Targets
from automator.store.contacts.contacts import Contacts
from automator.store.database.dialect import Database
from automator.store.database.disk import Disk
from automator.store.database.failure import NO_SPACE
from automator.store.database.scheduled_backups import Backups
from automator.store.database.statements import WriteConnection
from automator.store.documents.documents import Documents
from automator.store.documents.rulesets import RuleSets
from automator.store.documents.sessions import Sessions
from automator.store.documents.staff_notes import StaffNotes
from automator.store.limits.enforcement import LimitsUpkeep
from automator.store.log.erasing import Erasing
from automator.store.log.log import Log
from automator.store.log.untraced import Untraced
from automator.store.runs import claims, recovery
from automator.store.runs.approvals import ApprovalEdits
from automator.store.runs.firings import Firings, Portion
from automator.store.runs.prepared_delivery import EventPlan, Receipt, prepare_delivery
from automator.store.runs.prepared_settlement import prepare_settlement
from automator.store.runs.replays import Replays
from automator.store.runs.run_edits import RunEdits
from automator.store.runs.schedules import Fire, Schedules
from automator.store.transfer.quarantine import Quarantine
from automator.store.upkeep import Upkeep
from automator.store.writer.transaction import Transactions
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
        keeps_attempts: bool = True,
    ) -> None:
        #: The disk under the database, if it is on this machine.
        self.disk = disk
        self.log = Log.open(database)
        # Nothing more is acknowledged into a damaged file, whichever thread finds the damage.
        self.log.on_damage = writer.fail
        #: Called on the event loop after a commit that may have made runs claimable.
        self.work_available: Callable[[], None] = _nothing
        #: Whether several processes may work on it: then claims are leases, which `heartbeat`
        #: renews.
        self.is_shared = database.is_shared
        self._database = database
        self._writer = writer
        self._transactions = transactions
        self._give_back = give_back
        self._keeps_attempts = keeps_attempts
        self._is_closed = False
        loop = asyncio.get_running_loop()
        transactions.released = lambda: call_on(loop, self._tell_released)
        self.upkeep = Upkeep(
            self._edit,
            self.log.engine,
            writer,
            queries=self.log.queries,
            now_ms=lambda: clock.now_ms() + transactions.shift_ms,
        )
        self.contacts = Contacts(self._edit, self.log.contact)
        self.erasing = Erasing(self._edit, self.log.engine, self.log.keys_of_person)
        self.documents = Documents(self._edit, self.log.engine)
        self.staff_notes = StaffNotes(self._edit)
        self.rulesets = RuleSets(self._edit)
        self.sessions = Sessions(self._edit, self.log.engine, clock)
        self.run_edits = RunEdits(self._edit)
        self.approvals = ApprovalEdits(self._edit)
        self.targets = Targets(self._edit)
        self.quarantine = Quarantine(self._edit, self.log.engine)
        self.limits = LimitsUpkeep(self._edit)
        self.schedules = Schedules(self._edit)
        self.firings = Firings(self._edit)
        self.replays = Replays(self._edit)
        self.tokens = ConnectionTokens(self._edit, self.log.engine)
        self.connection_health = HealthOfConnections(self._edit)
        self.membership = Members(self._edit, transactions, clock, database)

    @property
    def node(self) -> str:
        """The name of this node as the owner of its claims."""
        return self._transactions.node

    @property
    def is_available(self) -> bool:
        """False once the database has failed or is closed."""
        return self._writer.is_available

    @property
    def is_accepting(self) -> bool:
        """Whether new deliveries are stored: the database is available, and has room."""
        return self.trouble is None

    @property
    def trouble(self) -> Reason | None:
        """The reason why no new deliveries are stored; None while they are.

        A full disk comes first: it says more than the error of the latest transaction, which
        changes.
        """
        shortage = self.disk.shortage if self.disk else None
        return self._writer.trouble if shortage is None or not self.is_available else shortage

    def totals(self) -> TotalCounts:
        """The counts of this process since it started; counts never fall."""
        return self._transactions.totals.read()

    async def measure_disk(self) -> None:
        """Refuses new deliveries while there is no room; fails if the database's file
        is missing.
        """
        disk = self.disk
        if disk is None or not self.is_available:
            return
        # First, because without its folder nothing can be measured.
        lost = await asyncio.to_thread(disk.lost_file)
        if lost is not None:
            self._writer.fail(FileNotFoundError(f"{lost} was deleted or replaced"))
            return
        await asyncio.to_thread(lambda: disk.measure(self.log.database_bytes()))

    def backups(self, folder: Path | None = None) -> Backups | None:
        """Its backups; None if the database server's own tools make them."""
        return self._database.backups(folder)

    # --- The path of an event ---

    def ingest(
        self,
        delivery: Delivery,
        plans: Sequence[EventPlan],
        fire: Fire | Portion | None = None,
    ) -> asyncio.Future[tuple[Receipt, ...]]:
        """Stores a delivery, its events and their runs in one commit; done when it is on disk.

        A schedule's fire, or a portion of its contacts, is recorded in the same commit. If it was
        recorded before, nothing is stored, and there are no receipts.

        Raises:
            StoreUnavailableError: nothing was stored; the sender shall try again.
        """
        self._require_room(delivery)
        return self._writer.submit(Kind.INGEST, prepare_delivery(delivery, plans, fire))

    async def ingest_again(
        self, delivery: Delivery, plans: Sequence[EventPlan]
    ) -> tuple[Receipt, ...]:
        """Does what `ingest` does for a stored delivery that was refused, and changes its verdict
        and reason.

        Raises:
            ConflictError: the delivery is no longer a refused one; nothing was stored.
            StoreUnavailableError: nothing was stored.
        """
        self._require_room(delivery)
        prepared = prepare_delivery(delivery, plans, is_again=True)
        receipts: tuple[Receipt, ...] | None = await self._writer.submit(Kind.INGEST, prepared)
        if receipts is None:
            raise ConflictError(
                N_("somebody else has taken this delivery in meanwhile"), fix=N_("Reload its page.")
            )
        return receipts

    async def record_delivery(self, delivery: Delivery) -> None:
        """Stores a delivery without events, because it was rejected or cannot be read."""
        self._require_room(delivery)
        await self._writer.submit(Kind.INGEST, prepare_delivery(delivery, ()))

    async def claim(self, limit: int, *, may_be_alone: bool = True) -> list[Claimed]:
        """Takes what is due in up to `limit` lanes: the first run of each, and the runs after it.

        The runs of one lane are adjacent and in order, at most 16; a run without a lane is alone.
        With `may_be_alone`, it takes one of the runs whose process died more than once.
        """
        request = claims.ClaimRequest(limit, may_be_alone)
        claimed: list[Claimed] = await self._writer.submit(Kind.CLAIM, request)
        return claimed

    def standing_claim(
        self, limit: int, *, may_be_alone: bool = True
    ) -> asyncio.Future[list[Claimed]]:
        """Makes a claim that waits until there is something to take; not on a shared database.

        The commit that stores runs, or lets them go on, also claims them. Another claim ends this
        one.

        Raises:
            StoreUnavailableError: the store has failed or is closed.
        """
        request = claims.ClaimRequest(limit, may_be_alone, waits=True)
        return self._writer.submit(Kind.CLAIM, request)

    def end_standing_claim(self) -> None:
        """Ends the standing claim, which then returns the runs that it has taken, if any.

        Raises:
            StoreUnavailableError: the store has failed or is closed.
        """
        ended = self._writer.submit(Kind.CLAIM, claims.ClaimRequest(0, may_be_alone=False))
        # The future is only consumed here; the waiting claim itself reports a failure to its
        # caller.
        ended.add_done_callback(lambda future: future.cancelled() or future.exception())

    def settle(self, settlement: Settlement) -> asyncio.Future[bool]:
        """Stores how a step ended. False: the claim was lost, and only the attempts were recorded.

        Raises, or the future does:
            StoreUnavailableError: nothing was written.
        """
        # If the settlement begins a next attempt, of this run or of the next one, that waits for
        # the commit.
        can_wait = settlement.state is not RunState.RUNNING and settlement.begins is None
        prepared = prepare_settlement(settlement, keeps_attempts=self._keeps_attempts)
        return self._writer.submit(Kind.SETTLE, prepared, can_wait=can_wait)

    async def ask_to_speak(self, speech: Speech) -> Permission:
        """Whether a message may be sent now; it is counted before this returns."""
        permission: Permission = await self._writer.submit(Kind.SPEAK, speech)
        return permission

    async def return_runs(self, run_ids: Sequence[int]) -> None:
        """Gives back claimed runs whose attempt has not begun."""
        ids = tuple(run_ids)
        await self._edit(lambda db, batch: recovery.return_runs(db, ids, self.node, batch))

    async def take_back(self, run_ids: Sequence[int]) -> None:
        """Takes back claimed runs that could not be carried out, each as `recover` does."""
        ids = tuple(run_ids)
        await self._edit(lambda db, batch: recovery.take_back(db, ids, self.node, batch))

    async def recover(self) -> int:
        """Takes back the runs that dead processes held; returns their number. Called at the start,
        and from time to time if several processes work.

        A run that was begun counts a crash, gets the reason INTERRUPTED and rests for a while; the
        fourth crash makes it a dead letter. A run that only waited in its claim batch is put back
        as if it had never been taken.
        """
        return await self._edit(recovery.recover)

    def next_due(self) -> int | None:
        """The time of the next sleeping run, by this process's clock, as of the last commit."""
        due = self._transactions.next_due
        return None if due is None else due - self._transactions.shift_ms

    def _tell_released(self) -> None:
        """Calls the current `work_available`, which the runner sets only after the
        store is open.
        """
        self.work_available()

    async def close(self) -> None:
        """Commits what is queued, copies the write-ahead log back, and closes the database."""
        if self._is_closed:
            return
        self._is_closed = self.log.is_closed = True
        await self._writer.close()
        await asyncio.to_thread(self._close_connections)

    def _close_connections(self) -> None:
        self.membership.stop_listening()
        self.log.close()
        self._writer.release()
        if not self._writer.has_failed:
            self._give_back()

    def _require_room(self, delivery: Delivery) -> None:
        shortage = None if self.disk is None else self.disk.admit(len(delivery.body))
        if shortage is not None:
            raise StoreUnavailableError(shortage, code=NO_SPACE)

    @cached_property
    def untraced(self) -> Untraced:
        """The rows that wait for the export of traces."""
        return Untraced(self._edit, self.log.engine)

    async def _edit(self, function: Callable[[WriteConnection, Batch], T]) -> T:
        result: T = await self._writer.submit(Kind.EDIT, function)
        return result


def call_on(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    """Calls the function on the event loop, from any thread, unless the loop is closed."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function)
