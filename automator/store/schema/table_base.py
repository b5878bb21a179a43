"""Parts that all tables have in common.

Ids are the 63-bit integers of `model.ids`; times are milliseconds since 1970, UTC.

JSON is in BLOB columns, because people's texts may hold characters that a text column refuses. The
migrations build the same tables; a test compares the two.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, MetaData, event, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

#: SQLite's INTEGER PRIMARY KEY is its own row number; elsewhere ids need 64 bits.
Id = BigInteger().with_variant(Integer(), "sqlite")


def partial(name: str, condition: str, *columns: Column[Any]) -> Index:
    """An index of the rows for which the condition holds."""
    return Index(name, *columns, sqlite_where=text(condition))


@event.listens_for(metadata, "before_create")
def _say_conditions(_metadata: MetaData, connection: Connection, **_: Any) -> None:
    """Gives the conditions of indexes to PostgreSQL as well.

    If each `Index` named them for PostgreSQL, every start would import its dialect.
    """
    if connection.dialect.name == "postgresql":
        for table in metadata.tables.values():
            for index in table.indexes:
                where = index.dialect_options["sqlite"]["where"]
                index.dialect_options["postgresql"]["where"] = where
