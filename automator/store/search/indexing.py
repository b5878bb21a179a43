"""Fills the full-text indexes in the background.

A commit that stores events, runs or attempts notes their ids in the table `deferred`. Later those
rows are read and documents are made from them, which then go into the indexes, part by part. The
commit of the last part also adds the rows' counts to the roll-ups and deletes the rows. If the
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
from automator.store.batch.deferred import ID_BYTES, NO_IDS, NOTHING, PORTION, pack_ids, unpack_ids
from automator.store.batch.rollups import fold
from automator.store.database.statements import KEYS, Queries, Statement, WriteConnection
from automator.store.schema.tables import EMPTY_BODY, events, runs
from automator.store.schema.upkeep_tables import deferred, untraced
from automator.store.search.index_documents import Document, documents_to_index
from automator.store.search.word_index import EVENT_WORDS, RUN_WORDS

#: Milliseconds for which a new run is left alone, so that most runs are indexed once, with their
#: attempts.
LAG_MS = 3_000
#: Rows of the queue that are read for one portion, in addition to two for each of its ids.
_MOST_READ = 512
#: Ids whose documents are made at once: while events come in, and while it is quiet.
_AT_ONCE, _AT_ONCE_QUIET = 64, 256
#: Seconds of rest in between: the thread releases the interpreter's lock, so that the event loop
#: and the writer get it.
_REST_S = 0.0005
#: Documents of one commit, during which nobody else can write: it takes about 1.3 ms while events
#: come in. While it is quiet it takes about 5 ms, but costs a sixth less in all.
_AT_ONE_COMMIT, _AT_ONE_QUIET_COMMIT = 48, 192
#: Rows of the queue that are counted, at most.
_MOST_COUNTED = 10_000
#: Runs in the rows after the taken ones among which a run is looked for.
_LOOKED_AHEAD = 2 * PORTION
#: Rows of the queue in which a search looks for what has just changed.
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
# Rows without a time belong to a database whose indexes are being filled again.
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
    """Notes everything that is stored, for a database whose indexes are empty."""
    for table in (events, runs):
        query = select(table.c.id).order_by(table.c.id).execution_options(yield_per=PORTION)
        for ids in connection.execute(query).scalars().partitions():
            row = {**NOTHING, table.name: pack_ids(ids)}
            connection.execute(insert(deferred).values(row))


@record
class Part:
    """The documents that one commit puts into the indexes, and the rows that it completes."""

    of_events: Sequence[Document]
    of_runs: Sequence[Document]
    rows: Sequence[int] = ()
    counts: Sequence[bytes] = ()


@record(kw_only=False)
class Portion:
    """Rows whose documents are ready to be put into the indexes."""

    #: The parts, one for each commit, in order.
    parts: Sequence[Part]
    #: The number of its events and runs, or of its rows if these have only counts.
    size: int


def prepare(
    db: Queries, until_ms: int, portion: int = PORTION, *, quiet: bool = False
) -> Portion | None:
    """The next portion: about `portion` of the ids noted up to a time, the newest first, with their
    documents in parts for one commit each; None if nothing is left.

    Call it on a connection that only reads: preparing takes longer than storing, and would make
    deliveries wait for the writer.
    """
    event_ids: set[int] = set()
    run_ids: set[int] = set()
    taken, counts = [], []
    # The rest are rows that have only counts, or only ids that other rows have as well.
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
    """The documents of events and of runs, `at_once` at a time with a rest in between."""
    # Sorted by id, as SQLite wants them; a run may be in another portion than its event.
    of_events: dict[int, str] = {}
    of_runs: dict[int, str] = {}
    # A run that shares the document of its event comes directly after it.
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
    """Splits the documents into parts of `most`; at least one part."""
    known = len(of_events)
    for start in range(0, max(known + len(of_runs), 1), most):
        end = start + most
        yield Part(
            of_events=of_events[start:end],
            of_runs=of_runs[max(start - known, 0) : max(end - known, 0)],
        )


def put(db: WriteConnection, part: Part, node: str, *, traces: bool = False) -> bool:
    """Puts a part into the indexes; False if another node is doing so, or has done so.

    With `traces`, the ids that it completes are kept for the export of spans.

    Rows that have changed since the preparation are noted again; rows that retention has deleted or
    emptied meanwhile are checked once more.
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
    """The documents of ids that a statement still finds, and the other ids."""
    ids = [number for number, _ in documents]
    gone = set(ids).difference([row.id for row in db.query_in(statement, ids)])
    return [document for document in documents if document[0] not in gone], gone


def _runs_of(rows: Iterable[Any]) -> set[int]:
    """The runs in rows that are taken later, up to some number.

    A run in one of these rows is left for that row, and so is indexed once instead of twice: it is
    noted when it is stored and when it has ended, and a portion often ends between the two.
    """
    found: set[int] = set()
    for row in rows:
        found.update(unpack_ids(row.runs))
        if len(found) >= _LOOKED_AHEAD:
            break
    return found


def count_waiting(connection: Connection) -> int:
    """The number of ids in the newest rows of the queue; an id counts each time it is noted."""
    size = func.length(deferred.c.events) + func.length(deferred.c.runs)
    newest = select(size.label("size")).order_by(deferred.c.id.desc()).limit(_MOST_COUNTED)
    rows = newest.subquery()
    return int(connection.execute(select(func.sum(rows.c.size))).scalar() or 0) // ID_BYTES


def changed_runs(connection: Connection, since_ms: int) -> set[int]:
    """Runs that changed after a time and wait to be indexed, as they do for a few seconds."""
    newest = (
        select(deferred.c.at, deferred.c.runs)
        .order_by(deferred.c.id.desc())
        .limit(_MOST_ROWS)
        .subquery()
    )
    packed = connection.execute(select(newest.c.runs).where(newest.c.at > since_ms)).scalars()
    return {number for part in packed for number in unpack_ids(part)}
