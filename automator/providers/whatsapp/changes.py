"""WhatsApp: messages of every kind, and what became of those that we sent."""

from collections.abc import Iterator, Mapping
from typing import Any

from automator.model import ParsedEvent
from automator.providers.meta.entry import AccountEntry
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    content_key,
    join_key,
)

Value = dict[str, Any]

_MEDIA = frozenset({"image", "audio", "video", "document", "sticker"})
#: A person whose number has changed gets another business-scoped user id.
_NEW_USER_IDS = "user_id_update"
_STATUSES = {
    "delivered": "message.delivered",
    "read": "message.read",
    "failed": "message.failed",
}


def read_change(entry: AccountEntry, item: Any) -> list[ParsedEvent]:
    """The events of one change; an unknown field becomes `whatsapp.<field>`."""
    change = as_dict(item)
    field = as_text(change.get("field")) or "unknown"
    value = change.get("value")
    if field == "messages" and isinstance(value, dict):
        events = list(_read_messages(entry, value))
        if events:
            return events
    if field == _NEW_USER_IDS and isinstance(value, dict):
        events = [_read_new_user_id(entry, value, one) for one in as_list(value.get(field))]
        if events:
            return events
    data = item if value is None else value
    # Entries of WhatsApp have no time: what is said twice in the same words is one event.
    key = content_key(entry.account_id, field, entry.time, value=data)
    return [entry.event(entry.type(field), key, data, parts=_phone(as_dict(value)))]


def read_other_number(entry: AccountEntry, item: Any) -> ParsedEvent:
    """What came through a number of the account that belongs to another connection."""
    key = content_key(entry.account_id, "other", value=item)
    phone = _phone(as_dict(as_dict(item).get("value")))
    return entry.event(entry.type("other_number"), key, item, parts=phone)


def _read_messages(entry: AccountEntry, value: Value) -> Iterator[ParsedEvent]:
    names = _names(value)
    for item in as_list(value.get("messages")):
        if isinstance(item, dict):
            yield _read_message(entry, value, item, names)
    for item in as_list(value.get("statuses")):
        if isinstance(item, dict):
            yield _read_status(entry, value, item)
    for item in as_list(value.get("errors")):
        key = content_key(entry.account_id, "error", value=item)
        yield entry.event(entry.type("error"), key, item, parts=_phone(value))


def _read_message(
    entry: AccountEntry, value: Value, item: Value, names: Mapping[str, str]
) -> ParsedEvent:
    # A business-scoped user id stands in for a number that the person keeps to themselves.
    number, user = as_id(item.get("from")), as_id(item.get("from_user_id"))
    person = number or user
    message = as_id(item.get("id"))
    kind = as_text(item.get("type")) or "unknown"
    type_, text, parts = _read_kind(entry, kind, item)
    phone = _phone(value)
    replied = as_id(as_dict(item.get("context")).get("id"))
    group = as_id(item.get("group_id"))
    conversation = group or person
    parts = {
        "message": {"id": message, "kind": kind},
        "parent": {"id": replied} if replied else None,
        "conversation": {"id": conversation} if conversation else None,
        "attachments": _attachments(kind, item),
        **parts,
        **phone,
    }
    number_id = phone["phone"]["id"]
    name = names.get(person or "") or names.get(user or "")
    return entry.event(
        type_,
        join_key(number_id, message)
        if message
        else content_key(number_id, person, "message", value=item),
        item,
        text=text,
        actor={"id": person, "name": name, "is_self": False},
        person=person,
        lane_id=conversation and f"{number_id}:{conversation}",
        occurred_at=as_milliseconds(item.get("timestamp")),
        parts=parts,
        same_person=_same_person(number, user, item),
    )


def _read_new_user_id(entry: AccountEntry, value: Value, item: Any) -> ParsedEvent:
    """The old and the new id are one person's. Nobody has written: it opens no window."""
    change = as_dict(item)
    user = as_dict(change.get("user_id"))
    phone = _phone(value)
    return entry.event(
        entry.type(_NEW_USER_IDS),
        content_key(phone["phone"]["id"], _NEW_USER_IDS, value=item),
        item,
        text=as_text(change.get("detail")),
        occurred_at=as_milliseconds(change.get("timestamp")),
        parts=phone,
        same_person=_ids(user.get("previous"), user.get("current"), change.get("wa_id")),
    )


def _ids(*values: Any) -> tuple[str, ...]:
    """Those of the values that are ids, each once; one alone says nothing."""
    found = tuple(dict.fromkeys(known for value in values if (known := as_id(value))))
    return found if len(found) > 1 else ()


