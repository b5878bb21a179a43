"""Telegram bots: every kind of update, and messages through the Bot API as the answer.

Telegram signs no body: a secret token in a header proves the sender.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import AfterValidator, Field

from automator.configuration.secrets import Secret
from automator.configuration.values import SecretOne
from automator.http.types import Answer, Http, InboundRequest
from automator.model import N_, MessagingPolicy, ParsedEvent, Reason, UnparsableDelivery, WrongValue
from automator.plugins import (
    JSON_TYPES,
    AccountProfile,
    ChatAddress,
    ConnectionOptions,
    Outgoing,
    OutgoingKind,
    Press,
    Sent,
    Suspicion,
    VerifiedOptions,
)
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.options import ApiUrl, SigningSecrets
from automator.providers.shared.outcomes import token_of
from automator.providers.shared.reading import as_dict, as_id, json_object
from automator.providers.shared.secret_header import SecretHeader
from automator.providers.shared.signed import SignedProvider
from automator.providers.telegram.profile import TelegramProfile, TelegramProfileOptions, presses_of
from automator.providers.telegram.send import (
    MAX_TEXT,
    TELEGRAM_BUTTONS,
    BotAccount,
    is_direct,
    send_through_bot,
)
from automator.providers.telegram.updates import read_update
from automator.reasons.deliveries import BAD_TOKEN
from automator.reasons.mistakes import TELEGRAM_REPLACED_TOKEN, TELEGRAM_WITHOUT_TOKEN
from automator.reasons.problems.configuration.connections import NOT_A_BOT_TOKEN
from automator.reasons.secrets import TELEGRAM_SECRET

_SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header.
#: Bytes of a refused request that are looked at.
_LOOKED_AT = 4096
_BOT_TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{20,100}")


def _is_bot_token(secret: Secret) -> Secret:
    text = secret.reveal()
    # A secret that was not resolved on purpose is empty. The token becomes part of an address.
    if text and not _BOT_TOKEN.fullmatch(text):
        raise WrongValue(NOT_A_BOT_TOKEN(source=secret.source))
    return secret


class TelegramOptions(VerifiedOptions):
    """The options of a Telegram connection."""

    secret_token: SigningSecrets = Field(
        description=N_(
            "A text of your own, given to setWebhook as secret_token: letters, digits, _"
            " and -; a list while it is rotated."
        )
    )
    bot_token: Annotated[SecretOne, AfterValidator(_is_bot_token)] | None = Field(
        default=None, description=N_("Needed to answer: the bot's token, from BotFather.")
    )
    bot_username: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][A-Za-z0-9_]{3,31}$",
        description=N_(
            "The bot's user name, without @: for the link that opens a conversation with it."
        ),
    )
    quick_replies: Literal["keyboard", "buttons"] = Field(
        default="keyboard",
        description=N_(
            "`keyboard` offers them as texts to send; `buttons` puts them under the"
            " message, and a tap is a `button.clicked`."
        ),
    )
    profile: TelegramProfileOptions | None = Field(
        default=None,
        description=N_(
            "The `greeting` in an empty chat and the `menu` of commands, also by language. It is"
            " set when it changes."
        ),
    )
    api_url: ApiUrl = Field(
        default="https://api.telegram.org", description="The Bot API, or a server of your own."
    )


class TelegramProvider(SignedProvider):
    """One Telegram bot."""

    name = "telegram"
    title = "Telegram"
    options_model = TelegramOptions
    content_types = JSON_TYPES
    demo_options: ClassVar[Mapping[str, Any]] = {"bot_token": "123456789:bot-token-of-the-demo"}
    can_send: ClassVar[frozenset[OutgoingKind]] = frozenset({"reply", "message"})
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"ok": True, "result": {"message_id": 0}}
    #: Chats have numbers, those of groups below 0; public ones have names as well.
    receivers: ClassVar[re.Pattern[str]] = re.compile(r"-?[1-9][0-9]*|@\w+", re.ASCII)
    policy = MessagingPolicy(
        platform="Telegram",
        unit="utf16",
        message_length=MAX_TEXT,
        comment_length=MAX_TEXT,
        buttons=TELEGRAM_BUTTONS,
    )
    common_mistakes: ClassVar[tuple[Reason, ...]] = (TELEGRAM_REPLACED_TOKEN(),)
    scheme = SecretHeader(
        header=_SECRET,
        wrong=BAD_TOKEN(
            header="X-Telegram-Bot-Api-Secret-Token",
            option="secret_token",
            advice=TELEGRAM_SECRET(),
        ),
    )
    secret_option = "secret_token"  # noqa: S105 - the name of an option.
    options: TelegramOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        token = self.options.bot_token
        # A token begins with the id of its bot.
        self._bot_id = token.reveal().partition(":")[0] if token else None

    @property
    def chat_address(self) -> ChatAddress | None:
        """The bot's address at t.me, where its user name is known."""
        name = self.options.bot_username
        return ChatAddress(f"https://t.me/{name}", "?start=", 64, "_-") if name else None

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:
        """The mistake that setWebhook was called without the secret: Telegram then sends no
        header.
        """
        if request.headers.get(_SECRET) or not _is_update(request):
            return ()
        return [
            Suspicion(
                TELEGRAM_WITHOUT_TOKEN(),
            )
        ]

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the update of a delivery."""
        envelope = Envelope.of(self.connection, request)
        return read_update(envelope, json_object(request), self._bot_id)

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """Ends the waiting sign on a tapped button; Telegram does not tell whether it worked."""
        if b'"callback_query"' not in request.body:
            return None
        try:
            update = as_dict(request.json())
        except UnparsableDelivery:
            return None
        query = as_id(as_dict(update.get("callback_query")).get("id"))
        if query is None:
            return None
        order = {"method": "answerCallbackQuery", "callback_query_id": query}
        return Answer(200, orjson.dumps(order).decode(), "application/json")

    def resembles(self, request: InboundRequest) -> bool:
        """As the base class, and also any update: without a secret_token Telegram sends no
        header.
        """
        return super().resembles(request) or _is_update(request)

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only one person sees it: false in groups and channels."""
        return is_direct(outgoing)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Sends a text, and pictures or files by their addresses."""
        if outgoing.kind not in self.can_send or outgoing.template is not None:
            return await super().send(outgoing, http)
        return await send_through_bot(outgoing, http, self._account())

    @property
    def profile(self) -> AccountProfile | None:
        """The greeting and the menu of the bot; None without its token."""
        if self.options.bot_token is None:
            return None
        return TelegramProfile(self.options.profile, self._account())

    @property
    def presses(self) -> Sequence[Press]:
        """The commands of the menu that the settings name."""
        return presses_of(self.options.profile)

    def _account(self) -> BotAccount:
        token = token_of(self.options.bot_token, self.connection, "bot_token")
        return BotAccount(
            url=f"{self.options.api_url}/bot{token}",
            connection=self.connection,
            quick_replies=self.options.quick_replies,
        )


def _is_update(request: InboundRequest) -> bool:
    """Whether the body looks like an update."""
    return b'"update_id"' in request.body[:_LOOKED_AT]
