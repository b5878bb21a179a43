"""Fills the full-text indexes in the background.

A commit that stores events, runs or attempts notes their ids in the table `deferred`. Later those
rows are taken from there, their words put into the indexes, what they count added to the roll-ups,
and the rows deleted, in one commit. What is not indexed yet is looked through directly (see
`search`).
"""

from collections.abc import Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from automator.store.batch.batch import Batch
from automator.store.batch.deferred import ID_BYTES, PORTION, pack_ids, unpack_ids
from automator.store.batch.rollups import fold
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.schema.tables import events, runs
from automator.store.schema.upkeep_tables import deferred
from automator.store.search.index_documents import documents_to_index
from automator.store.search.word_index import EVENT_WORDS, RUN_WORDS

#: Milliseconds for which a run is left alone, so that most are indexed once, with their attempts.
LAG_MS = 3_000
#: Rows of the queue that are read for one transaction; a quiet server stores one event in each.
_MOST_READ = 512
#: Rows of the queue that are counted.
_MOST_COUNTED = 10_000
#: Runs of the rows behind those that are taken, among which a run is looked for.
_LOOKED_AHEAD = 2 * PORTION
#: Rows of the queue in which a search looks for what has changed a moment ago.
_MOST_ROWS = 64

_OLD_ENOUGH = Statement(
    select(deferred)
    .where(deferred.c.at <= bindparam("until"))
    .order_by(deferred.c.id.desc())
    .limit(bindparam("most"))
)
_DONE = Statement(delete(deferred).where(deferred.c.id.in_(KEYS)))


def queue_everything(connection: Connection) -> None:
    """Notes all that is stored, for a database whose indexes are empty."""
    nothing = {"at": 0, "events": b"", "runs": b"", "counts": b""}
    for table in (events, runs):
        query = select(table.c.id).order_by(table.c.id).execution_options(yield_per=PORTION)
        for ids in connection.execute(query).scalars().partitions():
            row = {**nothing, table.name: pack_ids(ids)}
            connection.execute(insert(deferred).values(row))


def index_some(db: WriteConnection, batch: Batch, portion: int = PORTION) -> int:
    """Indexes about so many ids, the newest first; says of how many events and runs it was, or how
    many rows were there that only count.

    0 means that nothing is left, or that another node is at it.
    """
    if not db.database.try_lock(db.core, "word index"):
        return 0
    event_ids: set[int] = set()
    run_ids: set[int] = set()
    taken, counts = [], []
    with closing(db.each(_OLD_ENOUGH, until=batch.now_ms - LAG_MS, most=_MOST_READ)) as rows:
        for row in rows:
            taken.append(row.id)
            counts.append(row.counts)
            event_ids.update(unpack_ids(row.events))
            run_ids.update(unpack_ids(row.runs))
            if len(event_ids) + len(run_ids) >= portion:
                break
        later = _runs_of(rows)
    if not taken:
        return 0
    found = len(event_ids) + len(run_ids)
    run_ids -= later
    of_events, of_runs = documents_to_index(db.query_in, event_ids, run_ids)
    EVENT_WORDS.put(db.core, of_events)
    RUN_WORDS.put(db.core, of_runs)
    fold(db, counts, batch.node)
    db.update_in(_DONE, taken)
    return found or len(taken)


def _runs_of(rows: Iterable[Any]) -> set[int]:
    """The runs of rows that are taken later, up to some number.

    A run that stands in one of them waits for it, and is indexed once instead of twice: it is
    noted when it is stored and when it has ended, and often a portion ends between the two.
    """
    found: set[int] = set()
    for row in rows:
        found.update(unpack_ids(row.runs))
        if len(found) >= _LOOKED_AHEAD:
            break
    return found


def count_waiting(connection: Connection) -> int:
    """How many ids stand in the newest rows of the queue, each as often as it is noted."""
    size = func.length(deferred.c.events) + func.length(deferred.c.runs)
    newest = select(size.label("size")).order_by(deferred.c.id.desc()).limit(_MOST_COUNTED)
    rows = newest.subquery()
    return int(connection.execute(select(func.sum(rows.c.size))).scalar() or 0) // ID_BYTES


def changed_runs(connection: Connection, since_ms: int) -> set[int]:
    """Runs that changed after a time and wait to be indexed, which they do for a few seconds."""
    newest = (
        select(deferred.c.at, deferred.c.runs)
        .order_by(deferred.c.id.desc())
        .limit(_MOST_ROWS)
        .subquery()
    )
    packed = connection.execute(select(newest.c.runs).where(newest.c.at > since_ms)).scalars()
    return {number for part in packed for number in unpack_ids(part)}
