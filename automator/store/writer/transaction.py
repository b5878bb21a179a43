"""One transaction of the writer: does the operations of a batch in a fixed order."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, case, literal_column, select, update
from sqlalchemy.sql.expression import ColumnElement

from automator.clock import DRIFT_MS, Clock, SteppedClock
from automator.model import NewRun, RunState, Settlement, Waits
from automator.store.batch import audit
from automator.store.batch.batch import LEASE_MS, Batch, RecentBodies
from automator.store.batch.deferred_work import defer
from automator.store.batch.operations import Kind, Operation
from automator.store.batch.totals import Totals
from automator.store.database.database_errors import Failure
from automator.store.database.dialect import insert
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.database.wake_up import WAKE_UP_EVERY_S
from automator.store.limits.budgets import apply_speeches
from automator.store.queue.cancel_on import CancelMatches
from automator.store.queue.lanes import delete_stand_ins, make_heads_claimable
from automator.store.runs.claims import ClaimRequest, claim
from automator.store.runs.ingest import apply_ingests
from automator.store.runs.new_runs import claimed_at_once
from automator.store.runs.prepared_delivery import PreparedDelivery, PreparedEvent
from automator.store.runs.prepared_settlement import PreparedSettlement
from automator.store.runs.recovery import return_runs
from automator.store.runs.settle import apply_settlements
from automator.store.schema.state_tables import absence_ends, budgets, contacts, echoes, firings
from automator.store.schema.tables import QUEUED, RUNNING, UNFINISHED, runs
from automator.store.schema.upkeep_tables import connection_health, nodes, replays, upkeep

# --- Claims whose commit got no answer: they are given back ---
#
# If the connection is lost during a commit, the database may have stored the claims of that
# transaction. But the caller got an error, and will not carry the runs out. Later such a run would
# look as if its process had died during an attempt. So the next transaction asks the database, and
# gives back what is claimed. Until then this node claims nothing.

_STORED = Statement(select(runs.c.id).where(runs.c.id.in_(KEYS)))
#: Skips locked rows: the server may still be committing them, and they are checked again later.
_DECIDED = Statement(
    select(runs.c.id, runs.c.owner).where(runs.c.id.in_(KEYS)).with_for_update(skip_locked=True)
)


class UnansweredClaims:
    """Runs that may be claimed without the node knowing it. Belongs to the writer's thread."""

    def __init__(self) -> None:
        self._run_ids: set[int] = set()
        #: The runs that the current transaction could not check yet.
        self._left: set[int] = set()

    def add(self, operations: Iterable[Operation]) -> None:
        """Adds the claims among the operations of a commit that got no answer."""
        for operation in operations:
            if operation.kind is Kind.CLAIM:
                self._run_ids.update(claimed.run.id for claimed in operation.result or ())

    def give_back(self, db: WriteConnection, node: str, batch: Batch) -> None:
        """Gives back the runs claimed for this node. Call it before the transaction claims."""
        if not self._run_ids:
            return
        decided = db.query_in(_DECIDED, self._run_ids)
        stored = {row.id for row in db.query_in(_STORED, self._run_ids)}
        self._left = stored.difference(row.id for row in decided)
        ours = sorted(row.id for row in decided if row.owner == node)
        return_runs(db, ours, node, batch)
        logger.warning("store.unanswered_claims runs=%d given_back=%d", len(stored), len(ours))

    def after_commit(self, made: Sequence[Operation]) -> None:
        """Keeps the runs that could not be checked, but not the ones that were claimed now."""
        if self._run_ids:
            self._run_ids = self._left
            for operation in made:
                self._run_ids.difference_update(
                    claimed.run.id for claimed in operation.result or ()
                )


# --- Times in the future: corrected after the wall clock was set back ---
#
# A row has the latest time of the database. If that is in the future, the clock was ahead and has
# been set back: by hand, by NTP, or while no server ran. Runs that were due by the wrong clock stay
# due. Runs that began to wait by it wait for the rest of their wait, and not until the wrong time.
# All other deadlines are limited where they are read.


#: How many milliseconds pass before the time is stored again, if nothing unusual happens.
NOTED_EVERY_MS = 60_000

