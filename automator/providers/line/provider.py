"""LINE Official Accounts: webhook events, and replies and pushes as the answer."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from automator.configuration.values import Duration, SecretOne
from automator.http.signing import encoded_hmac, hmac_matches
from automator.http.types import Http, InboundRequest
from automator.model import N_, ParsedEvent, RejectedDelivery, UnparsableDelivery
from automator.plugins import (
    JSON_TYPES,
    ConnectionOptions,
    Outgoing,
    OutgoingKind,
    Provider,
    Sent,
    Suspicion,
    VerifiedOptions,
)
from automator.providers.line.events import read_event
from automator.providers.line.send import LineAccount, is_direct, send_through_line
from automator.providers.shared.options import ApiUrl, SigningSecrets, secret_bytes
from automator.providers.shared.outcomes import token_of
from automator.providers.shared.reading import as_id, pick_headers, query_values

_SIGNATURE = "x-line-signature"
#: A channel secret has 32 characters, an access token more than a hundred.
_LONGEST_SECRET = 64
_SEEN_HEADERS = ("content-type", "user-agent")


class LineOptions(VerifiedOptions):
    """What a LINE connection may say."""

    channel_secret: SigningSecrets = Field(
        description="The `Channel secret` of Basic settings; a list while it is rotated."
    )
    channel_access_token: SecretOne | None = Field(
        default=None, description="Needed to answer: the access token, under Messaging API."
    )
    reply_within: Duration = Field(
        default=50.0,
        ge=0,
        le=600,
        description="How long a reply token is used, which LINE takes for about a minute. Later,"
        " and after it was used, a reply is a push, which counts for the month.",
    )
    api_url: ApiUrl = Field(default="https://api.line.me", description="The Messaging API.")


class LineProvider(Provider):
    """One LINE Official Account."""

    name = "line"
    title = "LINE"
    options_model = LineOptions
    content_types = JSON_TYPES
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    common_mistakes: ClassVar[tuple[str, ...]] = (
        (
            N_(
                "LINE signs with the channel secret of Basic settings: it is neither the channel"
                " access token nor the channel id."
            )
        ),
        N_("A LINE Login channel has a secret of its own: use that of the Messaging API channel."),
    )
    options: LineOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = secret_bytes(self.options.channel_secret)

    def verify(self, request: InboundRequest) -> None:
        """Checks x-line-signature over the raw bytes.

        Raises:
            RejectedDelivery: the header is missing, doubled or does not match.
        """
        given = request.single_header(_SIGNATURE)
        if not hmac_matches(self._keys, request.body, given, encoding="base64"):
            raise RejectedDelivery(
                "x-line-signature does not match the body",
                fix="Copy the channel secret from Basic settings into channel_secret.",
                code="bad_signature",
            )

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:  # noqa: ARG002 - it shows in the settings.
        """The access token in place of the secret: it is much longer."""
        if not any(len(key) > _LONGEST_SECRET for key in self._keys):
            return ()
        return [
            Suspicion(
                N_("channel_secret is too long for one: it looks like the channel access token."),
                N_("Copy the Channel secret from Basic settings into channel_secret."),
            )
        ]

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads every event; the button Verify of the console sends none.

        Raises:
            UnparsableDelivery: not JSON, or without a list of events.
        """
        body = request.json()
        items = body.get("events") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise UnparsableDelivery("the body has no list 'events'", code="no_events")
        bot = as_id(body.get("destination"))
        shared = {
            "bot": {"id": bot} if bot else None,
            "headers": pick_headers(request, _SEEN_HEADERS),
            "query": query_values(request.query),
        }
        return [read_event(self.connection, item, shared) for item in items]

    def is_private(self, outgoing: Outgoing) -> bool:
        """What is said to one person is; groups and rooms are for everybody in them."""
        return is_direct(outgoing)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Replies while the event's reply token is fresh, and pushes otherwise.

        Raises:
            StepError: by the class of the Messaging API's error.
        """
        if outgoing.kind not in self.can_send:
            return await super().send(outgoing, http)
        token = token_of(self.options.channel_access_token, self.connection, "channel_access_token")
        account = LineAccount(
            url=self.options.api_url,
            token=token,
            connection=self.connection,
            reply_within_ms=round(self.options.reply_within * 1000),
        )
        return await send_through_line(outgoing, http, account)

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - LINE signs the body alone.
        """The headers with which LINE would send `body`."""
        return {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "LineBotWebhook/2.0",
            _SIGNATURE: encoded_hmac(self._keys[0], body, encoding="base64").decode(),
        }
