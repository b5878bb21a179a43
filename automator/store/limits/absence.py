"""Absence: runs that wait under a key, until an event with the same key ends the wait.

Events do not come in in the order in which they happened, above all if a sender repeats one. If two
events of a connection both say when they happened, that order counts. Otherwise the order in which
they came in counts, even in one batch. So each event that ends waits is remembered for a day: an
event that happened before it and begins such a wait may come in after it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, delete, literal_column, select

from automator.lifecycle import On, moved
from automator.model import Event, NewRun, RunState
from automator.reasons.runs import not_absent, not_absent_before
from automator.store.batch.batch import Batch
from automator.store.database.dialect import upsert
from automator.store.database.statements import (
    KEYS,
    InsertStatement,
    Row,
    Statement,
    WriteConnection,
)
from automator.store.queue.follow_ups import end_waiting
from automator.store.schema.state_tables import absence_ends
from automator.store.schema.tables import WAITS, events, runs

#: For how many milliseconds an event that ends waits is remembered.
REMEMBERED_MS = 86_400_000
#: Some senders round their times to whole seconds, others do not.
_WHOLE_SECOND_MS = 1_000
#: How many rows one commit forgets.
_FORGOTTEN_AT_ONCE = 1_024

WAITING_FOR_ABSENCE = Statement(
    select(runs.c.id, runs.c.wait_key, runs.c.event_id, runs.c.rule)
    .where(
        literal_column(f"({WAITS})"),
        runs.c.wait_key.in_(KEYS),
        # A late event does not end a wait whose run has begun its first attempt.
        runs.c.step == literal_column("0"),
        runs.c.attempt == literal_column("0"),
    )
    # Waits for a node that is claiming the run. Then it is too late, and the run is left out.
    .with_for_update()
)
_BEGUN_BY = Statement(
    select(events.c.id, events.c.connection, events.c.occurred_at).where(events.c.id.in_(KEYS))
)
REMEMBERED = Statement(select(absence_ends).where(absence_ends.c.wait_key.in_(KEYS)))


_REMEMBER = InsertStatement(
    absence_ends,
    lambda new: upsert(new, where=new.excluded.occurred_at >= absence_ends.c.occurred_at),
)


class Waits:
    """The waits that the events of a batch begin and end, in order."""

    def __init__(self, db: WriteConnection, batch: Batch) -> None:
        self._db = db
        self._batch = batch
        self._ends: defaultdict[str, list[tuple[int, Event]]] = defaultdict(list)
        self._begun: set[str] = set()
        self._remembered: dict[str, Row] = {}

    def apply(self, arrived: Iterable[tuple[Event, Sequence[str], Sequence[NewRun]]]) -> None:
        """Ends stored waits, and remembers the events that end waits.

        Each event comes with the keys of the waits that it ends, and the runs that it starts.
        """
        for place, (event, ends, starts) in enumerate(arrived):
            for key in ends:
                self._ends[key].append((place, event))
            for run in starts:
                if run.wait_key is not None:
                    self._begun.add(run.wait_key)
        if not self._ends and not self._begun:
            return
        # With this lock, no two nodes begin and end the same wait without seeing each other.
        self._db.database.lock(self._db.core, "waits for absences")
        if self._ends:
            self._end_stored()
            self._remember()
        if self._begun:
            rows = self._db.query_in(REMEMBERED, sorted(self._begun))
            self._remembered = {row.wait_key: row for row in rows}

    def of_new(self, place: int, run: NewRun, event: Event) -> NewRun:
        """A new run of the event at index `place`, ended if the awaited event has come already."""
        if run.state is not RunState.QUEUED or run.wait_key is None:
            return run
        for later, end in self._ends.get(run.wait_key, ()):
            if later > place and not _is_before(end, event.connection, event.occurred_at):
                came = not_absent(event=end.type, id=end.id)
                return moved(run, On.CALLED_OFF, because=came)
        known = self._remembered.get(run.wait_key)
        if known is None or event.occurred_at is None:
            return run
        if (
            known.connection != event.connection
            or known.occurred_at < event.occurred_at
            or known.event_id == event.id
        ):
            return run
        reason = not_absent_before(event=known.type, id=known.event_id)
        return moved(run, On.CALLED_OFF, because=reason)

    def _end_stored(self) -> None:
        waiting = self._db.query_in(WAITING_FOR_ABSENCE, sorted(self._ends))
        begun_by = self._db.query_in(_BEGUN_BY, {row.event_id for row in waiting})
        begun = {row.id: (row.connection, row.occurred_at) for row in begun_by}
        ended = []
        for row in waiting:
            connection, occurred_at = begun.get(row.event_id, ("", None))
            for _, end in self._ends[row.wait_key]:
                if not _is_before(end, connection, occurred_at):
                    ended.append((row.id, row.rule, not_absent(event=end.type, id=end.id)))
                    break
        end_waiting(self._db, On.CALLED_OFF, ended, self._batch, is_news=False)

    def _remember(self) -> None:
        """Stores the latest event of each key, among events that say when they happened."""
        newest: dict[str, Event] = {}
        for key, found in self._ends.items():
            for _, event in found:
                known = newest.get(key)
                if event.occurred_at is not None and (
                    known is None or event.occurred_at >= (known.occurred_at or 0)
                ):
                    newest[key] = event
        rows = [
            {
                "wait_key": key,
                "connection": event.connection,
                "occurred_at": event.occurred_at,
                "received_at": event.received_at,
                "event_id": event.id,
                "type": event.type,
            }
            for key, event in sorted(newest.items())
        ]
        if rows:
            self._db.insert(_REMEMBER, rows)
            _forget(self._db, self._batch.now_ms - REMEMBERED_MS)


def _forget(db: WriteConnection, before_ms: int) -> None:
    old = (
        select(absence_ends.c.wait_key)
        .where(absence_ends.c.received_at < bindparam("before"))
        .limit(_FORGOTTEN_AT_ONCE)
    )
    db.core.execute(
        delete(absence_ends).where(absence_ends.c.wait_key.in_(old)), {"before": before_ms}
    )


def _is_before(end: Event, connection: str, occurred_at: int | None) -> bool:
    """Whether `end` happened before the event that began the wait, although it came in later."""
    if end.connection != connection or end.occurred_at is None or occurred_at is None:
        return False
    return end.occurred_at + _WHOLE_SECOND_MS <= occurred_at
