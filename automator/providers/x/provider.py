"""X: what happens to accounts, through the Account Activity API and the X Activity API.

https://docs.x.com/x-api/webhooks/introduction
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from pydantic import Field

from automator.http.signing import encoded_hmac
from automator.http.types import Answer, InboundRequest
from automator.model import N_, ParsedEvent
from automator.plugins import JSON_TYPES, VerifiedOptions
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.handshakes import bad_handshake, query_once
from automator.providers.shared.hmac_scheme import HmacScheme
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_list,
    as_text,
    content_key,
    dotted_type,
    first_time,
    join_key,
    json_object,
)
from automator.providers.shared.signed import SignedProvider
from automator.providers.x.activity import (
    Origin,
    Reading,
    made_event,
    read_activity,
    read_item,
    read_lists,
)
from automator.reasons.deliveries import BAD_CHALLENGE
from automator.reasons.secrets import X_SECRET

_PREFIX = "sha256="
#: The check is signed as a delivery is. A token of these signs alone is never a JSON object, so
#: nobody can have a delivery signed by asking.
_CRC_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=-]{1,256}")


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
    options_model = XOptions
    content_types = JSON_TYPES
    scheme = HmacScheme(
        header="x-twitter-webhooks-signature",
        prefix=_PREFIX,
        encoding="base64",
        advice=X_SECRET(),
    )
    secret_option = "consumer_secret"  # noqa: S105 - the name of an option.
    options: XOptions

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers the challenge-response check, which X makes when it likes.

        Raises:
            RejectedDelivery: the token could be more than a token, or occurs twice.
        """
        if request.method != "GET" or "crc_token" not in request.query:
            return None
        token = query_once(request).get("crc_token", "")
        if not _CRC_TOKEN.fullmatch(token):
            raise bad_handshake(BAD_CHALLENGE(name="crc_token", most=256))
        digest = encoded_hmac(self._keys[0], token.encode(), encoding="base64").decode()
        body = orjson.dumps({"response_token": _PREFIX + digest}).decode()
        return Answer(200, body, "application/json")

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads every activity of a delivery."""
        body = json_object(request)
        read = read_envelope if is_envelope(body) else read_activity
        return read(Envelope.of(self.connection, request), body)


# --- The X Activity API: an event in an envelope, named as in the older API ---
#
# https://docs.x.com/x-api/activity/event-payloads


Item = dict[str, Any]
_MAX_TYPE = 100
_TIMES = ("created_at_msec", "timestamp_ms", "created_at", "date_time")
#: A conversation is named by the ids of its two people.
_BETWEEN_IDS = re.compile(r"[:-]")


def is_envelope(body: Item) -> bool:
    """Whether a body is of the X Activity API."""
    return as_text(as_dict(body.get("data")).get("event_type")) is not None


def read_envelope(envelope: Envelope, body: Item) -> list[ParsedEvent]:
    """The events of an envelope: one, but for several direct messages.

    A post, a like and a direct message have the key that the older API gives them, so that an
    account that is subscribed through both is not answered twice.
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
    """Everybody whom the envelope describes, by their ids."""
    included = as_list(as_dict(data.get("includes")).get("users"))
    users = (_user(item) for item in [*included, *as_dict(payload.get("users")).values()])
    return {number: user for user in users if (number := as_id(user.get("id")))}


def _user(value: Any) -> Item:
    """A user; in some places it stands in `data`."""
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
    """X does not name who likes a post of the account, only that the account likes another one."""
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
    """Any other event, named as X names it.

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


#: The list of the older API for each event, and the function that makes its item of a payload.
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
