"""Events from the webhooks of LINE: messages, taps, followers, and the rest by their names."""

import re
from collections.abc import Mapping
from typing import Any

from automator.model import ParsedEvent
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_milliseconds,
    as_text,
    content_key,
    event_type,
    join_key,
)

Item = dict[str, Any]
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TYPES: Mapping[str, str] = {
    "message": "message.received",
    "messageEdited": "message.edited",
    "unsend": "message.deleted",
    "postback": "button.clicked",
    "follow": "contact.followed",
    "unfollow": "contact.unfollowed",
}
_WITH_MESSAGE = frozenset({"message", "messageEdited"})
_FILES = frozenset({"image", "video", "audio", "file", "sticker"})


def read_event(envelope: Envelope, value: Any) -> ParsedEvent:
    """The event of one item.

    An item in standby belongs to a conversation that another module leads: it counts as our own, so
    that no rule answers it.
    """
    item = as_dict(value)
    kind = as_text(item.get("type")) or "unknown"
    source = as_dict(item.get("source"))
    person = as_id(source.get("userId"))
    place = as_id(source.get("groupId")) or as_id(source.get("roomId")) or person
    is_standby = item.get("mode") == "standby"
    text, parts = _said(kind, item)
    event_id = as_id(item.get("webhookEventId"))
    return envelope.event(
        _TYPES.get(kind) or event_type("line", _CAPITAL.sub("_", kind)),
        join_key(event_id) if event_id else content_key("line", kind, value=value),
        value,
        text=text,
        actor=actor_of(person, is_self=is_standby),
        lane_id=place,
        occurred_at=as_milliseconds(item.get("timestamp")),
        conversation=part(place, kind=as_text(source.get("type"))),
        **parts,
        standby=is_standby,
        redelivery=as_dict(item.get("deliveryContext")).get("isRedelivery") is True,
    )


def _said(kind: str, item: Item) -> tuple[str | None, dict[str, Any]]:
    """The text, and the parts of the event's body."""
    if kind == "unsend":
        gone = as_id(as_dict(item.get("unsend")).get("messageId"))
        return None, {"message": part(gone)}
    if kind == "postback":
        data = as_text(as_dict(item.get("postback")).get("data"))
        return data, {"button": {"id": data, "title": None}}
    message = as_dict(item.get("message"))
    if kind not in _WITH_MESSAGE or not message:
        return None, {}
    number, quoted = as_id(message.get("id")), as_id(message.get("quotedMessageId"))
    return as_text(message.get("text")), {
        "message": part(number),
        "parent": part(quoted),
        "attachments": _attachments(message, number),
    }


def _attachments(message: Item, number: str | None) -> list[dict[str, Any]]:
    """The file of a message: LINE gives it out by the message's id."""
    kind = as_text(message.get("type"))
    if kind not in _FILES:
        return []
    given = as_dict(message.get("contentProvider")).get("originalContentUrl")
    is_sticker = kind == "sticker"
    file = as_id(message.get("stickerId")) if is_sticker else number
    return [{"id": file, "type": kind, "url": as_text(given)}]
