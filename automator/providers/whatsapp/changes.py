"""The changes of a WhatsApp business account: what each field of a webhook brings, as events."""

from collections.abc import Callable, Iterator, Mapping
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
)
from automator.providers.whatsapp.messages import read_echo, read_message
from automator.providers.whatsapp.parts import (
    Value,
    conversation_of,
    names_of,
    phone_of,
    same_person,
)
from automator.providers.whatsapp.statuses import read_status

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
