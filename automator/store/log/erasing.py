"""Erases one person: deletes their data from the tables, in small portions.

An event is left as retention would leave it: with its type and its time, but without the person.
Its runs and their attempts are deleted. The contact is deleted last, in the commit that records the
erasure. So if the process dies before that, everything can be done again.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    String,
    cast,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from tinydb import TinyDB

from automator.model import RunState, record
from automator.model.own_events import SCHEDULE_CONTACT
from automator.store.batch.audit import forget_person
from automator.store.batch.batch import Batch, Edit, read_beside
from automator.store.contacts.person_keys import contact_key
from automator.store.database.statements import WriteConnection
from automator.store.documents.documents import with_documents
from automator.store.documents.staff_notes import delete_staff_notes
from automator.store.log.pruning import (
    PortionSize,
    delete_runs,
    empty_deliveries,
    empty_events,
)
from automator.store.runs.run_edits import cancel_run
from automator.store.runs.work_state import WorkState
from automator.store.schema.encoding import clean_text
from automator.store.schema.state_tables import (
    budgets,
    contact_aliases,
    contacts,
    firings,
    limits,
    marks,
)
from automator.store.schema.tables import FOLLOW_UP_WAITS, events, runs
from automator.store.search.index_merging import want_merging
from automator.store.search.word_index import NEWEST

#: How many events, runs or limits one commit takes. The runs of an event go with it.
PORTION = 50
#: How many erasures are on record: the newest.
MOST_ERASURES = 500
_SET = "erasures"
_UNFINISHED = (int(RunState.QUEUED), int(RunState.RUNNING), int(RunState.HELD))

#: How many things of each kind were erased, by the kind's name in JSON.
Figures = Counter[str]


@record
class Erasure:
    """The record of an erasure. It does not say whose data was erased."""

    #: A random code. The shop files it with the person's request, to find this record again.
    code: str
    #: When the erasure ended, in milliseconds. The commit sets it.
    at: int = 0
    by: str
    connection: str
    figures: Mapping[str, int]
    #: False if runs were under way, or there was too much for one call: the rest is still stored.
    is_complete: bool


class Erasing:
    """The part of the store that erases people, each step in its own transaction."""

    def __init__(self, edit: Edit, engine: Engine, keys_of: Callable[[str], list[str]]) -> None:
        """`keys_of` returns all keys of the person with a key. Any thread may call it."""
        self._edit = edit
        self._engine = engine
        self._keys_of = keys_of

    async def keys_of(self, connection: str, external_id: str) -> list[str]:
        """All keys of a person; empty if nothing is stored about them."""

        def find(reading: Connection) -> list[str]:
            keys = self._keys_of(contact_key(connection, external_id))
            is_known = select(contacts.c.key).where(contacts.c.key.in_(keys)).limit(1)
            known = reading.execute(is_known).first() or reading.execute(_one_of(keys)).first()
            return keys if known else []

        return await read_beside(self._engine, find)

    async def limits_of(self, keys: Sequence[str]) -> list[str]:
        """The ids of the rows of limits whose keys contain an id of the person."""
        query = select(limits.c.id).where(_names_one_of(keys)).order_by(limits.c.id)
        return await read_beside(self._engine, lambda reading: [*reading.execute(query).scalars()])

    async def unheard_of(self, before_ms: int, after: str) -> list[str]:
        """Some contacts after a key, last heard of before `before_ms`, who may be erased."""
        times = (contacts.c.last_inbound_at, contacts.c.human_reply_at)
        query = (
            select(contacts.c.key)
            .where(
                contacts.c.key > after,
                contacts.c.first_seen < before_ms,
                *(func.coalesce(at, 0) < before_ms for at in times),
                contacts.c.opted_out_at.is_(None),
                contacts.c.blocked_at.is_(None),
            )
            .order_by(contacts.c.key)
            .limit(PORTION)
        )
        return await read_beside(self._engine, lambda reading: [*reading.execute(query).scalars()])

    async def has_unfinished_runs(self, keys: Sequence[str]) -> bool:
        """Whether a run of a person waits or is under way."""
        query = (
            select(runs.c.id)
            .join(events, events.c.id == runs.c.event_id)
            .where(events.c.contact.in_(keys), runs.c.state.in_(_UNFINISHED))
            .limit(1)
        )
        found = await read_beside(self._engine, lambda reading: reading.execute(query).first())
        return found is not None

    async def erase_portion(
        self, keys: Sequence[str], by: str, size: PortionSize, *, before_id: int = NEWEST
    ) -> Figures:
        """Cancels some waiting runs of a person; if there are none, empties some events.

        Only events older than `before_id` are emptied. Does nothing if all events that are left
        have a run under way.
        """

        def erase(db: WriteConnection, batch: Batch) -> Figures:
            with size.timed():
                gone = _cancel_follow_ups(db, keys, clean_text(by), batch, size.rows)
                for key in keys:
                    # One by one, so that the index is changed in the order of its rows.
                    gone = gone or _empty(
                        db, key, keys, clean_text(by), batch, before_id, size.rows
                    )
            return gone

        return await self._edit(erase)

    async def forget_limits(self, ids: Sequence[str], keys: Sequence[str]) -> Figures:
        """Deletes the limits' counts with these row ids whose keys contain an id of the person."""

        def forget(db: WriteConnection, _batch: Batch) -> Figures:
            gone = delete(limits).where(limits.c.id.in_(ids), _names_one_of(keys))
            return Counter(limits=db.core.execute(gone).rowcount)

        return await self._edit(forget)

    async def finish(self, keys: Sequence[str], erasure: Erasure) -> Erasure | None:
        """Deletes the contact with its notes, and records the erasure.

        Returns None and does nothing if the person has events again.
        """

        def end(db: WriteConnection, batch: Batch) -> Erasure | None:
            if db.core.execute(_one_of(keys)).first() is not None:
                return None
            # Events that retention emptied earlier may still have words in pages of the index.
            want_merging(db, batch)
            figures = Counter(erasure.figures) + _forget_contact(db, keys)
            return _note(db, erasure, figures, batch)

        return await self._edit(end)

    async def forget(self, keys: Sequence[str]) -> bool:
        """Deletes a contact with its notes. Returns False and does nothing if there are events."""

        def end(db: WriteConnection, _batch: Batch) -> bool:
            is_over = db.core.execute(_one_of(keys)).first() is None
            if is_over:
                _forget_contact(db, keys)
            return is_over

        return await self._edit(end)

    async def note(self, erasure: Erasure) -> Erasure:
        """Records an erasure that is not complete, or that a person has completed by hand."""
        return await self._edit(
            lambda db, batch: _note(db, erasure, Counter(erasure.figures), batch)
        )

    async def erasures(self) -> list[Erasure]:
        """The newest erasures, the latest first."""

        def read(reading: Connection) -> list[Erasure]:
            return with_documents(
                reading, _SET, lambda one: [Erasure(**each) for each in one.all()], writable=False
            )

        return (await read_beside(self._engine, read))[::-1]


