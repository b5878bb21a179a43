"""Reads the messages of Messenger and Instagram, with echoes, taps, reactions and receipts."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from automator.clock import iso_time
from automator.model import ParsedEvent, record
from automator.providers.meta.echo import METADATA_PREFIX, key_in
from automator.providers.meta.entry import AccountEntry
from automator.providers.shared.envelope import actor_of, part
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    content_key,
    join_key,
)

Item = dict[str, Any]
#: The type, the dedupe key, the text, and the parts of the event's body.
Reading = tuple[str, str, str | None, dict[str, Any]]
Reader = Callable[[AccountEntry, Item, Item, str | None], Reading]

#: The type of an opt-in to marketing messages.
_MARKETING = "notification_messages"

SentBy = Literal["human", "app", "us"]
_ENVELOPE = frozenset({"sender", "recipient", "timestamp"})


@record(kw_only=False)
class Writers:
    """Finds out from the echo of an account's message who has written it."""

    app_id: str | None
    #: The apps through which colleagues write by hand.
    inbox_app_ids: frozenset[str]
    #: The author of messages without the id of an app and without this server's metadata.
    without_app: SentBy = "human"

    def of(self, app: str | None, metadata: str | None) -> SentBy:
        """Returns the author: this server, another program, or a colleague."""
        if (metadata or "").startswith(METADATA_PREFIX) or (app is not None and app == self.app_id):
            return "us"
        if app is None:
            return self.without_app
        return "human" if app in self.inbox_app_ids else "app"


def read_conversations(
    entry: AccountEntry, raw: Mapping[str, Any], writers: Writers
) -> list[ParsedEvent]:
    """Reads the events in `messaging` and `standby` of an entry."""
    return [
        read_message(entry, item, writers, standby=name == "standby")
        for name in ("messaging", "standby")
        for item in as_list(raw.get(name))
    ]


def read_message(
    entry: AccountEntry, item: Any, writers: Writers, *, standby: bool = False
) -> ParsedEvent:
    """Reads the event of one item; an unknown kind gives `facebook.<kind>` or `instagram.<kind>`.

    An item of `standby` belongs to a conversation that another app handles. It counts as the
    account's own, so that no rule answers it.
    """
    if not isinstance(item, dict):
        key = content_key(entry.account_id, "message", entry.time, value=item)
        return entry.event(entry.type("unknown"), key, item, {})
    sender = as_id(as_dict(item.get("sender")).get("id"))
    recipient = as_id(as_dict(item.get("recipient")).get("id"))
    type_, key, text, parts = _read_kind(entry, item, sender)
    echo = None
    if type_ == "message.sent":
        about = parts["message"]
        about["sent_by"] = writers.of(about["app_id"], about["metadata"])
        echo = key_in(about["metadata"])
    is_echo = sender is not None and sender == entry.account_id
    # The conversation has the id of the other person, no matter who wrote the message.
    person = recipient if is_echo or type_ == "message.sent" else sender
    is_self = is_echo or standby or type_ == "message.sent"
    parts["conversation"] = part(person)
    if standby:
        parts["standby"] = True
    return entry.event(
        type_,
        key,
        item,
        parts,
        text=text,
        actor=actor_of(sender, is_self=is_self),
        lane_id=person,
        occurred_at=as_milliseconds(item.get("timestamp")),
        echo=echo,
    )


def _read_kind(entry: AccountEntry, item: Item, sender: str | None) -> Reading:
    for kind, reader in _KINDS.items():
        value = item.get(kind)
        if isinstance(value, dict):
            return reader(entry, item, value, sender)
    kind = next((name for name in item if name not in _ENVELOPE), "unknown")
    return (
        entry.type(kind.replace("-", "_")),
        content_key(entry.account_id, sender, value=item),
        None,
        {},
    )


def _read_text(entry: AccountEntry, item: Item, message: Item, sender: str | None) -> Reading:
    mid = as_id(message.get("mid"))
    text = as_text(message.get("text"))
    about: dict[str, Any] = {"id": mid}
    parts: dict[str, Any] = {"message": about, "attachments": _attachments(message)}
    key = (
        join_key(entry.account_id, mid)
        if mid
        else content_key(entry.account_id, sender, "message", value=item)
    )
    if message.get("is_deleted") is True:
        return "message.deleted", join_key(key, "deleted"), None, parts
    if message.get("is_echo") is True:
        about["app_id"] = as_id(message.get("app_id"))
        about["metadata"] = as_text(message.get("metadata"))
        return "message.sent", key, text, parts
    choice = message.get("quick_reply")
    if isinstance(choice, dict):
        parts["button"] = {"id": as_text(choice.get("payload")), "title": text}
    replied = message.get("reply_to")
    if isinstance(replied, dict):
        parts["parent"] = part(as_id(replied.get("mid")))
        story = as_dict(replied.get("story"))
        if story:
            parts["story"] = {"id": as_id(story.get("id")), "url": as_text(story.get("url"))}
    parts.update(_referral(message))
    return "message.received", key, text, parts


def _referral(value: Item) -> dict[str, Any]:
    """Reads what brought the person to the conversation: a link, an advertisement, a product."""
    found = value.get("referral")
    if not isinstance(found, dict):
        return {}
    return {
        "referral": {
            "ref": as_text(found.get("ref")),
            "source": as_text(found.get("source")),
            "ad_id": as_id(found.get("ad_id")),
            "product_id": as_id(as_dict(found.get("product")).get("id")),
        }
    }


