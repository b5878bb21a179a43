"""Events from WeChat: messages, follows, taps on the menu, and the rest by its name."""

from collections.abc import Mapping
from typing import Any

from automator.http.signing import body_digest
from automator.model import ParsedEvent
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.reading import as_id, as_text, as_time, event_type, join_key

_FOLLOWS = {"subscribe": "contact.followed", "unsubscribe": "contact.unfollowed"}
_MEDIA = frozenset({"image", "voice", "video", "shortvideo", "file", "location", "link"})


def read_message(envelope: Envelope, data: Mapping[str, Any], content: bytes) -> ParsedEvent:
    """The event of one document; `content` is its text, which tells one without ids apart."""
    kind, name = kind_of(data)
    person = as_id(data.get("FromUserName"))
    message_id = as_id(data.get("MsgId"))
    return envelope.event(
        _type_of(kind, name),
        _dedupe_key(content, data, message_id, person, name),
        data,
        text=as_text(data.get("Content")) or as_text(data.get("Recognition")),
        actor=actor_of(person),
        lane_id=person,
        occurred_at=as_time(data.get("CreateTime")),
        conversation=part(person),
        message=part(message_id),
        button={"id": as_id(data.get("EventKey"))} if name == "click" else None,
        attachments=_attachments(kind, data),
    )


def kind_of(data: Mapping[str, Any]) -> tuple[str, str]:
    """The kind of a message, and the name of an event, in small letters."""
    kind = (as_text(data.get("MsgType")) or "unknown").lower()
    name = (as_text(data.get("Event")) or "unknown").lower() if kind == "event" else ""
    return kind, name


def is_message(data: Mapping[str, Any]) -> bool:
    """Whether a person wrote or sent something."""
    kind, _ = kind_of(data)
    return kind == "text" or kind in _MEDIA


def _type_of(kind: str, name: str) -> str:
    if kind == "event":
        if name == "click":
            return "button.clicked"
        return _FOLLOWS.get(name) or event_type("wechat", name)
    if kind == "text" or kind in _MEDIA:
        return "message.received"
    return event_type("wechat", kind)


def _dedupe_key(
    content: bytes,
    data: Mapping[str, Any],
    message_id: str | None,
    person: str | None,
    name: str,
) -> str:
    """The message's id; an event has none, so who did what in which second."""
    if message_id:
        return join_key(message_id)
    second = as_id(data.get("CreateTime"))
    if not person or not second:
        return body_digest(content)
    return join_key(person, second, name)


def _attachments(kind: str, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    if kind not in _MEDIA:
        return []
    url = as_text(data.get("PicUrl")) or as_text(data.get("Url"))
    return [{"id": as_id(data.get("MediaId")), "type": kind, "url": url}]
