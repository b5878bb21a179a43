"""Fills the full-text indexes in the background.

A commit that stores events, runs or attempts notes their ids in the table `unindexed`, one row
for all of them. Later those rows are taken from there, their words put into the indexes, and the
rows deleted, in one commit. So nothing is indexed twice or forgotten, whenever the process dies;
and what is not indexed yet is known, and is looked through directly (see `search`).
"""

import struct
from collections.abc import Collection, Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from automator.store.batch.batch import Batch
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.schema.tables import events, runs
from automator.store.schema.upkeep_tables import unindexed
from automator.store.search.index_documents import documents_to_index
from automator.store.search.word_index import EVENT_WORDS, RUN_WORDS

#: Ids in one row of the queue, at most.
PORTION = 256
#: Milliseconds for which a run is left alone, so that most are indexed once, with their attempts.
LAG_MS = 3_000
#: Rows of the queue that are read for one transaction; a quiet server stores one event in each.
_MOST_READ = 512
#: Rows of the queue that are counted.
_MOST_COUNTED = 10_000
_ID_BYTES = 8
#: Runs of the rows behind those that are taken, among which a run is looked for.
_LOOKED_AHEAD = 2 * PORTION
#: Rows of the queue in which a search looks for what has changed a moment ago.
_MOST_ROWS = 64

_QUEUE = Statement(
    insert(unindexed)
    .inline()
    .values(at=bindparam("at"), events=bindparam("events"), runs=bindparam("runs"))
)

_OLD_ENOUGH = Statement(
    select(unindexed)
    .where(unindexed.c.at <= bindparam("until"))
    .order_by(unindexed.c.id.desc())
    .limit(bindparam("most"))
)
_INDEXED = Statement(delete(unindexed).where(unindexed.c.id.in_(KEYS)))


def queue_words(db: WriteConnection, batch: Batch) -> None:
    """Notes what this batch has stored that can be searched."""
    new_events, changed_runs = batch.new_events, list(dict.fromkeys(batch.changed_runs))
    longest = max(len(new_events), len(changed_runs))
    rows = [
        {
            "at": batch.now_ms,
            "events": pack_ids(new_events[start : start + PORTION]),
            "runs": pack_ids(changed_runs[start : start + PORTION]),
        }
        for start in range(0, longest, PORTION)
    ]
    db.many(_QUEUE, rows)


def queue_everything(connection: Connection) -> None:
    """Notes all that is stored, for a database whose indexes are empty."""
    nothing = {"at": 0, "events": b"", "runs": b""}
    for table in (events, runs):
        query = select(table.c.id).order_by(table.c.id).execution_options(yield_per=PORTION)
        for ids in connection.execute(query).scalars().partitions():
            row = {**nothing, table.name: pack_ids(ids)}
            connection.execute(insert(unindexed).values(row))


def index_some(db: WriteConnection, batch: Batch, portion: int = PORTION) -> int:
    """Indexes about so many ids, the newest first; says of how many events and runs it was.

    0 means that nothing is left, or that another node is at it.
    """
    if not db.database.try_lock(db.core, "word index"):
        return 0
    event_ids: set[int] = set()
    run_ids: set[int] = set()
    taken = []
    with closing(db.each(_OLD_ENOUGH, until=batch.now_ms - LAG_MS, most=_MOST_READ)) as rows:
        for row in rows:
            taken.append(row.id)
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
    db.update_in(_INDEXED, taken)
    return found


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
    size = func.length(unindexed.c.events) + func.length(unindexed.c.runs)
    newest = select(size.label("size")).order_by(unindexed.c.id.desc()).limit(_MOST_COUNTED)
    rows = newest.subquery()
    return int(connection.execute(select(func.sum(rows.c.size))).scalar() or 0) // _ID_BYTES


def changed_runs(connection: Connection, since_ms: int) -> set[int]:
    """Runs that changed after a time and wait to be indexed, which they do for a few seconds."""
    newest = (
        select(unindexed.c.at, unindexed.c.runs)
        .order_by(unindexed.c.id.desc())
        .limit(_MOST_ROWS)
        .subquery()
    )
    packed = connection.execute(select(newest.c.runs).where(newest.c.at > since_ms)).scalars()
    return {number for part in packed for number in unpack_ids(part)}


def pack_ids(ids: Collection[int]) -> bytes:
    """Ids as they stand in the queue, one behind the other."""
    return struct.pack(f"<{len(ids)}q", *ids)


def unpack_ids(packed: bytes) -> tuple[int, ...]:
    """What `pack_ids` was given."""
    return struct.unpack(f"<{len(packed) // _ID_BYTES}q", packed)
