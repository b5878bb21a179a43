"""Parts that all tables have in common.

Ids are the 63-bit integers of `model.ids`, times milliseconds since 1970, UTC.

JSON stands in BLOB columns: what people send may hold what a text column refuses. The migrations
build the same tables; a test compares the two.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

#: An INTEGER PRIMARY KEY is SQLite's own row number; elsewhere ids need 64 bits.
Id = BigInteger().with_variant(Integer(), "sqlite")


def partial(name: str, condition: str, *columns: Column[object]) -> None:
    """An index of the rows for which the condition holds."""
    Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))
