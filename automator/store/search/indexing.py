"""Fills the full-text indexes in the background.

A commit that stores events, runs or attempts notes their ids in the table `unindexed`, one row
for all of them. Later those rows are taken from there, their words put into the indexes, and the
rows deleted, in one commit. So nothing is indexed twice or forgotten, whenever the process dies;
and what is not indexed yet is known, and is looked through directly (see `search`).
"""

import struct
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, insert, select

from automator.store.batch.batch import Batch
from automator.store.database.statements import Statement, WriteConnection
from automator.store.schema.encoding import load_legible_json, load_summary
from automator.store.schema.tables import attempts, events, runs
from automator.store.schema.upkeep_tables import unindexed
from automator.store.search.terms import event_terms, run_terms
from automator.store.search.tokenizer import words_of
from automator.store.search.word_index import EVENT_WORDS, RUN_WORDS, IndexName

#: Ids in one row of the queue, and about as many are indexed in one transaction.
PORTION = 256
#: Milliseconds for which a run is left alone, so that most are indexed once, with their attempts.
LAG_MS = 3_000
#: Rows of the queue that are taken in one transaction; a quiet server stores one event in each.
_MOST_TAKEN = 512
#: Rows of the queue in which a search looks for what has changed a moment ago.
_MOST_ROWS = 64

_EVENT_COLUMNS = (
    events.c.connection,
    events.c.type,
    events.c.contact,
    events.c.text,
    events.c.actor_name,
    events.c.body,
)
#: Ids that an event is found by, at most; and letters of one.
_MOST_IDS = 16
_LONGEST_ID = 128
_ID_ENDINGS = ("_id", "Id")
#: The words of events that were read just now, by their ids.
KnownWords = dict[int, list[str]]
_QUEUE = Statement(
    insert(unindexed)
    .inline()
    .values(at=bindparam("at"), events=bindparam("events"), runs=bindparam("runs"))
)


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


def index_some(db: WriteConnection, batch: Batch) -> int:
    """Indexes one portion, the newest first; says of how many events and runs it was.

    0 means that nothing is left, or that another node is at it.
    """
    if not db.database.try_lock(db.core, "word index"):
        return 0
    event_ids: set[int] = set()
    run_ids: set[int] = set()
    taken = []
    query = (
        select(unindexed)
        .where(unindexed.c.at <= batch.now_ms - LAG_MS)
        .order_by(unindexed.c.id.desc())
        .limit(_MOST_TAKEN)
    )
    for row in db.core.execute(query).all():
        taken.append(row.id)
        event_ids.update(unpack_ids(row.events))
        run_ids.update(unpack_ids(row.runs))
        if len(event_ids) + len(run_ids) >= PORTION:
            break
    if not taken:
        return 0
    known: KnownWords = {}
    EVENT_WORDS.put(db.core, list(event_documents(db.core, event_ids, known)))
    RUN_WORDS.put(db.core, list(run_documents(db.core, run_ids, known)))
    db.core.execute(delete(unindexed).where(unindexed.c.id.in_(taken)))
    return len(event_ids) + len(run_ids)


def documents(
    connection: Connection, name: IndexName, ids: Collection[int]
) -> Iterator[tuple[int, list[str]]]:
    """The words of each id, and its terms, as they belong into that index."""
    made = event_documents if name == "event_words" else run_documents
    return made(connection, ids)


def event_documents(
    connection: Connection, ids: Collection[int], known: KnownWords | None = None
) -> Iterator[tuple[int, list[str]]]:
    """The words by which events are found: of their texts, their authors' names, and their terms.

    The words of each are put into `known`.
    """
    has_runs = exists().where(runs.c.event_id == events.c.id)
    query = select(*_EVENT_COLUMNS, has_runs.label("matched"), events.c.id)
    for row in connection.execute(query.where(events.c.id.in_(ids))).all():
        terms = event_terms(row.connection, row.type, row.contact, matched=row.matched)
        words = _words_of_event(row)
        if known is not None:
            known[row.id] = words
        yield row.id, words + terms


def run_documents(
    connection: Connection, ids: Collection[int], known: KnownWords | None = None
) -> Iterator[tuple[int, list[str]]]:
    """The words by which runs are found: those of their event, and those of their attempts.

    `known` has the words of events that `event_documents` has just read.
    """
    summaries: defaultdict[int, list[str]] = defaultdict(list)
    codes: defaultdict[int, set[str]] = defaultdict(set)
    targets: defaultdict[int, set[str]] = defaultdict(set)
    tried = select(
        attempts.c.run_id,
        attempts.c.summary,
        attempts.c.said,
        attempts.c.error_code,
        attempts.c.target,
    )
    found = connection.execute(tried.where(attempts.c.run_id.in_(ids)))
    for run_id, summary, said, code, target in found:
        summaries[run_id] += [*load_summary(summary).texts(), said or ""]
        codes[run_id].add(code)
        targets[run_id].add(target or "")
    query = select(*_EVENT_COLUMNS, runs.c.id, runs.c.rule, runs.c.event_id).join_from(
        runs, events, runs.c.event_id == events.c.id
    )
    for row in connection.execute(query.where(runs.c.id.in_(ids))).all():
        terms = event_terms(row.connection, row.type, row.contact)
        terms += run_terms(row.rule, codes[row.id] - {""}, targets[row.id] - {""})
        words = (known or {}).get(row.event_id) or _words_of_event(row)
        more = [word for word in words_of(*summaries[row.id]) if word not in words]
        yield row.id, words + more + terms


def _words_of_event(row: Any) -> list[str]:
    """What an event is found by."""
    ids: list[str] = []
    # Damage to the file may have left nothing of it to read.
    _add_ids(load_legible_json(row.body, {}), ids)
    return words_of(row.text, row.actor_name, " ".join(dict.fromkeys(ids[:_MOST_IDS])))


def _add_ids(value: Any, found: list[str]) -> None:
    """Adds the ids in parsed JSON, by their keys; those of providers are texts or numbers."""
    if value.__class__ is dict:
        for key, inner in value.items():
            kind = inner.__class__
            if kind is str or kind is int:
                if key == "id" or key.endswith(_ID_ENDINGS) or key == "mid":
                    found.append(str(inner)[:_LONGEST_ID])
            elif (kind is dict or kind is list) and len(found) < _MOST_IDS:
                _add_ids(inner, found)
    elif value.__class__ is list:
        for inner in value:
            if len(found) >= _MOST_IDS:
                return
            _add_ids(inner, found)


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
    """Ids as they stand in the queue, 8 bytes each."""
    return struct.pack(f"<{len(ids)}q", *ids)


def unpack_ids(packed: bytes) -> tuple[int, ...]:
    """What `pack_ids` was given."""
    return struct.unpack(f"<{len(packed) // 8}q", packed)
