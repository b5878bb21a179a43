"""One transaction of the writer: which operations there are, and in which order they are done."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from automator.clock import Clock
from automator.store.batch import Batch, RecentBodies
from automator.store.claims import claim
from automator.store.ingest import CancelMatches, apply_ingests
from automator.store.settle import apply_settlements
from automator.store.statements import WriteConnection
from automator.store.writer import Kind, Operation

logger = logging.getLogger(__name__)

#: The payload of an edit.
EditFunction = Callable[[WriteConnection, Batch], Any]


class Transactions:
    """Does batches, and keeps what the writer knows beyond the tables."""

    def __init__(
        self,
        *,
        clock: Clock,
        node: str,
        cancel_matches: CancelMatches,
        released: Callable[[], None],
    ) -> None:
        """`released` is called in the writer's thread when runs may have become claimable."""
        self._clock = clock
        self._node = node
        self._cancel_matches = cancel_matches
        self._released = released
        self._recent = RecentBodies()
        #: The earliest `run_at` of a run that sleeps, milliseconds; None = nothing sleeps.
        self.next_due: int | None = None

    def apply(self, db: WriteConnection, operations: Sequence[Operation]) -> Callable[[], None]:
        """Does the operations inside the open transaction; returns what to do after the commit."""
        batch = Batch(self._clock.now_ms())
        by_kind: dict[Kind, list[Operation]] = {kind: [] for kind in Kind}
        for operation in operations:
            by_kind[operation.kind].append(operation)
        if by_kind[Kind.SETTLE]:
            apply_settlements(db, by_kind[Kind.SETTLE], batch)
        if by_kind[Kind.INGEST]:
            apply_ingests(db, by_kind[Kind.INGEST], batch, self._cancel_matches)
        for operation in by_kind[Kind.EDIT]:
            _edit(db, operation, batch)
        for operation in by_kind[Kind.CLAIM]:
            # The bodies of events that this very batch has stored are wanted at once.
            self._keep_bodies(batch)
            operation.result = claim(db, operation.payload, self._node, batch, self._recent)
        return lambda: self._after_commit(batch)

    def _after_commit(self, batch: Batch) -> None:
        self._keep_bodies(batch)
        if batch.has_claimed:
            self.next_due = batch.next_due
        elif batch.earliest_due is not None:
            known = self.next_due
            self.next_due = batch.earliest_due if known is None else min(known, batch.earliest_due)
        if batch.work_released:
            self._released()

    def _keep_bodies(self, batch: Batch) -> None:
        for event_id, size, body, connection in batch.bodies:
            self._recent.add(event_id, size, body, connection)
        batch.bodies.clear()


def _edit(db: WriteConnection, operation: Operation, batch: Batch) -> None:
    """An edit that fails is undone alone; the rest of the batch stands."""
    function: EditFunction = operation.payload
    savepoint = db.core.begin_nested()
    try:
        operation.result = function(db, batch)
    except Exception as error:  # noqa: BLE001 - it goes to the one who waits for this edit.
        savepoint.rollback()
        operation.error = error
    else:
        savepoint.commit()
