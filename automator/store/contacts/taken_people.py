"""Finds people whom a firing has already taken under another of their ids.

In the middle of a firing, ids can turn out to be the same person's, while the firing has yet to
come to one of these keys. So the commit of a portion looks for the person's other keys.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select

from automator.model.own_events import firing_key
from automator.store.contacts.people import People
from automator.store.database.statements import KEYS, Queries, Statement
from automator.store.schema.encoding import storable_key
from automator.store.schema.tables import events

_TAKEN = Statement(
    select(events.c.id).where(
        events.c.connection == bindparam("connection"), events.c.dedupe_key.in_(KEYS)
    )
)


def taken_before(db: Queries, firing: str, keys: Sequence[str]) -> Collection[int]:
    """The indexes of the keys whose person the firing has taken already, or takes by an earlier
    key.
    """
    people = People(db, keys)
    if not people.has_aliases:
        return ()
    found, seen = set(), set()
    for place, key in enumerate(keys):
        person = people.canonical(key)
        if person in seen or _is_taken(db, firing, people.all_keys(key)):
            found.add(place)
        seen.add(person)
    return found


def _is_taken(db: Queries, firing: str, keys: Sequence[str]) -> bool:
    """Whether the firing has an event for one of the keys of a person."""
    connection = keys[0].partition(":")[0]
    ids = [key.partition(":")[2] for key in keys]
    wanted = [storable_key(firing_key(firing, one)) for one in ids]
    return bool(db.query_in(_TAKEN, wanted, connection=connection))