def _same_person(number: str | None, user: str | None, item: Value) -> tuple[str, ...]:
    """The number and the user id of a message, and what a system message says they became."""
    system = as_dict(item.get("system"))
    if system.get("type") != "user_changed_user_id":
        return _ids(number, user)
    return _ids(number, user, system.get("previous_user_id"), system.get("user_id"))


def _read_kind(
    entry: AccountEntry, kind: str, item: Value
) -> tuple[str, str | None, dict[str, Any]]:
    """Type, text, and what only this kind of message has."""
    inner = as_dict(item.get(kind))
    if kind == "text":
        return "message.received", as_text(inner.get("body")), {}
    if kind == "button":
        title = as_text(inner.get("text"))
        button = {"id": as_text(inner.get("payload")), "title": title}
        return "button.clicked", title, {"button": button}
    if kind == "interactive":
        return _read_interactive(inner)
    if kind == "reaction":
        emoji = as_text(inner.get("emoji"))
        type_ = "reaction.added" if emoji else "reaction.removed"
        reaction = {"type": None, "emoji": emoji or None}
        return type_, None, {"reaction": reaction, "parent": _id_of(inner.get("message_id"))}
    if kind == "system":
        return entry.type("system"), as_text(inner.get("body")), {}
    return "message.received", as_text(inner.get("caption")) if kind in _MEDIA else None, {}


def _read_interactive(inner: Value) -> tuple[str, str | None, dict[str, Any]]:
    choice = inner.get("button_reply") or inner.get("list_reply")
    if isinstance(choice, dict):
        title = as_text(choice.get("title"))
        button = {"id": as_text(choice.get("id")), "title": title}
        return "button.clicked", title, {"button": button}
    # The answer of a form: its fields stand as a JSON text in the data.
    return "message.received", as_text(as_dict(inner.get("nfm_reply")).get("body")), {}


def _read_status(entry: AccountEntry, value: Value, item: Value) -> ParsedEvent:
    status = as_text(item.get("status")) or "unknown"
    message = as_id(item.get("id"))
    person = as_id(item.get("recipient_id")) or as_id(item.get("recipient_user_id"))
    phone = _phone(value)
    number_id = phone["phone"]["id"]
    parts: dict[str, Any] = {
        "message": {"id": message},
        "conversation": {"id": person} if person else None,
        **phone,
    }
    if status == "failed":
        parts["error"] = _error(item)
    # Only reading and playing is something that the person does.
    reader = person if status in ("read", "played") else None
    return entry.event(
        _STATUSES.get(status) or entry.type("status", status),
        join_key(number_id, message, status)
        if message
        else content_key(number_id, "status", value=item),
        item,
        actor={"id": reader, "name": None, "is_self": False},
        person=reader,
        lane_id=person and f"{number_id}:{person}",
        occurred_at=as_milliseconds(item.get("timestamp")),
        parts=parts,
    )


def _error(item: Value) -> dict[str, Any]:
    """Why it failed: the code as text, and what WhatsApp says about it."""
    first = next((one for one in as_list(item.get("errors")) if isinstance(one, dict)), {})
    details = as_text(as_dict(first.get("error_data")).get("details"))
    return {"code": as_id(first.get("code")), "text": details or as_text(first.get("title"))}


def _attachments(kind: str, item: Value) -> list[dict[str, Any]]:
    if kind not in _MEDIA:
        return []
    media = as_dict(item.get(kind))
    return [
        {
            "id": as_id(media.get("id")),
            "type": "file" if kind == "document" else kind,
            "name": as_text(media.get("filename")),
            "mime_type": as_text(media.get("mime_type")),
        }
    ]


def _names(value: Value) -> dict[str, str]:
    """The names of the people of a delivery, by each of their ids."""
    names: dict[str, str] = {}
    for contact in as_list(value.get("contacts")):
        name = as_text(as_dict(as_dict(contact).get("profile")).get("name"))
        for key in ("wa_id", "user_id"):
            person = as_id(as_dict(contact).get(key))
            if person and name:
                names[person] = name
    return names


def _phone(value: Value) -> dict[str, Any]:
    """The number of the business: its id is what an answer is sent through."""
    metadata = as_dict(value.get("metadata"))
    return {
        "phone": {
            "id": as_id(metadata.get("phone_number_id")),
            "number": as_id(metadata.get("display_phone_number")),
        }
    }


def _id_of(value: Any) -> dict[str, Any] | None:
    found = as_id(value)
    return {"id": found} if found else None
