"""Makes the deliveries and events to store, from requests and parsed events."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import replace

from automator.clock import iso_time
from automator.http.traceparent import TRACEPARENT
from automator.http.types import InboundRequest
from automator.model import Delivery, Event, ParsedEvent, Reason, Verdict, format_id
from automator.plugins import Provider


def stored_delivery(
    delivery_id: int,
    connection: str,
    request: InboundRequest,
    verdict: Verdict = Verdict.ACCEPTED,
    reason: Reason | None = None,
    full_size: int | None = None,
) -> Delivery:
    """Makes the delivery for a request whose credentials are already redacted."""
    return Delivery(
        id=delivery_id,
        connection=connection,
        received_at=request.received_at,
        method=request.method,
        headers=request.raw_headers,
        query=request.query,
        body=request.body,
        remote=request.remote,
        verdict=verdict,
        reason=reason,
        full_size=full_size,
    )


def rekeyed(
    parsed: Sequence[ParsedEvent],
    unredacted: Sequence[ParsedEvent],
    request: InboundRequest,
    key: bytes,
) -> list[ParsedEvent]:
    """The events with dedupe keys that tell apart what differs only in removed values.

    A key that depends on a removed value is replaced by its digest with `key`, the connection's
    secret: nobody can find the value by trying all of them. `request` is the request as it came.
    """
    if len(unredacted) == len(parsed):
        whole = [item.dedupe_key for item in unredacted]
    else:
        digest = hashlib.sha256(request.query.encode() + b"\n" + request.body).hexdigest()
        whole = [f"{digest}:{index}" for index in range(len(parsed))]
    return [
        item
        if item.dedupe_key == given
        else replace(item, dedupe_key=hmac.new(key, given.encode(), hashlib.sha256).hexdigest())
        for item, given in zip(parsed, whole, strict=True)
    ]


def note_in_bodies(
    parsed: Iterable[ParsedEvent], *, hops: int, repeated_keys: Sequence[str], traceparent: str
) -> None:
    """Adds to the events' bodies: how many servers of this program passed the request on, the keys
    that the JSON repeats, and the sender's trace context.
    """
    for item in parsed:
        if traceparent:
            item.body[TRACEPARENT] = traceparent
        if hops:
            item.body["hops"] = hops
        if repeated_keys:
            item.body["repeated_keys"] = repeated_keys


def new_event(event_id: int, provider: Provider, delivery: Delivery, parsed: ParsedEvent) -> Event:
    """Makes the event for a parsed event, and adds the fields that every body has."""
    occurred_at = parsed.occurred_at
    connection = parsed.connection or provider.connection
    body = parsed.body
    body["id"] = format_id(event_id)
    body["type"] = parsed.type
    body["provider"] = provider.name
    body["connection"] = connection
    body["received_at"] = iso_time(delivery.received_at)
    body["occurred_at"] = iso_time(occurred_at) if occurred_at is not None else None
    return Event(
        id=event_id,
        delivery_id=delivery.id,
        connection=connection,
        provider=provider.name,
        type=parsed.type,
        dedupe_key=parsed.dedupe_key,
        lane=parsed.lane,
        contact=f"{connection}:{parsed.actor_id}" if parsed.actor_id else None,
        is_self=parsed.is_self,
        occurred_at=occurred_at,
        received_at=delivery.received_at,
        body=body,
        echo=parsed.echo,
        same_person=parsed.same_person,
    )
