"""Erasing: removes the data of one person from the tables, in small portions.

An event stays as retention would leave it: with its type and its time, but without the person. Its
runs and their attempts are deleted. The contact is deleted last, in the commit that notes the
erasure; until then everything can be done again, whenever the process dies.
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
from automator.store.batch.batch import Batch, Edit, read_beside
from automator.store.contacts.people import contact_key
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
from automator.store.schema.state_tables import budgets, contact_aliases, contacts, firings, limits
from automator.store.schema.tables import FOLLOW_UP_WAITS, events, runs
from automator.store.search.merging import want_merging
from automator.store.search.word_index import NEWEST

#: Events, runs or limits of one commit at most; with an event go its runs and their attempts.
PORTION = 50
#: Erasures that are noted, the newest.
MOST_ERASURES = 500
_SET = "erasures"
_UNFINISHED = (int(RunState.QUEUED), int(RunState.RUNNING), int(RunState.HELD))

#: The number of erased things of each kind, by the kind's name in JSON.
Figures = Counter[str]


@record
class Erasure:
    """The note of an erasure: it does not say whose data it was."""

    #: The shop files the code with the request, to find the note again.
    code: str
    #: When the erasure ended, in milliseconds; its commit sets it.
    at: int = 0
    by: str
    connection: str
    figures: Mapping[str, int]
    #: False: runs were under way, or there was too much for one call. The rest is still stored.
    is_complete: bool


class Erasing:
    """The part of the store that erases people, each step in a transaction of its own."""

    def __init__(self, edit: Edit, engine: Engine, keys_of: Callable[[str], list[str]]) -> None:
        """`keys_of` returns all keys of the person with this key, in any thread."""
        self._edit = edit
        self._engine = engine
        self._keys_of = keys_of

    async def keys_of(self, connection: str, external_id: str) -> list[str]:
        """All keys of a person; empty when nothing is stored about them."""

        def find(reading: Connection) -> list[str]:
            keys = self._keys_of(contact_key(connection, external_id))
            is_known = select(contacts.c.key).where(contacts.c.key.in_(keys)).limit(1)
            known = reading.execute(is_known).first() or reading.execute(_one_of(keys)).first()
            return keys if known else []

        return await read_beside(self._engine, find)

    async def limits_of(self, keys: Sequence[str]) -> list[str]:
        """The ids of the rows of limits that count a person's ids."""
        query = select(limits.c.id).where(_names_one_of(keys)).order_by(limits.c.id)
        return await read_beside(self._engine, lambda reading: [*reading.execute(query).scalars()])

    async def unheard_of(self, before_ms: int, after: str) -> list[str]:
        """Some contacts after a key who have not been heard of since a time, and may
        be forgotten.
        """
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
        """Cancels some waiting runs of a person, or else empties some events that are older than an
        id; does nothing if the only events left have a run under way.
        """

        def erase(db: WriteConnection, batch: Batch) -> Figures:
            with size.timed():
                gone = _cancel_follow_ups(db, keys, clean_text(by), batch, size.rows)
                for key in keys:
                    # One by one, so that the index gets the rows in their order.
                    gone = gone or _empty(
                        db, key, keys, clean_text(by), batch, before_id, size.rows
                    )
            return gone

        return await self._edit(erase)

    async def forget_limits(self, ids: Sequence[str], keys: Sequence[str]) -> Figures:
        """Deletes the limits' counts with these ids that count one of the person's ids."""

        def forget(db: WriteConnection, _batch: Batch) -> Figures:
            gone = delete(limits).where(limits.c.id.in_(ids), _names_one_of(keys))
            return Counter(limits=db.core.execute(gone).rowcount)

        return await self._edit(forget)

    async def finish(self, keys: Sequence[str], erasure: Erasure) -> Erasure | None:
        """Deletes the contact with its notes, and notes the erasure; None if the person has events
        again, and then nothing is done.
        """

        def end(db: WriteConnection, batch: Batch) -> Erasure | None:
            if db.core.execute(_one_of(keys)).first() is not None:
                return None
            # Retention may have emptied events before, whose words are still in pages of the index.
            want_merging(db, batch)
            figures = Counter(erasure.figures) + _forget_contact(db, keys)
            return _note(db, erasure, figures, batch)

        return await self._edit(end)

    async def forget(self, keys: Sequence[str]) -> bool:
        """Deletes a contact with its notes; False if there are events, and then nothing is done."""

        def end(db: WriteConnection, _batch: Batch) -> bool:
            is_over = db.core.execute(_one_of(keys)).first() is None
            if is_over:
                _forget_contact(db, keys)
            return is_over

        return await self._edit(end)

    async def note(self, erasure: Erasure) -> Erasure:
        """Notes an erasure that did not complete, or that a person has settled."""
        return await self._edit(
            lambda db, batch: _note(db, erasure, Counter(erasure.figures), batch)
        )

    async def erasures(self) -> list[Erasure]:
        """The newest erasures, the last one first."""

        def read(reading: Connection) -> list[Erasure]:
            return with_documents(
                reading, _SET, lambda one: [Erasure(**each) for each in one.all()], writable=False
            )

        return (await read_beside(self._engine, read))[::-1]


def _one_of(keys: Sequence[str]) -> Any:
    """A query for one event of the person with these keys."""
    return select(events.c.id).where(events.c.contact.in_(keys)).limit(1)


def _names_one_of(keys: Sequence[str]) -> Any:
    """The condition that a limit's key, which is JSON, contains one of the person's
    ids in quotes.
    """
    ids = {json.dumps(key.partition(":")[2], ensure_ascii=False) for key in keys}
    return or_(*(limits.c.key.contains(one, autoescape=True) for one in sorted(ids)))


def _cancel_follow_ups(
    db: WriteConnection, keys: Sequence[str], by: str, batch: Batch, most: int
) -> Figures:
    """Cancels some follow-ups and questions, which could still write to the person."""
    waits: ColumnElement[bool] = literal_column(f"({FOLLOW_UP_WAITS})")
    found = select(runs.c.id).where(waits, runs.c.contact.in_(keys)).limit(most)
    return _cancel(db, db.core.execute(found).scalars().all(), by, batch)


def _cancel(db: WriteConnection, run_ids: Sequence[int], by: str, batch: Batch) -> Figures:
    """Cancels runs. A later commit deletes them, when the runs behind them in their lanes go on."""
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
    """Empties some events with their deliveries, and deletes their runs; if some of these runs
    wait, only cancels them. An event with a run under way is left alone.

    `before_id` does not spare events of a schedule or of our own account, because they do not show
    that the person was heard of.
    """
    may_go = or_(events.c.id < before_id, events.c.is_self == 1, events.c.type == SCHEDULE_CONTACT)
    goes_on = exists().where(runs.c.event_id == events.c.id, runs.c.state == int(RunState.RUNNING))
    wanted = (
        select(events.c.id, events.c.delivery_id, events.c.dedupe_key)
        .where(events.c.contact == key, may_go, ~goes_on)
        .order_by(events.c.id)
        .limit(most)
        # On PostgreSQL, no other node can add a run meanwhile.
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
    """Replaces dedupe keys that name the person."""
    ids = {key.partition(":")[2] for key in keys}
    naming = [row.id for row in found if any(one in row.dedupe_key for one in ids)]
    other = literal("erased:").concat(cast(events.c.id, String))
    connection.execute(update(events).where(events.c.id.in_(naming)).values(dedupe_key=other))


def _forget_contact(db: WriteConnection, keys: Sequence[str]) -> Figures:
    notes = delete_staff_notes(db, keys)
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
