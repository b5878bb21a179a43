"""Reads events from Telegram's updates: messages, posts, taps, reactions, members and others."""

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
#: The fields of a message with a person's content. A message with none of them reports something
#: else, such as a new member.
_SAID = ("text", "caption", "contact", "location", "venue", "poll", "dice", "story")
_ENVELOPE = frozenset(
    {
        "message_id",
        "message_thread_id",
        "is_topic_message",
        "from",
        "sender_chat",
        "sender_business_bot",
        "sender_boost_count",
        "business_connection_id",
        "chat",
        "date",
        "edit_date",
        "reply_to_message",
        "via_bot",
        "has_protected_content",
        "is_automatic_forward",
        "author_signature",
    }
)
_DELETED = "deleted_business_messages"
#: The statuses of a person who has left the chat or blocked the bot.
_LEFT = frozenset({"kicked", "left"})


@dataclass(slots=True, kw_only=True)
class Reading:
    """The parts of one update in the form that all providers share."""

    type: str
    parts: dict[str, Any]
    text: str | None = None
    actor: Item
    chat: Item
    time: Any = None
    #: Whether the owner of a business account, or a bot for them, has written to the chat's person.
    is_of_owner: bool = False
    #: Distinguishes the events of one update, such as several deleted messages.
    part: str | None = None


def read_update(envelope: Envelope, update: Item, bot_id: str | None) -> list[ParsedEvent]:
    """Reads the events of an update: one, or several if several messages were deleted.

    `bot_id` is the id of the connection's own bot, if it is known.
    """
    kind = next((name for name in update if name != "update_id"), "unknown")
    content = as_dict(update.get(kind))
    readings = _read_deletions(content) if kind == _DELETED else []
    found = []
    for reading in readings or [_KINDS.get(kind, _read_other)(kind, content)]:
        if reading.type == "message.sent":
            bot = as_id(as_dict(content.get("sender_business_bot")).get("id"))
            reading.parts["message"] |= {"sent_by": _sent_by(bot, bot_id)}
        found.append(_event(envelope, kind, update, content, reading))
    return found


def _sent_by(bot: str | None, our_bot: str | None) -> str:
    """Returns who wrote a message of a business account: this server, another bot, or the owner."""
    if bot is None:
        return "human"
    return "us" if bot == our_bot else "app"


def _event(
    envelope: Envelope, kind: str, update: Item, content: Item, reading: Reading
) -> ParsedEvent:
    number = as_id(update.get("update_id"))
    parts = () if reading.part is None else (reading.part,)
    chat = as_id(reading.chat.get("id"))
    person = as_id(reading.actor.get("id"))
    is_self = reading.is_of_owner or reading.actor.get("is_bot") is True
    business = content.get("business_connection_id") or as_dict(content.get("message")).get(
        "business_connection_id"
    )
    lead: Item = {"business": part(as_id(business))} if as_id(business) else {}
    return envelope.event(
        reading.type,
        join_key(number, *parts) if number else content_key(kind, *parts, value=update),
        update,
        text=reading.text,
        actor=actor_of(person, _name_of(reading.actor), is_self=is_self),
        lane_id=chat or person,
        occurred_at=as_milliseconds(reading.time),
        conversation=_conversation(chat, reading.chat, content),
        **lead,
        **reading.parts,
    )


def _read_message(kind: str, message: Item) -> Reading:
    is_post = kind.endswith("channel_post")
    is_edit = kind.startswith("edited_")
    chat = as_dict(message.get("chat"))
    # A chat with a person has the person's id. So an author with another id is the owner.
    sender = as_id(as_dict(message.get("from")).get("id"))
    is_of_owner = kind.endswith("business_message") and sender != as_id(chat.get("id"))
    attachments = attachments_of(message)
    if not attachments and not any(name in message for name in _SAID):
        told = next((name for name in message if name not in _ENVELOPE), None)
        type_ = event_type("telegram", told or kind)
    elif is_post:
        type_ = "post.edited" if is_edit else "post.created"
    elif is_edit:
        type_ = "message.edited"
    else:
        type_ = "message.sent" if is_of_owner else "message.received"
    text = as_text(message.get("text")) or as_text(message.get("caption"))
    number = as_id(message.get("message_id"))
    command = _command(message, text)
    parts: dict[str, Any] = {
        "message": {"id": number} if number or type_ == "message.sent" else None,
        "parent": _message_of(message.get("reply_to_message")),
        "attachments": attachments,
        "command": command,
        **_referral(command),
    }
    if is_post:
        parts["post"] = {"id": f"{as_id(chat.get('id'))}_{number}", "message": text}
    return Reading(
        type=type_,
        parts=parts,
        text=text,
        # If an anonymous admin or a channel writes, `sender_chat` is the author, and `from` is a
        # placeholder.
        actor=as_dict(message.get("sender_chat") or message.get("from")),
        chat=chat,
        time=message.get("edit_date") or message.get("date"),
        is_of_owner=is_of_owner,
    )


def _read_deletions(deletion: Item) -> list[Reading]:
    """Reads each message that was deleted in a business account; Telegram does not
    say who did it.
    """
    numbers = [known for item in as_list(deletion.get("message_ids")) if (known := as_id(item))]
    return [
        Reading(
            type="message.deleted",
            parts={"message": {"id": number}},
            actor={},
            chat=as_dict(deletion.get("chat")),
            part=number,
        )
        for number in dict.fromkeys(numbers)
    ]


