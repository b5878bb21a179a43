"""Gives back the runs of claims whose commit was not answered.

When the connection is lost during a commit, the database may have stored the claims of that
transaction, but the caller has got an error and will not carry them out. Left alone, such a run
would count as one whose process died during an attempt. So the next transaction looks at what the
database has, and gives back what is claimed. In the meantime nobody of this node claims.
"""

import logging
from collections.abc import Sequence

from sqlalchemy import select

from automator.store.batch.batch import Batch
from automator.store.batch.operations import Kind, Operation
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.runs.recovery import return_runs
from automator.store.schema.tables import runs

logger = logging.getLogger(__name__)

_STORED = Statement(select(runs.c.id).where(runs.c.id.in_(KEYS)))
#: The server may still be at the commit: then the rows are locked, and are looked at later.
_DECIDED = Statement(
    select(runs.c.id, runs.c.owner).where(runs.c.id.in_(KEYS)).with_for_update(skip_locked=True)
)


class UnansweredClaims:
    """The runs that may be claimed without anybody's knowledge. Belongs to the writer's thread."""

    def __init__(self) -> None:
        self._run_ids: set[int] = set()
        #: Those that the transaction under way has left undecided.
        self._left: set[int] = set()

    def add(self, operations: Sequence[Operation]) -> None:
        """Notes the claims among the operations of a commit that was not answered."""
        for operation in operations:
            if operation.kind is Kind.CLAIM:
                self._run_ids.update(claimed.run.id for claimed in operation.result or ())

    def give_back(self, db: WriteConnection, node: str, batch: Batch) -> None:
        """Gives back what is claimed for this node. Call it before the transaction claims."""
        if not self._run_ids:
            return
        decided = db.query_in(_DECIDED, self._run_ids)
        stored = {row.id for row in db.query_in(_STORED, self._run_ids)}
        self._left = stored.difference(row.id for row in decided)
        ours = sorted(row.id for row in decided if row.owner == node)
        return_runs(db, ours, node, batch)
        logger.warning("store.unanswered_claims runs=%d given_back=%d", len(stored), len(ours))

    def after_commit(self, made: Sequence[Operation]) -> None:
        """Keeps what is still undecided, unless a claim of this transaction has it now."""
        if self._run_ids:
            self._run_ids = self._left
            for operation in made:
                self._run_ids.difference_update(
                    claimed.run.id for claimed in operation.result or ()
                )
