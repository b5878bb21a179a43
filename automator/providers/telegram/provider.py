"""The provider of Telegram bots: options, profile, verification and sending.

Telegram does not sign bodies: a secret token in a header proves the sender.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import AfterValidator, Field, model_validator

from automator.configuration.secrets import Secret
from automator.configuration.values import SecretOne, StrictModel
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
from automator.plugins.profiles import part_and_language
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.options import ApiUrl, SigningSecrets
from automator.providers.shared.payloads import as_dict, as_id, as_list, json_object
from automator.providers.shared.profile_languages import (
    IN_LANGUAGES,
    at_most,
    check_defaults,
    languages_in,
    parts_in,
    path_of,
    written_of,
)
from automator.providers.shared.signed import SecretHeader, SignedProvider
from automator.providers.shared.step_errors import token_of, unreadable, unreadable_look_up
from automator.providers.telegram.send import (
    MAX_TEXT,
    TELEGRAM_BUTTONS,
    BotAccount,
    error_of,
    is_direct,
    send_through_bot,
)
from automator.providers.telegram.updates import read_update
from automator.reasons.deliveries import bad_token
from automator.reasons.problems.configuration.connections import (
    option_not_a_bot_token,
    option_not_a_command,
    option_not_a_locale,
)
from automator.reasons.secrets import telegram_secret
from automator.reasons.setup_mistakes import telegram_replaced_token, telegram_without_token

# --- The greeting of a bot and the menu of its commands, in several languages ---
#
# `setMyCommands`, `getMyCommands`, `deleteMyCommands`, `setMyDescription` and `getMyDescription`
# of https://core.telegram.org/bots/api, each with a two-letter `language_code`; without a code, a
# text is for everybody whose language has none. A chosen command comes in as a message.

#: Limits of `BotCommand`, `setMyCommands` and `setMyDescription`.
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS, _DESCRIPTION, _GREETING = 100, 256, 512
_LANGUAGE = re.compile(r"[a-z]{2}")
_PARTS = ("greeting", "menu")


def _command(written: str) -> str:
    command = written.removeprefix("/")
    if not _COMMAND.fullmatch(command):
        raise WrongValue(option_not_a_command(written=written))
    return command


def _language(written: str) -> str:
    if not _LANGUAGE.fullmatch(written):
        raise WrongValue(option_not_a_locale(written=written, example="en"))
    return written


class CommandItem(StrictModel):
    """One command in the menu of a bot."""

    text: str = Field(
        description=N_("The label, in up to 256 letters."), min_length=1, max_length=_DESCRIPTION
    )
    payload: Annotated[str, AfterValidator(_command)] = Field(
        description=N_(
            "The command, as in `gia`: it comes in as the message `/gia`, with `event.command.id`."
        ),
    )


class TelegramParts(StrictModel):
    """The parts that Telegram shows to people who write to a bot, in one language."""

    greeting: str | None = Field(
        default=None,
        description=N_("The text in a chat that is still empty, in up to 512 letters."),
        min_length=1,
        max_length=_GREETING,
    )
    menu: Annotated[
        tuple[CommandItem, ...] | None,
        at_most(_MOST_COMMANDS),
        Field(
            description=N_(
                "The menu of commands: up to 100, each with `text` and the command as `payload`;"
                " `[]` takes it away."
            ),
            json_schema_extra={"maxItems": _MOST_COMMANDS},
        ),
    ] = None


class TelegramProfileOptions(TelegramParts):
    """The parts that Telegram shows to people who write to a bot."""

    locales: Annotated[
        dict[Annotated[str, AfterValidator(_language)], TelegramParts], *IN_LANGUAGES
    ] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _speaks_to_everybody(self) -> "TelegramProfileOptions":
        check_defaults(self, self.locales)
        return self


class TelegramProfile(AccountProfile):
    """The profile of a token's bot."""

    def __init__(self, options: TelegramProfileOptions | None, account: BotAccount) -> None:
        self.wanted = parts_in(written_of(options), _PARTS)
        self._account = account

    async def read(self, http: Http, also: Collection[str] = ()) -> Mapping[str, Any]:
        """Reads the parts of the options and of `also` that Telegram has.

        Raises:
            StepError: Telegram refuses or fails.
        """
        names = dict.fromkeys([*self.wanted, *also])
        found = {name: await self._read(http, name) for name in names}
        return {name: value for name, value in found.items() if value}

    async def write(self, http: Http, parts: Mapping[str, Any], removed: Sequence[str]) -> None:
        """Sets some parts, and removes others.

        Raises:
            StepError: Telegram refuses or does not answer.
        """
        for name, value in {**parts, **dict.fromkeys(removed)}.items():
            part, language = part_and_language(name)
            if part == "greeting":
                await self._call(http, "setMyDescription", language, description=value or "")
            elif value:
                commands = [
                    {"command": item["payload"], "description": item["text"]} for item in value
                ]
                await self._call(http, "setMyCommands", language, commands=commands)
            else:
                await self._call(http, "deleteMyCommands", language)

    async def _read(self, http: Http, name: str) -> Any:
        part, language = part_and_language(name)
        if part == "greeting":
            found = await self._call(http, "getMyDescription", language)
            return as_dict(found).get("description")
        items = map(as_dict, as_list(await self._call(http, "getMyCommands", language)))
        return [{"text": one.get("description"), "payload": one.get("command")} for one in items]

    async def _call(self, http: Http, method: str, language: str, **fields: Any) -> Any:
        """Calls a method and returns its `result`."""
        wanted = {**fields, **({"language_code": language} if language else {})}
        url = f"{self._account.url}/{method}"
        reply = await send_json(http, url, wanted, repeatable_at="Telegram")
        if not reply.is_success:
            raise error_of(reply, self._account.connection, repeatable=True)
        answer = as_dict(reply.json())
        if answer.get("ok") is not True:
            is_question = method.startswith("get")
            raise (unreadable_look_up if is_question else unreadable)("Telegram")
        return answer.get("result")


