"""Reads events from Slack: messages, mentions, reactions, commands, clicks and others."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from automator.model import ParsedEvent
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    content_key,
    event_type,
    join_key,
)

Item = dict[str, Any]

# --- Buttons and menus of messages: in blocks, and in the older attachments ---


def clicked_button(action: Item, message: Item) -> dict[str, Any]:
    """Reads the button that was clicked in a message, or the chosen menu entry."""
    options = as_list(action.get("selected_options"))
    option = as_dict(action.get("selected_option")) or as_dict(next(iter(options), None))
    title = as_dict(action.get("text") or option.get("text")).get("text")
    value = as_text(action.get("value")) or as_text(option.get("value"))
    name = as_id(action.get("action_id")) or as_id(action.get("name"))
    return {
        "id": name,
        "title": as_text(title) or _title_in_attachments(message, name, value) or value,
        "value": value,
    }


def _title_in_attachments(message: Item, name: str | None, value: str | None) -> str | None:
    """Finds the title of a clicked button in an old attachment: only the message has it."""
    attachments = (as_dict(item) for item in as_list(message.get("attachments")))
    buttons = (as_dict(item) for one in attachments for item in as_list(one.get("actions")))
    return next(
        (
            as_text(button.get("text"))
            for button in buttons
            if (button.get("name"), button.get("value")) == (name, value)
        ),
        None,
    )


_TS = re.compile(r"([0-9]{1,11})\.([0-9]{3,6})")
#: Subtypes of messages that people write; all others report something else.
_SPOKEN = frozenset({None, "bot_message", "file_share", "me_message", "thread_broadcast"})
#: Kinds of payloads with clicked buttons: in blocks, and in attachments.
_CLICKS = frozenset({"block_actions", "interactive_message"})


@dataclass(slots=True, kw_only=True)
class Reading:
    """The parts of one event in the form that all providers share."""

    type: str
    parts: dict[str, Any]
    text: str | None = None
    person: str | None = None
    name: str | None = None
    channel: str | None = None
    is_self: bool = False


def _event(
    envelope: Envelope,
    reading: Reading,
    key: str,
    data: Any,
    team: str | None,
    occurred_at: int | None = None,
) -> ParsedEvent:
    channel = reading.channel
    return envelope.event(
        reading.type,
        key,
        data,
        text=reading.text,
        actor=actor_of(reading.person, reading.name, is_self=reading.is_self),
        lane_id=channel,
        occurred_at=occurred_at,
        team=part(team),
        conversation=part(channel, is_direct=(channel or "").startswith("D")),
        **reading.parts,
    )


def read_callback(envelope: Envelope, data: Item) -> ParsedEvent:
    """Reads the event of an Events API body; notices about the app itself have no field `event`."""
    inner = as_dict(data.get("event"))
    team = as_id(data.get("team_id"))
    kind = as_text(inner.get("type")) or as_text(data.get("type")) or "unknown"
    reading = _CALLBACKS.get(kind, _read_other)(data, inner, kind)
    if _is_own_bot(data, reading.person):
        reading.is_self = True
    event_id = as_id(data.get("event_id"))
    key = join_key(event_id) if event_id else content_key(team, kind, value=data)
    time = _ts_ms(inner.get("event_ts")) or as_milliseconds(data.get("event_time"))
    return _event(envelope, reading, key, data, team, time)


def read_command(envelope: Envelope, fields: Mapping[str, str]) -> ParsedEvent:
    """Reads a slash command; the words after it are its text."""
    name = as_id(fields.get("command"))
    reading = Reading(
        type="slack.command" if name else "slack.unknown",
        parts={"command": part(name)},
        text=fields.get("text"),
        person=as_id(fields.get("user_id")),
        name=fields.get("user_name"),
        channel=as_id(fields.get("channel_id")),
    )
    team = as_id(fields.get("team_id"))
    key = _key_of(fields.get("trigger_id"), team, "command", fields)
    return _event(envelope, reading, key, dict(fields), team)


def read_payload(envelope: Envelope, data: Item) -> list[ParsedEvent]:
    """Reads the actions on a message or a view; each clicked button becomes an event."""
    kind = as_text(data.get("type")) or "unknown"
    user = as_dict(data.get("user"))
    where = as_dict(data.get("container"))
    team = as_id(as_dict(data.get("team")).get("id"))
    message = as_dict(data.get("message")) or as_dict(data.get("original_message"))
    ts = as_id(message.get("ts")) or as_id(where.get("message_ts")) or as_id(data.get("message_ts"))
    thread = as_id(message.get("thread_ts")) or as_id(where.get("thread_ts"))
    actions = as_list(data.get("actions")) if kind in _CLICKS else []
    events = []
    for index, item in enumerate(actions or [None]):
        action = as_dict(item)
        button = clicked_button(action, message) if action else None
        reading = Reading(
            type="button.clicked" if action else event_type("slack", kind),
            parts={"message": part(ts), "parent": _parent(thread, ts)},
            text=button["title"] if button else None,
            person=as_id(user.get("id")),
            name=as_text(user.get("username")) or as_text(user.get("name")),
            channel=as_id(as_dict(data.get("channel")).get("id")) or as_id(where.get("channel_id")),
        )
        if button:
            reading.parts["button"] = button
        key = _key_of(data.get("trigger_id"), team, kind, data)
        time = _ts_ms(action.get("action_ts") or data.get("action_ts"))
        key = join_key(key, index) if index else key
        events.append(_event(envelope, reading, key, data, team, time))
    return events


def _read_message(data: Item, inner: Item, kind: str) -> Reading:
    subtype = as_text(inner.get("subtype"))
    if subtype == "message_changed":
        return _read_changed(data, inner, kind)
    if subtype == "message_deleted":
        ts = as_id(inner.get("deleted_ts"))
        reading = _spoken(data, inner, as_dict(inner.get("previous_message")), "message.deleted")
        reading.parts["message"], reading.text = part(ts), None
        return reading
    if subtype not in _SPOKEN:
        return _spoken(data, inner, inner, event_type("slack", kind, subtype))
    reading = _spoken(data, inner, inner, "message.received")
    if _app_of(inner) is not None and _app_of(inner) == as_id(data.get("api_app_id")):
        reading.type = "message.sent"
        reading.parts["message"] = {**(reading.parts["message"] or {}), "sent_by": "us"}
    return reading


def _read_changed(data: Item, inner: Item, kind: str) -> Reading:
    """Reads an edit; if Slack only added a preview of a link, the text is the same."""
    message = as_dict(inner.get("message"))
    before = inner.get("previous_message")
    is_same = isinstance(before, dict) and before.get("text") == message.get("text")
    type_ = event_type("slack", kind, "message_changed") if is_same else "message.edited"
    return _spoken(data, inner, message, type_)


def _read_mention(data: Item, inner: Item, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    return _spoken(data, inner, inner, "mention.created")


def _spoken(data: Item, inner: Item, message: Item, type_: str) -> Reading:  # noqa: ARG001
    """Reads a person's message. A bot counts as the account itself, so that two bots never answer
    each other for ever.
    """
    ts = as_id(message.get("ts"))
    bot = as_dict(message.get("bot_profile"))
    bot_id = as_id(message.get("bot_id"))
    return Reading(
        type=type_,
        parts={
            "message": part(ts),
            "parent": _parent(as_id(message.get("thread_ts")), ts),
            "attachments": [_file(item) for item in as_list(message.get("files"))],
        },
        text=as_text(message.get("text")),
        person=_user_of(message) or bot_id,
        name=as_text(message.get("username")) or as_text(bot.get("name")),
        channel=as_id(inner.get("channel")),
        is_self=bot_id is not None or message.get("subtype") == "bot_message",
    )


def _read_reaction(data: Item, inner: Item, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    item = as_dict(inner.get("item"))
    ts = as_id(item.get("ts"))
    return Reading(
        type="reaction.added" if kind == "reaction_added" else "reaction.removed",
        parts={
            "message": part(ts),
            "reaction": {"type": as_text(inner.get("reaction")), "emoji": None},
        },
        person=_user_of(inner),
        channel=as_id(item.get("channel")),
    )


def _read_other(data: Item, inner: Item, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    channel = inner.get("channel")
    return Reading(
        type=event_type("slack", kind),
        parts={},
        text=as_text(inner.get("text")),
        person=_user_of(inner),
        channel=as_id(as_dict(channel).get("id")) or as_id(channel),
        is_self=as_id(inner.get("bot_id")) is not None,
    )


def _user_of(item: Item) -> str | None:
    """Returns the person's id; some events have a whole object for the person."""
    user = item.get("user")
    return as_id(as_dict(user).get("id")) or as_id(user)


