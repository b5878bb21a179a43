"""Turns the events of a server's log into arrivals of a simulation, oldest first."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from automator.model import Event
from automator.model.own_events import OF_ONE_RULE, SCHEDULE
from automator.simulation.incoming import Arrival, arrival_of_event
from automator.store import Log

#: How many events are read at once.
_PAGE = 500


@dataclass(slots=True, kw_only=True)
class StoredEvents:
    """A part of the log, read page by page. A server may be running at the same time."""

    log: Log
    #: The connections through which events can come in.
    connections: Collection[str]
    #: The id after which, and the time in milliseconds before which, the events come.
    after: int
    until_ms: int
    most: int
    #: Whether each event comes with its delivery, for rules that forward the exact bytes.
    with_deliveries: bool = False
    #: How many events were left out: their connection is gone, or retention deleted their content.
    left_out: int = 0
    #: When the last of them came in, in milliseconds.
    last_at: int | None = None
    #: Whether the log has more than `most` events.
    is_cut: bool = False

    def arrivals(self) -> Iterator[Arrival]:
        """Yields the events that came from outside, oldest first; events that rules raised are left
        out.
        """
        last, count = self.after, 0
        while count < self.most:
            limit = min(_PAGE, self.most - count)
            page = self.log.whole_events(after=last, until_ms=self.until_ms, limit=limit)
            if not page:
                return
            last, count = page[-1].id, count + len(page)
            contacts = {event.contact for event in page if event.contact is not None}
            several = self.log.people_with_several_keys(contacts)
            for event in page:
                # The simulation raises events of schedules and rules again by itself.
                if event.type in OF_ONE_RULE or event.is_emitted:
                    continue
                if event.is_emptied or not self._has(event):
                    self.left_out += 1
                    continue
                delivery = self.log.delivery(event.delivery_id) if self.with_deliveries else None
                self.last_at = event.received_at
                keys = several.get(event.contact or "", ())
                yield arrival_of_event(event, delivery, person=keys)
        self.is_cut = bool(self.log.whole_events(after=last, until_ms=self.until_ms, limit=1))

    def _has(self, event: Event) -> bool:
        return event.connection == SCHEDULE or event.connection in self.connections
