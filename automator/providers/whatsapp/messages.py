"""Messages of WhatsApp: of people, and what the owner of a number writes in the Business app."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automator.model import ParsedEvent
from automator.providers.meta.entry import AccountEntry
from automator.providers.shared.envelope import actor_of, part
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_milliseconds,
    as_text,
    content_key,
    join_key,
)
from automator.providers.whatsapp.parts import Value, conversation_of, phone_of, same_person

_MEDIA = frozenset({"image", "audio", "video", "document", "sticker"})
_RECEIVED = frozenset({"message.received", "button.clicked"})


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The neutral parts of one kind of message."""

    type: str
    text: str | None = None
    #: The kind of the message; of an edit, the kind of its new content.
    kind: str
    #: The id of the message that was edited, deleted or reacted to; None where it is this one.
    about: str | None = None
    parts: dict[str, Any] = field(default_factory=dict)


def read_message(
    entry: AccountEntry, value: Value, item: Value, names: Mapping[str, str]
) -> ParsedEvent:
    """A message of a person, in the conversation with them or in a group."""
    # A business-scoped user id stands in for a number that the person keeps to themselves.
    number, user = as_id(item.get("from")), as_id(item.get("from_user_id"))
    person = number or user
    reading = _read_kind(entry, item)
    return _event(
        entry,
        value,
        item,
        reading,
        conversation=conversation_of(as_id(item.get("group_id")), person),
        actor=actor_of(person, names.get(number or "") or names.get(user or "")),
        same_person=_ids_of_person(number, user, item),
    )


def read_echo(entry: AccountEntry, value: Value, item: Value) -> ParsedEvent:
    """A message of the owner, written by hand in the Business app or on a linked device.

    Automatic messages of the app, such as a greeting, look the same.
    """
    receiver = as_id(item.get("to")) or as_id(item.get("to_user_id"))
    reading = _read_kind(entry, item)
    is_message = reading.type in _RECEIVED
    if is_message:
        reading.type = "message.sent"
    event = _event(
        entry,
        value,
        item,
        reading,
        conversation=conversation_of(as_id(item.get("group_id")), receiver),
        actor=actor_of(as_id(item.get("from")), is_self=True),
    )
    if is_message:
        event.body["message"]["sent_by"] = "human"
    return event


def _event(
    entry: AccountEntry,
    value: Value,
    item: Value,
    reading: _Reading,
    *,
    conversation: Mapping[str, Any] | None,
    actor: Mapping[str, Any],
    same_person: tuple[str, ...] = (),
) -> ParsedEvent:
    phone = phone_of(value)
    number_id = phone["phone"]["id"]
    return entry.event(
        reading.type,
        _key(number_id, item, reading),
        item,
        {
            "message": {"id": reading.about or as_id(item.get("id")), "kind": reading.kind},
            "parent": part(as_id(as_dict(item.get("context")).get("id"))),
            "conversation": conversation,
            "attachments": [],
            **reading.parts,
            **phone,
        },
        text=reading.text,
        actor=actor,
        lane_id=f"{number_id}:{conversation['id']}" if conversation else None,
        occurred_at=as_milliseconds(item.get("timestamp")),
        same_person=same_person,
    )


def _key(number_id: str | None, item: Value, reading: _Reading) -> str:
    message = as_id(item.get("id"))
    if message is None:
        return content_key(number_id, item.get("from"), "message", value=item)
    if reading.about is None:
        return join_key(number_id, message)
    # Whether an edit or a deletion has an id of its own is not documented for every case.
    return join_key(number_id, message, reading.type, reading.about, item.get("timestamp"))


def _ids_of_person(number: str | None, user: str | None, item: Value) -> tuple[str, ...]:
    """The number and the user id of a message, and what a system message says they became."""
    system = as_dict(item.get("system"))
    if system.get("type") != "user_changed_user_id":
        return same_person(number, user)
    return same_person(number, user, system.get("previous_user_id"), system.get("user_id"))


def _read_kind(entry: AccountEntry, item: Value) -> _Reading:
    kind = as_text(item.get("type")) or "unknown"
    inner = as_dict(item.get(kind))
    if kind == "revoke":
        about = as_id(inner.get("original_message_id"))
        return _Reading(type="message.deleted", kind=kind, about=about)
    if kind == "edit":
        return _read_edit(entry, inner)
    return _read_said(entry, kind, inner)


def _read_edit(entry: AccountEntry, edit: Value) -> _Reading:
    """An edit holds the message as it is now: a text, or a medium with its caption."""
    message = as_dict(edit.get("message"))
    kind = as_text(message.get("type")) or "unknown"
    reading = _read_said(entry, kind, as_dict(message.get(kind)))
    reading.type, reading.about = "message.edited", as_id(edit.get("original_message_id"))
    return reading


def _read_said(entry: AccountEntry, kind: str, inner: Value) -> _Reading:
    """Reads the content of a message or a tap, by the kind of message."""
    reading = _Reading(type="message.received", kind=kind)
    if kind == "text":
        reading.text = as_text(inner.get("body"))
    elif kind in _MEDIA:
        reading.text = as_text(inner.get("caption"))
        reading.parts["attachments"] = [_attachment(kind, inner)]
    elif kind == "button":
        _tapped(reading, inner.get("payload"), inner.get("text"))
    elif kind == "interactive":
        choice = inner.get("button_reply") or inner.get("list_reply")
        if isinstance(choice, dict):
            _tapped(reading, choice.get("id"), choice.get("title"))
        else:
            # The answer of a form: its fields stand as a JSON text in the data.
            reading.text = as_text(as_dict(inner.get("nfm_reply")).get("body"))
    elif kind == "reaction":
        emoji = as_text(inner.get("emoji")) or None
        reading.type = "reaction.added" if emoji else "reaction.removed"
        reading.parts["reaction"] = {"type": None, "emoji": emoji}
        reading.parts["parent"] = part(as_id(inner.get("message_id")))
    elif kind == "system":
        reading.type, reading.text = entry.type("system"), as_text(inner.get("body"))
    return reading


def _tapped(reading: _Reading, button: Any, title: Any) -> None:
    reading.type, reading.text = "button.clicked", as_text(title)
    reading.parts["button"] = {"id": as_text(button), "title": as_text(title)}


def _attachment(kind: str, media: Value) -> dict[str, Any]:
    return {
        "id": as_id(media.get("id")),
        "type": "file" if kind == "document" else kind,
        "name": as_text(media.get("filename")),
        "mime_type": as_text(media.get("mime_type")),
    }