def _app_of(message: Item) -> str | None:
    return as_id(message.get("app_id")) or as_id(as_dict(message.get("bot_profile")).get("app_id"))


def _is_own_bot(data: Item, person: str | None) -> bool:
    """Whether the person is the bot user of this app."""
    return person is not None and any(
        as_dict(item).get("is_bot") is True and as_dict(item).get("user_id") == person
        for item in as_list(data.get("authorizations"))
    )


def _parent(thread: str | None, ts: str | None) -> dict[str, Any] | None:
    """Returns the first message of the thread, unless the message `ts` is the first one."""
    return part(thread) if thread != ts else None


def _file(item: Any) -> dict[str, Any]:
    file = as_dict(item)
    kind = (as_text(file.get("mimetype")) or "").partition("/")[0]
    return {
        "id": as_id(file.get("id")),
        "type": kind if kind in ("image", "video", "audio") else "file",
        "url": as_text(file.get("url_private")),
    }


def _key_of(trigger: Any, team: str | None, kind: str, value: Any) -> str:
    """Returns the dedupe key: the trigger's id, new for each thing that a person does, or a
    digest.
    """
    found = as_id(trigger)
    return join_key(found) if found else content_key(team, kind, value=value)


def _ts_ms(value: Any) -> int | None:
    """Reads a time that Slack writes as `1795500470.000005`, in milliseconds."""
    found = _TS.fullmatch(value) if isinstance(value, str) else None
    return as_milliseconds(int(found[1]) * 1000 + int(found[2][:3])) if found else None


_CALLBACKS: Mapping[str, Callable[[Item, Item, str], Reading]] = {
    "message": _read_message,
    "app_mention": _read_mention,
    "reaction_added": _read_reaction,
    "reaction_removed": _read_reaction,
}
