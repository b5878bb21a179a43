"""The outcomes of one side of a backtest: the events on which each rule acted, and its steps.

They are kept in a SQLite file, so that any number of events costs no memory and two sides are
compared by a query.
"""

import sqlite3
from contextlib import AbstractContextManager, closing
from hashlib import blake2b
from pathlib import Path
from typing import Any

from automator.clock import ms_of
from automator.model import SCHEDULE_CONTACT, SCHEDULE_FIRED, Claimed
from automator.simulation.recorder import RecordedStep

_TABLES = """
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
CREATE TABLE acted (
    event INTEGER, rule TEXT, at INTEGER, wrote TEXT,
    PRIMARY KEY (event, rule)
) WITHOUT ROWID;
CREATE TABLE done (
    event INTEGER, rule TEXT, path TEXT, step TEXT, at INTEGER, contact TEXT, action TEXT,
    what TEXT, digest BLOB, PRIMARY KEY (event, rule, path, step)
) WITHOUT ROWID;
"""
_ACTED = "INSERT OR IGNORE INTO acted VALUES (?, ?, ?, ?)"
_DONE = "INSERT OR REPLACE INTO done VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
#: Characters that are kept of a person's text and of a step's result. Longer ones also have a
#: digest.
_MOST_TEXT = 1_000
_MOST_DONE = 4_000
#: Attempts that are written at once.
_AT_ONCE = 1_000


class Outcomes(AbstractContextManager["Outcomes"]):
    """Writes the outcomes of one side. Belongs to one thread."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, isolation_level="DEFERRED")
        self._db.executescript(_TABLES)
        #: The rows that are not written yet; of a rule about an event the first one counts.
        self._acted: dict[tuple[int, str], tuple[int, str | None]] = {}
        self._done: list[tuple[Any, ...]] = []
        self._noted = 0

    def __exit__(self, *_error: object) -> None:
        with closing(self._db):
            self._write()

    def note(self, claimed: Claimed, step: RecordedStep) -> None:
        """Writes one attempt of a step. A rule has acted when its first step was tried."""
        run = claimed.run
        event = _event_of(claimed)
        if (event, run.rule) not in self._acted:
            wrote = claimed.event.get("text")
            wrote = wrote[:_MOST_TEXT] if isinstance(wrote, str) else None
            self._acted[event, run.rule] = step.at, wrote
        if step.done is not None and not run.is_shadow:
            through = step.via or claimed.connection
            contact = f"{through}:{step.to}" if step.to else run.contact
            row = (event, run.rule, run.path, step.id, step.at)
            whole = step.done.encode(errors="surrogatepass") if len(step.done) > _MOST_DONE else b""
            digest = blake2b(whole, digest_size=16).digest() if whole else b""
            # Only messages have a receiver, which may be unknown.
            receiver = contact or "" if step.text is not None else None
            what = step.done[:_MOST_DONE]
            self._done.append((*row, receiver, step.action, what, digest))
        self._noted += 1
        if self._noted >= _AT_ONCE:
            self._write()

    def _write(self) -> None:
        self._db.executemany(_ACTED, [(*key, *kept) for key, kept in self._acted.items()])
        self._db.executemany(_DONE, self._done)
        self._db.commit()
        self._acted.clear()
        self._done.clear()
        self._noted = 0


def _event_of(claimed: Claimed) -> int:
    """The event, by a key that both sides share: its id, or a negative number.

    Each side makes the events of schedules and of rules itself, with ids of its own.
    """
    body = claimed.event
    if "emitted" in body:
        key = body["emitted"]["key"].encode(errors="surrogatepass")
        return -int.from_bytes(blake2b(key, digest_size=7).digest())
    if body.get("type") == SCHEDULE_FIRED:
        return -ms_of(body["data"]["scheduled_at"])
    if body.get("type") == SCHEDULE_CONTACT:
        named = f"{body['data']['rule']}@{body['data']['scheduled_at']}/{body['actor']['id']}"
        return -int.from_bytes(blake2b(named.encode(), digest_size=7).digest())
    return claimed.run.event_id