def presses_of(options: TelegramProfileOptions | None) -> Sequence[Press]:
    """Returns the commands of a menu, in all languages."""
    return [
        Press((*path_of(language, "menu"), number), item["text"], f"/{item['payload']}", "command")
        for language, parts in languages_in(written_of(options))
        for number, item in enumerate(parts.get("menu", ()))
    ]


_SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header.
#: How many bytes of a refused request are searched for signs of an update.
_LOOKED_AT = 4096
_BOT_TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{20,100}")


def _is_bot_token(secret: Secret) -> Secret:
    text = secret.reveal()
    # A secret that was left unresolved on purpose is empty. The token becomes part of an address.
    if text and not _BOT_TOKEN.fullmatch(text):
        raise WrongValue(option_not_a_bot_token(source=secret.source))
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
    #: The id of a chat is a number, of a group a negative one; public chats also have names.
    receivers: ClassVar[re.Pattern[str]] = re.compile(r"-?[1-9][0-9]*|@\w+", re.ASCII)
    event_names: ClassVar[Mapping[str, str]] = {
        "callback_query": "button.clicked",
        "channel_post": "post.created",
        "edited_message": "message.edited",
        "message_reaction": "reaction.added",
    }
    policy = MessagingPolicy(
        platform="Telegram",
        unit="utf16",
        message_length=MAX_TEXT,
        comment_length=MAX_TEXT,
        buttons=TELEGRAM_BUTTONS,
    )
    common_mistakes: ClassVar[tuple[Reason, ...]] = (telegram_replaced_token(),)
    scheme = SecretHeader(
        header=_SECRET,
        wrong=bad_token(
            header="X-Telegram-Bot-Api-Secret-Token",
            option="secret_token",
            advice=telegram_secret(),
        ),
    )
    secret_option = "secret_token"  # noqa: S105 - the name of an option.
    options: TelegramOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        token = self.options.bot_token
        # A bot token begins with the id of the bot.
        self._bot_id = token.reveal().partition(":")[0] if token else None

    @property
    def chat_address(self) -> ChatAddress | None:
        """Returns the bot's address at t.me, if its user name is known."""
        name = self.options.bot_username
        return ChatAddress(f"https://t.me/{name}", "?start=", 64, "_-") if name else None

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:
        """Suspects that setWebhook was called without the secret: Telegram then sends no header."""
        if request.headers.get(_SECRET) or not _is_update(request):
            return ()
        return [
            Suspicion(
                telegram_without_token(),
            )
        ]

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the update of a delivery."""
        envelope = Envelope.of(self, request)
        return read_update(envelope, json_object(request), self._bot_id)

    def acknowledge(self, request: InboundRequest) -> Answer | None:
        """Returns a call of answerCallbackQuery, which ends the waiting sign on a tapped button."""
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
        """Also accepts any update, because without a secret_token Telegram sends no header."""
        return super().resembles(request) or _is_update(request)

    def is_private(self, outgoing: Outgoing) -> bool:
        """Whether only one person sees the message; False in groups and channels."""
        return is_direct(outgoing)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Sends a text, and pictures or files by their addresses."""
        if outgoing.kind not in self.can_send or outgoing.template is not None:
            return await super().send(outgoing, http)
        return await send_through_bot(outgoing, http, self._account())

    @property
    def profile(self) -> AccountProfile | None:
        """Returns the greeting and the menu of the bot; None without its token."""
        if self.options.bot_token is None:
            return None
        return TelegramProfile(self.options.profile, self._account())

    @property
    def presses(self) -> Sequence[Press]:
        """Returns the commands of the menu that the settings describe."""
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