def _one_of(keys: Sequence[str]) -> Any:
    """Selects one event of the person who has these keys."""
    return select(events.c.id).where(events.c.contact.in_(keys)).limit(1)


def _names_one_of(keys: Sequence[str]) -> Any:
    """The condition that a limit's key, which is JSON, contains an id of the person in quotes."""
    ids = {json.dumps(key.partition(":")[2], ensure_ascii=False) for key in keys}
    return or_(*(limits.c.key.contains(one, autoescape=True) for one in sorted(ids)))


def _cancel_follow_ups(
    db: WriteConnection, keys: Sequence[str], by: str, batch: Batch, most: int
) -> Figures:
    """Cancels some follow-ups and questions of the person: they could still send something."""
    waits: ColumnElement[bool] = literal_column(f"({FOLLOW_UP_WAITS})")
    found = select(runs.c.id).where(waits, runs.c.contact.in_(keys)).limit(most)
    return _cancel(db, db.core.execute(found).scalars().all(), by, batch)


def _cancel(db: WriteConnection, run_ids: Sequence[int], by: str, batch: Batch) -> Figures:
    """Cancels runs. A later commit deletes them, once the runs behind them in their lanes go on."""
    return +Counter(cancelled=sum(cancel_run(db, run_id, by, batch) for run_id in run_ids))


