"""`cancel_on`: cancels waiting follow-ups when an event comes in that they name."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import literal_column, select

from automator.lifecycle import On, moved
from automator.model import Event, NewRun, Reason
from automator.model.speech import QUESTION
from automator.reasons.runs import cancelled_by_event
from automator.store.batch.batch import ArrivedEvent, ArrivedEvents, Batch
from automator.store.contacts.contact_rows import load_contacts
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.queue.follow_ups import end_waiting
from automator.store.schema.encoding import load_json
from automator.store.schema.tables import WAITING_FOR_CANCEL, runs

#: Returns the present contact of a follow-up.
LoadContact = Callable[[], Mapping[str, Any]]
#: Tells whether a follow-up's `cancel_on` names an event. It must not raise, and loads the contact
#: only if it needs it.
CancelMatches = Callable[[Mapping[str, Any], Event, LoadContact], bool]

WAITING_RUNS = Statement(
    select(runs.c.id, runs.c.contact, runs.c.cancel_on, runs.c.rule)
    .where(literal_column(f"({WAITING_FOR_CANCEL})"), runs.c.contact.in_(KEYS))
    # Waits for a node that is claiming the run. Then it is too late, and the run is left out.
    .with_for_update()
)


class Cancelling:
    """Evaluates `cancel_on` for one batch. Reads each contact once, and only if it is needed."""

    def __init__(self, db: WriteConnection, cancel_matches: CancelMatches) -> None:
        self._db = db
        self._matches = cancel_matches
        self._contacts: dict[str, Mapping[str, Any]] = {}

    def reason(
        self, cancel_on: Mapping[str, Any], contact: str, arrivals: Iterable[ArrivedEvent]
    ) -> Reason | None:
        """The reason of the first event that cancels; None if no event does."""
        for arrival in arrivals:
            event = arrival.event
            if self._matches(cancel_on, event, lambda: self.contact(contact)):
                return cancelled_by_event(event=event.type, id=event.id)
        return None

    def contact(self, key: str) -> Mapping[str, Any]:
        """The contact with this key, in the form that rules see; empty if nothing is stored."""
        if key not in self._contacts:
            self._contacts[key] = load_contacts(self._db, {key}).get(key, {})
        return self._contacts[key]


def cancel_waiting(
    db: WriteConnection, arrivals: ArrivedEvents, batch: Batch, cancelling: Cancelling
) -> list[int]:
    """Cancels the stored runs whose `cancel_on` names an event of this batch.

    Returns the ids of waiting questions, which it does not cancel.
    """
    cancelled = []
    asking = []
    for row in db.query_in(WAITING_RUNS, arrivals):
        created_by = batch.created_by.get(row.id, -1)
        later = [a for a in arrivals[row.contact] if a.sequence > created_by]
        cancel_on = load_json(row.cancel_on)
        if QUESTION in cancel_on:
            asking.append(row.id)
            continue
        reason = cancelling.reason(cancel_on, row.contact, later)
        if reason:
            cancelled.append((row.id, row.rule, reason))
    end_waiting(db, On.CALLED_OFF, cancelled, batch)
    return asking


def cancelled_by_arrival(
    run: NewRun, arrivals: Iterable[ArrivedEvent], cancelling: Cancelling
) -> NewRun:
    """The run, cancelled if it names one of these events in its `cancel_on`."""
    reason = cancelling.reason(run.cancel_on or {}, run.contact or "", arrivals)
    return moved(run, On.CALLED_OFF, because=reason) if reason else run
