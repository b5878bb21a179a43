"""Webhook events of Discord: installations, purchases, and messages of lobbies.

https://docs.discord.com/developers/events/webhook-events
"""

from collections.abc import Mapping
from typing import Any

from automator.model import ParsedEvent
from automator.providers.discord.interactions import read_person
from automator.providers.shared.envelope import Envelope, part
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_text,
    as_time,
    content_key,
    event_type,
)

PING = 0
_TYPES: Mapping[str, str] = {
    "LOBBY_MESSAGE_CREATE": "message.received",
    "LOBBY_MESSAGE_UPDATE": "message.edited",
    "LOBBY_MESSAGE_DELETE": "message.deleted",
    "GAME_DIRECT_MESSAGE_CREATE": "message.received",
    "GAME_DIRECT_MESSAGE_UPDATE": "message.edited",
    "GAME_DIRECT_MESSAGE_DELETE": "message.deleted",
}


def is_webhook_event(data: Mapping[str, Any]) -> bool:
    """Whether a body is a webhook event and no interaction; `type` does not tell them apart."""
    return "event" in data and "token" not in data


def read_webhook_event(envelope: Envelope, data: dict[str, Any]) -> ParsedEvent:
    """The event of one body. It has no id, so that its content is the dedupe key."""
    event = as_dict(data.get("event"))
    kind = as_text(event.get("type")) or "unknown"
    inner = as_dict(event.get("data"))
    person = read_person(inner)
    if person["id"] is not None and person["id"] == as_id(data.get("application_id")):
        person["is_self"] = True
    is_message = kind in _TYPES
    place = as_id(inner.get("lobby_id")) or as_id(inner.get("channel_id"))
    number = as_id(inner.get("id"))
    guild = as_id(as_dict(inner.get("guild")).get("id")) or as_id(inner.get("guild_id"))
    return envelope.event(
        _TYPES.get(kind) or event_type("discord", kind),
        content_key("discord", kind, value=data),
        data,
        text=as_text(inner.get("content")),
        actor=person,
        lane_id=place or person["id"],
        occurred_at=as_time(event.get("timestamp")),
        team=part(guild),
        conversation=part(place, is_direct="lobby_id" not in inner),
        message=part(number) if is_message else None,
        object=None if is_message else part(number),
    )
