"""LINE Official Accounts: webhook events, and replies and pushes as the answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import Field

from automator.configuration.values import Duration, SecretOne
from automator.http.types import Http, InboundRequest
from automator.model import N_, MessagingPolicy, ParsedEvent, Reason, UnparsableDelivery
from automator.plugins import (
    JSON_TYPES,
    ChatAddress,
    Outgoing,
    OutgoingKind,
    Sent,
    Suspicion,
    VerifiedOptions,
)
from automator.providers.line.buttons import LINE_BUTTONS
from automator.providers.line.events import read_event
from automator.providers.line.send import (
    MAX_QUICK_REPLIES,
    MAX_QUICK_REPLY_TITLE,
    MAX_TEXT,
    LineAccount,
    is_direct,
    send_through_line,
)
from automator.providers.shared.envelope import Envelope, part
from automator.providers.shared.hmac_scheme import HmacScheme
from automator.providers.shared.options import ApiUrl, SigningSecrets
from automator.providers.shared.outcomes import token_of
from automator.providers.shared.reading import as_id
from automator.providers.shared.signed import SignedProvider
from automator.reasons.bodies import NO_LIST
from automator.reasons.mistakes import LINE_ACCESS_TOKEN, LINE_LOGIN_CHANNEL, LINE_SIGNS_WITH_SECRET
from automator.reasons.secrets import LINE_SECRET

#: A channel secret has 32 characters, an access token more than a hundred.
_LONGEST_SECRET = 64


class LineOptions(VerifiedOptions):
    """The options of a LINE connection."""

    channel_secret: SigningSecrets = Field(
        description=N_("The `Channel secret` of Basic settings; a list while it is rotated.")
    )
    channel_access_token: SecretOne | None = Field(
        default=None, description=N_("Needed to answer: the access token, under Messaging API.")
    )
    basic_id: str | None = Field(
        default=None,
        pattern=r"^@[A-Za-z0-9._-]{1,30}$",
        description=N_(
            "The account's `Bot basic ID`, as in @123abcde: for the link that opens a conversation."
        ),
    )
    reply_within: Duration = Field(
        default=50.0,
        ge=0,
        le=600,
        description=N_(
            "How long a reply token is used, which LINE takes for about a minute. Later,"
            " and after it was used, a reply is a push, which counts for the month."
        ),
    )
    api_url: ApiUrl = Field(default="https://api.line.me", description="The Messaging API.")


class LineProvider(SignedProvider):
    """One LINE Official Account."""

    name = "line"
    title = "LINE"
    options_model = LineOptions
    content_types = JSON_TYPES
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"sentMessages": [{"id": "0"}]}
    receivers: ClassVar[re.Pattern[str]] = re.compile("[UCR][0-9a-f]{32}")
    policy = MessagingPolicy(
        platform="LINE",
        unit="utf16",
        message_length=MAX_TEXT,
        comment_length=MAX_TEXT,
        quick_replies=MAX_QUICK_REPLIES,
        quick_reply_title=MAX_QUICK_REPLY_TITLE,
        buttons=LINE_BUTTONS,
    )
    common_mistakes: ClassVar[tuple[Reason, ...]] = (LINE_SIGNS_WITH_SECRET(), LINE_LOGIN_CHANNEL())
    scheme = HmacScheme(
        header="x-line-signature",
        shown="x-line-signature",
        encoding="base64",
        advice=LINE_SECRET(),
    )
    secret_option = "channel_secret"  # noqa: S105 - the name of an option.
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "LineBotWebhook/2.0",
    }
    options: LineOptions

    @property
    def chat_address(self) -> ChatAddress | None:
        """The account's address at line.me, where its id is known."""
        if self.options.basic_id is None:
            return None
        account = quote(self.options.basic_id, safe="")
        return ChatAddress(
            f"https://line.me/R/ti/p/{account}",
            before_text=f"https://line.me/R/oaMessage/{account}/?",
        )

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:  # noqa: ARG002 - it shows in the settings.
        """The access token in place of the secret: it is much longer."""
        if not any(len(key) > _LONGEST_SECRET for key in self._keys):
            return ()
        return [
            Suspicion(
                LINE_ACCESS_TOKEN(),
            )
        ]

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads every event; the button Verify of the console sends none."""
        body = request.json()
        items = body.get("events") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise UnparsableDelivery(NO_LIST(name="events"))
        envelope = Envelope.of(self.connection, request)
        bot = part(as_id(body.get("destination")))
        envelope = replace(envelope, shared={"bot": bot, **envelope.shared})
        return [read_event(envelope, item) for item in items]

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only one person sees it: false in groups and rooms."""
        return is_direct(outgoing)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Replies while the event's reply token is fresh, and pushes otherwise."""
        if outgoing.kind not in self.can_send:
            return await super().send(outgoing, http)
        token = token_of(self.options.channel_access_token, self.connection, "channel_access_token")
        account = LineAccount(
            url=f"{self.options.api_url}/v2/bot/message",
            token=token,
            connection=self.connection,
            reply_within_ms=round(self.options.reply_within * 1000),
        )
        return await send_through_line(outgoing, http, account)
