"""SQLAlchemy's compiled statements, kept for all databases of a test process.

An engine keeps its own and forgets them when it is closed, and every test opens a store. Compiling
the same statements for each would take a test as long as everything else that it does.
"""

from typing import Any

from sqlalchemy import Engine, TextClause
from sqlalchemy.util import LRUCache


class Statements(LRUCache[Any, Any]):
    """The compiled statements by what they say and by the kind of database."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        # What a text selects depends on the tables, which a migration changes.
        if not isinstance(value.statement, TextClause):
            super().__setitem__(_of_any_engine(key), value)


def _of_any_engine(key: Any) -> Any:
    dialect, *others = key
    return (type(dialect), *others)


STATEMENTS = Statements(2_000)


def share_statements() -> None:
    """Lets all engines of this process keep their compiled statements together."""
    shared = property(lambda _engine: STATEMENTS, lambda _engine, _own: None)
    Engine._compiled_cache = shared  # type: ignore[assignment]
