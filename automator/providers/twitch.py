"""Twitch EventSub by webhook: follows, streams, chat messages and other events.

https://dev.twitch.tv/docs/eventsub/handling-webhook-events/
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from automator.http.signing import body_digest
from automator.http.types import Answer, InboundRequest
from automator.model import N_, ParsedEvent
from automator.plugins import VerifiedOptions
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.handshakes import echo
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_text,
    as_time,
    event_type,
    first_time,
    join_key,
    json_object,
)
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.reasons.secrets import twitch_secret

_ID = "twitch-eventsub-message-id"
_TIME = "twitch-eventsub-message-timestamp"
_KIND = "twitch-eventsub-message-type"
_VERIFICATION = "webhook_callback_verification"
_REVOCATION = "revocation"
#: The beginnings of the fields for the acting person; each kind of event uses one of them.
_PEOPLE = ("user", "chatter_user", "from_broadcaster_user", "broadcaster_user")
_TIMES = ("followed_at", "started_at", "redeemed_at", "ended_at", "created_at")


class TwitchOptions(VerifiedOptions):
    """The options of a Twitch connection."""

    secret: SigningSecrets = Field(
        description=N_(
            "The text given as `transport.secret` when subscribing; a list while it is changed."
        )
    )
    own_users: tuple[str, ...] = Field(
        default=(), description="Ids of your own accounts: what they write starts no rules."
    )


class TwitchProvider(SignedProvider):
    """The subscriptions of one Twitch app that share a secret."""

    name = "twitch"
    title = "Twitch"
    options_model = TwitchOptions
    scheme = HmacScheme(
        header="twitch-eventsub-message-signature",
        prefix="sha256=",
        signed="{id}{timestamp}{body}",
        id_header=_ID,
        timestamp_header=_TIME,
        timestamp_form="iso",
        tolerance_s=600,
        advice=twitch_secret(),
    )
    required_headers = (_KIND,)
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json",
        _KIND: "notification",
    }
    seen_headers = (
        _ID,
        _TIME,
        _KIND,
        "twitch-eventsub-message-retry",
        "twitch-eventsub-subscription-type",
        "twitch-eventsub-subscription-version",
    )
    options: TwitchOptions

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Repeats the challenge of a new subscription, which is signed like a delivery.

        Raises:
            RejectedDelivery: the signature is wrong, or the challenge has unexpected signs.
        """
        if request.headers.get(_KIND) != _VERIFICATION:
            return None
        self.verify(request)
        return echo(json_object(request).get("challenge"))

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a notification, or the end of a subscription."""
        data = json_object(request)
        headers = request.headers
        event = as_dict(data.get("event"))
        subscribed = as_text(as_dict(data.get("subscription")).get("type")) or "unknown"
        channel = as_id(event.get("broadcaster_user_id"))
        message = as_dict(event.get("message"))
        parsed = Envelope.of(self, request).event(
            _type_of(headers.get(_KIND), subscribed),
            join_key(as_id(headers.get(_ID)) or body_digest(request.body)),
            data,
            text=as_text(message.get("text")) or as_text(event.get("user_input")),
            actor=self._actor(event),
            lane_id=channel,
            occurred_at=first_time(event, *_TIMES) or as_time(headers.get(_TIME)),
            conversation=part(channel),
            message=part(as_id(event.get("message_id"))),
        )
        return [parsed]

    def _actor(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        who = next((who for who in _PEOPLE if as_id(event.get(f"{who}_id"))), None)
        person = as_id(event.get(f"{who}_id"))
        name = as_text(event.get(f"{who}_name"))
        return actor_of(person, name, is_self=person in self.options.own_users)


def _type_of(kind: str | None, subscribed: str) -> str:
    if kind == _REVOCATION:
        return "twitch.revocation"
    if subscribed == "channel.follow":
        return "contact.followed"
    if subscribed == "channel.chat.message":
        return "message.received"
    return event_type("twitch", *subscribed.split("."))
