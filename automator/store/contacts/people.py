"""People: the keys of contacts that belong to one person.

A contact's key is `connection:id`. A provider may know one person under several ids; an alias
points to the key whose row holds everything. Events and runs keep the key they came with, so
a search for one person asks for all keys of the person.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select

from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.schema.encoding import clean_text
from automator.store.schema.state_tables import contact_aliases

ALIASES = Statement(
    select(contact_aliases.c.alias, contact_aliases.c.contact).where(
        contact_aliases.c.alias.in_(KEYS)
    )
)
_SIBLINGS = Statement(
    select(contact_aliases.c.contact, contact_aliases.c.alias).where(
        contact_aliases.c.contact.in_(KEYS)
    )
)


def contact_key(connection: str, external_id: str) -> str:
    """The key of a person at a connection, as it is stored."""
    return clean_text(f"{connection}:{external_id}")


class People:
    """Which keys of one batch belong to the same person."""

    def __init__(self, db: WriteConnection, keys: Iterable[str]) -> None:
        wanted = set(keys)
        self._canonical: dict[str, str] = dict(db.query_in(ALIASES, wanted))
        self._members: defaultdict[str, list[str]] = defaultdict(list)
        roots = {self.canonical(key) for key in wanted}
        for row in db.query_in(_SIBLINGS, roots):
            self._members[row.contact].append(row.alias)

    def canonical(self, key: str) -> str:
        """The key whose row holds what is known."""
        return self._canonical.get(key, key)

    def all_keys(self, key: str) -> list[str]:
        """Every key of the person, `key` among them."""
        root = self.canonical(key)
        return [root, *self._members.get(root, ())]
