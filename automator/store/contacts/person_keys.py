"""Finds all keys of contacts that belong to one person.

A contact's key is `connection:id`. A provider may know one person by several ids. Then an alias
points to the key whose row has everything, the main key. Events and runs keep the key with which
they came in, so a search for a person has to ask for all keys.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select, union_all

from automator.store.database.statements import KEYS, Queries, Statement
from automator.store.schema.encoding import clean_text
from automator.store.schema.state_tables import contact_aliases

_alias, _contact = contact_aliases.c.alias, contact_aliases.c.contact


_ALIASES = select(_alias, _contact)
#: Two queries: for the aliases among some keys, and for the aliases of these keys.
NEARBY_ALIASES = _ALIASES.where(_alias.in_(KEYS)), _ALIASES.where(_contact.in_(KEYS))
_NEARBY = Statement(union_all(*NEARBY_ALIASES))


def contact_key(connection: str, external_id: str) -> str:
    """The key of a person at a connection, as the store has it."""
    return clean_text(f"{connection}:{external_id}")


def person_of(db: Queries, key: str) -> list[str]:
    """All keys of a person. The first is the main key, whose row has the data."""
    people = People(db, [key])
    root, *others = people.all_keys(key)
    return [root, *sorted(others)]


class People:
    """Finds the main key of each key in a batch, and all keys of each person."""

    def __init__(
        self, db: Queries, keys: Iterable[str], nearby: dict[str, str] | None = None
    ) -> None:
        """`nearby`: the aliases of these keys as alias → main key, if they are known already."""
        wanted = set(keys)
        if nearby is None:
            nearby = dict(db.query_in(_NEARBY, wanted))
        self._canonical = {key: nearby[key] for key in wanted if key in nearby}
        # Hardly anybody has an alias. But whoever has one has further keys, which must be asked
        # for.
        roots = set(self._canonical.values()).difference(wanted)
        nearby.update(db.query_in(_NEARBY, roots))
        self._members: defaultdict[str, list[str]] = defaultdict(list)
        for alias, root in nearby.items():
            self._members[root].append(alias)

    @property
    def has_aliases(self) -> bool:
        """Whether anybody in the batch has more than one key."""
        return bool(self._members)

    def canonical(self, key: str) -> str:
        """The main key of a person, whose row has the data."""
        return self._canonical.get(key, key)

    def all_keys(self, key: str) -> list[str]:
        """All keys of a person, including `key`."""
        root = self.canonical(key)
        return [root, *self._members.get(root, ())]
