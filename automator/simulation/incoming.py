"""Makes the deliveries and events that come in during a simulation.

They come from samples, bodies of deliveries, fields that a person has written, or stored events.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automator.engine.tryout.trial_events import posted, written
from automator.http.json_body import dump_json
from automator.http.types import InboundRequest
from automator.model import Delivery, Event, ParsedEvent, record
from automator.model.own_events import OF_ONE_RULE, SCHEDULE
from automator.plugins import Provider
from automator.providers.simulator import build_sample, signed_query, signed_request
from automator.rules import ArrivalSource
from automator.store import Log


@record
class Arrival:
    """A delivery that comes in during a simulation, or an event that comes in by itself."""

    connection: str
    #: Milliseconds since 1970.
    at: int
    request: InboundRequest
    written: ParsedEvent | None = None
    #: The id of the stored event that is repeated; None if it is not from the log.
    event_id: int | None = None


def arrival_of_source(provider: Provider, source: ArrivalSource, at: int, serial: int) -> Arrival:
    """Makes the arrival that a person has described; each `serial` gives a new event.

    Raises:
        NotFoundError: there is no such sample.
        UsageError: the sample has nothing at the path of a change.
    """
    if source.sample is not None:
        return arrival_of_sample(provider, source.sample, source.changes, at, serial)
    if source.type is not None:
        return arrival_of_fields(provider.connection, source.type, source.fields, at, serial)
    request = posted(source.delivery, at, source.headers, source.query)
    return Arrival(connection=provider.connection, at=at, request=request)


def arrival_of_event(
    event: Event, delivery: Delivery | None = None, *, person: Sequence[str] = ()
) -> Arrival:
    """Makes an arrival of a stored event, at the time when the event came in.

    `delivery` is the request that carried the event; without it the arrival has an empty request.
    `person` are all keys of the contact, if the contact has several.
    """
    at, contact = event.received_at, event.contact
    prefix = f"{event.connection}:"
    request = InboundRequest("POST", "", (), b"", at)
    if delivery is not None:
        request = InboundRequest(
            delivery.method, delivery.query, delivery.headers, delivery.body, at, delivery.remote
        )
    parsed = ParsedEvent(
        type=event.type,
        dedupe_key=event.dedupe_key,
        lane=event.lane,
        actor_id=contact and contact.removeprefix(prefix),
        is_self=event.is_self,
        occurred_at=event.occurred_at,
        body=dict(event.body),
        same_person=tuple(key.removeprefix(prefix) for key in person),
    )
    return Arrival(
        connection=event.connection, at=at, request=request, written=parsed, event_id=event.id
    )


def arrival_of_sample(
    provider: Provider, name: str, changes: Mapping[str, Any], at: int, serial: int
) -> Arrival:
    """Makes a delivery of a sample with changes, signed as its sender would sign it.

    Each `serial` gives a new event.

    Raises:
        NotFoundError: there is no such sample.
        UsageError: the sample has nothing at the path of a change.
    """
    sample = build_sample(name, serial=serial, now_ms=at, changes=changes)
    # Some providers read the kind of the body from the headers, and rules see the headers.
    key = f"sample-{serial}"
    headers, body = signed_request(provider, sample, at, key)
    pairs = tuple((name.lower(), value) for name, value in headers.items())
    query = signed_query(provider, sample, at, key)
    request = InboundRequest("POST", query, pairs, body, at)
    return Arrival(connection=provider.connection, at=at, request=request)


def arrival_of_fields(
    connection: str, event_type: str, fields: Mapping[str, Any], at: int, serial: int
) -> Arrival:
    """Makes an event with these fields, which are named as rules see them, without a delivery."""
    return Arrival(
        connection=connection,
        at=at,
        request=InboundRequest("POST", "", (), dump_json(dict(fields)), at),
        written=written(event_type, fields, at, f"written:{serial}"),
    )


# --- The events of a server's log, oldest first ---

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
