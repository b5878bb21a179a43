"""Background work of the store: indexes what was stored, and deletes what is old.

On a server, what is old is deleted over a connection of its own (ADR 63).

The table `upkeep` has the time when each kind of work last began, for all nodes and restarts.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial

from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.exc import DBAPIError

from automator.model import Reason, StoreUnavailableError, record
from automator.store.batch import audit, rollups
from automator.store.batch.batch import Batch, Edit, read_beside
from automator.store.batch.deferred_work import PORTION
from automator.store.database.database_errors import Failure
from automator.store.database.dialect import Database
from automator.store.database.statements import Queries, WriteConnection
from automator.store.limits import budgets
from automator.store.log import pruning
from automator.store.log.pruning import Cutoffs, PortionSize, Stage
from automator.store.queue import echoes, lanes
from automator.store.schema.upkeep_tables import upkeep
from automator.store.search import indexing
from automator.store.search.index_merging import TO_MERGE, merge_words
from automator.store.writer.writer import Writer

_PRUNING = "pruning"
#: With so many waiting operations the writer is busy.
_BUSY = 16


@record(kw_only=False)
class PruningTimes:
    """The database's time, and until when its clock is not trusted."""

    now_ms: int
    distrusted_until_ms: int


class Upkeep:
    """Does background work on the tables, in small transactions."""

    def __init__(
        self,
        edit: Edit,
        engine: Engine,
        writer: Writer,
        database: Database,
        *,
        queries: Callable[[], AbstractContextManager[Queries]],
        now_ms: Callable[[], int],
    ) -> None:
        """`queries` opens a connection that only reads. `now_ms` returns the database's time."""
        self._edit = edit
        self._database = database
        #: Only on a server can a second connection write at the same time.
        self._beside = database.write_engine() if database.is_shared else None
        self._queries = queries
        self._now_ms = now_ms
        self._engine = engine
        self._writer = writer
        #: Whether indexed ids are also kept for the export of spans.
        self.traces = False
        #: How many parts were put into the full-text indexes.
        self._put = 0

    @property
    def is_busy(self) -> bool:
        """Whether the writer is so busy that work which is not urgent has to wait."""
        return self._writer.waiting > _BUSY

    @property
    def done(self) -> int:
        """The number of operations that the writer has done, except for the words index."""
        return self._writer.done - self._put

    async def durability_warnings(self) -> list[Reason]:
        """Warnings about settings of the database server that could lose acknowledged events."""
        return await self._edit(lambda db, _batch: db.database.durability_warnings(db.core))

    async def backup_note(self) -> Reason | None:
        """The note on another program's backups; None if this program makes them."""
        return await self._edit(lambda db, _batch: db.database.backup_note(db.core))

    async def index_words(self, portion: int = PORTION, *, quiet: bool = False) -> int:
        """Puts about `portion` ids into the full-text indexes, in short transactions.

        The transactions are longer if it is `quiet`. Returns 0 if nothing is left to do, or if
        another node does it.
        """
        until_ms = self._now_ms() - indexing.LAG_MS

        def prepare() -> indexing.Portion | None:
            with self._queries() as db:
                return indexing.prepare(db, until_ms, portion, quiet=quiet)

        prepared = await asyncio.to_thread(prepare)
        if prepared is None:
            return 0
        for part in prepared.parts:
            is_put = await self._edit(partial(_put, part, self.traces))
            self._put += 1
            if not is_put:
                return 0
        return prepared.size

    async def merge_words(self) -> bool:
        """Rewrites some pages of the full-text indexes, if somebody was erased.

        Returns False if nothing is left to do.
        """

        waits = await read_beside(self._engine, lambda reading: reading.execute(TO_MERGE).first())
        return waits is not None and await self._edit(merge_words)

    async def give_back_pages(self) -> bool:
        """Gives some free pages of a SQLite file back to the disk; False if nothing is left to do.

        PostgreSQL does this by itself. A file that an older version made keeps its pages.
        """
        return await self._edit(lambda db, _batch: db.database.give_back_pages(db.core))

    async def words_waiting(self) -> int:
        """The number of ids that wait for the full-text indexes, up to a limit."""
        return await read_beside(self._engine, indexing.count_waiting)

    async def repair_lanes(self) -> int:
        """Makes runs claimable that are marked as `behind` although they are first in their lanes.

        Only a node of an older version can leave such a run, or two nodes that take two runs out of
        a lane at the same instant. Returns how many there were.
        """
        query = lanes.FIRST_BUT_BEHIND
        found = await read_beside(self._engine, lambda read: read.execute(query).scalars().all())
        if not found:
            return 0
        return await self._edit(lambda db, batch: lanes.make_claimable(db, found, batch))

    async def begin_pruning(self, largest_step_ms: int) -> PruningTimes:
        """Notes that pruning begins now; returns the time, and whether the clock is trusted.

        If pruning last began more than `largest_step_ms` ago, or in the future, the clock is not
        trusted for as long: a long pause and a wrong clock look the same.
        """
        return await self._edit(lambda db, batch: _begin(db, batch.now_ms, largest_step_ms))

    def portion_size(self) -> PortionSize:
        """The size of the portions that `prune` deletes."""
        return PortionSize.of_pruning(self._database)

    @property
    def prunes_beside(self) -> bool:
        """Whether `prune` does not use the writer, so that no delivery waits for it."""
        return self._beside is not None

    async def find_old(
        self, stage: Stage, cutoffs: Cutoffs, after: int, most: int
    ) -> Sequence[int]:
        """Rows after an id that may be deleted, oldest first."""
        return await read_beside(
            self._engine, lambda reading: pruning.find_portion(reading, stage, cutoffs, after, most)
        )

    async def prune(
        self, stage: Stage, cutoffs: Cutoffs, ids: Sequence[int], size: PortionSize
    ) -> int:
        """Deletes those rows of a portion that may still be deleted; returns how many.

        Raises:
            StoreUnavailableError: the database cannot commit.
        """

        def work(connection: Connection) -> int:
            return pruning.prune(self._database, connection, stage, cutoffs, ids, size)

        engine = self._beside
        if engine is None:
            return await self._edit(lambda db, _batch: work(db.core))

        def work_beside() -> int:
            with engine.begin() as connection:
                return work(connection)

        try:
            return await asyncio.to_thread(work_beside)
        except DBAPIError as error:
            failure = Failure(error)
            if failure.is_retriable:
                # Others use some of the rows at the moment. A later pass takes the portion.
                return 0
            if failure.is_unavailable:
                raise StoreUnavailableError(failure.reason, code=failure.code) from error
            raise

    async def prune_budgets(self) -> int:
        """Deletes some budgets that no longer count anything; returns how many."""
        return await self._edit(budgets.prune_budgets)

    async def prune_echoes(self) -> int:
        """Deletes some echoes for which no run can wait any more; returns how many."""
        return await self._edit(echoes.prune_echoes)

    async def prune_audit(self, before_ms: int) -> int:
        """Deletes some rows of the audit trail before a time; returns how many."""

        def prune(db: WriteConnection, batch: Batch) -> int:
            change = audit.prune_rows(db.core, before_ms)
            batch.changes += [change] if change else []
            return change.values["count"] if change else 0

        # Nearly every pass finds none, and then no delivery has to wait for it.
        has_old = await read_beside(self._engine, lambda read: audit.has_old_rows(read, before_ms))
        return await self._edit(prune) if has_old else 0

    async def prune_rollups(self) -> int:
        """Deletes the counts of hours that are past their retention; returns how many rows."""
        return await self._edit(
            lambda db, batch: rollups.forget_before(db, batch.now_ms - rollups.KEPT_MS)
        )


def _begin(db: WriteConnection, now_ms: int, largest_step_ms: int) -> PruningTimes:
    db.database.lock(db.core, "pruning times")
    row = db.core.execute(select(upkeep).where(upkeep.c.name == _PRUNING)).first()
    last_ms = None if row is None else row.at
    distrusted_until_ms = 0 if row is None else row.distrusted_until
    if last_ms is not None and abs(now_ms - last_ms) > largest_step_ms:
        distrusted_until_ms = now_ms + largest_step_ms
    db.core.execute(delete(upkeep).where(upkeep.c.name == _PRUNING))
    db.core.execute(
        insert(upkeep).values(name=_PRUNING, at=now_ms, distrusted_until=distrusted_until_ms)
    )
    return PruningTimes(now_ms, distrusted_until_ms)


def _put(part: indexing.Part, traces: bool, db: WriteConnection, batch: Batch) -> bool:
    return indexing.put(db, part, batch.node, traces=traces)
