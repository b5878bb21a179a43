"""Events of interactions with an app in Discord: commands, buttons, menus and forms.

https://docs.discord.com/developers/interactions/receiving-and-responding
"""

from collections.abc import Iterator, Mapping
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
PING = 1
COMMAND = 2
COMPONENT = 3
AUTOCOMPLETE = 4
MODAL = 5
_TYPES: Mapping[Any, str] = {
    COMMAND: "discord.command",
    COMPONENT: "button.clicked",
    AUTOCOMPLETE: "discord.autocomplete",
    MODAL: "discord.modal",
}
#: The kinds of options that contain other options: a subcommand, and a group of subcommands.
_SUBCOMMANDS = frozenset({1, 2})
_ATTACHMENT = 11
_MAX_DEPTH = 8
#: The first millisecond of Discord's time: the upper 42 bits of an id count from it.
EPOCH_MS = 1_420_070_400_000
_TIME_SHIFT = 22


def read_interaction(envelope: Envelope, data: Item) -> ParsedEvent:
    """Reads the event of one interaction. Its lane is that person's, since only one person gets the
    answer.
    """
    kind = data.get("type")
    name = _TYPES.get(kind) if kind.__class__ is int else None
    person = read_person(data)
    inner = as_dict(data.get("data"))
    text, parts = _said(name or "", inner, data)
    channel = as_id(data.get("channel_id")) or as_id(as_dict(data.get("channel")).get("id"))
    guild = as_id(data.get("guild_id"))
    message = as_id(as_dict(data.get("message")).get("id"))
    number = as_id(data.get("id"))
    return envelope.event(
        name or event_type("discord", "interaction", kind),
        join_key(number) if number else content_key("discord", value=data),
        data,
        text=text,
        actor=person,
        lane_id=person["id"] or channel,
        occurred_at=time_of(number),
        team=part(guild),
        conversation=part(channel, is_direct=guild is None),
        message=part(message),
        locale=as_text(data.get("locale")),
        **parts,
    )


def time_of(snowflake: str | None) -> int | None:
    """Returns the time at which Discord made an id, in milliseconds since 1970."""
    if snowflake is None or not snowflake.isascii() or not snowflake.isdigit():
        return None
    made = int(snowflake) >> _TIME_SHIFT
    return as_milliseconds(made + EPOCH_MS) if made else None


def read_person(data: Item) -> Item:
    """Reads the person who acted: a member of a server, or a user in a direct conversation.

    A bot counts as the account itself, so that two bots never answer each other for ever.
    """
    member = as_dict(data.get("member"))
    user = as_dict(member.get("user") or data.get("user") or data.get("author"))
    name = as_text(member.get("nick")) or as_text(user.get("global_name"))
    return actor_of(
        as_id(user.get("id")) or as_id(data.get("user_id")),
        name or as_text(user.get("username")),
        is_self=user.get("bot") is True,
    )


def _said(name: str, inner: Item, data: Item) -> tuple[str | None, Item]:
    """Returns the text of an interaction, and the parts of the event's body."""
    if name in ("discord.command", "discord.autocomplete"):
        return _command(inner)
    if name == "button.clicked":
        return _button(inner, as_dict(data.get("message")))
    if name == "discord.modal":
        return _form(inner)
    return None, {}


def _command(inner: Item) -> tuple[str | None, Item]:
    """Reads a command. Its text is its options, or the text of the message it was used on."""
    words, options = _options(inner)
    resolved = as_dict(inner.get("resolved"))
    command = {
        "id": as_id(inner.get("name")),
        "path": " ".join(words),
        "options": {name: value for name, _, value in options},
    }
    texts = [value for _, _, value in options if isinstance(value, str)]
    target = as_id(inner.get("target_id"))
    if target:
        command["target"] = {"id": target}
        message = as_dict(as_dict(resolved.get("messages")).get(target))
        texts = [as_text(message.get("content")) or ""] if message else []
    files = as_dict(resolved.get("attachments"))
    sent = [value for _, kind, value in options if kind == _ATTACHMENT]
    return " ".join(texts), {
        "command": command,
        "attachments": [_file(as_dict(files.get(str(value)))) for value in sent],
    }


def _options(inner: Item) -> tuple[list[str], list[tuple[str, Any, Any]]]:
    """Returns the names of a command and its subcommands, and name, kind and value of each
    option.
    """
    words = [as_text(inner.get("name")) or ""]
    found: list[tuple[str, Any, Any]] = []
    level = as_list(inner.get("options"))
    for _ in range(_MAX_DEPTH):
        deeper: list[Any] = []
        for item in map(as_dict, level):
            name, kind = as_text(item.get("name")) or "", item.get("type")
            if kind.__class__ is int and kind in _SUBCOMMANDS:
                words.append(name)
                deeper += as_list(item.get("options"))
            else:
                found.append((name, kind, item.get("value")))
        level = deeper
    return words, found


def _button(inner: Item, message: Item) -> tuple[str | None, Item]:
    """Reads a click on a button or a menu entry. Its text is the label that people see."""
    number = as_id(inner.get("custom_id"))
    values = [value for value in as_list(inner.get("values")) if isinstance(value, str)]
    title = None
    for item in _components(message.get("components"), 0):
        if number is None or item.get("custom_id") != number:
            continue
        title = as_text(item.get("label")) or title
        for option in map(as_dict, as_list(item.get("options"))):
            if option.get("value") in values[:1]:
                title = as_text(option.get("label")) or title
    value = values[0] if values else number
    return title or value, {
        "button": {"id": number, "title": title or value, "value": value, "values": values}
    }


def _form(inner: Item) -> tuple[str | None, Item]:
    """Reads a form, by the ids of its fields. Its text is everything that the person wrote."""
    fields: Item = {}
    for item in _components(inner.get("components"), 0):
        name = as_id(item.get("custom_id"))
        if name is not None and ("value" in item or "values" in item):
            fields[name] = item.get("value", item.get("values"))
    texts = [value for value in fields.values() if isinstance(value, str) and value]
    form = {"id": as_id(inner.get("custom_id")), "fields": fields}
    return "\n".join(texts) or None, {"form": form}


def _components(value: Any, depth: int) -> Iterator[Item]:
    """Finds every component, also within rows and labels."""
    if depth > _MAX_DEPTH:
        return
    for item in map(as_dict, as_list(value)):
        yield item
        inner = item.get("component")
        children = as_list(item.get("components"))
        if inner is not None or children:
            yield from _components([inner, *children], depth + 1)


def _file(item: Item) -> Item:
    kind = (as_text(item.get("content_type")) or "").partition("/")[0]
    return {
        "id": as_id(item.get("id")),
        "type": kind if kind in ("image", "video", "audio") else "file",
        "url": as_text(item.get("url")),
    }
