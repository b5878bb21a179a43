"""Contacts: the facts that are stored about people, whichever of their ids is used.

The row of a person is stored under one of their keys. `person_keys.py` finds all keys of a person.
`linking.py` merges two rows if they turn out to be of the same person.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from sqlalchemy import case, delete, func, select

from automator.model import Block, Note, OptOut, Remember, record
from automator.store.batch.batch import Batch, Edit
from automator.store.contacts.contact_rows import ContactRow, latest, new_contact, row_of, save_row
from automator.store.contacts.person_keys import People, contact_key
from automator.store.database.dialect import insert, upsert
from automator.store.database.statements import KEYS, InsertStatement, Statement, WriteConnection
from automator.store.schema.encoding import clean_text, dump_json, load_json
from automator.store.schema.state_tables import contacts, marks

_OPT_OUTS = Statement(
    select(contacts.c.key, contacts.c.opted_out_at).where(
        contacts.c.key.in_(KEYS), contacts.c.opted_out_at.is_not(None)
    )
)
_HUMAN_REPLIES = Statement(
    select(contacts.c.key, contacts.c.human_reply_at).where(
        contacts.c.key.in_(KEYS), contacts.c.human_reply_at.is_not(None)
    )
)
_inbound_at, _opened_at = contacts.c.last_inbound_at, contacts.c.window_opened_at
_UPSERT = InsertStatement(
    contacts,
    lambda new: new.on_conflict_do_update(
        index_elements=[contacts.c.key],
        set_={
            "name": func.coalesce(new.excluded.name, contacts.c.name),
            "last_inbound_at": func.coalesce(new.excluded.last_inbound_at, _inbound_at),
            # A delivery may come in late and report an earlier moment: the latest moment counts.
            "window_opened_at": case(
                (_opened_at > new.excluded.window_opened_at, _opened_at),
                else_=func.coalesce(new.excluded.window_opened_at, _opened_at),
            ),
        },
    ),
    left_out=("opted_out_at", "opted_out_by", "blocked_at", "blocked_by", "human_reply_at"),
)
_reply_at = contacts.c.human_reply_at
#: Keeps the later of two times, because deliveries may come in out of order.
_ANSWER = InsertStatement(
    contacts,
    lambda new: new.on_conflict_do_update(
        index_elements=[contacts.c.key],
        set_={
            "human_reply_at": case(
                (_reply_at > new.excluded.human_reply_at, _reply_at),
                else_=new.excluded.human_reply_at,
            )
        },
    ),
)


#: What a colleague can note in the inbox: the shop waits for something, or nothing is left to do.
MarkState = Literal["waiting", "done"]


@record(kw_only=False)
class Mark:
    """A colleague's note in the inbox; it holds until the person writes again."""

    #: The key of the conversation or of the thread of comments.
    thread: str
    #: The key of the person; None if the platform does not say who it is.
    contact: str | None
    state: MarkState
    #: The person's newest event when the note was made.
    event_id: int
    at: int
    by_whom: str


class Seen(NamedTuple):
    """A person of an event, and when they were seen."""

    name: str | None
    at: int
    #: The same time if the person has written or acted; else None.
    last_inbound_at: int | None
    #: When a new window for messages to the person began; None if none did.
    window_opened_at: int | None = None


def upsert_contacts(db: WriteConnection, seen: Mapping[str, Seen]) -> None:
    """Stores the people of events, by their main keys."""
    rows = [_new_row(key, one)._asdict() for key, one in sorted(seen.items())]
    db.insert_later(_UPSERT, rows)


def _new_row(key: str, one: Seen) -> ContactRow:
    return new_contact(key, one.at, one.name, one.last_inbound_at, one.window_opened_at)


def as_upserted(known: Mapping[str, ContactRow], seen: Mapping[str, Seen]) -> dict[str, ContactRow]:
    """Computes the rows as `upsert_contacts` would leave them, from the `known` rows."""
    rows = dict(known)
    for key, one in seen.items():
        row = rows.get(key)
        rows[key] = (
            _new_row(key, one)
            if row is None
            else row._replace(
                name=row.name if one.name is None else one.name,
                last_inbound_at=one.last_inbound_at or row.last_inbound_at,
                window_opened_at=latest(row.window_opened_at, one.window_opened_at),
            )
        )
    return rows


def note_human_replies(db: WriteConnection, replies: Sequence[tuple[str, int]]) -> None:
    """Stores that a colleague wrote to these people by hand: (any of their keys, time)."""
    if not replies:
        return
    people = People(db, [key for key, _ in replies])
    latest: dict[str, int] = {}
    for key, at in sorted(replies, key=itemgetter(1)):
        latest[people.canonical(key)] = at
    rows = [
        new_contact(key, at)._replace(human_reply_at=at)._asdict()
        for key, at in sorted(latest.items())
    ]
    db.insert(_ANSWER, rows)


def opt_outs(db: WriteConnection, keys: Iterable[str]) -> dict[str, int]:
    """Of these keys, the main keys of people who have opted out, with the times."""
    return dict(db.query_in(_OPT_OUTS, set(keys)))


def human_replies(db: WriteConnection, keys: Iterable[str]) -> dict[str, int]:
    """The times of a colleague's last reply by hand to these people; without unanswered people."""
    wanted = set(keys)
    people = People(db, wanted)
    roots = {key: people.canonical(key) for key in wanted}
    found: dict[str, int] = dict(db.query_in(_HUMAN_REPLIES, set(roots.values())))
    return {key: found[root] for key, root in roots.items() if root in found}


