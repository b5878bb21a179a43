"""What the database holds at the end of a soak, read without a line of the product."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from automator.model import RunState, format_id


@dataclass(frozen=True, slots=True)
class Stored:
    """What the figures are made from."""

    #: Connection and id of each event.
    events: set[tuple[str, str]]
    #: How many runs ended in which way, by the state's name.
    runs: dict[str, int]
    #: The idempotency keys of all steps that were done by runs that are done.
    done_keys: set[str]
    integrity: str


def read(file: Path) -> Stored:
    """Reads a database that nobody changes meanwhile."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        runs = database.execute("SELECT state, COUNT(*) FROM runs GROUP BY state")
        return Stored(
            events={
                (row[0], format_id(row[1]))
                for row in database.execute("SELECT connection, id FROM events")
            },
            runs={RunState(state).label: count for state, count in runs},
            done_keys={
                f"run-{row[0]}-{row[1]}"
                for row in database.execute(
                    "SELECT run_id, step FROM attempts WHERE status = 'ok' AND action = 'forward'"
                )
            },
            integrity=str(database.execute("PRAGMA integrity_check").fetchone()[0]),
        )