def _read_tap(kind: str, query: Item) -> Reading:  # noqa: ARG001 - as all readers.
    """Reads a tap on a button under a message; the button's title is in that message."""
    message = as_dict(query.get("message"))
    data = as_text(query.get("data"))
    rows = as_list(as_dict(message.get("reply_markup")).get("inline_keyboard"))
    buttons = (as_dict(button) for row in rows for button in as_list(row))
    title = next(
        (as_text(button.get("text")) for button in buttons if button.get("callback_data") == data),
        None,
    )
    return Reading(
        type="button.clicked",
        parts={"button": {"id": data, "title": title}, "message": _message_of(message)},
        text=title or data,
        actor=as_dict(query.get("from")),
        chat=as_dict(message.get("chat")),
    )


def _read_reaction(kind: str, reaction: Item) -> Reading:  # noqa: ARG001 - as all readers.
    before = as_list(reaction.get("old_reaction"))
    now = as_list(reaction.get("new_reaction"))
    added = [item for item in now if item not in before]
    removed = [item for item in before if item not in now]
    changed = as_dict(next(iter(added or removed), None))
    return Reading(
        type="reaction.added" if added else "reaction.removed",
        parts={
            "message": _message_of(reaction),
            "reaction": {
                "type": as_text(changed.get("type")),
                "emoji": as_text(changed.get("emoji")),
            },
        },
        actor=as_dict(reaction.get("user") or reaction.get("actor_chat")),
        chat=as_dict(reaction.get("chat")),
        time=reaction.get("date"),
    )


def _read_standing(kind: str, change: Item) -> Reading:
    """Reads that a person has started or blocked the bot; for groups, the event has Telegram's own
    name.
    """
    chat = as_dict(change.get("chat"))
    reading = _read_other(kind, change)
    if chat.get("type") == "private":
        status = as_text(as_dict(change.get("new_chat_member")).get("status"))
        reading.type = "contact.unfollowed" if status in _LEFT else "contact.followed"
    return reading


def _read_other(kind: str, content: Item) -> Reading:
    message = as_dict(content.get("message"))
    return Reading(
        type=event_type("telegram", kind),
        parts={},
        text=as_text(content.get("query")) or as_text(content.get("text")),
        # If there is a `voter_chat`, `user` is a placeholder.
        actor=as_dict(content.get("voter_chat") or content.get("from") or content.get("user")),
        chat=as_dict(content.get("chat") or content.get("user_chat") or message.get("chat")),
        time=content.get("date"),
    )


def _conversation(chat: str | None, about: Item, content: Item) -> dict[str, Any] | None:
    topic = content.get("message_thread_id") if content.get("is_topic_message") is True else None
    return part(chat, kind=as_text(about.get("type")), topic=as_id(topic))


def _message_of(value: Any) -> dict[str, Any] | None:
    return part(as_id(as_dict(value).get("message_id")))


def _name_of(actor: Item) -> str | None:
    names = (as_text(actor.get("first_name")), as_text(actor.get("last_name")))
    written = " ".join(name for name in names if name)
    return written or as_text(actor.get("title")) or as_text(actor.get("username"))


def _command(message: Item, text: str | None) -> dict[str, Any] | None:
    """Reads the `/command` that a message begins with, without the bot's name."""
    first = as_dict(next(iter(as_list(message.get("entities"))), None))
    if not text or first.get("type") != "bot_command" or first.get("offset") != 0:
        return None
    words = text.split(maxsplit=1)
    return {"id": words[0].partition("@")[0], "text": words[1] if len(words) > 1 else ""}


def _referral(command: Item | None) -> Item:
    """Reads the `ref` of the link by which the person came; the link makes the app send `/start
    REF`.
    """
    if command is None or command["id"] != "/start" or not command["text"]:
        return {}
    return {"referral": {"ref": command["text"]}}


_KINDS: Mapping[str, Callable[[str, Item], Reading]] = {
    "message": _read_message,
    "edited_message": _read_message,
    "channel_post": _read_message,
    "edited_channel_post": _read_message,
    "business_message": _read_message,
    "edited_business_message": _read_message,
    "callback_query": _read_tap,
    "message_reaction": _read_reaction,
    "my_chat_member": _read_standing,
}


# --- Files of a message, by the ids that the Bot API accepts ---


_FILES: Mapping[str, str] = {
    "animation": "video",
    "document": "file",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "video_note": "video",
    "sticker": "sticker",
}


def attachments_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Reads the picture and the files of a message; none has an address."""
    found = []
    sizes = as_list(message.get("photo"))
    if sizes:
        # The list has the same picture in several sizes, the largest last.
        found.append({"id": as_id(as_dict(sizes[-1]).get("file_id")), "type": "image", "url": None})
    for name, kind in _FILES.items():
        file = message.get(name)
        # For older bots, an animation is also in `document`.
        if isinstance(file, dict) and not (name == "document" and "animation" in message):
            found.append({"id": as_id(file.get("file_id")), "type": kind, "url": None})
    return found
