"""Makes the deliveries and events that come in during a simulation.

They come from samples, bodies of deliveries, fields that a person has written, or stored events.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automator.actions.answer import Answer, recorded_answer
from automator.engine.tryout.trial_events import posted, written
from automator.http.json_body import dump_json
from automator.http.types import InboundRequest
from automator.model import Delivery, Event, ParsedEvent, record
from automator.model.own_events import OF_ONE_RULE, SCHEDULE
from automator.plugins import Provider
from automator.providers.simulator import build_sample, signed_query, signed_request
from automator.rules import ArrivalSource
from automator.store import Log

_NOBODY: Mapping[str, Sequence[str]] = {}


@record
class Arrival:
    """A delivery that comes in during a simulation, or events that come in without being read."""

    connection: str
    #: Milliseconds since 1970.
    at: int
    request: InboundRequest
    written: tuple[ParsedEvent, ...] = ()
    #: The ids of the stored events that are repeated; empty if they are not from the log.
    event_ids: tuple[int, ...] = ()


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


def arrival_of_events(
    events: Sequence[Event],
    delivery: Delivery | None = None,
    people: Mapping[str, Sequence[str]] = _NOBODY,
) -> Arrival:
    """Makes an arrival of the stored events of one delivery, at the time when they came in.

    `delivery` is the request that carried them; without it the arrival has an empty request.
    `people` has all keys of the contacts that have several.
    """
    at = events[0].received_at
    request = InboundRequest("POST", "", (), b"", at)
    if delivery is not None:
        request = InboundRequest(
            delivery.method, delivery.query, delivery.headers, delivery.body, at, delivery.remote
        )
    return Arrival(
        connection=events[0].connection,
        at=at,
        request=request,
        written=tuple(_as_parsed(event, people.get(event.contact or "", ())) for event in events),
        event_ids=tuple(event.id for event in events),
    )


def _as_parsed(event: Event, person: Sequence[str]) -> ParsedEvent:
    contact, prefix = event.contact, f"{event.connection}:"
    return ParsedEvent(
        type=event.type,
        dedupe_key=event.dedupe_key,
        lane=event.lane,
        actor_id=contact and contact.removeprefix(prefix),
        is_self=event.is_self,
        occurred_at=event.occurred_at,
        body=dict(event.body),
        same_person=tuple(key.removeprefix(prefix) for key in person),
        connection=event.connection,
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
        written=(written(event_type, fields, at, f"written:{serial}"),),
    )


# --- The events of a server's log, oldest first, and what a model said about them ---

#: How many events are read at once.
_PAGE = 500


def recorded_answers(log: Log, event_id: int, rule: str) -> dict[str, Mapping[str, Any]]:
    """The answers of a model in the runs of a rule for an event, by the id of the step; blocks."""
    rows = [row for row in log.runs_of_events((event_id,)) if not row.run.replay]
    details = [log.run(row.id) for row in rows if row.run.rule == rule]
    return {
        attempt.step: said
        for detail in details
        for attempt in (detail.attempts if detail else ())
        if attempt.action == Answer.name and (said := recorded_answer(attempt.response))
    }


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
        """Yields the events that came from outside, oldest first.

        The events of one delivery come together, as they were committed. Events that rules raised
        are left out.
        """
        last, count = self.after, 0
        #: By their delivery, of which the next page may have more events.
        coming: dict[int, list[Event]] = {}
        while count < self.most:
            limit = min(_PAGE, self.most - count)
            page = self.log.whole_events(after=last, until_ms=self.until_ms, limit=limit)
            if not page:
                break
            last, count = page[-1].id, count + len(page)
            for event in page:
                # The simulation raises events of schedules and rules again by itself.
                if event.type in OF_ONE_RULE or event.is_emitted:
                    continue
                if event.is_emptied or not self._has(event):
                    self.left_out += 1
                    continue
                coming.setdefault(event.delivery_id, []).append(event)
            later = dict([coming.popitem()] if coming else ())
            yield from self._of_deliveries(coming)
            coming = later
        yield from self._of_deliveries(coming)
        self.is_cut = bool(self.log.whole_events(after=last, until_ms=self.until_ms, limit=1))

    def _of_deliveries(self, coming: Mapping[int, Sequence[Event]]) -> Iterator[Arrival]:
        contacts = {event.contact or "" for events in coming.values() for event in events}
        several = self.log.people_with_several_keys(contacts - {""})
        for number, events in coming.items():
            delivery = self.log.delivery(number) if self.with_deliveries else None
            self.last_at = events[-1].received_at
            yield arrival_of_events(events, delivery, several)

    def _has(self, event: Event) -> bool:
        return event.connection == SCHEDULE or event.connection in self.connections
