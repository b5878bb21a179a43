"""The look-up of what is stored already of the people of new events, in one query.

Most events find nothing: nobody has an alias, no follow-up waits for them, and their lanes are
empty.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import exists, literal_column, null, select, union_all

from automator.model import record
from automator.store.contacts.people import People, aliases_of
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.schema.tables import UNFINISHED, WAITING_FOR_CANCEL, runs

_WAITING, _OCCUPIED = "waiting", "occupied"
#: Rows of aliases, and one without an alias for each thing that one of the keys has.
LOOK_UP = Statement(
    union_all(
        *aliases_of(KEYS),
        select(null().label("alias"), literal_column(f"'{_WAITING}'")).where(
            exists().where(literal_column(f"({WAITING_FOR_CANCEL})"), runs.c.contact.in_(KEYS))
        ),
        select(null().label("alias"), literal_column(f"'{_OCCUPIED}'")).where(
            exists().where(runs.c.lane.in_(KEYS), literal_column(UNFINISHED))
        ),
    )
)


@record(kw_only=False)
class FoundOfContacts:
    """What was found of some keys of contacts, which are the names of their lanes as well."""

    people: People
    #: A run waits for an event of one of them, which may cancel it.
    has_waiting: bool
    #: Lanes of which none has an unfinished run.
    free_lanes: Collection[str]


def look_up_contacts(db: WriteConnection, keys: Iterable[str]) -> FoundOfContacts:
    """What is stored already of these contacts."""
    wanted = set(keys)
    nearby: dict[str, str] = {}
    found = set()
    for alias, value in db.query_in(LOOK_UP, wanted):
        if alias is None:
            found.add(value)
        else:
            nearby[alias] = value
    people = People(db, wanted, nearby)
    return FoundOfContacts(people, _WAITING in found, () if _OCCUPIED in found else wanted)