def remember(db: WriteConnection, key: str, effect: Remember, now_ms: int) -> None:
    """Stores values and tags with the contact, who may be new."""
    row = row_of(db, key, now_ms)
    state = {**load_json(row.state), **effect.values}
    for name in effect.forget:
        state.pop(name, None)
    tags = [tag for tag in load_json(row.tags) if tag not in effect.remove_tags]
    tags += [tag for tag in effect.add_tags if tag not in tags]
    save_row(db, row._replace(state=dump_json(state), tags=dump_json(tags)))


def know_name(db: WriteConnection, key: str, name: str, now_ms: int) -> None:
    """Stores the name of a contact who has no name; otherwise the stored name stays."""
    row = row_of(db, key, now_ms)
    if row.name is None:
        save_row(db, row._replace(name=clean_text(name)))


def opt_out(db: WriteConnection, key: str, effect: OptOut, now_ms: int) -> None:
    """Stores that the contact refuses private messages, or accepts them again.

    An earlier opt-out keeps its time and its author.
    """
    row = row_of(db, key, now_ms)
    if effect.opted_out == (row.opted_out_at is not None):
        return
    at = now_ms if effect.opted_out else None
    by = clean_text(effect.by) if effect.opted_out else None
    save_row(db, row._replace(opted_out_at=at, opted_out_by=by))


def block(db: WriteConnection, key: str, effect: Block, now_ms: int) -> None:
    """Blocks the contact for all rules, or ends the block.

    An earlier block keeps its time and its author.
    """
    row = row_of(db, key, now_ms)
    if effect.blocked == (row.blocked_at is not None):
        return
    at = now_ms if effect.blocked else None
    by = clean_text(effect.by) if effect.blocked else None
    save_row(db, row._replace(blocked_at=at, blocked_by=by))


def answer_by_hand(db: WriteConnection, key: str, at: int | None, now_ms: int) -> None:
    """Stores when a colleague answered the contact by hand; None deletes this time."""
    row = row_of(db, key, now_ms)
    save_row(db, row._replace(human_reply_at=at))


class Contacts:
    """The part of the store about people. A person is named by a connection and an id there."""

    def __init__(self, edit: Edit, read: Callable[[str], Mapping[str, Any]]) -> None:
        """`read` returns the stored contact with a key. It may be called in any thread."""
        self._edit = edit
        self._read = read

    async def find(self, connection: str, external_id: str) -> Mapping[str, Any]:
        """The contact of a person, by any of their ids; empty if nothing is stored.

        Raises:
            StoreUnavailableError: the store is closed.
        """
        return await asyncio.to_thread(self._read, contact_key(connection, external_id))

    async def note(self, notes: Sequence[Note]) -> None:
        """Stores values that a person has typed about contacts, who may be new."""

        def change(db: WriteConnection, batch: Batch) -> None:
            for one in notes:
                key = contact_key(one.connection, one.external_id)
                remember(db, key, one.kept, batch.now_ms)
                if one.opt_out is not None:
                    opt_out(db, key, one.opt_out, batch.now_ms)

        await self._edit(change)

    async def opt_out(self, connection: str, external_id: str, effect: OptOut) -> None:
        """Stores that a person refuses private messages, or accepts them again."""
        key = contact_key(connection, external_id)
        await self._edit(lambda db, batch: opt_out(db, key, effect, batch.now_ms))

    async def block(self, connection: str, external_id: str, effect: Block) -> None:
        """Blocks a person for all rules, or ends the block."""
        key = contact_key(connection, external_id)
        await self._edit(lambda db, batch: block(db, key, effect, batch.now_ms))

    async def pause(self, connection: str, external_id: str, *, paused: bool) -> None:
        """Pauses rules for a person, as if a colleague had answered by hand; or ends the pause."""
        key = contact_key(connection, external_id)
        await self._edit(
            lambda db, batch: answer_by_hand(
                db, key, batch.now_ms if paused else None, batch.now_ms
            )
        )

    async def mark(
        self, thread: str, contact: str | None, state: MarkState | None, event_id: int, by: str
    ) -> None:
        """Stores a mark of a colleague on a thread in the inbox; None takes it back."""

        def change(db: WriteConnection, batch: Batch) -> None:
            if state is None:
                db.core.execute(delete(marks).where(marks.c.thread == clean_text(thread)))
                return
            mark = Mark(
                thread=clean_text(thread),
                contact=contact,
                state=state,
                event_id=event_id,
                at=batch.now_ms,
                by_whom=clean_text(by),
            )
            db.core.execute(upsert(insert(marks).values(asdict(mark))))

        await self._edit(change)

    async def assume(
        self,
        connection: str,
        external_id: str,
        kept: Remember,
        *,
        opted_out: bool = False,
        answered_at: int | None = None,
        name: str = "",
        wrote_at: int | None = None,
        blocked: bool = False,
    ) -> None:
        """Stores a person with these values, so that a simulation can begin with known people."""
        key = contact_key(connection, external_id)

        def change(db: WriteConnection, batch: Batch) -> None:
            remember(db, key, kept, batch.now_ms)
            opt_out(db, key, OptOut(opted_out=opted_out, by=""), batch.now_ms)
            answer_by_hand(db, key, answered_at, batch.now_ms)
            if name:
                know_name(db, key, name, batch.now_ms)
            if wrote_at is not None:
                row = row_of(db, key, wrote_at)
                save_row(db, row._replace(last_inbound_at=wrote_at, window_opened_at=wrote_at))
            if blocked:
                block(db, key, Block(blocked=True, by=""), batch.now_ms)

        await self._edit(change)
