"""The changes of a WhatsApp business account: what each field of a webhook brings, as events."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from automator.model import ParsedEvent
from automator.providers.meta.entry import AccountEntry
from automator.providers.shared.envelope import actor_of, part
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    content_key,
    join_key,
)

# --- Parts that all events share: conversation, phone number, ids of a person ---


Value = dict[str, Any]


def phone_of(value: Value) -> dict[str, Any]:
    """The number of the business: its id is what an answer is sent through."""
    metadata = as_dict(value.get("metadata"))
    return {
        "phone": {
            "id": as_id(metadata.get("phone_number_id")),
            "number": as_id(metadata.get("display_phone_number")),
        }
    }


def conversation_of(group: str | None, person: str | None) -> dict[str, Any] | None:
    """The group, or else the conversation with the person."""
    return part(group, kind="group") or part(person, kind="person")


def names_of(value: Value) -> dict[str, str]:
    """The names of the people of a delivery, by each of their ids."""
    names: dict[str, str] = {}
    for contact in as_list(value.get("contacts")):
        name = as_text(as_dict(as_dict(contact).get("profile")).get("name"))
        for key in ("wa_id", "user_id"):
            person = as_id(as_dict(contact).get(key))
            if person and name:
                names[person] = name
    return names


def same_person(*values: Any) -> tuple[str, ...]:
    """The ids among the values, each once; none if there is only one, since it links nothing."""
    found = tuple(dict.fromkeys(known for value in values if (known := as_id(value))))
    return found if len(found) > 1 else ()


#: A person whose number has changed gets another business-scoped user id.
_NEW_USER_IDS = "user_id_update"
_PREFERENCES = "user_preferences"


def read_change(entry: AccountEntry, item: Any) -> list[ParsedEvent]:
    """The events of one change; an unknown field becomes `whatsapp.<field>`."""
    change = as_dict(item)
    field = as_text(change.get("field")) or "unknown"
    value = change.get("value")
    reader = _FIELDS.get(field)
    events = list(reader(entry, value)) if reader and isinstance(value, dict) else []
    if events:
        return events
    data = item if value is None else value
    # Entries of WhatsApp have no time: two with the same content are one event.
    key = content_key(entry.account_id, field, entry.time, value=data)
    return [entry.event(entry.type(field), key, data, phone_of(as_dict(value)))]


def read_other_number(entry: AccountEntry, item: Any) -> ParsedEvent:
    """An event of a number of the account that belongs to another connection."""
    key = content_key(entry.account_id, "other", value=item)
    phone = phone_of(as_dict(as_dict(item).get("value")))
    return entry.event(entry.type("other_number"), key, item, phone)


def _read_messages(entry: AccountEntry, value: Value) -> Iterator[ParsedEvent]:
    names = names_of(value)
    for item in as_list(value.get("messages")):
        if isinstance(item, dict):
            yield read_message(entry, value, item, names)
    for item in as_list(value.get("statuses")):
        if isinstance(item, dict):
            yield read_status(entry, value, item)
    for item in as_list(value.get("errors")):
        key = content_key(entry.account_id, "error", value=item)
        yield entry.event(entry.type("error"), key, item, phone_of(value))


def _read_echoes(entry: AccountEntry, value: Value) -> Iterator[ParsedEvent]:
    for item in as_list(value.get("message_echoes")):
        if isinstance(item, dict):
            yield read_echo(entry, value, item)


def _read_new_user_ids(entry: AccountEntry, value: Value) -> Iterator[ParsedEvent]:
    """The old and the new id are one person's. Nobody has written: it opens no window."""
    phone = phone_of(value)
    for item in as_list(value.get(_NEW_USER_IDS)):
        change = as_dict(item)
        user = as_dict(change.get("user_id"))
        yield entry.event(
            entry.type(_NEW_USER_IDS),
            content_key(phone["phone"]["id"], _NEW_USER_IDS, value=item),
            item,
            phone,
            text=as_text(change.get("detail")),
            occurred_at=as_milliseconds(change.get("timestamp")),
            same_person=same_person(user.get("previous"), user.get("current"), change.get("wa_id")),
        )


def _read_preferences(entry: AccountEntry, value: Value) -> Iterator[ParsedEvent]:
    """A person stops marketing messages, or wants them again."""
    phone, names = phone_of(value), names_of(value)
    number_id = phone["phone"]["id"]
    for item in as_list(value.get(_PREFERENCES)):
        wish = as_dict(item)
        number, user = as_id(wish.get("wa_id")), as_id(wish.get("user_id"))
        person = number or user
        name = names.get(number or "") or names.get(user or "")
        parts = {
            "preference": {
                "category": as_text(wish.get("category")),
                "value": as_text(wish.get("value")),
            },
            "conversation": conversation_of(None, person),
            **phone,
        }
        yield entry.event(
            entry.type(_PREFERENCES),
            content_key(number_id, _PREFERENCES, value=item),
            item,
            parts,
            text=as_text(wish.get("detail")),
            actor=actor_of(person, name),
            lane_id=person and f"{number_id}:{person}",
            occurred_at=as_milliseconds(wish.get("timestamp")),
            same_person=same_person(number, user),
        )


_FIELDS: Mapping[str, Callable[[AccountEntry, Value], Iterator[ParsedEvent]]] = {
    "messages": _read_messages,
    "smb_message_echoes": _read_echoes,
    _NEW_USER_IDS: _read_new_user_ids,
    _PREFERENCES: _read_preferences,
}


# --- Messages: from people, and from the owner of a number in the Business app ---


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


# --- The status of a message of the business: sent, delivered, read or failed ---


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
