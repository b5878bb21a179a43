"""One transaction of the writer: does its operations in a fixed order."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from automator.clock import DRIFT_MS, Clock, SteppedClock
from automator.store.batch.batch import LEASE_MS, Batch, RecentBodies
from automator.store.batch.deferred import defer
from automator.store.batch.operations import Kind, Operation
from automator.store.batch.totals import Totals
from automator.store.database.failure import Failure
from automator.store.database.statements import WriteConnection
from automator.store.database.wake_up import WAKE_UP_EVERY_S
from automator.store.limits.budgets import apply_speeches
from automator.store.queue.cancel_on import CancelMatches
from automator.store.queue.lanes import delete_stand_ins, make_heads_claimable
from automator.store.runs.claims import ClaimRequest, claim
from automator.store.runs.claims_at_once import claimed_at_once
from automator.store.runs.ingest import apply_ingests
from automator.store.runs.recovery import return_runs
from automator.store.runs.settle import apply_settlements
from automator.store.writer.clock_set_back import NOTED_EVERY_MS, note_time
from automator.store.writer.clock_set_meanwhile import correct_times
from automator.store.writer.standing_claim import StandingClaim
from automator.store.writer.unanswered_claims import UnansweredClaims

logger = logging.getLogger(__name__)


class Transactions:
    """Does batches, and keeps what the writer knows beyond the tables."""

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
        """`shares_clock`: the database's clock counts, not this process's.

        `is_ephemeral`: nobody searches it or looks at its counts, and time only goes on.
        """
        #: The node that claims.
        self.node = node
        self._clock = clock
        self.lease_ms = lease_ms
        self._shares_clock = shares_clock
        self._is_ephemeral = is_ephemeral
        #: The time of the last transaction, and the monotonic clock then.
        self._last: tuple[int, float] | None = None
        self._stepped = SteppedClock()
        #: The latest time that was seen before the clock was set back.
        self._latest_ms = 0
        #: When the time was last noted in the database; None = it has to be noted.
        self._noted_ms: int | None = None
        self._cancel_matches = cancel_matches
        self._standing = StandingClaim()
        self._unanswered = UnansweredClaims()
        #: Called in the writer's thread when runs may have become claimable, or are due earlier.
        self.released: Callable[[], None] = lambda: None
        self._recent = RecentBodies()
        #: The counts of its commits.
        self.totals = Totals()
        #: All workers of this process are busy: others shall look for the runs that it releases.
        self.needs_help = False
        self._last_wake_up = -WAKE_UP_EVERY_S
        #: The earliest `run_at` of a run that sleeps, milliseconds; None = nothing sleeps.
        self.next_due: int | None = None

    @property
    def shift_ms(self) -> int:
        """Milliseconds by which the database's clock is ahead of this process's.

        Since the last transaction the monotonic clock has gone on, whatever was done to this
        process's wall clock.
        """
        if not self._shares_clock or self._last is None:
            return 0
        then_ms, then = self._last
        passed_ms = round((self._clock.monotonic() - then) * 1000)
        return then_ms + passed_ms - self._clock.now_ms()

    @property
    def clock_offset_ms(self) -> int:
        """Milliseconds by which this process's wall clock is ahead of its monotonic one."""
        return self._clock.now_ms() - round(self._clock.monotonic() * 1000)

    def keeps(self, operation: Operation) -> bool:
        """Keeps a claim that would find nothing now, until something is released. In any thread."""
        if operation.kind is not Kind.CLAIM or self._is_due(self._clock.now_ms()):
            return False
        return self._standing.keeps(operation)

    def note_unanswered(self, operations: Sequence[Operation]) -> None:
        """The connection was lost while these were done: their commit may have happened."""
        self._unanswered.add(operations)

    def _lanes_wanted(self, batch: Batch) -> int:
        """In how many lanes new runs may be claimed at once: nothing else may come before them."""
        if batch.work_released or self._is_due(batch.now_ms):
            return 0
        return self._standing.lanes_wanted

    def _is_due(self, now_ms: int) -> bool:
        """A run that slept is due."""
        return self.next_due is not None and self.next_due <= now_ms

    def apply(
        self, db: WriteConnection, operations: Sequence[Operation]
    ) -> Callable[[], Sequence[Operation]]:
        """Does the operations inside the open transaction and sets their results.

        May be called again for a part of the same operations after a rollback. Call the returned
        function after the commit, in the writer's thread: it returns operations of earlier batches
        that are done now as well.
        """
        asked = [item for item in operations if item.kind is Kind.CLAIM and not self.keeps(item)]
        self._standing.begin()
        batch = self._begin(db)
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
        make_heads_claimable(db, batch)
        delete_stand_ins(db, batch)
        if not self._is_ephemeral:
            defer(db, batch)
        released, batch.work_released = batch.work_released, False
        made = self._standing.made_with(asked, released=released or bool(batch.claimed_at_once))
        for operation in made:
            # The bodies of events that this very batch has stored are wanted at once.
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
        """Makes a claim; one that was not asked for with this batch fails without it."""
        request: ClaimRequest = operation.payload
        operation.error = None
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

    def _begin(self, db: WriteConnection) -> Batch:
        own_ms, monotonic = self._clock.now_ms(), self._clock.monotonic()
        now_ms = db.now_ms() if self._shares_clock else own_ms
        before_ms = 0 if self._last is None else self._last[0]
        step_ms = self._stepped.step_ms(now_ms, monotonic)
        if step_ms > 0:
            logger.warning("clock.set_forward seconds=%d", step_ms // 1000)
        if step_ms:
            self._latest_ms = max(self._latest_ms, before_ms)
            self._noted_ms = None
        if self._shares_clock and before_ms - now_ms <= DRIFT_MS:
            # If the server's clock is corrected a little, what this node stores keeps its order.
            now_ms = max(now_ms, before_ms)
        self._last = now_ms, monotonic
        shift_ms = now_ms - own_ms if self._shares_clock else None
        return Batch(now_ms, self.lease_ms, shift_ms, self.node)

    def _after_commit(self, batch: Batch, *, is_noted: bool) -> None:
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
        if batch.work_released or (is_earlier and is_awaited):
            self.released()

    def _keep_bodies(self, batch: Batch) -> None:
        for event_id, body in batch.bodies:
            self._recent.add(event_id, body)
        batch.bodies.clear()


def _edit(db: WriteConnection, operation: Operation, batch: Batch) -> None:
    """An edit that fails is undone alone; the rest of the batch stands."""
    function: Callable[[WriteConnection, Batch], Any] = operation.payload
    savepoint = db.core.begin_nested()
    counted = batch.tally.copy()
    try:
        operation.result = function(db, batch)
    except Exception as error:
        if Failure(error).concerns_all:
            raise
        savepoint.rollback()
        batch.tally = counted
        operation.error = error
    else:
        savepoint.commit()
