"""Looks up the contacts of new events, and whether anything waits for them, in one query.

Most people have no alias, no waiting follow-up, and an empty lane. Then the query finds only their
contact, or nothing.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, exists, literal_column, null, select, union_all

from automator.model import record
from automator.store.batch.batch import Batch
from automator.store.contacts.contact_rows import ContactRow
from automator.store.contacts.person_keys import NEARBY_ALIASES, People
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.schema.state_tables import contacts
from automator.store.schema.tables import UNFINISHED, WAITING_FOR_CANCEL, runs

_CONTACT, _WAITING, _OCCUPIED = "contact", "waiting", "occupied"


def _found(what: str) -> tuple[ColumnElement[Any], ...]:
    return null().label("alias"), literal_column(f"'{what}'").label("what")


#: Fills the columns of contacts in all other rows.
_NO_CONTACT = [null() for _ in contacts.columns]
#: Selects rows of contacts, rows of aliases, and a row for everything else that a key has.
#: PostgreSQL takes the types of the columns from the first part.
LOOK_UP = Statement(
    union_all(
        select(*_found(_CONTACT), *contacts.columns).where(contacts.c.key.in_(KEYS)),
        *[query.add_columns(*_NO_CONTACT) for query in NEARBY_ALIASES],
        select(*_found(_WAITING), *_NO_CONTACT).where(
            exists().where(literal_column(f"({WAITING_FOR_CANCEL})"), runs.c.contact.in_(KEYS))
        ),
        select(*_found(_OCCUPIED), *_NO_CONTACT).where(
            exists().where(runs.c.lane.in_(KEYS), literal_column(UNFINISHED))
        ),
    )
)


@record(kw_only=False)
class FoundOfContacts:
    """Everything stored for some keys of contacts. The keys are also the names of lanes."""

    people: People
    #: The rows of contacts that exist, by these keys.
    contacts: dict[str, ContactRow]
    #: Whether any run waits for an event of these contacts, which may cancel it.
    has_waiting: bool
    #: Whether any of the lanes has an unfinished run.
    is_occupied: bool
    #: Held lanes without an unfinished run.
    free_lanes: Collection[str]


def look_up_contacts(db: WriteConnection, keys: Iterable[str], batch: Batch) -> FoundOfContacts:
    """Looks up everything stored for these keys of contacts.

    If the batch wants to claim new runs, no other node may occupy the lanes before the commit.
    """
    wanted, held = set(keys), batch.held_lanes
    if batch.lanes_wanted:
        held |= db.hold_lanes(wanted - held)
    nearby: dict[str, str] = {}
    known: dict[str, ContactRow] = {}
    found = set()
    for alias, value, *row in db.query_in(LOOK_UP, wanted):
        if alias is not None:
            nearby[alias] = value
        elif value == _CONTACT:
            known[row[0]] = ContactRow(*row)
        else:
            found.add(value)
    people = People(db, wanted, nearby)
    is_occupied = _OCCUPIED in found
    free = () if is_occupied else held & wanted
    return FoundOfContacts(people, known, _WAITING in found, is_occupied, free)
