"""Events from Twilio's forms: a message, the state of one, a call, or something else."""

from collections.abc import Mapping
from typing import Any

from automator.http.signing import body_digest
from automator.http.types import InboundRequest
from automator.model import ParsedEvent
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.forms import form_fields
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_time,
    event_type,
    join_key,
    protocol_type,
    query_values,
)

_FAILED = "message.failed"
#: States of a message whose meaning other senders share.
_SHARED = {
    "delivered": "message.delivered",
    "read": "message.read",
    "failed": _FAILED,
    "undelivered": _FAILED,
}
_INCOMING = frozenset({"received", "receiving"})
_MAX_MEDIA = 10


def read_form_event(envelope: Envelope, request: InboundRequest) -> ParsedEvent:
    """The one event of a form, or of the query of a GET.

    Raises:
        UnparsableDelivery: the form cannot be read.
    """
    fields = form_fields(request.body) if request.body else query_values(request.query)
    message = as_id(fields.get("MessageSid")) or as_id(fields.get("SmsSid"))
    call = as_id(fields.get("CallSid"))
    status = (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()
    is_incoming = message is not None and status in _INCOMING
    # States are those of our own messages, so the person is the receiver.
    inbound_call = fields.get("Direction", "inbound").startswith("inbound")
    person_field, number_field = (
        ("From", "To") if is_incoming or (call and inbound_call) else ("To", "From")
    )
    person, number = as_id(fields.get(person_field)), as_id(fields.get(number_field))
    conversation = f"{number}:{person}" if person and number else person
    type_ = _type_of(fields, message, call, status)
    parts: dict[str, Any] = {"attachments": _attachments(fields)}
    if type_ == _FAILED:
        code, text = as_id(fields.get("ErrorCode")), fields.get("ErrorMessage")
        parts["error"] = {"code": code, "text": text}
    return envelope.event(
        type_,
        _dedupe_key(request, fields, message, status),
        fields,
        text=fields.get("Body") if is_incoming else None,
        actor=actor_of(person, fields.get("ProfileName")),
        lane_id=conversation,
        conversation=part(conversation),
        message=part(message),
        call=part(call),
        **parts,
    )


def read_json_events(envelope: Envelope, request: InboundRequest) -> list[ParsedEvent]:
    """The events of a JSON body, one or a list of them.

    Raises:
        UnparsableDelivery: not JSON.
    """
    value = request.json()
    items = value if isinstance(value, list) else [value]
    digest = body_digest(request.body)
    found = []
    for index, item in enumerate(items):
        fields = as_dict(item)
        found.append(
            envelope.event(
                protocol_type("twilio", fields.get("type")),
                join_key(as_id(fields.get("id")) or f"{digest}:{index}"),
                item,
                lane_id=as_id(fields.get("subject")),
                occurred_at=as_time(fields.get("time")),
            )
        )
    return found


def _type_of(fields: Mapping[str, str], message: str | None, call: str | None, status: str) -> str:
    if message:
        if status in _INCOMING:
            return "message.received"
        return _SHARED.get(status) or event_type("twilio", "message", status or "unknown")
    if call:
        return event_type("twilio", "call", fields.get("CallStatus") or "unknown")
    return event_type("twilio", fields.get("EventType") or "event")


def _dedupe_key(
    request: InboundRequest, fields: Mapping[str, str], message: str | None, status: str
) -> str:
    """A message with its state; a call says several things in one state, so its whole form."""
    if message:
        return join_key(message, status)
    call = as_id(fields.get("CallSid"))
    digest = body_digest(request.body or request.query.encode("utf-8", "surrogatepass"))
    return join_key(call, digest) if call else digest


def _attachments(fields: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for index in range(_MAX_MEDIA):
        url = fields.get(f"MediaUrl{index}")
        if not url:
            break
        kind = fields.get(f"MediaContentType{index}", "").partition("/")[0]
        found.append({"id": None, "type": kind or "file", "url": url})
    return found
