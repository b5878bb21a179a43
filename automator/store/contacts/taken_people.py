"""Finds people whom a firing has already taken by another of their keys.

In the middle of a firing, two keys can turn out to be the same person, one of which the firing has
not reached yet. So the commit of a portion also looks for the other keys of its people.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select

from automator.model.own_events import firing_key
from automator.store.contacts.person_keys import People
from automator.store.database.statements import KEYS, Queries, Statement
from automator.store.schema.encoding import storable_key
from automator.store.schema.tables import events

_TAKEN = Statement(
    select(events.c.id).where(
        events.c.connection == bindparam("connection"), events.c.dedupe_key.in_(KEYS)
    )
)


def taken_before(db: Queries, firing: str, keys: Sequence[str]) -> Collection[int]:
    """The indexes in `keys` of people whom the firing has taken before, or by an earlier key."""
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
    """Whether the firing has an event for any of these keys, which one person has."""
    connection = keys[0].partition(":")[0]
    ids = [key.partition(":")[2] for key in keys]
    wanted = [storable_key(firing_key(firing, one)) for one in ids]
    return bool(db.query_in(_TAKEN, wanted, connection=connection))