_CLOCK = "clock"
_unfinished: ColumnElement[bool] = literal_column(UNFINISHED)
_WAS_DUE = (
    update(runs)
    .where(_unfinished, runs.c.run_at > bindparam("now"), runs.c.run_at <= bindparam("latest"))
    .values(run_at=bindparam("now"))
)
_sleeps: ColumnElement[bool] = and_(
    literal_column(QUEUED), runs.c.run_at > bindparam("latest"), runs.c.waits_for != ""
)
_by = bindparam("by", type_=BigInteger)
#: Makes runs that began to wait by the wrong clock wait for the rest of their wait.
_SET_BACK = (
    update(runs)
    .where(_sleeps, runs.c.waits_since > bindparam("now"))
    .values(
        run_at=runs.c.run_at - _by,
        waits_since=bindparam("now"),
        waits_until=runs.c.waits_until - _by,
        reserved_at=case(
            (runs.c.reserved_at > bindparam("now"), runs.c.reserved_at - _by),
            else_=runs.c.reserved_at,
        ),
    )
)
#: Makes sure that echoes which came since the attempt still count.
_SET_BACK_ATTEMPTS = (
    update(runs)
    .where(_unfinished, runs.c.unknown_since > bindparam("now"))
    .values(unknown_since=runs.c.unknown_since - _by)
)
#: Makes a paused run due, because either clock may have set the pause. Its claim checks it again.
_LOOK_AGAIN = (
    update(runs)
    .where(_sleeps, runs.c.waits_for == Waits.COLLEAGUE.value)
    .values(run_at=bindparam("now"), waits_until=None)
)
#: Moves the windows of follow-ups that the wrong clock has started, together with their times.
_MOVE_WINDOWS = (
    update(runs)
    .where(_unfinished, runs.c.acts_until.is_not(None), runs.c.created_at > bindparam("now"))
    .values(acts_until=runs.c.acts_until - _by)
)
_SHORTEN_LEASES = (
    update(runs)
    .where(literal_column(RUNNING), runs.c.lease_until > bindparam("lease"))
    .values(lease_until=bindparam("lease"))
)
#: Past times from which deadlines are counted, so that none of them may be in the future.
_BOUNDED = tuple(
    update(column.table).where(column > bindparam("now")).values({column.name: bindparam("now")})
    for column in (
        nodes.c.heartbeat_at,
        contacts.c.human_reply_at,
        connection_health.c.last_at,
        connection_health.c.checked_at,
        replays.c.updated_at,
        budgets.c.last_at,
        echoes.c.at,
        absence_ends.c.received_at,
        firings.c.next_at,
    )
)


def note_time(db: WriteConnection, seen_ms: int, batch: Batch) -> bool:
    """Stores the time. If a later time was stored before, corrects the times of waiting runs.

    Returns False while another node does this, so that a node that freezes meanwhile delays nobody.
    `seen_ms` is the latest time that this process has seen. On a shared database, the node that
    stores the new time first makes the correction, and the others find it done.
    """
    if not db.database.try_lock(db.core, "clock"):
        return False
    stored = db.core.execute(select(upkeep.c.at).where(upkeep.c.name == _CLOCK)).scalar() or 0
    latest_ms = max(stored, seen_ms)
    decides = stored if db.database.is_shared else latest_ms
    if decides > batch.now_ms + DRIFT_MS:
        changed = _mend(db, latest_ms, batch)
        logger.warning(
            "clock.set_back seconds=%d runs=%d: what waited by the earlier time waits anew",
            (latest_ms - batch.now_ms) // 1000, changed,
        )  # fmt: skip
    row = {"name": _CLOCK, "at": batch.now_ms, "distrusted_until": 0}
    db.core.execute(
        insert(upkeep)
        .values(row)
        .on_conflict_do_update(index_elements=[upkeep.c.name], set_={"at": batch.now_ms})
    )
    return True


def _mend(db: WriteConnection, latest_ms: int, batch: Batch) -> int:
    now_ms = batch.now_ms
    times = {"now": now_ms, "latest": latest_ms, "by": latest_ms - now_ms}
    db.core.execute(_MOVE_WINDOWS, times)
    changed = sum(
        db.core.execute(each, times).rowcount for each in (_WAS_DUE, _LOOK_AGAIN, _SET_BACK)
    )
    db.core.execute(_SET_BACK_ATTEMPTS, times)
    for bound in _BOUNDED:
        db.core.execute(bound, {"now": now_ms})
    if db.database.is_shared:
        db.core.execute(_SHORTEN_LEASES, {"lease": batch.lease_until})
    batch.work_released = True
    return changed


