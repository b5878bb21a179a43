"""Contacts: what is known of the people who write, under whatever id the provider gives them.

A contact's key is `connection:id`. A provider may know one person under several ids; an alias
points to the key whose row holds everything. Events and runs keep the key they came with, so
whoever looks for "the same person" asks for all keys of the person.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.sql.expression import ClauseElement

from automator.clock import iso_time
from automator.model import Remember
from automator.store.dialect import insert
from automator.store.encoding import clean_text, dump_json, load_json
from automator.store.statements import (
    InsertStatement,
    InStatement,
    Row,
    Statement,
    WriteConnection,
    keys_of,
)
from automator.store.tables import contact_aliases, contacts

_EMPTY_STATE = b"{}"
_NO_TAGS = b"[]"

_ALIASES = InStatement(
    lambda count: select(contact_aliases.c.alias, contact_aliases.c.contact).where(
        contact_aliases.c.alias.in_(keys_of(count))
    )
)
_SIBLINGS = InStatement(
    lambda count: select(contact_aliases.c.contact, contact_aliases.c.alias).where(
        contact_aliases.c.contact.in_(keys_of(count))
    )
)
CONTACT_COLUMNS = (
    contacts.c.key,
    contacts.c.name,
    contacts.c.state,
    contacts.c.tags,
    contacts.c.first_seen,
    contacts.c.last_inbound_at,
)
_CONTACTS = InStatement(
    lambda count: select(*CONTACT_COLUMNS).where(contacts.c.key.in_(keys_of(count)))
)


def _upsert(rows: list[dict[str, Any]]) -> ClauseElement:
    new = insert(contacts).values(rows)
    return new.on_conflict_do_update(
        index_elements=[contacts.c.key],
        set_={
            "name": func.coalesce(new.excluded.name, contacts.c.name),
            "last_inbound_at": new.excluded.last_inbound_at,
        },
    )


def _replace(rows: list[dict[str, Any]]) -> ClauseElement:
    new = insert(contacts).values(rows)
    fields = ("name", "state", "tags", "first_seen", "last_inbound_at")
    return new.on_conflict_do_update(
        index_elements=[contacts.c.key], set_={name: new.excluded[name] for name in fields}
    )


_UPSERT = InsertStatement(contacts, _upsert)
_REPLACE = InsertStatement(contacts, _replace)
_new_alias = insert(contact_aliases)
_LINK = Statement(
    _new_alias.on_conflict_do_update(
        index_elements=[contact_aliases.c.alias], set_={"contact": _new_alias.excluded.contact}
    )
)
_REPOINT = Statement(
    update(contact_aliases)
    .where(contact_aliases.c.contact == bindparam("old"))
    .values(contact=bindparam("new"))
)
_FORGET = Statement(delete(contacts).where(contacts.c.key == bindparam("old")))


def contact_key(connection: str, external_id: str) -> str:
    """The key of a person at a connection, as it is stored."""
    return clean_text(f"{connection}:{external_id}")


class People:
    """Which keys of one batch belong to the same person."""

    def __init__(self, db: WriteConnection, keys: Iterable[str]) -> None:
        wanted = set(keys)
        self._canonical: dict[str, str] = dict(db.query_in(_ALIASES, wanted))
        self._members: defaultdict[str, list[str]] = defaultdict(list)
        roots = {self.canonical(key) for key in wanted}
        for root, alias in db.query_in(_SIBLINGS, roots):
            self._members[root].append(alias)

    def canonical(self, key: str) -> str:
        """The key whose row holds what is known."""
        return self._canonical.get(key, key)

    def all_keys(self, key: str) -> list[str]:
        """Every key of the person, `key` among them."""
        root = self.canonical(key)
        return [root, *self._members.get(root, ())]


def upsert_contacts(db: WriteConnection, seen: Mapping[str, tuple[str | None, int]]) -> None:
    """Notes that these people wrote: canonical key → (name or None, time)."""
    if seen:
        db.insert(
            _UPSERT,
            [
                (key, name, _EMPTY_STATE, _NO_TAGS, at, at)
                for key, (name, at) in sorted(seen.items())
            ],
        )


def load_contacts(db: WriteConnection, keys: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The contacts of these keys as rules see them; unknown ones are left out."""
    wanted = set(keys)
    canonical: dict[str, str] = dict(db.query_in(_ALIASES, wanted))
    rows = db.query_in(_CONTACTS, {canonical.get(key, key) for key in wanted})
    found = {row[0]: contact_from_row(row) for row in rows}
    return {key: found[root] for key in wanted if (root := canonical.get(key, key)) in found}


def contact_from_row(row: Any) -> Mapping[str, Any]:
    """A contact as rules see it, of a row of CONTACT_COLUMNS."""
    key, name, state, tags, first_seen, last_inbound_at = row
    return {
        "id": key.partition(":")[2],
        "name": name,
        "state": {} if state == _EMPTY_STATE else load_json(state),
        "tags": [] if tags == _NO_TAGS else load_json(tags),
        "first_seen": iso_time(first_seen),
        "last_inbound_at": None if last_inbound_at is None else iso_time(last_inbound_at),
        "opted_out": False,
    }


def remember(db: WriteConnection, key: str, effect: Remember, now_ms: int) -> None:
    """Keeps values and tags with the contact, who need not be known yet."""
    row = _row(db, key, now_ms)
    state = {**load_json(row[2]), **effect.values}
    tags = [tag for tag in load_json(row[3]) if tag not in effect.remove_tags]
    tags += [tag for tag in effect.add_tags if tag not in tags]
    db.insert(_REPLACE, [(row[0], row[1], dump_json(state), dump_json(tags), row[4], row[5])])


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
        _merge(db, _row(db, root, now_ms), known[0])
    db.run(_REPOINT, (root, other))
    db.run(_LINK, (other, root))


def _row(db: WriteConnection, key: str, now_ms: int) -> Row:
    """The row of the person's contact, or that of somebody who is seen for the first time."""
    root = People(db, [key]).canonical(key)
    found = db.query_in(_CONTACTS, [root])
    return found[0] if found else (root, None, _EMPTY_STATE, _NO_TAGS, now_ms, None)


def _merge(db: WriteConnection, kept: Row, other: Row) -> None:
    """Puts what two rows say of one person into `kept`, whose own values win."""
    tags = load_json(kept[3])
    tags += [tag for tag in load_json(other[3]) if tag not in tags]
    times = [at for at in (kept[5], other[5]) if at is not None]
    state = {**load_json(other[2]), **load_json(kept[2])}
    merged = (
        kept[0],
        kept[1] or other[1],
        dump_json(state),
        dump_json(tags),
        min(kept[4], other[4]),
        max(times, default=None),
    )
    db.insert(_REPLACE, [merged])
    db.run(_FORGET, (other[0],))
