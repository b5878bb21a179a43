"""X: activities of accounts, through the Account Activity API and the X Activity API.

https://docs.x.com/x-api/webhooks/introduction
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import Field

from automator.http.signing import encoded_hmac
from automator.http.types import Answer, InboundRequest
from automator.model import N_, ParsedEvent, record
from automator.plugins import VerifiedOptions
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.handshakes import bad_handshake, query_once
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_list,
    as_text,
    content_key,
    dotted_type,
    event_type,
    first_time,
    join_key,
    json_object,
)
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.reasons.deliveries import bad_challenge
from automator.reasons.secrets import x_secret

Item = dict[str, Any]
_ENDING = "_events"
_PREFIX = "sha256="
#: The token of a challenge-response check, which this server has to sign. A JSON object needs other
#: characters, so nobody can make this server sign a delivery.
_CRC_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=-]{1,256}")
_MAX_TYPE = 100
_TIMES = ("created_at_msec", "timestamp_ms", "created_at", "date_time")
#: The sign between the ids of two people in the id of their conversation.
_BETWEEN_IDS = re.compile(r"[:-]")


class XOptions(VerifiedOptions):
    """The options of an X connection."""

    consumer_secret: SigningSecrets = Field(
        description=N_(
            "The app's API Key Secret (consumer secret), under Keys and tokens; a list"
            " while it is regenerated. The first one answers X's checks."
        )
    )


class XProvider(SignedProvider):
    """The webhook of one X app."""

    name = "x"
    title = "X"
    customers_write = True
    options_model = XOptions
    scheme = HmacScheme(
        header="x-twitter-webhooks-signature",
        prefix=_PREFIX,
        encoding="base64",
        advice=x_secret(),
    )
    secret_option = "consumer_secret"  # noqa: S105 - the name of an option.

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers a challenge-response check, which X can send at any time.

        Raises:
            RejectedDelivery: the token has unexpected signs, or occurs twice.
        """
        if request.method != "GET" or "crc_token" not in request.query:
            return None
        token = query_once(request).get("crc_token", "")
        if not _CRC_TOKEN.fullmatch(token):
            raise bad_handshake(bad_challenge(name="crc_token", most=256))
        digest = encoded_hmac(self._keys[0], token.encode(), encoding="base64").decode()
        body = orjson.dumps({"response_token": _PREFIX + digest}).decode()
        return Answer(200, body, "application/json")

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads every activity of a delivery."""
        body = json_object(request)
        read = read_envelope if is_envelope(body) else read_activity
        return read(Envelope.of(self, request), body)


# --- The Account Activity API: posts, mentions, likes, followers and messages of an account ---
#
# https://docs.x.com/x-api/account-activity/introduction


@dataclass(slots=True, kw_only=True)
class Reading:
    """The parts of one activity in the form that all providers share."""

    type: str
    person: str | None = None
    name: str | None = None
    text: str | None = None
    #: The other person of a message.
    partner: str | None = None
    #: The id of the activity; None if the dedupe key has to be made from its content.
    number: str | None = None
    parts: Item = field(default_factory=dict)


@record
class Origin:
    """The context of an activity: its delivery, its account, and descriptions of people."""

    envelope: Envelope
    account: str | None
    #: The people that the delivery describes, by their ids.
    users: Item


def read_activity(envelope: Envelope, body: Item) -> list[ParsedEvent]:
    """Reads the events of a body: one event for each item of every list."""
    account, users = as_id(body.get("for_user_id")), as_dict(body.get("users"))
    origin = Origin(envelope=envelope, account=account, users=users)
    found = read_lists(origin, body)
    for name, item in as_dict(body.get("user_event")).items():
        found.append(read_item(origin, name, as_dict(item), item))
    return found or [read_item(origin, "event", {}, body)]


def read_lists(origin: Origin, body: Item, data: Item | None = None) -> list[ParsedEvent]:
    """Reads the events of every list `…_events` in a body; rules see `data`, or else the item."""
    return [
        read_item(origin, name.removesuffix(_ENDING), as_dict(item), data or item)
        for name, items in body.items()
        if name.endswith(_ENDING)
        for item in as_list(items)
    ]


def read_item(
    origin: Origin, kind: str, item: Item, data: Any, *, otherwise: str | None = None
) -> ParsedEvent:
    """Reads the event of one item; `otherwise` is its dedupe key if it has no id.

    An undone action is in the same list as done ones; its `type` says that it is undone.
    """
    if item.get("type") == f"un{kind}":
        kind = f"un{kind}"
    reading = _READERS.get(kind, _read_other_activity)(item, origin.account, kind)
    if reading.number:
        key = join_key(origin.account, kind, reading.number)
    else:
        key = otherwise or content_key(origin.account, kind, value=item or data)
    time = first_time(item, "timestamp_ms", "created_timestamp", "date_time")
    return made_event(origin, reading, key, data, time)


def made_event(
    origin: Origin, reading: Reading, key: str, data: Any, time: int | None
) -> ParsedEvent:
    """Makes the event of a reading; actions of the account itself are marked."""
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


def is_same(person: str | None, other: str | None) -> bool:
    """Whether two ids are known and equal."""
    return person is not None and person == other


def _read_post(item: Item, account: str | None, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    """Reads a post by the account, or a post that answers, shares or mentions the account."""
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
    """Reads that a person follows the account, or the account follows a person."""
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
    """Reads that a person reads, or begins to write."""
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


def _read_other_activity(item: Item, account: str | None, kind: str) -> Reading:  # noqa: ARG001 - as all readers.
    source = as_dict(item.get("source"))
    return Reading(
        type=event_type("x", kind),
        person=as_id(source.get("id")) or as_id(source.get("user_id")),
        name=as_text(source.get("name")),
    )


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


def _number(item: Item) -> str | None:
    """Reads an id, from the text if there is one: the number is too long for some parsers."""
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


# --- The X Activity API: an event in an envelope, named as in the older API ---
#
# https://docs.x.com/x-api/activity/event-payloads


def is_envelope(body: Item) -> bool:
    """Whether a body is in the form of the X Activity API."""
    return as_text(as_dict(body.get("data")).get("event_type")) is not None


def read_envelope(envelope: Envelope, body: Item) -> list[ParsedEvent]:
    """Reads the events of an envelope: one, or several for several direct messages.

    A post, a like and a direct message get the same dedupe key as from the older API, so that an
    account with both subscriptions is not answered twice.
    """
    data = as_dict(body.get("data"))
    payload = as_dict(data.get("payload"))
    origin = Origin(
        envelope=envelope,
        account=as_id(as_dict(data.get("filter")).get("user_id")),
        users=_users(data, payload),
    )
    listed = read_lists(origin, payload, data)
    if listed:
        return listed
    kind, number = as_text(data.get("event_type")) or "", as_id(data.get("event_uuid"))
    key = join_key(number) if number else content_key("x", kind, value=data)
    known = _KINDS.get(kind)
    if known is None:
        time = first_time(payload, *_TIMES)
        return [made_event(origin, _read_other(kind, payload, origin), key, data, time)]
    name, translate = known
    return [read_item(origin, name, translate(payload, data, origin), data, otherwise=key)]


def _users(data: Item, payload: Item) -> Item:
    """Finds all people whom the envelope describes, by their ids."""
    included = as_list(as_dict(data.get("includes")).get("users"))
    users = (_user(item) for item in [*included, *as_dict(payload.get("users")).values()])
    return {number: user for user in users if (number := as_id(user.get("id")))}


def _user(value: Any) -> Item:
    """Reads a user; some payloads have it inside `data`."""
    user = as_dict(value)
    return as_dict(user.get("data")) or user


def _as_post(payload: Item, data: Item, origin: Origin) -> Item:  # noqa: ARG001 - as all translations.
    author = as_id(payload.get("author_id"))
    user = as_dict(origin.users.get(author or ""))
    references = [as_dict(item) for item in as_list(payload.get("referenced_tweets"))]
    others = {as_text(item.get("type")): as_id(item.get("id")) for item in references}
    return {
        "id_str": payload.get("id"),
        "text": payload.get("text"),
        "user": {"id": author, "name": user.get("name"), "screen_name": user.get("username")},
        "in_reply_to_user_id_str": payload.get("in_reply_to_user_id"),
        "in_reply_to_status_id_str": others.get("replied_to"),
        "retweeted_status": {"id": others["retweeted"]} if "retweeted" in others else None,
        "date_time": payload.get("created_at"),
    }


def _as_deletion(payload: Item, data: Item, origin: Origin) -> Item:  # noqa: ARG001 - as all translations.
    return {"status": {"id": payload.get("id"), "user_id": payload.get("author_id")}}


def _as_like(payload: Item, data: Item, origin: Origin) -> Item:
    """Makes an item of a like as in the older API. The payload names the person only if it is the
    account that likes a post.
    """
    direction = as_dict(data.get("filter")).get("direction")
    author, account = as_id(payload.get("liked_tweet_author_id")), origin.account
    is_of_others = None not in (author, account) and author != account
    is_ours = is_of_others if direction is None else direction == "outbound"
    return {
        "id": payload.get("id"),
        "user": {"id": origin.account} if is_ours else {},
        "favorited_status": {"id": payload.get("liked_tweet_id")},
        # `created_at` is the time of the post.
        "timestamp_ms": payload.get("timestamp_ms"),
    }


def _as_pair(payload: Item, data: Item, origin: Origin) -> Item:  # noqa: ARG001 - as all translations.
    return {name: _user(payload.get(name)) for name in ("source", "target")}


def _read_other(kind: str, payload: Item, origin: Origin) -> Reading:
    """Reads any other event, under X's own name.

    Its person is the host of a space, the sender, or the owner of a profile.
    """
    host = _user(payload.get("user"))
    owner = origin.account if kind.startswith("profile.") else None
    person = as_id(payload.get("sender_id")) or as_id(payload.get("user_id")) or owner
    people = _BETWEEN_IDS.split(as_text(payload.get("conversation_id")) or "")
    partner = next((one for one in people if one and one != origin.account), None)
    partner = partner if origin.account is not None else None
    return Reading(
        type=f"x.{dotted_type(kind) or 'event'}"[:_MAX_TYPE],
        person=as_id(host.get("id")) or person,
        name=as_text(host.get("name")),
        text=as_text(payload.get("text")),
        partner=as_id(partner),
    )


#: For each event, the list of the older API, and the function that makes an item of the list.
_KINDS: Mapping[str, tuple[str, Callable[[Item, Item, Origin], Item]]] = {
    "post.create": ("tweet_create", _as_post),
    "post.mention.create": ("tweet_create", _as_post),
    "post.delete": ("tweet_delete", _as_deletion),
    "like.create": ("favorite", _as_like),
    "follow.follow": ("follow", _as_pair),
    "follow.unfollow": ("unfollow", _as_pair),
    "block.block": ("block", _as_pair),
    "block.unblock": ("unblock", _as_pair),
    "mute.mute": ("mute", _as_pair),
    "mute.unmute": ("unmute", _as_pair),
}
