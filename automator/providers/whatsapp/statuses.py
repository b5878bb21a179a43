"""The status of a message of the business: sent, delivered, read or failed."""

from typing import Any

from automator.model import ParsedEvent
from automator.providers.meta.entry import AccountEntry
from automator.providers.shared.envelope import actor_of
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    content_key,
    join_key,
)
from automator.providers.whatsapp.parts import Value, conversation_of, phone_of

_STATUSES = {
    "delivered": "message.delivered",
    "read": "message.read",
    "failed": "message.failed",
}
#: Only reading and playing is something that the person does.
_OF_THE_PERSON = frozenset({"read", "played"})


def read_status(entry: AccountEntry, value: Value, item: Value) -> ParsedEvent:
    """The event of one status; in a group each participant has one of their own."""
    status = as_text(item.get("status")) or "unknown"
    message = as_id(item.get("id"))
    person = as_id(item.get("recipient_id")) or as_id(item.get("recipient_user_id"))
    group = None
    if item.get("recipient_type") == "group":
        group, person = person, _participant(item)
    conversation = conversation_of(group, person)
    phone = phone_of(value)
    number_id = phone["phone"]["id"]
    parts: dict[str, Any] = {"message": {"id": message}, "conversation": conversation, **phone}
    if status == "failed":
        parts["error"] = _error(item)
    reader = person if status in _OF_THE_PERSON else None
    of_participant = (person,) if group and person else ()
    return entry.event(
        _STATUSES.get(status) or entry.type("status", status),
        join_key(number_id, message, status, *of_participant)
        if message
        else content_key(number_id, "status", value=item),
        item,
        parts,
        actor=actor_of(reader),
        lane_id=f"{number_id}:{conversation['id']}" if conversation else None,
        occurred_at=as_milliseconds(item.get("timestamp")),
    )


def _participant(item: Value) -> str | None:
    """The participant of a group: a number, or a user id where they show none."""
    return as_id(item.get("recipient_participant_id")) or as_id(
        item.get("recipient_participant_user_id")
    )


def _error(item: Value) -> dict[str, Any]:
    """The reason why it failed: the code as text, and the words of WhatsApp."""
    first = next((one for one in as_list(item.get("errors")) if isinstance(one, dict)), {})
    details = as_text(as_dict(first.get("error_data")).get("details"))
    return {"code": as_id(first.get("code")), "text": details or as_text(first.get("title"))}
