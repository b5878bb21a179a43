"""Waits for an absence: runs that sleep under a key, until an event with that key ends them.

The order of arrival decides: an event ends what began before it, also within one batch.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import literal_column, select

from automator.model import Event, NewRun, RunState, format_id
from automator.store.batch import Batch
from automator.store.encoding import clean_text
from automator.store.follow_ups import CANCEL_RUN
from automator.store.statements import InStatement, WriteConnection, keys_of
from automator.store.tables import WAITS, runs

WAITING_FOR_ABSENCE = InStatement(
    lambda count: (
        select(runs.c.id, runs.c.wait_key)
        .where(
            literal_column(f"({WAITS})"),
            runs.c.wait_key.in_(keys_of(count)),
            # What was tried already is not called back by what comes late.
            runs.c.step == literal_column("0"),
            runs.c.attempt == literal_column("0"),
        )
        # Another node may be claiming it: then it is too late to end it.
        .with_for_update()
    )
)


class Ends:
    """What the events of one batch end, in their order."""

    def __init__(self) -> None:
        self._by_key: defaultdict[str, list[tuple[int, Event]]] = defaultdict(list)

    def note(self, place: int, keys: Sequence[str], event: Event) -> None:
        """The event at this place of the batch ends the waits with these keys."""
        for key in keys:
            self._by_key[key].append((place, event))

    def apply(self, db: WriteConnection, batch: Batch) -> None:
        """Ends the stored waits."""
        ended = [
            (_ended_by(self._by_key[key][0][1]), batch.now_ms, run_id)
            for run_id, key in (
                db.query_in(WAITING_FOR_ABSENCE, sorted(self._by_key)) if self._by_key else ()
            )
        ]
        if ended:
            db.many(CANCEL_RUN, ended)
            batch.work_released = True

    def of_new(self, place: int, run: NewRun) -> NewRun:
        """A new run of the event at this place, ended if an event behind it does that."""
        for later, event in self._by_key.get(run.wait_key or "", ()):
            if later > place and run.state is RunState.QUEUED:
                return replace(run, state=RunState.CANCELLED, reason=_ended_by(event))
        return run


def _ended_by(event: Event) -> str:
    return clean_text(f"not absent: {event.type} {format_id(event.id)} came")
