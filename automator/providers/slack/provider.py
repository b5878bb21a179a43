"""The provider of Slack apps: options, verification and sending.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from automator.configuration.values import SecretOne
from automator.http.signing import equals_any
from automator.http.types import Answer, Http, InboundRequest
from automator.model import N_, ParsedEvent, Reason, UnparsableDelivery
from automator.plugins import (
    FORM_TYPE,
    JSON_TYPES,
    Outgoing,
    OutgoingKind,
    Sent,
    Suspicion,
    VerifiedOptions,
)
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.forms import form_fields, is_form
from automator.providers.shared.handshakes import bad_handshake, read_question
from automator.providers.shared.hmac_scheme import HmacScheme
from automator.providers.shared.options import ApiUrl, SigningSecrets
from automator.providers.shared.payloads import as_dict, as_text, json_object
from automator.providers.shared.plain_values import plain_in_slack
from automator.providers.shared.signed import SignedProvider
from automator.providers.shared.step_errors import token_of
from automator.providers.slack.events import read_callback, read_command, read_payload
from automator.providers.slack.send import SlackAccount, is_direct, send_through_slack
from automator.reasons.deliveries import bad_challenge
from automator.reasons.secrets import slack_secret
from automator.reasons.setup_mistakes import slack_other_app, slack_verification_token

_CHALLENGE = re.compile(r"[\x21-\x7e]{1,512}")
#: The answer to a slash command; Slack would show a text in it to the person.
_NOTHING_TO_SHOW = Answer(200)


class SlackOptions(VerifiedOptions):
    """The options of a Slack connection."""

    signing_secret: SigningSecrets = Field(
        description=N_(
            "The app's signing secret, under Basic Information; a list while it is rotated."
        )
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


class SlackProvider(SignedProvider):
    """One Slack app in a workspace."""

    name = "slack"
    title = "Slack"
    options_model = SlackOptions
    content_types = JSON_TYPES | {FORM_TYPE}
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    event_names: ClassVar[Mapping[str, str]] = {
        "app_mention": "mention.created",
        "reaction_added": "reaction.added",
        "reaction_removed": "reaction.removed",
    }
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"ok": True, "ts": "0"}
    common_mistakes: ClassVar[tuple[Reason, ...]] = (slack_other_app(),)
    scheme = HmacScheme(
        header="x-slack-signature",
        shown="X-Slack-Signature",
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp_header="x-slack-request-timestamp",
        advice=slack_secret(),
    )
    secret_option = "signing_secret"  # noqa: S105 - the name of an option.
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json",
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }
    seen_headers = ("x-slack-retry-num", "x-slack-retry-reason")
    options: SlackOptions

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers the challenge of `url_verification`, which is signed like a delivery.

        Raises:
            RejectedDelivery: the signature is wrong, or the challenge is no plain text.
        """
        body = {} if is_form(request) else read_question(request, b"url_verification")
        if body.get("type") != "url_verification":
            return None
        self.verify(request)
        challenge = as_text(body.get("challenge")) or ""
        if not _CHALLENGE.fullmatch(challenge):
            raise bad_handshake(bad_challenge(name="challenge", most=512))
        return Answer(200, challenge)

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:
        """Suspects the verification token in place of the secret, if the body has the same text."""
        token = _verification_token(request)
        if not token or not equals_any(self._keys, token):
            return ()
        return [
            Suspicion(
                slack_verification_token(),
            )
        ]

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads an event callback, a slash command, or an action on a button or a view."""
        envelope = Envelope.of(self, request)
        if not is_form(request):
            return [read_callback(envelope, json_object(request))]
        fields = form_fields(request.body)
        payload = fields.get("payload")
        if payload is None:
            return [read_command(envelope, fields)]
        part = payload.encode("utf-8", "surrogatepass")
        return read_payload(envelope, json_object(request, part))

    @property
    def plain_value(self) -> Callable[[str], str]:
        """Makes links and mentions in people's names and words ineffective."""
        return plain_in_slack

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """Returns an empty answer to a slash command or a button, since people would see a text."""
        return _NOTHING_TO_SHOW if is_form(request) else None

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only one person sees the message: a direct message, or the answer to one."""
        return is_direct(outgoing)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Posts a message: a reply in the event's channel and thread, or a message to a person."""
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


def _verification_token(request: InboundRequest) -> str:
    """Returns the verification token in a body, an older proof of Slack's; "" without one."""
    try:
        fields = form_fields(request.body) if is_form(request) else as_dict(request.json())
        payload = fields.get("payload")
        if isinstance(payload, str):
            fields = as_dict(request.json(payload.encode("utf-8", "surrogatepass")))
    except UnparsableDelivery:
        return ""
    return as_text(fields.get("token")) or ""
