"""The Account Activity API of X: posts, mentions, likes, followers and messages of an account.

https://docs.x.com/x-api/account-activity/introduction
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from automator.model import ParsedEvent, record
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_list,
    as_text,
    content_key,
    event_type,
    first_time,
    join_key,
)

Item = dict[str, Any]
_ENDING = "_events"


@dataclass(slots=True, kw_only=True)
class Reading:
    """The neutral parts of one activity."""

    type: str
    person: str | None = None
    name: str | None = None
    text: str | None = None
    #: The other person of a message.
    partner: str | None = None
    #: The id of the activity; None = its content is the dedupe key.
    number: str | None = None
    parts: Item = field(default_factory=dict)


def is_same(person: str | None, other: str | None) -> bool:
    """Whether two ids are one person's; somebody unknown is nobody's equal."""
    return person is not None and person == other


@record
class Origin:
    """The context of an activity: its delivery, its account, and the people described."""

    envelope: Envelope
    account: str | None
    #: The people that the delivery describes, by their ids.
    users: Item


def read_activity(envelope: Envelope, body: Item) -> list[ParsedEvent]:
    """The events of a body: of all its lists, each item one."""
    account, users = as_id(body.get("for_user_id")), as_dict(body.get("users"))
    origin = Origin(envelope=envelope, account=account, users=users)
    found = read_lists(origin, body)
    for name, item in as_dict(body.get("user_event")).items():
        found.append(read_item(origin, name, as_dict(item), item))
    return found or [read_item(origin, "event", {}, body)]


def read_lists(origin: Origin, body: Item, data: Item | None = None) -> list[ParsedEvent]:
    """The events of every list `…_events` of a body; rules see `data`, or else the item."""
    return [
        read_item(origin, name.removesuffix(_ENDING), as_dict(item), data or item)
        for name, items in body.items()
        if name.endswith(_ENDING)
        for item in as_list(items)
    ]


def read_item(
    origin: Origin, kind: str, item: Item, data: Any, *, otherwise: str | None = None
) -> ParsedEvent:
    """The event of one item; `otherwise` is its key where it has no id of its own.

    X lists an undone action with the done ones, and marks it by its `type`.
    """
    if item.get("type") == f"un{kind}":
        kind = f"un{kind}"
    reading = _READERS.get(kind, _read_other)(item, origin.account, kind)
    if reading.number:
        key = join_key(origin.account, kind, reading.number)
    else:
        key = otherwise or content_key(origin.account, kind, value=item or data)
    time = first_time(item, "timestamp_ms", "created_timestamp", "date_time")
    return made_event(origin, reading, key, data, time)


def made_event(
    origin: Origin, reading: Reading, key: str, data: Any, time: int | None
) -> ParsedEvent:
    """The event of a reading; actions of the account itself count as our own."""
    person, account = reading.person, origin.account
    is_self = is_same(person, account)
    name = reading.name or as_text(as_dict(origin.users.get(person or "")).get("name"))
    return origin.envelope.event(
        reading.type,
        key,
        data,
        text=reading.text,
        actor=actor_of(person, name, is_self=is_self),
        lane_id=reading.partner or person,
        occurred_at=time,
        account=part(account),
        conversation=part(reading.partner),
        **reading.parts,
    )


def _read_post(item: Item, account: str | None, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    """A post of the account, or one of somebody else that answers, shares or mentions it."""
    user, number = as_dict(item.get("user")), _number(item)
    person = _number(user)
    long = as_text(as_dict(item.get("extended_tweet")).get("full_text"))
    parent = as_id(item.get("in_reply_to_status_id_str"))
    is_answer = is_same(as_id(item.get("in_reply_to_user_id_str")), account) and parent is not None
    post = part(number, url=_url(user, number))
    reading = Reading(
        type="mention.created",
        person=person,
        name=as_text(user.get("name")),
        text=long or as_text(item.get("full_text")) or as_text(item.get("text")),
        number=number,
        parts={"post": post, "parent": part(parent)},
    )
    if is_same(person, account):
        reading.type = "post.created"
    elif item.get("retweeted_status") is not None:
        reading.type = "x.repost"
        reading.parts["parent"] = part(_number(as_dict(item.get("retweeted_status"))))
    elif is_answer:
        reading.type = "comment.created"
        reading.parts |= {"comment": post, "post": {"id": parent}, "parent": None}
    return reading


def _read_like(item: Item, account: str | None, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    user, post = as_dict(item.get("user")), as_dict(item.get("favorited_status"))
    return Reading(
        type="reaction.added",
        person=_number(user),
        name=as_text(user.get("name")),
        number=as_id(item.get("id")),
        parts={"post": part(_number(post)), "reaction": {"type": "like", "emoji": None}},
    )


def _read_follow(item: Item, account: str | None, kind: str) -> Reading:
    """Somebody follows the account, or the account follows somebody."""
    source, target = as_dict(item.get("source")), as_dict(item.get("target"))
    is_ours = is_same(as_id(source.get("id")), account)
    followed = {"follow": "contact.followed", "unfollow": "contact.unfollowed"}.get(kind)
    return Reading(
        type=event_type("x", kind) if is_ours or followed is None else followed,
        person=as_id(source.get("id")),
        name=as_text(source.get("name")),
        parts={"object": part(as_id(target.get("id")), type="user")},
    )


def _read_message(item: Item, account: str | None, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    inner = as_dict(item.get("message_create"))
    data = as_dict(inner.get("message_data"))
    sender, number = as_id(inner.get("sender_id")), as_id(item.get("id"))
    receiver = as_id(as_dict(inner.get("target")).get("recipient_id"))
    is_ours = is_same(sender, account)
    return Reading(
        type="message.sent" if is_ours else "message.received",
        person=sender,
        partner=receiver if is_ours else sender,
        text=as_text(data.get("text")),
        number=number,
        parts={
            "message": part(number),
            "attachments": _attachments(as_dict(data.get("attachment"))),
        },
    )


def _read_seen(item: Item, account: str | None, kind: str) -> Reading:
    """Somebody reads, or begins to write."""
    sender = as_id(item.get("sender_id"))
    is_read = kind == "direct_message_mark_read"
    is_ours = is_same(sender, account)
    receiver = as_id(as_dict(item.get("target")).get("recipient_id"))
    return Reading(
        type="message.read" if is_read else event_type("x", kind),
        person=sender,
        partner=receiver if is_ours else sender,
        parts={"message": part(as_id(item.get("last_read_event_id")))},
    )


def _read_deleted(item: Item, account: str | None, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    status = as_dict(item.get("status"))
    number = as_id(status.get("id"))
    return Reading(
        type="post.deleted",
        person=as_id(status.get("user_id")),
        number=number,
        parts={"post": part(number)},
    )


def _read_other(item: Item, account: str | None, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    source = as_dict(item.get("source"))
    return Reading(
        type=event_type("x", kind),
        person=as_id(source.get("id")) or as_id(source.get("user_id")),
        name=as_text(source.get("name")),
    )


def _number(item: Item) -> str | None:
    """An id; X writes it as text too, as a number it is too long for some readers."""
    return as_id(item.get("id_str")) or as_id(item.get("id"))


def _url(user: Item, number: str | None) -> str | None:
    name = as_text(user.get("screen_name"))
    return f"https://x.com/{name}/status/{number}" if name and number else None


def _attachments(attachment: Item) -> list[Item]:
    media = as_dict(attachment.get("media"))
    if not media:
        return []
    kinds = {"photo": "image", "video": "video", "animated_gif": "image"}
    kind = as_text(media.get("type")) or ""
    return [
        {
            "id": _number(media),
            "type": kinds.get(kind, "file"),
            "url": as_text(media.get("media_url_https")),
        }
    ]


_READERS: Mapping[str, Callable[[Item, str | None, str], Reading]] = {
    "tweet_create": _read_post,
    "tweet_delete": _read_deleted,
    "favorite": _read_like,
    "follow": _read_follow,
    "unfollow": _read_follow,
    "direct_message": _read_message,
    "direct_message_mark_read": _read_seen,
    "direct_message_indicate_typing": _read_seen,
}
