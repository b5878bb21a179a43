"""What every part of the log reads with: its connections, its pages, and who is who."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Column, Engine, Select, select

from automator.store.tables import contact_aliases


class Reader:
    """Read-only connections to the database, for any thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def keys_of_person(self, contact: str) -> list[str]:
        """All keys of a person; the first is the one whose row holds what is known."""
        query = select(contact_aliases.c.contact).where(contact_aliases.c.alias == contact)
        with self.engine.connect() as connection:
            root = connection.execute(query).scalar_one_or_none() or contact
            others: Iterable[str] = connection.execute(
                select(contact_aliases.c.alias).where(contact_aliases.c.contact == root)
            ).scalars()
            return [root, *others]

    def all_of(self, query: Select[Any]) -> Sequence[Any]:
        with self.engine.connect() as connection:
            return connection.execute(query).all()


def newest_first(
    query: Select[Any], key: Column[Any], before: int | None, limit: int
) -> Select[Any]:
    """A page of a query; `before` is the last id of the page before it."""
    if before is not None:
        query = query.where(key < before)
    return query.order_by(key.desc()).limit(limit)


def in_pages(
    query: Select[Any], key: Column[Any], *, before: int | None, after: int | None, limit: int
) -> Select[Any]:
    """A page of a query: the newest before an id, or with `after` the oldest behind it."""
    if after is None:
        return newest_first(query, key, before, limit)
    if before is not None:
        query = query.where(key < before)
    return query.where(key > after).order_by(key).limit(limit)
