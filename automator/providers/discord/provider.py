"""Discord apps: commands, buttons, forms and webhook events, and messages as the answer.

https://docs.discord.com/developers/interactions/overview
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import orjson

from automator.http.signing import (
    ed25519_matches,
    ed25519_private_key,
    ed25519_public_key,
    parse_timestamp,
)
from automator.http.types import Answer, Http, InboundRequest
from automator.model import (
    MessagingPolicy,
    ParsedEvent,
    Reason,
    RejectedDelivery,
    UnparsableDelivery,
)
from automator.model.messaging_policy import MINUTE_MS
from automator.plugins import JSON_TYPES, ConnectionOptions, Outgoing, OutgoingKind, Provider, Sent
from automator.providers.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL,
    PING,
    read_interaction,
    read_person,
)
from automator.providers.discord.options import MAX_TEXT, DiscordOptions
from automator.providers.discord.send import (
    EPHEMERAL,
    MAX_BUTTONS,
    MAX_QUICK_REPLY_TITLE,
    DiscordAccount,
    is_direct,
    mentioned,
    send_through_discord,
)
from automator.providers.shared.envelope import Envelope, part
from automator.providers.shared.handshakes import read_question
from automator.providers.shared.hmac_scheme import require_recent
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_text,
    as_time,
    content_key,
    event_type,
    json_object,
)
from automator.providers.shared.plain_values import plain_in_discord
from automator.reasons.deliveries import bad_signature
from automator.reasons.secrets import discord_key
from automator.reasons.setup_mistakes import discord_no_simulator_key, discord_other_app

_SIGNATURE = "x-signature-ed25519"
_TIMESTAMP = "x-signature-timestamp"
#: Every delivery except a PING has one of these fields; so only a PING is parsed twice.
_HAS_CONTENT = re.compile(rb'"(?:data|event)"\s*:')
#: The app's address if neither the connection nor the server names one.
_API_DOCUMENTATION = "https://docs.discord.com/developers/reference"
#: The type of the PING of webhook events.
_EVENT_PING = 0
_EVENT_TYPES: Mapping[str, str] = {
    "LOBBY_MESSAGE_CREATE": "message.received",
    "LOBBY_MESSAGE_UPDATE": "message.edited",
    "LOBBY_MESSAGE_DELETE": "message.deleted",
    "GAME_DIRECT_MESSAGE_CREATE": "message.received",
    "GAME_DIRECT_MESSAGE_UPDATE": "message.edited",
    "GAME_DIRECT_MESSAGE_DELETE": "message.deleted",
}


class DiscordProvider(Provider):
    """One Discord app."""

    name = "discord"
    title = "Discord"
    options_model = DiscordOptions
    content_types = JSON_TYPES
    #: No real sender has this key: the demo signs with its own `simulator_key`.
    demo_options: ClassVar[Mapping[str, Any]] = {
        "public_key": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "webhook_url": None,
    }
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"id": "100000000000000000", "channel_id": "0"}
    policy = MessagingPolicy(
        platform="Discord",
        reply_ms=15 * MINUTE_MS,
        quick_replies=MAX_BUTTONS,
        quick_reply_title=MAX_QUICK_REPLY_TITLE,
        message_length=MAX_TEXT,
        comment_length=MAX_TEXT,
    )
    common_mistakes: ClassVar[tuple[Reason, ...]] = (
        discord_other_app(),
        discord_no_simulator_key(),
    )
    options: DiscordOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        own = self.options.simulator_key.reveal() if self.options.simulator_key else ""
        self._keys = [ed25519_public_key(text) for text in self.options.public_key]
        if own:
            self._keys.append(ed25519_private_key(own).public_key())

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers the PING of an interaction with a PONG, and the PING of webhook events with a
        204.

        Raises:
            RejectedDelivery: the signature is wrong; Discord sends wrong ones on purpose, as a
                test.
        """
        if _HAS_CONTENT.search(request.body):
            return None
        kind = read_question(request).get("type")
        if kind.__class__ is not int or kind not in (PING, _EVENT_PING):
            return None
        self.verify(request)
        return TAKEN if kind == _EVENT_PING else PONG

    def verify(self, request: InboundRequest) -> None:
        """Checks X-Signature-Ed25519 over the time and the raw bytes.

        Raises:
            RejectedDelivery: a header is missing, doubled or too old, or the signature is wrong.
        """
        given = request.single_header(_SIGNATURE)
        timestamp = request.single_header(_TIMESTAMP)
        require_recent(parse_timestamp(timestamp), request.received_at, self.options.tolerance)
        if not ed25519_matches(self._keys, timestamp.encode() + request.body, given):
            raise RejectedDelivery(
                bad_signature(header="X-Signature-Ed25519", advice=discord_key())
            )

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads one interaction or one webhook event."""
        data = json_object(request)
        read = read_webhook_event if is_webhook_event(data) else read_interaction
        return [read(Envelope.of(self, request), data)]

    @property
    def plain_value(self) -> Callable[[str], str]:
        """Makes links and mentions in people's names and words ineffective."""
        return plain_in_discord

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """Returns the first answer, due in three seconds: "thinking", or `instant_reply`."""
        try:
            body = json_object(request)
        except UnparsableDelivery:
            return None
        return first_answer(body, self.options)

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only one person sees the message: an ephemeral answer, or a direct message."""
        return is_direct(outgoing, ephemeral=self.options.ephemeral)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Answers an interaction by its token, or writes to a person or a channel as the bot."""
        if outgoing.kind not in self.can_send or outgoing.template is not None:
            return await super().send(outgoing, http)
        options = self.options
        account = DiscordAccount(
            url=options.api_url,
            app_url=options.app_url or _API_DOCUMENTATION,
            connection=self.connection,
            bot_token=options.bot_token.reveal() if options.bot_token else "",
            webhook_url=options.webhook_url.reveal() if options.webhook_url else "",
            ephemeral=options.ephemeral,
            mentions=options.mentions,
            is_thinking=options.instant_reply is None,
        )
        return await send_through_discord(outgoing, http, account)

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - the id of an interaction stands in its body.
        """Returns the headers with which Discord would send `body`, signed with `simulator_key`.

        Nobody else has Discord's own key. Without `simulator_key` the headers have the right form,
        and the delivery is refused.
        """
        own = self.options.simulator_key
        key = ed25519_private_key(own.reveal() if own and own.reveal() else "0" * 64)
        timestamp = str(now_ms // 1000)
        return {
            "content-type": "application/json",
            "user-agent": "Discord-Interactions/1.0 (+https://discord.com)",
            _TIMESTAMP: timestamp,
            _SIGNATURE: key.sign(timestamp.encode() + body).hex(),
        }


# --- The first answer: the delivery is accepted, and the reply comes later ---
#
# If Discord gets no answer within three seconds, it tells the person that the app did not respond.


_JSON = "application/json"
_PONG = 1
_MESSAGE = 4
_MESSAGE_LATER = 5
_UPDATE_LATER = 6
_CHOICES = 8


def _answer(kind: int, data: Mapping[str, Any] | None = None) -> Answer:
    body: dict[str, Any] = {"type": kind}
    if data:
        body["data"] = data
    return Answer(200, orjson.dumps(body).decode(), _JSON)


PONG = _answer(_PONG)
#: Discord requires a content type even for an answer without content.
TAKEN = Answer(204, content_type=_JSON)


def first_answer(body: Mapping[str, Any], options: DiscordOptions) -> Answer | None:
    """Returns the answer to a stored delivery; None if the kind of the delivery is unknown."""
    if is_webhook_event(body):
        return TAKEN
    kind = body.get("type")
    if kind == COMPONENT:
        return _answer(_UPDATE_LATER)
    if kind == AUTOCOMPLETE:
        return _answer(_CHOICES, {"choices": []})
    return _answer_to_command(options) if kind in (COMMAND, MODAL) else None


def _answer_to_command(options: DiscordOptions) -> Answer:
    """Returns the connection's `instant_reply`, or else the notice that an answer comes later."""
    flags = {"flags": EPHEMERAL} if options.ephemeral else {}
    text = options.instant_reply
    if text is None:
        return _answer(_MESSAGE_LATER, flags)
    return _answer(_MESSAGE, {"content": text, **mentioned(options.mentions), **flags})


# --- Webhook events: installations, purchases, and messages of lobbies ---
#
# https://docs.discord.com/developers/events/webhook-events


def is_webhook_event(data: Mapping[str, Any]) -> bool:
    """Whether a body is a webhook event and no interaction; both use the same values of `type`."""
    return "event" in data and "token" not in data


def read_webhook_event(envelope: Envelope, data: dict[str, Any]) -> ParsedEvent:
    """Reads the event of one body. It has no id, so the dedupe key is made from its content."""
    event = as_dict(data.get("event"))
    kind = as_text(event.get("type")) or "unknown"
    inner = as_dict(event.get("data"))
    person = read_person(inner)
    if person["id"] is not None and person["id"] == as_id(data.get("application_id")):
        person["is_self"] = True
    is_message = kind in _EVENT_TYPES
    place = as_id(inner.get("lobby_id")) or as_id(inner.get("channel_id"))
    number = as_id(inner.get("id"))
    guild = as_id(as_dict(inner.get("guild")).get("id")) or as_id(inner.get("guild_id"))
    return envelope.event(
        _EVENT_TYPES.get(kind) or event_type("discord", kind),
        content_key("discord", kind, value=data),
        data,
        text=as_text(inner.get("content")),
        actor=person,
        lane_id=place or person["id"],
        occurred_at=as_time(event.get("timestamp")),
        team=part(guild),
        conversation=part(place, is_direct="lobby_id" not in inner),
        message=part(number) if is_message else None,
        object=None if is_message else part(number),
    )
