"""Slack apps: events, slash commands and buttons, and messages as the answer.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from automator.configuration.values import SecretOne
from automator.http.signing import (
    TOLERANCE_S,
    encoded_hmac,
    equals_any,
    hmac_matches,
    is_recent,
    parse_timestamp,
)
from automator.http.types import Answer, Http, InboundRequest
from automator.model import N_, ParsedEvent, RejectedDelivery, UnparsableDelivery
from automator.plugins import (
    FORM_TYPE,
    JSON_TYPES,
    ConnectionOptions,
    Outgoing,
    OutgoingKind,
    Provider,
    Sent,
    Suspicion,
    VerifiedOptions,
)
from automator.providers.shared.forms import form_fields, is_form
from automator.providers.shared.handshakes import may_be_question
from automator.providers.shared.options import ApiUrl, SigningSecrets, secret_bytes
from automator.providers.shared.outcomes import token_of
from automator.providers.shared.reading import (
    as_dict,
    as_text,
    json_object,
    pick_headers,
    query_values,
)
from automator.providers.slack.events import Envelope, read_callback, read_command, read_payload
from automator.providers.slack.send import SlackAccount, is_direct, send_through_slack

_SIGNATURE = "x-slack-signature"
_TIMESTAMP = "x-slack-request-timestamp"
_PREFIX = "v0="
_SEEN_HEADERS = ("content-type", "user-agent", "x-slack-retry-num", "x-slack-retry-reason")
_CHALLENGE = re.compile(r"[\x21-\x7e]{1,512}")
#: Slack shows what a slash command is answered with, so it gets nothing to show.
_NOTHING_TO_SHOW = Answer(200)


class SlackOptions(VerifiedOptions):
    """What a Slack connection may say."""

    signing_secret: SigningSecrets = Field(
        description="The app's signing secret, under Basic Information; a list while it is rotated."
    )
    bot_token: SecretOne | None = Field(
        default=None, description="Needed to answer: the bot token, xoxb-…, with chat:write."
    )
    broadcasts: bool = Field(
        default=False,
        description="Let `<!channel>`, `<!here>` and the like in a text call everybody; else they"
        " are shown as plain text.",
    )
    api_url: ApiUrl = Field(default="https://slack.com/api", description="The Web API.")


class SlackProvider(Provider):
    """One Slack app in a workspace."""

    name = "slack"
    title = "Slack"
    options_model = SlackOptions
    content_types = JSON_TYPES | {FORM_TYPE}
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    common_mistakes: ClassVar[tuple[str, ...]] = (
        (
            N_(
                "Each Slack app has a signing secret of its own: compare the app under Basic"
                " Information with the one whose Request URL has this address."
            )
        ),
    )
    options: SlackOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = secret_bytes(self.options.signing_secret)

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers the challenge of url_verification, which is signed as everything else.

        Raises:
            RejectedDelivery: the signature is wrong, or the challenge is no plain text.
        """
        if not may_be_question(request, b"url_verification") or is_form(request):
            return None
        try:
            body = request.json()
        except UnparsableDelivery:
            return None
        if not isinstance(body, dict) or body.get("type") != "url_verification":
            return None
        self.verify(request)
        challenge = as_text(body.get("challenge")) or ""
        if not _CHALLENGE.fullmatch(challenge):
            raise RejectedDelivery(
                "the challenge is not 1 to 512 letters, digits or signs",
                fix="Enter the address again under Event Subscriptions → Request URL.",
                code="bad_handshake",
                status=400,
            )
        return Answer(200, challenge)

    def verify(self, request: InboundRequest) -> None:
        """Checks X-Slack-Signature over the time and the raw bytes; five minutes are allowed.

        Raises:
            RejectedDelivery: a header is missing or doubled, too old, or the signature is wrong.
        """
        given = request.single_header(_SIGNATURE)
        timestamp = request.single_header(_TIMESTAMP)
        seconds = parse_timestamp(timestamp)
        if seconds is None or not is_recent(seconds, request.received_at):
            raise RejectedDelivery(
                f"the signed time is more than {TOLERANCE_S // 60} minutes from ours",
                fix="Check the clock of this machine; a recorded request cannot be sent again.",
                code="stale",
            )
        signed = _signed(timestamp, request.body)
        if not given.startswith(_PREFIX) or not hmac_matches(
            self._keys, signed, given[len(_PREFIX) :]
        ):
            raise RejectedDelivery(
                "X-Slack-Signature does not match the body",
                fix="Copy the signing secret from the app's Basic Information into signing_secret.",
                code="bad_signature",
            )

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:
        """The verification token, which Slack repeats in the body, in place of the secret."""
        token = _verification_token(request)
        if not token or not equals_any(self._keys, token):
            return ()
        return [
            Suspicion(
                N_(
                    "signing_secret is the verification token, which Slack writes into the body and"
                    " does not sign with."
                ),
                N_("Copy the Signing Secret, which stands above it in Basic Information."),
            )
        ]

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads an event callback, a slash command, or what was done to a button or a view.

        Raises:
            UnparsableDelivery: neither a JSON object nor a form that carries one of those.
        """
        envelope = Envelope(
            connection=self.connection,
            shared={
                "headers": pick_headers(request, _SEEN_HEADERS),
                "query": query_values(request.query),
            },
        )
        if not is_form(request):
            return [read_callback(envelope, json_object(request))]
        fields = form_fields(request.body)
        payload = fields.get("payload")
        if payload is None:
            return [read_command(envelope, fields)]
        part = payload.encode("utf-8", "surrogatepass")
        return read_payload(envelope, json_object(request, part))

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """Nothing for a slash command or a button: people would see it."""
        return _NOTHING_TO_SHOW if is_form(request) else None

    def is_private(self, outgoing: Outgoing) -> bool:
        """A direct message is, and so is the answer to one; a channel is for everybody in it."""
        return is_direct(outgoing)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Posts a message: a reply in the event's channel and thread, or one to a person.

        Raises:
            StepError: by the class of the Web API's error.
        """
        if outgoing.kind not in self.can_send or outgoing.template is not None:
            return await super().send(outgoing, http)
        token = token_of(self.options.bot_token, self.connection, "bot_token")
        account = SlackAccount(
            url=self.options.api_url,
            token=token,
            connection=self.connection,
            broadcasts=self.options.broadcasts,
        )
        return await send_through_slack(outgoing, http, account)

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - the id of a Slack event stands in its body.
        """The headers with which Slack would send `body`."""
        timestamp = str(now_ms // 1000)
        digest = encoded_hmac(self._keys[0], _signed(timestamp, body)).decode()
        return {
            "content-type": "application/json",
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            _TIMESTAMP: timestamp,
            _SIGNATURE: _PREFIX + digest,
        }


def _signed(timestamp: str, body: bytes) -> bytes:
    return b"v0:%b:%b" % (timestamp.encode("utf-8", "surrogatepass"), body)


def _verification_token(request: InboundRequest) -> str:
    """The old token by which Slack was known before it signed; "" where there is none."""
    try:
        fields = form_fields(request.body) if is_form(request) else as_dict(request.json())
        payload = fields.get("payload")
        if isinstance(payload, str):
            fields = as_dict(request.json(payload.encode("utf-8", "surrogatepass")))
    except UnparsableDelivery:
        return ""
    return as_text(fields.get("token")) or ""
