"""What the database holds at the end of a soak, read without a line of the product."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automator.model import RunState, format_id


@dataclass(frozen=True, slots=True)
class Stored:
    """What the figures are made from."""

    #: Connection and id of each event.
    events: set[tuple[str, str]]
    #: How many of them were emptied, as their person was erased.
    emptied: int
    #: How many runs ended in which way, by the state's name.
    runs: dict[str, int]
    #: The idempotency keys of all steps that were done by runs that are done.
    done_keys: set[str]
    #: The first runs that are dead or in doubt, with their reason, their crashes and the last
    #: attempts that failed.
    ended_badly: Sequence[str]
    integrity: str


#: The states of runs that are named, and how many are.
_WHICH = (int(RunState.DEAD), int(RunState.UNKNOWN), 20)
_EMPTIED = "SELECT COUNT(*) FROM events WHERE body = x'7B7D'"
_BAD = """
    SELECT runs.id, runs.rule, runs.path, runs.state, runs.reason_codes, runs.crashes, (
        SELECT group_concat(number || ' ' || status || ' ' || error_code || ' ' || summary, '; ')
        FROM (SELECT * FROM attempts WHERE run_id = runs.id AND status != 'ok'
              ORDER BY id DESC LIMIT 3)
    ) FROM runs WHERE state IN (?, ?) ORDER BY id LIMIT ?
"""


def read(file: Path) -> Stored:
    """Reads a database that nobody changes meanwhile."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        runs = database.execute("SELECT state, COUNT(*) FROM runs GROUP BY state")
        return Stored(
            events={
                (row[0], format_id(row[1]))
                for row in database.execute("SELECT connection, id FROM events")
            },
            emptied=database.execute(_EMPTIED).fetchone()[0],
            runs={RunState(state).label: count for state, count in runs},
            done_keys={
                f"run-{row[0]}-{row[1]}"
                for row in database.execute(
                    "SELECT run_id, step FROM attempts WHERE status = 'ok' AND action = 'forward'"
                )
            },
            ended_badly=[*map(_named, database.execute(_BAD, _WHICH))],
            integrity=str(database.execute("PRAGMA integrity_check").fetchone()[0]),
        )


def _named(row: Sequence[Any]) -> str:
    """A run that ended badly, on a line."""
    number, rule, path, state, codes, crashes, tries = row
    return (
        f"run {format_id(number)} of {rule} {path} is {RunState(state).label}:"
        f" {codes or 'no reason'}, {crashes} crashes, attempts: {tries or 'all done'}"
    )
