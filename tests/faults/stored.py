"""What a database holds, read without a line of the product: after a kill, and at the end."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, inspect, text

from automator.model import RunState, format_id

#: In place of the number of an event that was erased or is older than it is kept.
EMPTIED = -1
_NUMBER = "SELECT id, text FROM events"
_RUNS = "SELECT id, event_id, rule, state, step, crashes, owner, begun_at, reason_codes FROM runs"
_ATTEMPTS = "SELECT run_id, step, status, COUNT(*) FROM attempts GROUP BY run_id, step, status"


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A row of the table of runs."""

    id: int
    event_id: int
    rule: str
    state: RunState
    step: int
    crashes: int
    owner: str | None
    begun_at: int | None
    reason_code: str


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything that the oracle looks at."""

    #: Event id as people see it → the number in its text.
    events: dict[str, int]
    runs: list[StoredRun]
    #: (run, step, status) → how many attempts.
    attempts: dict[tuple[int, str, str], int]
    #: Deliveries that brought nothing new.
    duplicates: int
    #: What the database says about itself; "ok" when it is whole.
    integrity: str

    def claimed(self) -> list[StoredRun]:
        """The runs that somebody holds."""
        return [run for run in self.runs if run.state is RunState.RUNNING]

    def begun(self) -> set[tuple[int, int]]:
        """The runs of which an attempt may be under way, each with its step."""
        return {(run.id, run.step) for run in self.claimed() if run.begun_at is not None}


def read(url: str) -> Stored:
    """Reads a database that nobody changes meanwhile."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            is_sqlite = engine.dialect.name == "sqlite"
            integrity = "ok"
            if is_sqlite:
                integrity = str(connection.execute(text("PRAGMA integrity_check")).scalar_one())
            if not inspect(connection).has_table("attempts"):
                # Killed before its tables were made.
                return Stored({}, [], {}, 0, integrity)
            duplicates = text("SELECT COUNT(*) FROM deliveries WHERE duplicate = 1")
            return Stored(
                events={
                    format_id(row[0]): int(row[1].split()[-1]) if row[1] else EMPTIED
                    for row in connection.execute(text(_NUMBER))
                },
                runs=[
                    StoredRun(*row[:3], RunState(row[3]), *row[4:-1], row[-1].partition(" ")[0])
                    for row in connection.execute(text(_RUNS))
                ],
                attempts={tuple(row[:3]): row[3] for row in connection.execute(text(_ATTEMPTS))},
                duplicates=int(connection.execute(duplicates).scalar_one()),
                integrity=integrity,
            )
    finally:
        engine.dispose()


def read_copy(file: Path, folder: Path) -> Stored:
    """What a killed server has left on disk; the files themselves stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            shutil.copyfile(part, folder / part.name)
    found = read(f"sqlite:///{folder / file.name}")
    shutil.rmtree(folder)
    return found
