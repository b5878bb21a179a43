"""Takes the events of a server's log as arrivals, in the order in which they came."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from automator.model import Event
from automator.model.own_events import OF_ONE_RULE, SCHEDULE
from automator.simulation.arrivals import Arrival, stored_arrives
from automator.store import Log

#: Events that are read at once.
_PAGE = 500


@dataclass(slots=True, kw_only=True)
class StoredEvents:
    """The events of a part of the log. It is read page by page, and beside a running server."""

    log: Log
    #: The connections through which events can come in.
    connections: Collection[str]
    #: Behind the event with this id, and before this time in milliseconds.
    after: int
    until_ms: int
    most: int
    #: Whether the deliveries come in with their events, for rules that forward them byte by byte.
    with_deliveries: bool = False
    #: Events whose connection is not there any more, and that retention has emptied.
    left_out: int = 0
    #: There are more than `most`.
    is_cut: bool = False

    def arrivals(self) -> Iterator[Arrival]:
        """The events that came in, the oldest first, without those that rules raised."""
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
                # The simulation's own schedules fire, for the people whom it knows.
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
