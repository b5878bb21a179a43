"""Twitch EventSub over webhooks: follows, streams, chat and what else is subscribed to.

https://dev.twitch.tv/docs/eventsub/handling-webhook-events/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from automator.http.signing import body_digest
from automator.http.types import Answer, InboundRequest
from automator.model import ParsedEvent
from automator.plugins import (
    JSON_TYPES,
    ConnectionOptions,
    Provider,
    VerifiedOptions,
)
from automator.providers.shared.handshakes import echo
from automator.providers.shared.hmac_scheme import HmacScheme
from automator.providers.shared.options import SigningSecrets, secret_bytes
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_text,
    as_time,
    event_type,
    join_key,
    json_object,
    pick_headers,
    query_values,
)

_ID = "twitch-eventsub-message-id"
_TIME = "twitch-eventsub-message-timestamp"
_KIND = "twitch-eventsub-message-type"
_VERIFICATION = "webhook_callback_verification"
_REVOCATION = "revocation"
_SEEN_HEADERS = (
    "content-type",
    _ID,
    _TIME,
    _KIND,
    "twitch-eventsub-message-retry",
    "twitch-eventsub-subscription-type",
    "twitch-eventsub-subscription-version",
)
_SCHEME = HmacScheme(
    header="twitch-eventsub-message-signature",
    prefix="sha256=",
    signed="{id}{timestamp}{body}",
    id_header=_ID,
    timestamp_header=_TIME,
    timestamp_form="iso",
    tolerance_s=600,
    fix="Write the same secret here and into `transport.secret` of the subscription.",
)
#: Whose deed it is, in the words of the different subscriptions.
_PEOPLE = ("user", "chatter_user", "from_broadcaster_user", "broadcaster_user")
_TIMES = ("followed_at", "started_at", "redeemed_at", "ended_at", "created_at")


class TwitchOptions(VerifiedOptions):
    """What a Twitch connection may say."""

    secret: SigningSecrets = Field(
        description="The text given as `transport.secret` when subscribing; a list while it"
        " is changed."
    )
    own_users: tuple[str, ...] = Field(
        default=(), description="Ids of your own accounts: what they write starts no rules."
    )


class TwitchProvider(Provider):
    """The subscriptions of one Twitch app that share a secret."""

    name = "twitch"
    title = "Twitch"
    options_model = TwitchOptions
    content_types = JSON_TYPES
    options: TwitchOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = secret_bytes(self.options.secret)

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Repeats the challenge of a new subscription, which is signed as everything else.

        Raises:
            RejectedDelivery: the signature is wrong, or the challenge is not plain.
        """
        if request.headers.get(_KIND) != _VERIFICATION:
            return None
        _SCHEME.verify(self._keys, request)
        return echo(json_object(request).get("challenge"))

    def verify(self, request: InboundRequest) -> None:
        """Checks the signature over id, time and raw bytes; ten minutes are allowed.

        Raises:
            RejectedDelivery: a header is missing, doubled or stale, or the signature is wrong.
        """
        request.single_header(_KIND)
        _SCHEME.verify(self._keys, request)

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a notification, or that a subscription has been taken away.

        Raises:
            UnparsableDelivery: not a JSON object.
        """
        data = json_object(request)
        headers = request.headers
        event = as_dict(data.get("event"))
        subscribed = as_text(as_dict(data.get("subscription")).get("type")) or "unknown"
        kind = _type_of(headers.get(_KIND), subscribed)
        actor = self._actor(event)
        channel = as_id(event.get("broadcaster_user_id"))
        message = as_dict(event.get("message"))
        message_id = as_id(event.get("message_id"))
        found = (as_time(event.get(key)) for key in _TIMES)
        occurred_at = next((time for time in found if time is not None), None)
        return [
            ParsedEvent(
                type=kind,
                dedupe_key=join_key(as_id(headers.get(_ID)) or body_digest(request.body)),
                lane=f"{self.connection}:{channel}" if channel else None,
                actor_id=actor["id"],
                is_self=actor["is_self"],
                occurred_at=occurred_at or as_time(headers.get(_TIME)),
                body={
                    "text": as_text(message.get("text")) or as_text(event.get("user_input")),
                    "actor": actor,
                    "conversation": {"id": channel} if channel else None,
                    "message": {"id": message_id} if message_id else None,
                    "data": data,
                    "headers": pick_headers(request, _SEEN_HEADERS),
                    "query": query_values(request.query),
                },
            )
        ]

    def _actor(self, event: Mapping[str, Any]) -> dict[str, Any]:
        who = next((who for who in _PEOPLE if as_id(event.get(f"{who}_id"))), None)
        person = as_id(event.get(f"{who}_id"))
        name = as_text(event.get(f"{who}_name"))
        return {"id": person, "name": name, "is_self": person in self.options.own_users}

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """The headers with which Twitch would send `body` as a notification."""
        signed = _SCHEME.sign(self._keys[0], body, now_ms=now_ms, message_id=delivery_key)
        return {"content-type": "application/json", _KIND: "notification", **signed}


def _type_of(kind: str | None, subscribed: str) -> str:
    if kind == _REVOCATION:
        return "twitch.revocation"
    if subscribed == "channel.follow":
        return "contact.followed"
    if subscribed == "channel.chat.message":
        return "message.received"
    return event_type("twitch", *subscribed.split("."))
