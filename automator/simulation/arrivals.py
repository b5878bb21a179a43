"""The arrivals of a simulation: samples, bodies of deliveries, written fields, or stored events."""

from collections.abc import Mapping, Sequence
from typing import Any

from automator.engine.tryout.trial_events import written
from automator.http.json_body import dump_json
from automator.http.types import InboundRequest
from automator.model import Delivery, Event, ParsedEvent, record
from automator.plugins import Provider
from automator.providers.simulator import build_sample, signed_query, signed_request
from automator.rules import ArrivalSource


@record
class Arrival:
    """One delivery, or one event without a delivery."""

    connection: str
    #: Milliseconds since 1970.
    at: int
    request: InboundRequest
    written: ParsedEvent | None = None
    #: The id of the event in the log, if it comes from there.
    event_id: int | None = None


def source_arrives(provider: Provider, source: ArrivalSource, at: int, serial: int) -> Arrival:
    """Makes an event from a person's description; each `serial` gives a new event.

    Raises:
        NotFoundError: there is no such sample.
        UsageError: the sample has nothing at the path of a change.
    """
    if source.sample is not None:
        return sample_arrives(provider, source.sample, source.changes, at, serial)
    if source.type is not None:
        return fields_arrive(provider.connection, source.type, source.fields, at, serial)
    return delivery_arrives(provider, source.delivery, at)


def stored_arrives(
    event: Event, delivery: Delivery | None = None, *, person: Sequence[str] = ()
) -> Arrival:
    """Makes an arrival of a logged event at its time; `delivery` is the delivery that carried it,
    if that matters. `person` are the keys of its contact, if there are several.
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


def sample_arrives(
    provider: Provider, name: str, changes: Mapping[str, Any], at: int, serial: int
) -> Arrival:
    """Makes a sample with changes, as its sender would post it; each `serial` gives a new event.

    Raises:
        NotFoundError: there is no such sample.
        UsageError: the sample has nothing at the path of a change.
    """
    sample = build_sample(name, serial=serial, now_ms=at, changes=changes)
    # Some providers read the kind of the body from the sender's headers, and rules see them.
    key = f"sample-{serial}"
    headers, body = signed_request(provider, sample, at, key)
    pairs = tuple((name.lower(), value) for name, value in headers.items())
    query = signed_query(provider, sample, at, key)
    request = InboundRequest("POST", query, pairs, body, at)
    return Arrival(connection=provider.connection, at=at, request=request)


def delivery_arrives(provider: Provider, body: Any, at: int) -> Arrival:
    """Makes a delivery whose body is this value as JSON, or this text."""
    data = body.encode() if isinstance(body, str) else dump_json(body)
    request = InboundRequest("POST", "", (), data, at)
    return Arrival(connection=provider.connection, at=at, request=request)


def fields_arrive(
    connection: str, event_type: str, fields: Mapping[str, Any], at: int, serial: int
) -> Arrival:
    """Makes an event with these fields, in the form that rules see."""
    return Arrival(
        connection=connection,
        at=at,
        request=InboundRequest("POST", "", (), dump_json(dict(fields)), at),
        written=written(event_type, fields, at, f"written:{serial}"),
    )
