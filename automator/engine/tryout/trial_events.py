"""Makes events that never came in, to try rules: from a pasted request, or from written fields."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from automator.engine.intake.stored_deliveries import new_event, stored_delivery
from automator.http.json_body import dump_json
from automator.http.types import InboundRequest
from automator.model import Delivery, Event, IdSource, ParsedEvent
from automator.plugins import FORM_TYPE, Provider

#: The fields of a person about whom nothing is known, in the form that rules see.
_PERSON = {"id": None, "name": None, "is_self": False}


def events_in(provider: Provider, request: InboundRequest) -> list[tuple[Event, Delivery]]:
    """The events of a request, as they would be stored. The request is not verified.

    Raises:
        UnparsableDelivery: the body cannot be read at all.
    """
    ids = IdSource(lambda: request.received_at, 0)
    delivery = stored_delivery(ids.next(), provider.connection, request)
    parsed: Sequence[ParsedEvent] = provider.parse(request)
    return [(new_event(ids.next(), provider, delivery, item), delivery) for item in parsed]


def posted(
    body: Any,
    at: int,
    headers: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
) -> InboundRequest:
    """The request with a body as its sender posts it.

    A text is posted as it is: as XML or a form if it looks so and `headers` name no content type.
    Any other value is posted as JSON, or as a form if that is the content type.
    """
    named = {name.lower(): str(value) for name, value in (headers or {}).items()}
    data = body.encode() if isinstance(body, str) else body
    if not isinstance(data, bytes):
        is_form = named.get("content-type", "").startswith(FORM_TYPE)
        data = urlencode(data, doseq=True).encode() if is_form else dump_json(data)
    first = data.lstrip()[:1]
    is_form = b"=" in data and first not in (b"{", b"[", b'"')
    likely = "application/xml" if first == b"<" else FORM_TYPE if is_form else "application/json"
    pairs = tuple({"content-type": likely, **named}.items())
    return InboundRequest("POST", urlencode(query or {}, doseq=True), pairs, data, at)


def written_event(provider: Provider, event_type: str, body: Mapping[str, Any], at: int) -> Event:
    """An event made from fields in the form that rules see, such as `text` and `actor`."""
    ids = IdSource(lambda: at, 0)
    request = InboundRequest("POST", "", (), b"", at)
    delivery = stored_delivery(ids.next(), provider.connection, request)
    return new_event(ids.next(), provider, delivery, written(event_type, body, at))


def written(
    event_type: str, body: Mapping[str, Any], at: int, dedupe_key: str = "written"
) -> ParsedEvent:
    """The same event, in the form that a provider would make from a delivery."""
    actor = {**_PERSON, **(body.get("actor") or {})}
    person = None if actor["id"] is None else str(actor["id"])
    return ParsedEvent(
        type=event_type,
        dedupe_key=dedupe_key,
        lane=person,
        actor_id=person,
        is_self=bool(actor["is_self"]),
        occurred_at=at,
        body={"text": None, "data": {}, **body, "actor": actor},
    )


def changed_event(
    event: Event, *, text: str | None = None, actor: Mapping[str, Any] | None = None
) -> Event:
    """The event with another text, or from another person. `event.data` stays as it is."""
    body, contact = dict(event.body), event.contact
    if text is not None:
        body["text"] = text
    if actor:
        body["actor"] = {**(body.get("actor") or _PERSON), **actor}
        if actor.get("id") is not None:
            contact = f"{event.connection}:{actor['id']}"
    return replace(event, body=body, contact=contact)