logger = logging.getLogger(__name__)

#: After how many milliseconds a run is looked for that was stored behind another node's run. That
#: node may be ending its run meanwhile, and neither sees what the other has not committed yet.
_LOOK_AGAIN_MS = 50


class Transactions:
    """Does batches, and keeps what the writer has to know besides the tables."""

    def __init__(
        self,
        *,
        clock: Clock,
        node: str,
        cancel_matches: CancelMatches,
        lease_ms: int = LEASE_MS,
        shares_clock: bool = False,
        is_ephemeral: bool = False,
    ) -> None:
        """`shares_clock`: whether the database's clock counts instead of this process's clock.

        `is_ephemeral`: nobody searches the database or reads its counts, and its time never goes
        back.
        """
        #: The name of this node in claims.
        self.node = node
        self._clock = clock
        self.lease_ms = lease_ms
        self._shares_clock = shares_clock
        self._is_ephemeral = is_ephemeral
        #: The time of the last transaction, and the monotonic clock at that moment.
        self._last: tuple[int, float] | None = None
        self._stepped = SteppedClock()
        #: The latest time before the clock was set back.
        self._latest_ms = 0
        #: When the time was last stored in the database; None if it has to be stored next.
        self._noted_ms: int | None = None
        self._cancel_matches = cancel_matches
        self._standing = StandingClaim()
        self._unanswered = UnansweredClaims()
        #: Is called in the writer's thread if runs may have become claimable, or are due earlier.
        self.released: Callable[[], None] = lambda: None
        self._recent = RecentBodies()
        #: The counts of all commits of this process.
        self.totals = Totals()
        #: Whether all workers of this process are busy, so that other nodes are told of its runs.
        self.needs_help = False
        self._last_wake_up = -WAKE_UP_EVERY_S
        #: When the next sleeping run is due, in milliseconds; None if no run sleeps.
        self.next_due: int | None = None
        #: When to look for runs that may not wait behind others any more; None if there are none.
        self.looks_at: int | None = None
        #: When the transaction of the latest claim began, by the monotonic clock.
        self.claimed_at = 0.0

    @property
    def shift_ms(self) -> int:
        """The milliseconds by which the database's clock is ahead of this process's clock.

        This is computed from the monotonic clock since the last transaction, whatever has happened
        to this process's wall clock meanwhile.
        """
        if not self._shares_clock or self._last is None:
            return 0
        then_ms, then = self._last
        passed_ms = round((self._clock.monotonic() - then) * 1000)
        return then_ms + passed_ms - self._clock.now_ms()

    @property
    def clock_offset_ms(self) -> int:
        """The milliseconds by which this process's wall clock is ahead of its monotonic clock."""
        return self._clock.now_ms() - round(self._clock.monotonic() * 1000)

    def keeps(self, operation: Operation) -> bool:
        """Keeps a claim that would find nothing until runs are released. Any thread may call it."""
        if operation.kind is not Kind.CLAIM or self._is_due(self._clock.now_ms() + self.shift_ms):
            return False
        return self._standing.keeps(operation)

    def end_claim(self) -> Operation | None:
        """Ends the waiting claim, if that needs no transaction. Any thread may call it."""
        return self._standing.end()

    def failed(self, operations: Sequence[Operation], *, is_unanswered: bool) -> None:
        """Notes that a transaction has failed. Call it in the writer's thread.

        `is_unanswered`: the connection was lost, so that these operations may be committed all the
        same, and the waiting claim, which their transaction may have made.
        """
        if is_unanswered:
            self._unanswered.add([*operations, *self._standing.made_with((), released=True)])
        self._standing.after_failure()

    def _lanes_wanted(self, batch: Batch) -> int:
        """The number of lanes in which new runs may be claimed at once; 0 if others come first."""
        if batch.work_released or self._is_due(batch.now_ms):
            return 0
        return self._standing.lanes_wanted

    def _is_due(self, now_ms: int) -> bool:
        """Whether a sleeping run has become due."""
        return self.next_due is not None and self.next_due <= now_ms

    def apply(
        self, db: WriteConnection, operations: Sequence[Operation]
    ) -> Callable[[], Sequence[Operation]]:
        """Does the operations in the open transaction, and sets their results.

        After a rollback it may be called again for a part of the same operations. Call the returned
        function in the writer's thread after the commit. It returns operations of earlier batches
        that are done now, too.
        """
        asked = [item for item in operations if item.kind is Kind.CLAIM and not self.keeps(item)]
        self._standing.begin()
        batch = self._begin(db, () if asked else self._lanes_of(operations))
        is_noted = self._is_time_to_note(batch) and note_time(db, self._latest_ms, batch)
        offset_ms = self.clock_offset_ms
        self._unanswered.give_back(db, self.node, batch)
        by_kind: defaultdict[Kind, list[Operation]] = defaultdict(list)
        for operation in operations:
            correct_times(operation, offset_ms)
            by_kind[operation.kind].append(operation)
        if by_kind[Kind.SETTLE]:
            apply_settlements(db, by_kind[Kind.SETTLE], batch)
        if by_kind[Kind.INGEST]:
            batch.lanes_wanted = 0 if asked or by_kind[Kind.EDIT] else self._lanes_wanted(batch)
            apply_ingests(db, by_kind[Kind.INGEST], batch, self._cancel_matches)
            batch.lanes_wanted = 0
        for operation in by_kind[Kind.EDIT]:
            _edit(db, operation, batch)
        if not self._is_ephemeral:
            defer(db, batch)
        make_heads_claimable(db, batch)
        delete_stand_ins(db, batch)
        released, batch.work_released = batch.work_released, False
        made = self._standing.made_with(asked, released=released or bool(batch.claimed_at_once))
        for operation in made:
            # Before the claims, which need the bodies of events that this batch has stored.
            self._keep_bodies(batch)
            self._claim(db, operation, batch, alone=bool(asked), released=released)
        is_exhausted = not batch.work_released
        batch.work_released = not is_exhausted or (
            released and not any(operation.payload.waits for operation in made)
        )
        if by_kind[Kind.SPEAK] or batch.given_up:
            apply_speeches(db, by_kind[Kind.SPEAK], batch)
        if self.needs_help and batch.work_released:
            self._wake_others(db)
        # Last, so that other nodes wait for the trail's head no longer than the commit takes.
        self._audit(db, operations, batch)

        def after_commit() -> Sequence[Operation]:
            self._unanswered.after_commit(made)
            woken = self._standing.after_commit(
                made,
                is_all_claimed=batch.is_all_claimed,
                is_exhausted=is_exhausted,
                released=batch.work_released,
            )
            self._after_commit(batch, is_noted=is_noted)
            return woken

        return after_commit

    def _audit(self, db: WriteConnection, operations: Sequence[Operation], batch: Batch) -> None:
        if not self._is_ephemeral:
            batch.changes += [one.change for one in operations if one.change and one.has_changed]
            if batch.changes:
                batch.changes = list(audit.append(db.core, batch.changes, batch.now_ms))

    def _is_time_to_note(self, batch: Batch) -> bool:
        if self._is_ephemeral:
            return False
        return self._noted_ms is None or batch.now_ms - self._noted_ms >= NOTED_EVERY_MS

    def _claim(
        self,
        db: WriteConnection,
        operation: Operation,
        batch: Batch,
        *,
        alone: bool,
        released: bool,
    ) -> None:
        """Makes a claim. If it fails, the batch goes on, and only a claim of this batch fails."""
        request: ClaimRequest = operation.payload
        operation.error = None
        self.claimed_at = self._clock.monotonic() if self._last is None else self._last[1]
        if alone:
            operation.result = claim(db, request, self.node, batch, self._recent)
            return
        try:
            found = claimed_at_once(db, batch, self._recent)
            if released:
                left = replace(request, limit=request.limit - len(found))
                with db.savepoint("claim"):
                    found += claim(db, left, self.node, batch, self._recent)
            else:
                batch.is_all_claimed = self._standing.is_all_taken
        except Exception as error:
            if Failure(error).concerns_all:
                raise
            operation.error = error
            return_runs(db, [row["id"] for row in batch.claimed_at_once], self.node, batch)
        else:
            operation.result = found

    def _wake_others(self, db: WriteConnection) -> None:
        now = self._clock.monotonic()
        if now - self._last_wake_up >= WAKE_UP_EVERY_S:
            self._last_wake_up = now
            db.wake_others(self.node)

    def _lanes_of(self, operations: Sequence[Operation]) -> Collection[str]:
        """The lanes of people in which new runs of these operations may be claimed at once."""
        if not (self._shares_clock and self._standing.lanes_wanted):
            return ()
        deliveries = [item.payload for item in operations if item.kind is Kind.INGEST]
        events = [event for delivery in deliveries for event in delivery.events]
        return {key for one in events for key in (one.contact, one.answered) if key is not None}

    def _begin(self, db: WriteConnection, lanes: Collection[str]) -> Batch:
        own_ms, monotonic = self._clock.now_ms(), self._clock.monotonic()
        now_ms, held = db.begin(lanes) if self._shares_clock else (own_ms, frozenset())
        before_ms = 0 if self._last is None else self._last[0]
        step_ms = self._stepped.step_ms(now_ms, monotonic)
        if step_ms > 0:
            logger.warning("clock.set_forward seconds=%d", step_ms // 1000)
        if step_ms:
            self._latest_ms = max(self._latest_ms, before_ms)
            self._noted_ms = None
        if self._shares_clock and before_ms - now_ms <= DRIFT_MS:
            # If the server's clock is set back a little, the order of this node's rows stays.
            now_ms = max(now_ms, before_ms)
        self._last = now_ms, monotonic
        shift_ms = now_ms - own_ms if self._shares_clock else None
        return Batch(now_ms, self.lease_ms, shift_ms, self.node, held_lanes=held)

    def _after_commit(self, batch: Batch, *, is_noted: bool) -> None:
        for change in batch.changes:
            change.is_stored = True
        if is_noted:
            self._noted_ms, self._latest_ms = batch.now_ms, 0
        if not self._is_ephemeral:
            self.totals.add(batch.tally)
        self._keep_bodies(batch)
        known, earliest = self.next_due, batch.earliest_due
        is_earlier = earliest is not None and (known is None or earliest < known)
        if batch.has_claimed:
            self.next_due = batch.next_due
        elif is_earlier:
            self.next_due = earliest
        is_awaited = self._standing.waits or self._standing.is_all_taken
        if batch.is_behind:
            self.looks_at = batch.now_ms + _LOOK_AGAIN_MS
        elif batch.has_claimed:
            self.looks_at = None
        if batch.work_released or batch.is_behind or (is_earlier and is_awaited):
            self.released()

    def _keep_bodies(self, batch: Batch) -> None:
        for event_id, body in batch.bodies:
            self._recent.add(event_id, body)
        batch.bodies.clear()


def _edit(db: WriteConnection, operation: Operation, batch: Batch) -> None:
    """Does an edit. If it fails, only the edit is undone, and the rest of the batch stays."""
    function: Callable[[WriteConnection, Batch], Any] = operation.payload
    savepoint = db.core.begin_nested()
    counted = batch.tally.copy()
    try:
        with audit.under_way(operation.change):
            operation.result = function(db, batch)
        db.send()
    except Exception as error:
        if Failure(error).concerns_all:
            raise
        db.drop_waiting()
        savepoint.rollback()
        batch.tally = counted
        operation.error = error
    else:
        savepoint.commit()


# --- Times in operations that were submitted before the clock was set ---
#
# Callers set the times of new and waiting runs by the wall clock that they see. If somebody sets
# the clock before the writer begins the transaction, `note_time` does not know these times, because
# they are not stored yet. So each operation keeps how far the wall clock was ahead of the monotonic
# clock when it was submitted.


def correct_times(operation: Operation, clock_offset_ms: int) -> None:
    """Moves the times of an operation as the clock was set since the operation was submitted.

    If the operation is repeated after a rollback, its times fit the new clock already.
    """
    by_ms = clock_offset_ms - operation.clock_offset_ms
    if abs(by_ms) <= DRIFT_MS:
        return
    operation.clock_offset_ms = clock_offset_ms
    if operation.kind is Kind.SETTLE:
        prepared: PreparedSettlement = operation.payload
        moved = _moved_settlement(prepared.settlement, by_ms)
        operation.payload = replace(prepared, settlement=moved)
    elif operation.kind is Kind.INGEST:
        delivery: PreparedDelivery = operation.payload
        events = tuple([_moved_event(event, by_ms) for event in delivery.events])
        operation.payload = replace(delivery, events=events)


def _moved_settlement(settlement: Settlement, by_ms: int) -> Settlement:
    waits = settlement.state is RunState.QUEUED
    return replace(
        settlement,
        run_at=settlement.run_at + by_ms if waits else settlement.run_at,
        reserved_at=_moved_time(settlement.reserved_at, by_ms),
        unknown_since=_moved_time(settlement.unknown_since, by_ms),
        new_runs=_moved_runs(settlement.new_runs, by_ms),
        starts=_moved_runs(settlement.starts, by_ms),
    )


def _moved_event(event: PreparedEvent, by_ms: int) -> PreparedEvent:
    plan = event.plan
    return replace(event, plan=replace(plan, runs=_moved_runs(plan.runs, by_ms)))


def _moved_runs(runs: tuple[NewRun, ...], by_ms: int) -> tuple[NewRun, ...]:
    return tuple(
        replace(run, run_at=run.run_at + by_ms, acts_until=_moved_time(run.acts_until, by_ms))
        for run in runs
    )


def _moved_time(at: int | None, by_ms: int) -> int | None:
    return None if at is None else at + by_ms


# --- The standing claim: repeated by each commit that releases runs ---
#
# With it, a commit that stores a due run also claims the run, and no claim is made in vain. On a
# shared database, other nodes release runs as well. A node finds these when its claim is ended, at
# least once a second, and it makes another one.


class StandingClaim:
    """The waiting claim, if any. Belongs to the writer's thread, except for `keeps` and `end`."""

    def __init__(self) -> None:
        self._waiting: Operation | None = None
        #: Whether the last claim took all runs, even those that must be alone, and none was
        #: released since then. Another claim would then only find runs that become due.
        self.is_all_taken = False
        #: Whether a transaction is under way, which may release runs after its own claims.
        self._is_under_way = False
        self._lock = threading.Lock()

    @property
    def waits(self) -> bool:
        """Whether a claim waits."""
        return self._waiting is not None

    @property
    def lanes_wanted(self) -> int:
        """The number of lanes in which the waiting claim takes runs; 0 without such a claim."""
        return 0 if self._waiting is None else int(self._waiting.payload.limit)

    def made_with(self, asked: Sequence[Operation], *, released: bool) -> Sequence[Operation]:
        """The claims that a transaction has to make: those in its batch, else the waiting one."""
        if asked or self._waiting is None or not released:
            return asked
        return (self._waiting,)

    def keeps(self, asked: Operation) -> bool:
        """Keeps a claim that would find nothing. Any thread may call it, if no run is due."""
        with self._lock:
            # A claim that waits already is made again if its transaction is repeated.
            has_place = self._waiting is None and not self._is_under_way
            if has_place and self.is_all_taken and asked.payload.waits:
                asked.is_parked = True
                self._waiting = asked
            return self._waiting is asked

    def end(self) -> Operation | None:
        """Ends the waiting claim without a transaction; None if only a transaction can end it.

        The next claim looks for runs, whatever the last one has found.
        """
        with self._lock:
            ended = self._waiting
            if ended is None or self._is_under_way:
                return None
            self.is_all_taken, self._waiting = False, None
            ended.is_parked, ended.result = False, []
            return ended

    def begin(self) -> None:
        """Notes that a transaction begins. It may release runs: no claim is kept until its end."""
        with self._lock:
            self._is_under_way = True

    def after_failure(self) -> None:
        """Notes that the transaction has failed. The waiting claim goes on waiting.

        It can be ended without the database. The next claim looks for runs, as the transaction may
        be committed all the same, and may have released some.
        """
        with self._lock:
            self._is_under_way = self.is_all_taken = False

    def after_commit(
        self,
        made: Sequence[Operation],
        *,
        is_all_claimed: bool,
        is_exhausted: bool,
        released: bool,
    ) -> list[Operation]:
        """Keeps a claim that has to wait, and returns the claim that no longer waits.

        `is_all_claimed`: the last claim found no more runs than it took. `is_exhausted`: the
        released runs are claimed, as far as possible. `released`: some of them are left
        nevertheless. A new claim ends the claim before it.
        """
        with self._lock:
            self._is_under_way = False
            if not made:
                self.is_all_taken = self.is_all_taken and not released
                return []
            before, last = self._waiting, made[-1]
            is_complete = last.error is None and last.payload.may_be_alone
            self.is_all_taken = is_all_claimed and not released and is_complete
            found_nothing = not last.result and last.error is None
            last.is_parked = last.payload.waits and found_nothing and is_exhausted
            self._waiting = last if last.is_parked else None
            if before is None or before is self._waiting:
                return []
            if before is not last:
                before.is_parked, before.result = False, []
            return [before]
