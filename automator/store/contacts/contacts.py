"""Contacts: what is known of the people who write, under whatever id the provider gives them.

The row of a person stands under one of their keys; `people.py` has which keys are one person's.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, delete, func, select, update

from automator.clock import iso_time
from automator.model import OptOut, Remember
from automator.store.batch.batch import Batch
from automator.store.batch.edit import Edit
from automator.store.contacts.people import ALIASES, People, contact_key
from automator.store.database.dialect import upsert
from automator.store.database.statements import (
    KEYS,
    InsertStatement,
    Statement,
    WriteConnection,
)
from automator.store.schema.encoding import clean_text, dump_json, load_json
from automator.store.schema.state_tables import contact_aliases, contacts

_EMPTY_STATE = b"{}"
_NO_TAGS = b"[]"
_CONTACTS = Statement(select(contacts).where(contacts.c.key.in_(KEYS)))


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


_UPSERT = InsertStatement(
    contacts,
    lambda new: new.on_conflict_do_update(
        index_elements=[contacts.c.key],
        set_={
            "name": func.coalesce(new.excluded.name, contacts.c.name),
            "last_inbound_at": new.excluded.last_inbound_at,
        },
    ),
)
_reply_at = contacts.c.human_reply_at
#: Keeps the later time: deliveries overtake one another.
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
_REPLACE = InsertStatement(contacts, upsert)
_LINK = InsertStatement(contact_aliases, upsert)
_REPOINT = Statement(
    update(contact_aliases)
    .where(contact_aliases.c.contact == bindparam("old"))
    .values(contact=bindparam("new"))
)
_FORGET = Statement(delete(contacts).where(contacts.c.key == bindparam("old")))


class ContactRow(NamedTuple):
    """A row of the table; times are milliseconds."""

    key: str
    name: str | None
    state: bytes
    tags: bytes
    first_seen: int
    last_inbound_at: int | None = None
    opted_out_at: int | None = None
    opted_out_by: str | None = None
    human_reply_at: int | None = None


def new_contact(key: str, at: int, name: str | None = None) -> ContactRow:
    """The row of somebody who is seen for the first time."""
    return ContactRow(key, name, _EMPTY_STATE, _NO_TAGS, at)


def upsert_contacts(db: WriteConnection, seen: Mapping[str, tuple[str | None, int]]) -> None:
    """Notes that these people wrote: canonical key → (name or None, time)."""
    rows = [
        new_contact(key, at, name)._replace(last_inbound_at=at)._asdict()
        for key, (name, at) in sorted(seen.items())
    ]
    db.insert(_UPSERT, rows)


def note_human_replies(db: WriteConnection, replies: Sequence[tuple[str, int]]) -> None:
    """Notes that somebody of ours wrote to these people by hand: (any of their keys, time)."""
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
    """Of these canonical keys, the ones of people who have opted out, with the time."""
    return dict(db.query_in(_OPT_OUTS, set(keys)))


def human_replies(db: WriteConnection, keys: Iterable[str]) -> dict[str, int]:
    """When somebody of ours last answered these people by hand; others are left out."""
    wanted = set(keys)
    people = People(db, wanted)
    roots = {key: people.canonical(key) for key in wanted}
    found: dict[str, int] = dict(db.query_in(_HUMAN_REPLIES, set(roots.values())))
    return {key: found[root] for key, root in roots.items() if root in found}


def load_contacts(db: WriteConnection, keys: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The contacts of these keys as rules see them; unknown ones are left out."""
    wanted = set(keys)
    canonical: dict[str, str] = dict(db.query_in(ALIASES, wanted))
    rows = db.query_in(_CONTACTS, {canonical.get(key, key) for key in wanted})
    found = {row.key: contact_from_row(row) for row in rows}
    return {key: found[root] for key in wanted if (root := canonical.get(key, key)) in found}


def contact_from_row(row: Any) -> Mapping[str, Any]:
    """A contact as rules see it, of a row of the table."""
    return {
        "id": row.key.partition(":")[2],
        "name": row.name,
        "state": {} if row.state == _EMPTY_STATE else load_json(row.state),
        "tags": [] if row.tags == _NO_TAGS else load_json(row.tags),
        "first_seen": iso_time(row.first_seen),
        "last_inbound_at": _optional_time(row.last_inbound_at),
        "opted_out": row.opted_out_at is not None,
        "opted_out_at": _optional_time(row.opted_out_at),
        "opted_out_by": row.opted_out_by,
        "human_reply_at": _optional_time(row.human_reply_at),
    }


def first_contact(key: str, at: int, name: str | None = None) -> Mapping[str, Any]:
    """Somebody who writes for the first time, as rules see them."""
    return contact_from_row(new_contact(key, at, name)._replace(last_inbound_at=at))


def _optional_time(ms: int | None) -> str | None:
    return None if ms is None else iso_time(ms)


def remember(db: WriteConnection, key: str, effect: Remember, now_ms: int) -> None:
    """Keeps values and tags with the contact, who need not be known yet."""
    row = row_of(db, key, now_ms)
    state = {**load_json(row.state), **effect.values}
    tags = [tag for tag in load_json(row.tags) if tag not in effect.remove_tags]
    tags += [tag for tag in effect.add_tags if tag not in tags]
    _save(db, row._replace(state=dump_json(state), tags=dump_json(tags)))