def _read_postback(entry: AccountEntry, item: Item, postback: Item, sender: str | None) -> Reading:
    mid = as_id(postback.get("mid"))
    title = as_text(postback.get("title"))
    payload = as_text(postback.get("payload"))
    key = (
        join_key(entry.account_id, mid)
        if mid
        else join_key(entry.account_id, sender, item.get("timestamp"), "postback", payload)
    )
    parts: dict[str, Any] = {"button": {"id": payload, "title": title}, "message": {"id": mid}}
    parts.update(_referral(postback))
    return "button.clicked", key, title, parts


def _read_arrival(entry: AccountEntry, item: Item, referral: Item, sender: str | None) -> Reading:
    key = content_key(entry.account_id, sender, "referral", value=item)
    return entry.type("referral"), key, None, _referral({"referral": referral})


def _read_optin(entry: AccountEntry, item: Item, optin: Item, sender: str | None) -> Reading:
    """Reads that a person allows or stops marketing messages, or has tapped a plugin on a site.

    The fields are described in https://developers.facebook.com/documentation/business-messaging/\
    messenger-platform/webhooks/webhook-events/messaging_optins, as of June 2023.
    """
    who = sender or as_id(optin.get("user_ref"))
    key = join_key(entry.account_id, who, "optin", item.get("timestamp"), optin.get("type"))
    if who is None:
        key = content_key(entry.account_id, "optin", value=item)
    names = ("ref", "user_ref", "type", "payload")
    found = {name: optin.get(name) for name in names}
    if optin.get("type") == _MARKETING:
        expires_at = as_milliseconds(optin.get("token_expiry_timestamp"))
        found["token"] = as_text(optin.get("notification_messages_token"))
        found["title"] = as_text(optin.get("title"))
        found["expires_at"] = iso_time(expires_at) if expires_at else None
        # The values are STOP NOTIFICATIONS and RESUME NOTIFICATIONS, with a space or an underscore.
        changed = as_text(optin.get("notification_messages_status")) or ""
        found["is_on"] = not changed.upper().startswith("STOP")
    return entry.type("optin"), key, None, {"optin": found}


def _read_handover(kind: str) -> Reader:
    def read(entry: AccountEntry, item: Item, change: Item, sender: str | None) -> Reading:
        key = content_key(entry.account_id, sender, kind, value=item)
        owner = change.get("new_owner_app_id") or change.get("requested_owner_app_id")
        parts = {
            "handover": {
                "to_app": as_id(owner),
                "from_app": as_id(change.get("previous_owner_app_id")),
                "metadata": as_text(change.get("metadata")),
            }
        }
        return entry.type(kind), key, None, parts

    return read


def _read_reaction(entry: AccountEntry, item: Item, reaction: Item, sender: str | None) -> Reading:
    mid = as_id(reaction.get("mid"))
    action = as_text(reaction.get("action"))
    emoji = as_text(reaction.get("emoji"))
    type_ = "reaction.removed" if action == "unreact" else "reaction.added"
    key = join_key(entry.account_id, mid, sender, action, emoji, item.get("timestamp"))
    kind = as_text(reaction.get("reaction"))
    return type_, key, None, {"message": {"id": mid}, "reaction": {"type": kind, "emoji": emoji}}


def _read_edit(entry: AccountEntry, item: Item, edit: Item, sender: str | None) -> Reading:
    mid = as_id(edit.get("mid"))
    key = join_key(entry.account_id, mid, "edit", edit.get("num_edit"), sender)
    if mid is None:
        key = content_key(entry.account_id, sender, "edit", value=item)
    return "message.edited", key, as_text(edit.get("text")), {"message": {"id": mid}}


def _read_seen(entry: AccountEntry, item: Item, read: Item, sender: str | None) -> Reading:
    return _watermark("message.read", entry, item, read, sender)


def _read_delivered(entry: AccountEntry, item: Item, delivery: Item, sender: str | None) -> Reading:
    return _watermark("message.delivered", entry, item, delivery, sender)


def _watermark(
    type_: str, entry: AccountEntry, item: Item, value: Item, sender: str | None
) -> Reading:
    mark = as_id(value.get("watermark")) or as_id(value.get("mid"))
    key = (
        join_key(entry.account_id, sender, type_, mark)
        if mark
        else content_key(entry.account_id, sender, type_, value=item)
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
                # In older versions a sticker is an image with an id.
                "type": "sticker" if sticker else as_text(item.get("type")),
                "url": as_text(payload.get("url")) or as_text(item.get("url")),
            }
        )
    return found


_KINDS: Mapping[str, Reader] = {
    "message": _read_text,
    "postback": _read_postback,
    "reaction": _read_reaction,
    "read": _read_seen,
    "delivery": _read_delivered,
    "message_edit": _read_edit,
    "optin": _read_optin,
    "referral": _read_arrival,
    "pass_thread_control": _read_handover("pass_thread_control"),
    "take_thread_control": _read_handover("take_thread_control"),
    "request_thread_control": _read_handover("request_thread_control"),
}
