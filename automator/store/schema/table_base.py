"""The parts that all tables share.

Ids are the 63-bit integers of `model.ids`. Times are milliseconds since 1970, UTC.

JSON is in BLOB columns, because people's texts can contain characters that text columns refuse. A
new database is made of these tables. Migrations change older databases; a test compares the result.
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

#: On SQLite an INTEGER PRIMARY KEY is the row number. Elsewhere ids need 64 bits.
Id = BigInteger().with_variant(Integer(), "sqlite")


def partial(name: str, condition: str, *columns: Column[Any]) -> Index:
    """An index of the rows that fulfil a condition."""
    return Index(name, *columns, sqlite_where=text(condition))


@event.listens_for(metadata, "before_create")
def _say_conditions(_metadata: MetaData, connection: Connection, **_: Any) -> None:
    """Gives the conditions of indexes to PostgreSQL, too.

    They are not in each `Index`, because then every start would import PostgreSQL's dialect.
    """
    if connection.dialect.name == "postgresql":
        for table in metadata.tables.values():
            for index in table.indexes:
                where = index.dialect_options["sqlite"]["where"]
                index.dialect_options["postgresql"]["where"] = where