def _empty(
    db: WriteConnection,
    key: str,
    keys: Sequence[str],
    by: str,
    batch: Batch,
    before_id: int,
    most: int,
) -> Figures:
    """Empties some events and their deliveries, and deletes the runs of these events.

    If some of the runs wait, they are only cancelled. An event with a run under way is left alone.
    Events of schedules and of our own account are emptied even if they are not older than
    `before_id`, because they do not mean that the person was heard of.
    """
    may_go = or_(events.c.id < before_id, events.c.is_self == 1, events.c.type == SCHEDULE_CONTACT)
    goes_on = exists().where(runs.c.event_id == events.c.id, runs.c.state == int(RunState.RUNNING))
    wanted = (
        select(events.c.id, events.c.delivery_id, events.c.dedupe_key)
        .where(events.c.contact == key, may_go, ~goes_on)
        .order_by(events.c.id)
        .limit(most)
        # So that on PostgreSQL no other node adds a run meanwhile.
        .with_for_update(of=events)
    )
    found = db.core.execute(wanted).all()
    if not found:
        return Counter()
    ids = [row.id for row in found]
    unfinished = select(runs.c.id).where(runs.c.event_id.in_(ids), runs.c.state.in_(_UNFINISHED))
    waiting = db.core.execute(unfinished.with_for_update()).scalars().all()
    if waiting:
        return _cancel(db, waiting, by, batch)
    gone_runs, gone_attempts = delete_runs(db.core, ids)
    want_merging(db, batch)
    empty_events(db.core, ids)
    _hide_keys(db.core, found, keys)
    emptied = empty_deliveries(db.core, sorted({row.delivery_id for row in found}))
    return +Counter(events=len(ids), runs=gone_runs, attempts=gone_attempts, deliveries=emptied)


def _hide_keys(connection: Connection, found: Iterable[Any], keys: Sequence[str]) -> None:
    """Replaces dedupe keys that contain an id of the person."""
    ids = {key.partition(":")[2] for key in keys}
    naming = [row.id for row in found if any(one in row.dedupe_key for one in ids)]
    other = literal("erased:").concat(cast(events.c.id, String))
    connection.execute(update(events).where(events.c.id.in_(naming)).values(dedupe_key=other))


def _forget_contact(db: WriteConnection, keys: Sequence[str]) -> Figures:
    forget_person(db.core, keys)
    notes = delete_staff_notes(db, keys)
    db.core.execute(delete(marks).where(marks.c.contact.in_(keys)))
    ended = firings.c.state != int(WorkState.GOING)
    db.core.execute(update(firings).where(firings.c.cursor.in_(keys), ended).values(cursor=""))
    budget_keys = [f"contact {key}" for key in keys]
    budgeted = db.core.execute(delete(budgets).where(budgets.c.key.in_(budget_keys))).rowcount
    is_alias = or_(contact_aliases.c.alias.in_(keys), contact_aliases.c.contact.in_(keys))
    db.core.execute(delete(contact_aliases).where(is_alias))
    gone = db.core.execute(delete(contacts).where(contacts.c.key.in_(keys))).rowcount
    return +Counter(notes=notes, limits=budgeted, contacts=gone)


def _note(db: WriteConnection, erasure: Erasure, figures: Figures, batch: Batch) -> Erasure:
    noted = Erasure(**{**asdict(erasure), "at": batch.now_ms, "figures": dict(figures)})

    def write(documents: TinyDB) -> None:
        oldest = documents.all()[: -MOST_ERASURES + 1]
        documents.remove(doc_ids=[one.doc_id for one in oldest])
        documents.insert(asdict(noted))

    with_documents(db.core, _SET, write, writable=True)
    return noted
