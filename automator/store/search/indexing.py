"""Fills the full-text indexes in the background.

A commit that stores events, runs or attempts notes their ids in the table `deferred`. Later, these
rows are read, documents are made of them, and the documents are put into the indexes part by part.
The commit of the last part also adds the rows' counts to the roll-ups, and deletes the rows. If the
process dies before that, all documents are put into the indexes again. Rows that are not indexed
yet are searched directly (see `search`).
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, literal_column, or_, select

from automator.model import record
from automator.store.batch.deferred_work import (
    ID_BYTES,
    NO_IDS,
    NOTHING,
    PORTION,
    pack_ids,
    unpack_ids,
)
from automator.store.batch.rollups import fold
from automator.store.database.statements import KEYS, Queries, Statement, WriteConnection
from automator.store.schema.tables import EMPTY_BODY, events, runs
from automator.store.schema.upkeep_tables import deferred, untraced
from automator.store.search.index_documents import Document, documents_to_index
from automator.store.search.word_index import EVENT_WORDS, RUN_WORDS

#: For how many milliseconds a new run is not indexed, so that most runs are indexed only once,
#: together with their attempts.
LAG_MS = 3_000
#: How many rows of the queue are read for a portion, besides two for each of its ids.
_MOST_READ = 512
#: For how many ids documents are made at once: while events come in; and while it is quiet.
_AT_ONCE, _AT_ONCE_QUIET = 64, 256
#: For how many seconds the thread rests in between. It then releases Python's global lock, so that
#: the event loop and the writer can go on.
_REST_S = 0.0005
#: How many documents one commit takes, while nobody else can write: for about 1.3 ms while events
#: come in; for about 5 ms while it is quiet, which costs a sixth less in all.
_AT_ONE_COMMIT, _AT_ONE_QUIET_COMMIT = 48, 192
#: How many rows of the queue are counted.
_MOST_COUNTED = 10_000
#: How many runs in later rows are compared, to see whether a run comes once more.
_LOOKED_AHEAD = 2 * PORTION
#: How many rows of the queue a search reads for very recent changes.
_MOST_ROWS = 64

_OLD_ENOUGH = Statement(
    select(deferred)
    .where(deferred.c.at <= bindparam("until"))
    .order_by(deferred.c.id.desc())
    .limit(bindparam("most"))
)
_WITH_BODIES = Statement(
    select(events.c.id).where(events.c.id.in_(KEYS), events.c.body != EMPTY_BODY)
)
_RUNS = Statement(select(runs.c.id).where(runs.c.id.in_(KEYS)))
_THERE = Statement(select(deferred.c.id).where(deferred.c.id.in_(KEYS)))
# Without rows that have no time: they belong to a database whose indexes are filled anew.
_TRACE = Statement(
    insert(untraced).from_select(
        ["at", "events", "runs"],
        select(deferred.c.at, deferred.c.events, deferred.c.runs)
        .where(
            deferred.c.id.in_(KEYS),
            deferred.c.at > literal_column("0"),
            or_(deferred.c.events != NO_IDS, deferred.c.runs != NO_IDS),
        )
        .order_by(deferred.c.id),
    )
)
_DONE = Statement(delete(deferred).where(deferred.c.id.in_(KEYS)))


def queue_everything(connection: Connection) -> None:
    """Puts everything that is stored into the queue, for a database whose indexes are empty."""
    for table in (events, runs):
        query = select(table.c.id).order_by(table.c.id).execution_options(yield_per=PORTION)
        for ids in connection.execute(query).scalars().partitions():
            row = {**NOTHING, table.name: pack_ids(ids)}
            connection.execute(insert(deferred).values(row))


@record
class Part:
    """The documents that one commit puts into the indexes, and the rows that it deletes."""

    of_events: Sequence[Document]
    of_runs: Sequence[Document]
    rows: Sequence[int] = ()
    counts: Sequence[bytes] = ()


@record(kw_only=False)
class Portion:
    """Rows of the queue, with their documents, which are ready for the indexes."""

    #: The parts in order, each for one commit.
    parts: Sequence[Part]
    #: How many events and runs it has; if it has only counts, how many rows.
    size: int


def prepare(
    db: Queries, until_ms: int, portion: int = PORTION, *, quiet: bool = False
) -> Portion | None:
    """Prepares the next portion: about `portion` of the ids noted until a time, newest first.

    Its documents are split into parts for one commit each. Returns None if nothing is left. Call it
    on a connection that only reads: preparing takes longer than storing, and deliveries would have
    to wait for the writer.
    """
    event_ids: set[int] = set()
    run_ids: set[int] = set()
    taken, counts = [], []
    # More rows than ids: some rows have only counts, or only ids that other rows have, too.
    with closing(db.each(_OLD_ENOUGH, until=until_ms, most=2 * portion + _MOST_READ)) as rows:
        for row in rows:
            taken.append(row.id)
            counts.append(row.counts)
            event_ids.update(unpack_ids(row.events))
            run_ids.update(unpack_ids(row.runs))
            if len(event_ids) + len(run_ids) >= portion:
                break
        later = _runs_of(rows)
    if not taken:
        return None
    size = len(event_ids) + len(run_ids) or len(taken)
    at_once = _AT_ONCE_QUIET if quiet else _AT_ONCE
    of_events, of_runs = _documents(db, event_ids, run_ids - later, at_once)
    most = _AT_ONE_QUIET_COMMIT if quiet else _AT_ONE_COMMIT
    if db.database.is_shared:
        most = size
    *first, last = _parts(of_events, of_runs, most)
    return Portion((*first, replace(last, rows=taken, counts=counts)), size)


def _documents(
    db: Queries, event_ids: set[int], run_ids: set[int], at_once: int
) -> tuple[list[Document], list[Document]]:
    """Makes the documents of events and of runs, `at_once` at a time, with rests in between."""
    # Sorted by id, as SQLite prefers. A run may be in another portion than its event.
    of_events: dict[int, str] = {}
    of_runs: dict[int, str] = {}
    # A run that shares its event's document directly follows the event.
    together = sorted(event_ids | run_ids)
    for start in range(0, len(together), at_once):
        if start:
            time.sleep(_REST_S)
        some = together[start : start + at_once]
        found = documents_to_index(
            db.query_in, event_ids.intersection(some), run_ids.intersection(some)
        )
        of_events.update(found[0])
        of_runs.update(found[1])
    return [*of_events.items()], [*of_runs.items()]


def _parts(of_events: Sequence[Document], of_runs: Sequence[Document], most: int) -> Iterator[Part]:
    """Splits the documents into parts of `most` documents. There is at least one part."""
    known = len(of_events)
    for start in range(0, max(known + len(of_runs), 1), most):
        end = start + most
        yield Part(
            of_events=of_events[start:end],
            of_runs=of_runs[max(start - known, 0) : max(end - known, 0)],
        )


def put(db: WriteConnection, part: Part, node: str, *, traces: bool = False) -> bool:
    """Puts a part into the indexes. Returns False if another node does it, or has done it.

    `traces`: whether to keep the ids of the deleted rows for the export of spans.

    Rows that have changed since `prepare` are put into the queue again. Rows that retention may
    have deleted or emptied since then are checked once more.
    """
    if not db.database.try_lock(db.core, "word index"):
        return False
    if len(db.query_in(_THERE, part.rows)) < len(part.rows):
        return False
    fold(db, part.counts, node)
    of_events, gone = _kept(db, _WITH_BODIES, part.of_events)
    again, _ = documents_to_index(db.query_in, gone, ())
    EVENT_WORDS.put(db.core, of_events + again)
    of_runs, _ = _kept(db, _RUNS, part.of_runs)
    RUN_WORDS.put(db.core, of_runs)
    if traces:
        db.update_in(_TRACE, part.rows)
    db.update_in(_DONE, part.rows)
    return True


def _kept(
    db: WriteConnection, statement: Statement, documents: Sequence[Document]
) -> tuple[list[Document], set[int]]:
    """The documents whose ids a statement still finds, and the ids that it does not find."""
    ids = [number for number, _ in documents]
    gone = set(ids).difference([row.id for row in db.query_in(statement, ids)])
    return [document for document in documents if document[0] not in gone], gone


def _runs_of(rows: Iterable[Any]) -> set[int]:
    """The runs in rows that come later in the queue, up to some number.

    A run is left to the later row, so that it is indexed once instead of twice: it is noted when it
    is stored and again when it has ended, and a portion often ends in between.
    """
    found: set[int] = set()
    for row in rows:
        found.update(unpack_ids(row.runs))
        if len(found) >= _LOOKED_AHEAD:
            break
    return found


def count_waiting(connection: Connection) -> int:
    """The number of ids in the newest rows of the queue. An id counts each time it is noted."""
    size = func.length(deferred.c.events) + func.length(deferred.c.runs)
    newest = select(size.label("size")).order_by(deferred.c.id.desc()).limit(_MOST_COUNTED)
    rows = newest.subquery()
    return int(connection.execute(select(func.sum(rows.c.size))).scalar() or 0) // ID_BYTES


def changed_runs(connection: Connection, since_ms: int) -> set[int]:
    """Runs that changed after a time and are still in the queue, as they are for a few seconds."""
    newest = (
        select(deferred.c.at, deferred.c.runs)
        .order_by(deferred.c.id.desc())
        .limit(_MOST_ROWS)
        .subquery()
    )
    packed = connection.execute(select(newest.c.runs).where(newest.c.at > since_ms)).scalars()
    return {number for part in packed for number in unpack_ids(part)}
