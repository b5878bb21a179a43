"""What Discord tells an app by itself: who installed it, purchases, and messages of its lobbies.

https://docs.discord.com/developers/events/webhook-events
"""

from collections.abc import Mapping
from typing import Any

from automator.model import ParsedEvent
from automator.providers.discord.interactions import read_person
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
    """Whether a body is one of these: both kinds count their types from the same numbers."""
    return "event" in data and "token" not in data


def read_webhook_event(
    connection: str, data: dict[str, Any], shared: Mapping[str, Any]
) -> ParsedEvent:
    """The event of one body. It has no id: what it says, with its time, tells it from others."""
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
    lane = place or person["id"]
    return ParsedEvent(
        type=_TYPES.get(kind) or event_type("discord", kind),
        dedupe_key=content_key("discord", kind, value=data),
        lane=f"{connection}:{lane}" if lane else None,
        actor_id=person["id"],
        is_self=person["is_self"],
        occurred_at=as_time(event.get("timestamp")),
        body={
            "text": as_text(inner.get("content")),
            "actor": person,
            "team": {"id": guild} if guild else None,
            "conversation": {"id": place, "is_direct": "lobby_id" not in inner} if place else None,
            "message": {"id": number} if is_message and number else None,
            "object": {"id": number} if not is_message and number else None,
            "data": data,
            **shared,
        },
    )