def opt_out(db: WriteConnection, key: str, effect: OptOut, now_ms: int) -> None:
    """Notes that the contact wants no private messages; whoever did so before is not forgotten."""
    row = row_of(db, key, now_ms)
    if effect.opted_out == (row.opted_out_at is not None):
        return
    at = now_ms if effect.opted_out else None
    by = clean_text(effect.by) if effect.opted_out else None
    _save(db, row._replace(opted_out_at=at, opted_out_by=by))


def answer_by_hand(db: WriteConnection, key: str, at: int | None, now_ms: int) -> None:
    """Notes when somebody of ours answered the contact by hand; None takes that back."""
    row = row_of(db, key, now_ms)
    _save(db, row._replace(human_reply_at=at))


def link(db: WriteConnection, key: str, alias: str, now_ms: int) -> None:
    """Notes that `alias`, an id without its connection, is the same person as `key`."""
    connection = key.partition(":")[0]
    alias_key = contact_key(connection, alias)
    people = People(db, [key, alias_key])
    root, other = people.canonical(key), people.canonical(alias_key)
    if root == other:
        return
    known = db.query_in(_CONTACTS, [other])
    if known:
        _merge(db, row_of(db, root, now_ms), ContactRow(*known[0]))
    db.run(_REPOINT, old=other, new=root)
    db.insert(_LINK, [{"alias": other, "contact": root}])


def link_people(
    db: WriteConnection, people_ids: Sequence[tuple[str, Sequence[str]]], now_ms: int
) -> None:
    """Notes of each (connection, ids) that the ids are one person's."""
    if not people_ids:
        return
    keys = {contact_key(connection, item) for connection, ids in people_ids for item in ids}
    people = People(db, keys)
    for connection, ids in people_ids:
        first, *others = (contact_key(connection, item) for item in ids)
        for other in others:
            if people.canonical(first) != people.canonical(other):
                link(db, first, other.partition(":")[2], now_ms)


def row_of(db: WriteConnection, key: str, now_ms: int) -> ContactRow:
    """The row of the person's contact, or that of somebody who is seen for the first time."""
    root = People(db, [key]).canonical(key)
    found = db.query_in(_CONTACTS, [root])
    return ContactRow(*found[0]) if found else new_contact(root, now_ms)


def _save(db: WriteConnection, row: ContactRow) -> None:
    db.insert(_REPLACE, [row._asdict()])


def _merge(db: WriteConnection, kept: ContactRow, other: ContactRow) -> None:
    """Puts what two rows say of one person into `kept`, whose own values win.

    Who has opted out under one id has opted out.
    """
    tags = load_json(kept.tags)
    tags += [tag for tag in load_json(other.tags) if tag not in tags]
    opted_out = kept if kept.opted_out_at is not None else other
    merged = ContactRow(
        key=kept.key,
        name=kept.name or other.name,
        state=dump_json({**load_json(other.state), **load_json(kept.state)}),
        tags=dump_json(tags),
        first_seen=min(kept.first_seen, other.first_seen),
        last_inbound_at=_latest(kept.last_inbound_at, other.last_inbound_at),
        opted_out_at=opted_out.opted_out_at,
        opted_out_by=opted_out.opted_out_by,
        human_reply_at=_latest(kept.human_reply_at, other.human_reply_at),
    )
    _save(db, merged)
    db.run(_FORGET, old=other.key)


def _latest(*times: int | None) -> int | None:
    return max((at for at in times if at is not None), default=None)


class Contacts:
    """The part of the store that knows of people, each by a connection and an id there."""

    def __init__(self, edit: Edit, read: Callable[[str], Mapping[str, Any]]) -> None:
        """`read` gives what is known of a contact's key, in any thread."""
        self._edit = edit
        self._read = read

    async def find(self, connection: str, external_id: str) -> Mapping[str, Any]:
        """What is known of a person, under any of their ids; empty when nothing is.

        Raises:
            StoreUnavailableError: the store is closed.
        """
        return await asyncio.to_thread(self._read, contact_key(connection, external_id))

    async def opt_out(self, connection: str, external_id: str, effect: OptOut) -> None:
        """Notes that a person wants no private messages any more, or does again."""
        key = contact_key(connection, external_id)
        await self._edit(lambda db, batch: opt_out(db, key, effect, batch.now_ms))

    async def pause(self, connection: str, external_id: str, *, paused: bool) -> None:
        """Pauses rules for a person as an answer by hand would, or takes such an answer back."""
        key = contact_key(connection, external_id)
        await self._edit(
            lambda db, batch: answer_by_hand(
                db, key, batch.now_ms if paused else None, batch.now_ms
            )
        )

    async def assume(
        self,
        connection: str,
        external_id: str,
        kept: Remember,
        *,
        opted_out: bool = False,
        answered_at: int | None = None,
    ) -> None:
        """Makes somebody known with these values, as the past of a simulation."""
        key = contact_key(connection, external_id)

        def change(db: WriteConnection, batch: Batch) -> None:
            remember(db, key, kept, batch.now_ms)
            opt_out(db, key, OptOut(opted_out=opted_out, by=""), batch.now_ms)
            answer_by_hand(db, key, answered_at, batch.now_ms)

        await self._edit(change)
