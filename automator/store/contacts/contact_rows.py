"""Reads, makes and writes the rows of contacts, and shows a contact in the form that rules see."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import null, select, union_all

from automator.clock import iso_time, optional_time
from automator.store.contacts.person_keys import People
from automator.store.database.dialect import upsert
from automator.store.database.statements import (
    KEYS,
    InsertStatement,
    Queries,
    Statement,
    WriteConnection,
)
from automator.store.schema.encoding import load_json
from automator.store.schema.state_tables import contact_aliases, contacts

_EMPTY_STATE = b"{}"
_NO_TAGS = b"[]"
CONTACTS = Statement(select(contacts).where(contacts.c.key.in_(KEYS)))
#: Selects the rows of some keys; for an alias, the row to which the alias points.
_KNOWN = Statement(
    union_all(
        select(null().label("alias"), contacts).where(contacts.c.key.in_(KEYS)),
        select(contact_aliases.c.alias, contacts)
        .join(contacts, contacts.c.key == contact_aliases.c.contact)
        .where(contact_aliases.c.alias.in_(KEYS)),
    )
)
_REPLACE = InsertStatement(contacts, upsert)


class ContactRow(NamedTuple):
    """A row of the table of contacts. Times are in milliseconds."""

    key: str
    name: str | None
    state: bytes
    tags: bytes
    first_seen: int
    last_inbound_at: int | None = None
    opted_out_at: int | None = None
    opted_out_by: str | None = None
    blocked_at: int | None = None
    blocked_by: str | None = None
    human_reply_at: int | None = None
    window_opened_at: int | None = None


def new_contact(
    key: str,
    at: int,
    name: str | None = None,
    inbound_at: int | None = None,
    window_opened_at: int | None = None,
) -> ContactRow:
    """Makes the row of a person who is seen for the first time, whether they wrote or not."""
    return ContactRow(
        key, name, _EMPTY_STATE, _NO_TAGS, at, inbound_at, window_opened_at=window_opened_at
    )


def latest(*times: int | None) -> int | None:
    """The latest of these times; None if all are None."""
    return max((at for at in times if at is not None), default=None)


def load_contacts(db: Queries, keys: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The contacts of these keys, in the form that rules see; without keys that nobody has."""
    rows = db.query_in(_KNOWN, set(keys))
    found = {row.key: row for row in rows if row.alias is None}
    found.update((row.alias, row) for row in rows if row.alias is not None)
    return {key: contact_from_row(row) for key, row in found.items()}


def contact_from_row(row: Any) -> Mapping[str, Any]:
    """A contact in the form that rules see, from a row of the table."""
    # Speed matters: every claimed run comes through here. Most of these times are NULL.
    inbound_at, opted_out_at, reply_at = row.last_inbound_at, row.opted_out_at, row.human_reply_at
    return {
        "id": row.key.partition(":")[2],
        "name": row.name,
        "state": {} if row.state == _EMPTY_STATE else load_json(row.state),
        "tags": [] if row.tags == _NO_TAGS else load_json(row.tags),
        "first_seen": iso_time(row.first_seen),
        "last_inbound_at": optional_time(inbound_at),
        "opted_out": opted_out_at is not None,
        "opted_out_at": optional_time(opted_out_at),
        "opted_out_by": row.opted_out_by,
        "blocked": row.blocked_at is not None,
        "blocked_at": optional_time(row.blocked_at),
        "blocked_by": row.blocked_by,
        "human_reply_at": optional_time(reply_at),
        "window_opened_at": optional_time(row.window_opened_at),
    }


def first_contact(key: str, at: int) -> Mapping[str, Any]:
    """The contact of a person who is seen for the first time, in the form that rules see."""
    return contact_from_row(new_contact(key, at))


def row_of(db: WriteConnection, key: str, now_ms: int) -> ContactRow:
    """The row of the person with this key; a new row if the person was never seen."""
    root = People(db, [key]).canonical(key)
    found = db.query_in(CONTACTS, [root])
    return ContactRow(*found[0]) if found else new_contact(root, now_ms)


def save_row(db: WriteConnection, row: ContactRow) -> None:
    """Writes the row. A row with the same key is replaced."""
    db.insert(_REPLACE, [row._asdict()])
