"""The store: everything that the rest of the program can do with the database."""

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
from automator.store.batch.audit import Change, under_way
from automator.store.batch.batch import Batch
from automator.store.batch.operations import Kind
from automator.store.batch.rollups import Tally
from automator.store.batch.totals import TotalCounts
from automator.store.cluster.connection_health import HealthOfConnections
from automator.store.cluster.connection_tokens import ConnectionTokens
from automator.store.cluster.membership import Members
from automator.store.cluster.targets import Targets
from automator.store.contacts.contacts import Contacts
from automator.store.database.database_errors import NO_SPACE
from automator.store.database.dialect import Database
from automator.store.database.disk import Disk
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

#: After how many seconds without an event or a settlement a node rests.
_RESTS_AFTER_S = 5.0
_PATIENCE = 8


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
        #: The disk under the database; None if it is not on this machine.
        self.disk = disk
        self.log = Log.open(database)
        # After damage nothing more may be acknowledged, whichever thread has found it.
        self.log.on_damage = writer.fail
        #: Is called on the event loop after a commit after which there may be runs to claim.
        self.work_available: Callable[[], None] = _nothing
        #: Whether several processes may use the database. Then claims are leases, which `heartbeat`
        #: renews.
        self.is_shared = database.is_shared
        self._database = database
        self._writer = writer
        self._transactions = transactions
        self._give_back = give_back
        self._keeps_attempts = keeps_attempts
        self._is_closed = False
        self._clock = clock
        #: When something last happened that others may go on with, by the monotonic clock.
        self._woken_at = clock.monotonic()
        loop = asyncio.get_running_loop()
        transactions.released = lambda: call_on(loop, self._tell_released)
        self.upkeep = Upkeep(
            self._edit,
            self.log.engine,
            writer,
            database,
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
        self.membership = Members(
            self._edit, transactions, clock, database, lambda: call_on(loop, self._look_now)
        )

    @property
    def node(self) -> str:
        """The name of this node in the claims that it owns."""
        return self._transactions.node

    @property
    def is_available(self) -> bool:
        """Whether the database works: it has not failed, and is not closed."""
        return self._writer.is_available

    @property
    def patience(self) -> int:
        """The factor by which this node puts off looking at what other nodes have done.

        It is more than 1 while the node rests, because it has had nothing to do for some seconds.
        The others tell it of what is urgent.
        """
        is_resting = self._clock.monotonic() - self._woken_at > _RESTS_AFTER_S
        return _PATIENCE if self.is_shared and is_resting else 1

    @property
    def is_accepting(self) -> bool:
        """Whether new deliveries are stored: the database works, and has room."""
        return self.trouble is None

    @property
    def trouble(self) -> Reason | None:
        """The reason why no new deliveries are stored; None while they are stored.

        A full disk takes precedence, because the errors of transactions change and say less.
        """
        shortage = self.disk.shortage if self.disk else None
        return self._writer.trouble if shortage is None or not self.is_available else shortage

    def totals(self) -> TotalCounts:
        """The counts of this process since it started. They never fall."""
        return self._transactions.totals.read()

    def note_evaluated(self, met: Sequence[str], unmet: Sequence[str]) -> None:
        """Counts the rules that were decided about an event in its turn."""
        tally = Tally()
        tally.evaluated(met, unmet)
        self._transactions.totals.add(tally)

    async def measure_disk(self) -> None:
        """Refuses new deliveries while there is no room; fails if the database's file is gone."""
        disk = self.disk
        if disk is None or not self.is_available:
            return
        # Checked first, because without the file's folder nothing can be measured.
        lost = await asyncio.to_thread(disk.lost_file)
        if lost is not None:
            self._writer.fail(FileNotFoundError(f"{lost} was deleted or replaced"))
            return
        await asyncio.to_thread(lambda: disk.measure(self.log.database_bytes()))

    def backups(self, folder: Path | None = None) -> Backups | None:
        """The backups by this program; None if the database server's own tools make backups."""
        return self._database.backups(folder)

    # --- What happens to an event, in order ---

    def ingest(
        self,
        delivery: Delivery,
        plans: Sequence[EventPlan],
        fire: Fire | Portion | None = None,
    ) -> asyncio.Future[tuple[Receipt, ...]]:
        """Stores a delivery, its events and their runs in one commit. Done once it is on disk.

        The commit also records the fire of a schedule, or the portion of its contacts. If that was
        recorded before, nothing is stored, and there are no receipts.

        Raises:
            StoreUnavailableError: nothing was stored; the sender should try again.
        """
        self._require_room(delivery)
        self._woken_at = self._clock.monotonic()
        return self._writer.submit(Kind.INGEST, prepare_delivery(delivery, plans, fire))

    async def ingest_again(
        self, delivery: Delivery, plans: Sequence[EventPlan]
    ) -> tuple[Receipt, ...]:
        """Does what `ingest` does, for a refused delivery that is stored already.

        The delivery gets a new verdict and reason.

        Raises:
            ConflictError: the delivery is no longer refused; nothing was stored.
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
        """Claims due runs in up to `limit` lanes: the first run of each, and runs that follow it.

        The runs of a lane are together and in order, at most 16. A run without a lane is alone.
        `may_be_alone`: whether to take one of the runs whose process died more than once.
        """
        request = claims.ClaimRequest(limit, may_be_alone)
        claimed: list[Claimed] = await self._writer.submit(Kind.CLAIM, request)
        return claimed

    def standing_claim(
        self, limit: int, *, may_be_alone: bool = True
    ) -> asyncio.Future[list[Claimed]]:
        """Makes a claim that waits until this process releases runs.

        The commit that stores runs, or lets them go on, also claims them. A new claim ends this
        one. Runs that other processes release are found only by a new claim.

        Raises:
            StoreUnavailableError: the store has failed or is closed.
        """
        request = claims.ClaimRequest(limit, may_be_alone, waits=True)
        return self._writer.submit(Kind.CLAIM, request)

    def end_standing_claim(self) -> None:
        """Ends the standing claim. It then returns the runs that it has claimed, if any.

        Raises:
            StoreUnavailableError: the store has failed or is closed.
        """
        if self._writer.end_claim():
            return
        ended = self._writer.submit(Kind.CLAIM, claims.ClaimRequest(0, may_be_alone=False))
        # Only retrieves an error, so that it is not logged. The waiting claim reports it to its
        # caller.
        ended.add_done_callback(lambda future: future.cancelled() or future.exception())

    def settle(self, settlement: Settlement) -> asyncio.Future[bool]:
        """Stores how a step ended. False: the claim was lost, so only the attempts were stored.

        Raises, or the future does:
            StoreUnavailableError: nothing was written.
        """
        # If the settlement begins another attempt, of this run or the next one, this attempt waits
        # for the commit.
        can_wait = settlement.state is not RunState.RUNNING and settlement.begins is None
        self._woken_at = self._clock.monotonic()
        prepared = prepare_settlement(settlement, keeps_attempts=self._keeps_attempts)
        return self._writer.submit(Kind.SETTLE, prepared, can_wait=can_wait)

    async def ask_to_speak(self, speech: Speech) -> Permission:
        """Decides whether a message may be sent now. If so, it has been counted on return."""
        permission: Permission = await self._writer.submit(Kind.SPEAK, speech)
        return permission

    async def return_runs(self, run_ids: Sequence[int]) -> None:
        """Gives claimed runs back whose attempt has not begun."""
        ids = tuple(run_ids)

        def give_back(db: WriteConnection, batch: Batch) -> None:
            recovery.return_runs(db, ids, self.node, batch)
            # If this node ends, others can take the runs at once.
            db.wake_others(self.node)

        await self._edit(give_back)

    async def take_back(self, run_ids: Sequence[int]) -> None:
        """Takes claimed runs back that could not be carried out, in the same way as `recover`."""
        ids = tuple(run_ids)
        await self._edit(lambda db, batch: recovery.take_back(db, ids, self.node, batch))

    async def recover(self) -> int:
        """Takes the runs of dead processes back; returns how many.

        Call it at the start, and regularly if several processes may work. A run that was begun
        counts a crash, gets the reason INTERRUPTED, and rests for a while; after the fourth crash
        it is a dead letter. A run that only waited in its claim batch is put back as if never
        claimed.
        """
        return await self._edit(recovery.recover)

    def next_due(self) -> int | None:
        """The time of the next look for due runs, by this process's clock, as of the last commit.

        None if no run sleeps.
        """
        transactions = self._transactions
        times = [at for at in (transactions.next_due, transactions.looks_at) if at is not None]
        return min(times) - transactions.shift_ms if times else None

    def _look_now(self) -> None:
        """Looks for runs of other nodes, and soon at everything else that they have done."""
        self._woken_at = self._clock.monotonic()
        with contextlib.suppress(StoreUnavailableError):
            self.end_standing_claim()
        self.work_available()

    def _tell_released(self) -> None:
        """Calls the present `work_available`, which the runner sets after the store is open."""
        self.work_available()

    async def record_change(self, change: Change) -> None:
        """Stores the row of a change with which nothing else was stored in the database."""
        with under_way(change):
            await self._edit(lambda _db, _batch: None)

    async def close(self) -> None:
        """Commits queued operations, copies the write-ahead log back, and closes the database."""
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
        """Events and runs that wait to be exported as spans."""
        return Untraced(self._edit, self.log.engine)

    async def _edit(self, function: Callable[[WriteConnection, Batch], T]) -> T:
        result: T = await self._writer.submit(Kind.EDIT, function)
        return result


def call_on(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    """Calls a function on an event loop, from any thread. Does nothing if the loop is closed."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function)
