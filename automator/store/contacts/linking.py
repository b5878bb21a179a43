"""Merges the rows of ids that turn out to belong to one person."""

from collections.abc import Sequence

from sqlalchemy import String, bindparam, delete, select, update

from automator.store.contacts.contact_rows import CONTACTS, ContactRow, latest, row_of, save_row
from automator.store.contacts.person_keys import People, contact_key
from automator.store.database.dialect import upsert
from automator.store.database.statements import InsertStatement, Statement, WriteConnection
from automator.store.schema.encoding import dump_json, load_json
from automator.store.schema.state_tables import FIRING_GOES, contact_aliases, contacts, firings

_LINK = InsertStatement(contact_aliases, upsert)
_REPOINT = Statement(
    update(contact_aliases)
    .where(contact_aliases.c.contact == bindparam("old"))
    .values(contact=bindparam("new"))
)
_FORGET = Statement(delete(contacts).where(contacts.c.key == bindparam("old")))
#: Whether a firing reaches the second key after the first, in the order of the database.
_COMES_LATER = Statement(
    select(firings.c.id)
    .where(FIRING_GOES, bindparam("first", type_=String) < bindparam("second", type_=String))
    .limit(1)
)


def link(db: WriteConnection, key: str, alias: str, now_ms: int) -> None:
    """Stores that `alias`, an id without its connection, is the same person as `key`."""
    connection = key.partition(":")[0]
    alias_key = contact_key(connection, alias)
    people = People(db, [key, alias_key])
    root, other = people.canonical(key), people.canonical(alias_key)
    if root == other:
        return
    if db.query(_COMES_LATER, first=root, second=other):
        # The row must not move back in a firing's order, where the firing would miss it.
        root, other = other, root
    known = db.query_in(CONTACTS, [other])
    if known:
        _merge(db, row_of(db, root, now_ms), ContactRow(*known[0]))
    db.run(_REPOINT, old=other, new=root)
    db.insert(_LINK, [{"alias": other, "contact": root}])


def link_people(
    db: WriteConnection, people_ids: Sequence[tuple[str, Sequence[str]]], now_ms: int
) -> None:
    """For each (connection, ids): stores that all these ids are the same person."""
    if not people_ids:
        return
    keys = {contact_key(connection, item) for connection, ids in people_ids for item in ids}
    people = People(db, keys)
    for connection, ids in people_ids:
        first, *others = (contact_key(connection, item) for item in ids)
        for other in others:
            if people.canonical(first) != people.canonical(other):
                link(db, first, other.partition(":")[2], now_ms)


def _merge(db: WriteConnection, kept: ContactRow, other: ContactRow) -> None:
    """Merges two rows of one person into `kept`, whose values take precedence.

    An opt-out or a block of one of the two holds for both.
    """
    tags = load_json(kept.tags)
    tags += [tag for tag in load_json(other.tags) if tag not in tags]
    opted_out = kept if kept.opted_out_at is not None else other
    blocked = kept if kept.blocked_at is not None else other
    merged = ContactRow(
        key=kept.key,
        name=kept.name or other.name,
        state=dump_json({**load_json(other.state), **load_json(kept.state)}),
        tags=dump_json(tags),
        first_seen=min(kept.first_seen, other.first_seen),
        last_inbound_at=latest(kept.last_inbound_at, other.last_inbound_at),
        opted_out_at=opted_out.opted_out_at,
        opted_out_by=opted_out.opted_out_by,
        blocked_at=blocked.blocked_at,
        blocked_by=blocked.blocked_by,
        human_reply_at=latest(kept.human_reply_at, other.human_reply_at),
        window_opened_at=latest(kept.window_opened_at, other.window_opened_at),
    )
    save_row(db, merged)
    db.run(_FORGET, old=other.key)
