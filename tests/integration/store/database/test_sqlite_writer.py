"""The writer's connection to a SQLite file."""

from contextlib import closing
from pathlib import Path

from automator.store.database.address import connector, database_of

#: `secure_delete=ON`, by its number.
_ON = 1


def test_a_page_that_becomes_free_is_overwritten(tmp_path: Path) -> None:
    database = database_of(f"sqlite:///{tmp_path / 'a.db'}")

    with closing(connector(database)()) as writer:
        found = writer.core.exec_driver_sql("PRAGMA secure_delete").scalar()

    assert found == _ON
