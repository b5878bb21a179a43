"""Turns the events of a server's log into arrivals, in the order in which they came."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from automator.model import Event
from automator.model.own_events import OF_ONE_RULE, SCHEDULE
from automator.simulation.arrivals import Arrival, stored_arrives
from automator.store import Log

#: How many events are read at once.
_PAGE = 500


@dataclass(slots=True, kw_only=True)
class StoredEvents:
    """A part of the log, read page by page; a server may be running."""

    log: Log
    #: The connections through which events can come in.
    connections: Collection[str]
    #: The id after which, and the time in milliseconds before which, the events come.
    after: int
    until_ms: int
    most: int
    #: Whether the deliveries come in with their events, for rules that forward them byte by byte.
    with_deliveries: bool = False
    #: How many events have no connection any more, or have lost their content to retention.
    left_out: int = 0
    #: Whether there are more than `most`.
    is_cut: bool = False

    def arrivals(self) -> Iterator[Arrival]:
        """Yields the events that came in, the oldest first, without the events that
        rules raised.
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
                # In the simulation, its own schedules fire for the people whom it knows.
                if event.type in OF_ONE_RULE or event.is_emitted:
                    continue
                if event.is_emptied or not self._has(event):
                    self.left_out += 1
                    continue
                delivery = self.log.delivery(event.delivery_id) if self.with_deliveries else None
                keys = several.get(event.contact or "", ())
                yield stored_arrives(event, delivery, person=keys)
        self.is_cut = bool(self.log.whole_events(after=last, until_ms=self.until_ms, limit=1))

    def _has(self, event: Event) -> bool:
        return event.connection == SCHEDULE or event.connection in self.connections
