"""Messenger: messages, echoes of our own, button clicks, reactions, reads and deliveries."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from automator.model import ParsedEvent
from automator.providers.facebook_page import PageEntry
from automator.providers.reading import (
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
#: Type, dedupe key, text, and the parts of the event's body.
Reading = tuple[str, str, str | None, dict[str, Any]]

SentBy = Literal["human", "app", "us"]
#: The start of the `metadata` of every message that we send: its echo is ours.
METADATA_PREFIX = "automator:"
_ENVELOPE = frozenset({"sender", "recipient", "timestamp"})


def read_message(page: PageEntry, item: Any, *, standby: bool) -> ParsedEvent:
    """The event of one item; an unknown kind becomes `facebook.<kind>`.

    An item of `standby` belongs to a conversation that another app leads: it counts as our own,
    so that no rule answers it.
    """
    if not isinstance(item, dict):
        key = content_key(page.page_id, "message", page.time, value=item)
        return page.event("facebook.unknown", key, item, parts={})
    sender = as_id(as_dict(item.get("sender")).get("id"))
    recipient = as_id(as_dict(item.get("recipient")).get("id"))
    type_, key, text, parts = _read_kind(page, item, sender)
    is_echo = sender is not None and sender == page.page_id
    # The conversation is with the person, whoever wrote the message.
    person = recipient if is_echo or type_ == "message.sent" else sender
    is_self = is_echo or standby or type_ == "message.sent"
    parts["conversation"] = {"id": person} if person else None
    if standby:
        parts["standby"] = True
    return page.event(
        type_,
        key,
        item,
        text=text,
        actor={"id": sender, "name": None, "is_self": is_self},
        person=sender,
        lane_id=person,
        is_self=is_self,
        occurred_at=as_milliseconds(item.get("timestamp")),
        parts=parts,
    )


def _read_kind(page: PageEntry, item: Item, sender: str | None) -> Reading:
    for kind, reader in _KINDS.items():
        value = item.get(kind)
        if isinstance(value, dict):
            return reader(page, item, value, sender)
    kind = next((name for name in item if name not in _ENVELOPE), "unknown")
    return (
        event_type("facebook", kind.replace("-", "_")),
        content_key(page.page_id, sender, value=item),
        None,
        {},
    )


def _read_text(page: PageEntry, item: Item, message: Item, sender: str | None) -> Reading:
    mid = as_id(message.get("mid"))
    text = as_text(message.get("text"))
    about: dict[str, Any] = {"id": mid}
    parts: dict[str, Any] = {"message": about, "attachments": _attachments(message)}
    key = (
        join_key(page.page_id, mid)
        if mid
        else content_key(page.page_id, sender, "message", value=item)
    )
    if message.get("is_deleted") is True:
        return "message.deleted", join_key(key, "deleted"), None, parts
    if message.get("is_echo") is True:
        about["app_id"] = as_id(message.get("app_id"))
        about["metadata"] = as_text(message.get("metadata"))
        about["sent_by"] = _sent_by(page, about["app_id"], about["metadata"])
        return "message.sent", key, text, parts
    choice = message.get("quick_reply")
    if isinstance(choice, dict):
        parts["button"] = {"id": as_text(choice.get("payload")), "title": text}
    replied = message.get("reply_to")
    if isinstance(replied, dict):
        mid = as_id(replied.get("mid"))
        parts["parent"] = {"id": mid} if mid else None
    return "message.received", key, text, parts


def _sent_by(page: PageEntry, app: str | None, metadata: str | None) -> SentBy:
    """Who wrote what the echo repeats: this server, another program, or somebody by hand."""
    if (metadata or "").startswith(METADATA_PREFIX) or (app is not None and app == page.app_id):
        return "us"
    return "human" if app is None or app in page.inbox_app_ids else "app"


def _read_postback(page: PageEntry, item: Item, postback: Item, sender: str | None) -> Reading:
    mid = as_id(postback.get("mid"))
    title = as_text(postback.get("title"))
    payload = as_text(postback.get("payload"))
    key = (
        join_key(page.page_id, mid)
        if mid
        else join_key(page.page_id, sender, item.get("timestamp"), "postback", payload)
    )
    parts = {"button": {"id": payload, "title": title}, "message": {"id": mid}}
    return "button.clicked", key, title, parts


def _read_reaction(page: PageEntry, item: Item, reaction: Item, sender: str | None) -> Reading:
    mid = as_id(reaction.get("mid"))
    action = as_text(reaction.get("action"))
    emoji = as_text(reaction.get("emoji"))
    type_ = "reaction.removed" if action == "unreact" else "reaction.added"
    key = join_key(page.page_id, mid, sender, action, emoji, item.get("timestamp"))
    kind = as_text(reaction.get("reaction"))
    return type_, key, None, {"message": {"id": mid}, "reaction": {"type": kind, "emoji": emoji}}


def _read_edit(page: PageEntry, item: Item, edit: Item, sender: str | None) -> Reading:
    mid = as_id(edit.get("mid"))
    key = join_key(page.page_id, mid, "edit", edit.get("num_edit"), sender)
    if mid is None:
        key = content_key(page.page_id, sender, "edit", value=item)
    return "message.edited", key, as_text(edit.get("text")), {"message": {"id": mid}}


def _read_seen(page: PageEntry, item: Item, read: Item, sender: str | None) -> Reading:
    return _watermark("message.read", page, item, read, sender)


def _read_delivered(page: PageEntry, item: Item, delivery: Item, sender: str | None) -> Reading:
    return _watermark("message.delivered", page, item, delivery, sender)


def _watermark(type_: str, page: PageEntry, item: Item, value: Item, sender: str | None) -> Reading:
    mark = as_id(value.get("watermark")) or as_id(value.get("mid"))
    key = (
        join_key(page.page_id, sender, type_, mark)
        if mark
        else content_key(page.page_id, sender, type_, value=item)
    )
    return type_, key, None, {}


def _attachments(message: Item) -> list[dict[str, Any]]:
    found = []
    for item in as_list(message.get("attachments")):
        if not isinstance(item, dict):
            continue
        payload = as_dict(item.get("payload"))
        sticker = as_id(payload.get("sticker_id")) or as_id(message.get("sticker_id"))
        found.append(
            {
                "id": sticker,
                # A sticker used to be an image with an id.
                "type": "sticker" if sticker else as_text(item.get("type")),
                "url": as_text(payload.get("url")) or as_text(item.get("url")),
            }
        )
    return found


_KINDS: Mapping[str, Callable[[PageEntry, Item, Item, str | None], Reading]] = {
    "message": _read_text,
    "postback": _read_postback,
    "reaction": _read_reaction,
    "read": _read_seen,
    "delivery": _read_delivered,
    "message_edit": _read_edit,
}
