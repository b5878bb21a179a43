"""Discord apps: commands, buttons, forms and webhook events, and messages as the answer.

https://docs.discord.com/developers/interactions/overview
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from urllib.parse import urlsplit

import orjson
from pydantic import AfterValidator, BeforeValidator, Field

from automator import __version__
from automator.configuration.secrets import Secret
from automator.configuration.values import Duration, SecretOne, one_or_many
from automator.http.signing import (
    ed25519_matches,
    ed25519_private_key,
    ed25519_public_key,
    parse_timestamp,
)
from automator.http.types import Answer, Http, HttpReply, InboundRequest
from automator.model import (
    N_,
    MessagingPolicy,
    ParsedEvent,
    PermanentError,
    Reason,
    RejectedDelivery,
    RetryableError,
    SkippedStep,
    StepError,
    UnparsableDelivery,
    WrongValue,
    record,
)
from automator.model.messaging_policy import MINUTE_MS
from automator.plugins import (
    JSON_TYPES,
    ConnectionOptions,
    Outgoing,
    OutgoingKind,
    Provider,
    Sent,
    VerifiedOptions,
)
from automator.plugins.outgoing import check_length
from automator.providers.shared import step_errors
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.handshakes import read_question
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.options import ApiUrl, safe_for_tokens
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    as_time,
    content_key,
    event_type,
    id_in,
    join_key,
    json_object,
)
from automator.providers.shared.plain_values import plain_in_discord
from automator.providers.shared.signed import require_recent
from automator.reasons import attempts
from automator.reasons.deliveries import bad_signature
from automator.reasons.problems.configuration import connections
from automator.reasons.secrets import discord_key
from automator.reasons.setup_mistakes import discord_no_simulator_key, discord_other_app

# --- Options ---

#: How far a signed time may differ from this server's: Discord repeats an event for ten minutes.
TOLERANCE_S = 900.0
MAX_TEXT = 2000
_WEBHOOK = re.compile(r"https?://[^/?#\s]+(?:/[^/?#\s]+)*/webhooks/[0-9]{1,20}/[\w-]{1,200}")
#: An address without characters that have a meaning in a header or in a User-Agent's comment.
_PLAIN_URL = re.compile(r"https?://[\w.\-\[\]:/~%?=&#]{1,200}", re.ASCII)


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _are_public_keys(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        try:
            ed25519_public_key(text)
        except ValueError as error:
            raise WrongValue(connections.option_not_a_public_key(text=text[:20])) from error
    return texts


def _fits_a_header(url: str) -> str:
    if not _PLAIN_URL.fullmatch(url):
        raise WrongValue(connections.option_not_a_plain_address(address=url[:60]))
    return url


def _is_private_key(secret: Secret) -> Secret:
    # The secret is empty if the caller does not resolve references; then its form is not checked.
    if secret.reveal():
        try:
            ed25519_private_key(secret.reveal())
        except ValueError as error:
            raise WrongValue(
                connections.option_not_a_simulator_key(source=secret.source)
            ) from error
    return secret


def _is_webhook(secret: Secret) -> Secret:
    text = secret.reveal()
    if text:
        if not _WEBHOOK.fullmatch(text):
            raise WrongValue(connections.option_not_a_discord_webhook(source=secret.source))
        safe_for_tokens(text, shown=secret.source)
    return secret


PublicKeys = Annotated[
    tuple[str, ...],
    BeforeValidator(_listed),
    Field(min_length=1),
    AfterValidator(_are_public_keys),
    one_or_many({"type": "string"}),
]


class DiscordOptions(VerifiedOptions):
    """The options of a Discord connection."""

    public_key: PublicKeys = Field(
        description=N_(
            "The app's Public Key, under General Information: no secret. A list lets"
            " several apps share the address."
        )
    )
    simulator_key: Annotated[SecretOne, AfterValidator(_is_private_key)] | None = Field(
        default=None,
        description="A key of your own for `automator send`, from `openssl rand -hex 32`: what it"
        " signs is believed as well. Discord itself needs none.",
    )
    tolerance: Duration = Field(
        default=TOLERANCE_S,
        gt=0,
        le=86_400,
        description="How far the signed time may be from ours, to either side. Discord names no"
        " limit and repeats webhook events for ten minutes.",
    )
    on_invalid: Literal[401] = Field(
        default=401,
        description="Discord tries wrong signatures now and then, and takes no other answer.",
    )
    bot_token: SecretOne | None = Field(
        default=None,
        description="Needed for `message`: the bot's token. Answers to commands and buttons need"
        " none.",
    )
    webhook_url: Annotated[SecretOne, AfterValidator(_is_webhook)] | None = Field(
        default=None,
        description="A webhook's address, where `message` with `to: webhook` posts.",
    )
    ephemeral: bool = Field(
        default=False,
        description="Only the person sees the answer to a command, a button or a form.",
    )
    instant_reply: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_TEXT,
        description="Said at once to a command or a form. Without it Discord shows that the app is"
        " thinking, until a rule replies or 15 minutes are over.",
    )
    mentions: Literal["none", "users", "everyone"] = Field(
        default="none",
        description="Whom a text may notify: nobody, the people in it, or `@everyone` and roles as"
        " well.",
    )
    api_url: ApiUrl = Field(
        default="https://discord.com/api/v10", description="The HTTP API with its version."
    )
    app_url: Annotated[str, AfterValidator(_fits_a_header)] | None = Field(
        default=None,
        description="The address of the app that Discord wants to read in the User-Agent;"
        " otherwise that of `public_url`.",
    )

    def reached_at(self, url: str) -> Self:
        """Returns these options with the server's own address for the app, if they
        name no address.
        """
        parts = urlsplit(url)
        own = f"{parts.scheme}://{parts.netloc}"
        if self.app_url is not None or not _PLAIN_URL.fullmatch(own):
            return self
        return self.model_copy(update={"app_url": own})


# --- Sending ---

MAX_EMBEDS = 10
MAX_BUTTONS = 25
_BUTTONS_A_ROW = 5
MAX_QUICK_REPLY_TITLE = 80
_NONCE_LENGTH = 25
#: How long an event counts as fresh: Discord may not have the first answer to it yet.
_FRESH_MS = 10_000
#: The flag of a message that only one person sees.
EPHEMERAL = 64
#: The flag of a message that Discord shows as "thinking" until the answer comes.
_LOADING = 128
#: The value of `to` for the connection's webhook; `webhook:ID` is one of its threads.
WEBHOOK = "webhook"
_SNOWFLAKE = re.compile(r"[0-9]{1,20}")
_TOKEN = re.compile(r"[\w.-]{1,2000}", re.ASCII)
_PARSED: Mapping[str, list[str]] = {
    "none": [],
    "users": ["users"],
    "everyone": ["users", "roles", "everyone"],
}


@record(kw_only=False)
class DiscordAccount:
    """The address of the API, and the account that sends."""

    url: str
    #: The address of the app's description, which Discord may read.
    app_url: str
    connection: str
    bot_token: str
    webhook_url: str
    ephemeral: bool
    mentions: str
    #: Whether the first answer to commands and forms is "thinking".
    is_thinking: bool


def mentioned(who: str) -> dict[str, Any]:
    """Returns the field `allowed_mentions`: who may be notified by mentions in the text."""
    return {"allowed_mentions": {"parse": _PARSED[who]}}


def is_direct(outgoing: Outgoing, *, ephemeral: bool) -> bool:
    """Whether only one person reads the message."""
    if outgoing.kind == "message":
        return not (outgoing.to or "").startswith(("#", WEBHOOK))
    return ephemeral or as_dict(outgoing.event.get("conversation")).get("is_direct") is True


async def send_through_discord(outgoing: Outgoing, http: Http, account: DiscordAccount) -> Sent:
    """Sends `outgoing` as one message."""
    caller = _Caller(http, account, outgoing.idempotency_key, _is_fresh(outgoing))
    message = _message(outgoing, account)
    if outgoing.kind == "reply":
        return await _answer_to(outgoing, caller, message)
    to = outgoing.to or ""
    if to == WEBHOOK or to.startswith(f"{WEBHOOK}:"):
        return await _post_to_webhook(to, caller, message)
    if not account.bot_token:
        raise step_errors.no_token(account.connection, "bot_token")
    channel = to[1:] if to.startswith("#") else await _open_direct(outgoing, caller)
    if not _SNOWFLAKE.fullmatch(channel):
        raise step_errors.no_recipient(attempts.sending.not_a_channel(channel=channel[:40]))
    message |= {"nonce": _nonce(outgoing), "enforce_nonce": True}
    reply = await caller.as_bot(f"/channels/{channel}/messages", message)
    return _sent(attempts.providers.posted_to(place=channel), reply)


async def _answer_to(outgoing: Outgoing, caller: "_Caller", message: dict[str, Any]) -> Sent:
    """Answers the event's interaction by its token."""
    data = as_dict(outgoing.event.get("data"))
    app, token = as_id(data.get("application_id")), as_text(data.get("token"))
    kind = data.get("type")
    if not app or not token or kind not in (COMMAND, COMPONENT, MODAL):
        raise step_errors.not_possible(attempts.sending.not_an_answerable_event())
    if not _SNOWFLAKE.fullmatch(app) or not _TOKEN.fullmatch(token):
        raise step_errors.no_recipient(attempts.sending.not_an_interaction())
    path, person = f"/webhooks/{app}/{token}", id_in(outgoing.event, "actor") or "?"
    if kind != COMPONENT and caller.account.is_thinking:
        original = as_dict((await caller.as_app("GET", f"{path}/messages/@original")).json())
        flags = original.get("flags")
        if flags.__class__ is int and flags & _LOADING:
            return await _fill_in(f"{path}/messages/@original", person, caller, message)
        if message["content"] and original.get("content") == message["content"]:
            output = {"id": as_id(original.get("id")), "channel": as_id(original.get("channel_id"))}
            return Sent(
                summary=attempts.providers.person_was_answered(person=person), output=output
            )
    if caller.account.ephemeral:
        message["flags"] = EPHEMERAL
    reply = await caller.as_app("POST", path, message)
    return _sent(attempts.providers.person_answered(person=person), reply)


async def _fill_in(path: str, person: str, caller: "_Caller", message: dict[str, Any]) -> Sent:
    """Replaces "thinking" by the answer; a repeated request has no second effect."""
    reply = await caller.as_app("PATCH", path, message)
    return _sent(attempts.providers.person_answered(person=person), reply)


async def _post_to_webhook(to: str, caller: "_Caller", message: dict[str, Any]) -> Sent:
    thread = to.removeprefix(WEBHOOK).removeprefix(":")
    if not caller.account.webhook_url:
        raise step_errors.no_token(caller.account.connection, "webhook_url")
    if thread and not _SNOWFLAKE.fullmatch(thread):
        raise step_errors.no_recipient(attempts.sending.not_a_thread(thread=thread[:40]))
    more = f"&thread_id={thread}" if thread else ""
    reply = await caller.to_webhook(f"?wait=true{more}", message)
    return _sent(attempts.providers.posted_to_webhook(), reply)


async def _open_direct(outgoing: Outgoing, caller: "_Caller") -> str:
    """Returns the id of the direct conversation with the person, the same in every call."""
    person = as_id(outgoing.to) or id_in(outgoing.event, "actor")
    if person is None or not _SNOWFLAKE.fullmatch(person):
        raise step_errors.no_recipient(attempts.sending.discord_person_unknown())
    reply = await caller.as_bot("/users/@me/channels", {"recipient_id": person})
    return as_id(as_dict(reply.json()).get("id")) or ""


def _is_fresh(outgoing: Outgoing) -> bool:
    came = as_time(outgoing.event.get("received_at"))
    return came is not None and outgoing.now_ms - came <= _FRESH_MS


def _nonce(outgoing: Outgoing) -> str:
    """Returns a step's nonce, by which Discord recognises a repetition for some minutes."""
    name = f"{as_id(outgoing.event.get('id'))}:{outgoing.idempotency_key}"
    return hashlib.sha256(name.encode()).hexdigest()[:_NONCE_LENGTH]


def _sent(did: Reason, reply: HttpReply) -> Sent:
    answer = as_dict(reply.json())
    output = {"id": as_id(answer.get("id")), "channel": as_id(answer.get("channel_id"))}
    return Sent(summary=did, output=output)


def _message(outgoing: Outgoing, account: DiscordAccount) -> dict[str, Any]:
    """Builds the message: the text, pictures as embeds, other files as links, replies
    as buttons.
    """
    images = [item for item in outgoing.attachments if item.get("type") == "image"]
    links = [str(item["url"]) for item in outgoing.attachments if item.get("type") != "image"]
    text = "\n".join(part for part in (outgoing.text, *links) if part)
    if not text and not images:
        raise step_errors.nothing_to_say()
    check_length(text, MAX_TEXT, "Discord")
    if len(images) > MAX_EMBEDS:
        raise step_errors.too_much(
            attempts.sending.too_many_pictures(platform="Discord", most=MAX_EMBEDS)
        )
    message: dict[str, Any] = {"content": text, **mentioned(account.mentions)}
    if images:
        message["embeds"] = [{"image": {"url": item.get("url")}} for item in images]
    if outgoing.quick_replies:
        message["components"] = _rows(outgoing.quick_replies)
    return message


def _rows(titles: tuple[str, ...]) -> list[dict[str, Any]]:
    step_errors.check_quick_replies(titles, MAX_BUTTONS, "Discord")
    buttons = [
        {
            "type": 2,
            "style": 2,
            "label": title[:MAX_QUICK_REPLY_TITLE],
            "custom_id": f"quick_reply_{number}",
        }
        for number, title in enumerate(titles, 1)
    ]
    starts = range(0, len(buttons), _BUTTONS_A_ROW)
    return [{"type": 1, "components": buttons[at : at + _BUTTONS_A_ROW]} for at in starts]


@record(kw_only=False)
class _Caller:
    """Makes the requests of one step."""

    http: Http
    account: DiscordAccount
    idempotency_key: str
    is_fresh: bool

    async def as_app(
        self, method: str, path: str, fields: Mapping[str, Any] | None = None
    ) -> HttpReply:
        """Makes a request for an interaction, authorised by the token in its path."""
        url = f"{self.account.url}{path}"
        return await self._call(method, url, fields, "interaction", repeatable=method != "POST")

    async def as_bot(self, path: str, fields: Mapping[str, Any]) -> HttpReply:
        """Makes a request as the bot. Opening a direct conversation again returns the same one."""
        url, repeatable = f"{self.account.url}{path}", path.startswith("/users")
        return await self._call("POST", url, fields, "bot", repeatable=repeatable)

    async def to_webhook(self, query: str, fields: Mapping[str, Any]) -> HttpReply:
        """Makes a request to the channel's webhook."""
        url = f"{self.account.webhook_url}{query}"
        return await self._call("POST", url, fields, "webhook", repeatable=False)

    async def _call(
        self, method: str, url: str, fields: Mapping[str, Any] | None, by: str, *, repeatable: bool
    ) -> HttpReply:
        # Discord refuses clients that do not name an address and a version.
        headers = {"user-agent": f"DiscordBot ({self.account.app_url}, {__version__})"}
        if by == "bot":
            headers["authorization"] = f"Bot {self.account.bot_token}"
        reply = await send_json(
            self.http,
            url,
            fields,
            key=self.idempotency_key,
            method=method,
            headers=headers,
            repeatable_at="Discord" if repeatable else "",
        )
        if reply.is_success:
            return reply
        raise error_of(
            reply,
            self.account.connection,
            by=by,
            repeatable=repeatable,
            is_fresh=self.is_fresh,
        )


# --- The meaning of Discord's errors for a step ---
#
# https://docs.discord.com/developers/topics/opcodes-and-status-codes


_RATE_WAIT_S = 5.0
_MAX_WAIT_S = 86_400.0
_SOON_S = 1.0
#: The interaction does not exist, or can no longer be answered.
_NO_INTERACTION = frozenset({10008, 10015, 10062, 50027})
#: The server, channel, message or person no longer exists, or accepts no messages from the bot.
_GONE = frozenset({10003, 10004, 10008, 10013, 50007, 50033, 50083, 50278, 160005})
#: With 404, the address itself is unknown: the app, the webhook, or the interaction's token.
_NO_SUCH_ADDRESS = frozenset({0, 10002, 10015})
#: The channel or the server has had too many messages. The status is not always 429.
_TOO_FAST = frozenset({20016, 20028, 20029, 40003, 40062})
_OVERLOADED = frozenset({40004, 40006, 130000})
#: The reasons for errors that a person can mend.
_MENDABLE: Final = {
    20009: attempts.refusals.discord_content,
    40058: attempts.refusals.discord_forum,
    40094: attempts.refusals.discord_not_installed,
    40333: attempts.refusals.discord_proxy,
    50001: attempts.refusals.discord_no_access,
    50008: attempts.refusals.discord_not_text,
    50013: attempts.refusals.discord_no_right,
    200000: attempts.refusals.discord_automod,
    220001: attempts.refusals.discord_forum_webhook,
    240000: attempts.refusals.discord_link,
}


def error_of(
    reply: HttpReply, connection: str, *, by: str, repeatable: bool, is_fresh: bool
) -> StepError:
    """Returns the error for an answer to a request `by` an interaction, the bot or the webhook.

    `repeatable`: a repeated request has no second effect. `is_fresh`: the event has just come in.
    """
    answer, status = as_dict(reply.json()), reply.status
    number = answer.get("code")
    code = number if number.__class__ is int else 0
    told = step_errors.answered("Discord", status, _told(answer, code))
    if status == 429 or code in _TOO_FAST:
        wait_s = _wait_s(answer, reply.headers)
        return step_errors.rate_limited("Discord", told, wait_s=wait_s, status=status)
    if by == "interaction" and (code in _NO_INTERACTION or status == 404):
        return _no_interaction(told, status, is_fresh=is_fresh)
    if (status == 401 and code not in _GONE) or (status == 404 and code in _NO_SUCH_ADDRESS):
        lost = (
            attempts.refusals.discord_webhook_gone
            if by == "webhook"
            else attempts.refusals.discord_token
        )
        reason = lost(connection=connection, told=told)
        return PermanentError(reason, code="token_expired", status=status)
    if code in _GONE:
        return SkippedStep(attempts.refusals.discord_gone(told=told), code="gone")
    if status >= 500 or code in _OVERLOADED:
        return step_errors.failed_there("Discord", told, reply, repeatable=repeatable)
    kind = _MENDABLE.get(code, attempts.refusals.discord_refused)
    return PermanentError(
        kind(told=told),
        code="permission" if code in _MENDABLE or status == 403 else "provider_refused",
        status=status,
    )


def _no_interaction(told: Reason, status: int, *, is_fresh: bool) -> StepError:
    if is_fresh:
        # The step may have run before Discord has processed the first answer.
        return RetryableError(
            attempts.refusals.discord_not_ready(told=told),
            code="provider_down",
            retry_after_s=_SOON_S,
            status=status,
        )
    return SkippedStep(attempts.refusals.discord_too_late(told=told), code="outside_window")


def _told(answer: Mapping[str, Any], code: int) -> str:
    """Returns the message of an error and the wrong fields; "" if the answer has neither."""
    said = (as_text(answer.get("message")) or "")[:200]
    places = "; ".join(_places(answer.get("errors"), "")[:3])
    return f"{said}{f' ({code})' if code else ''}{f': {places}' if places else ''}".strip()


def _places(value: Any, path: str, depth: int = 0) -> list[str]:
    fields = as_dict(value)
    found = [
        f"{path}: {as_text(as_dict(item).get('message'))}"
        for item in as_list(fields.get("_errors"))
    ]
    for name, inner in fields.items():
        if name != "_errors" and depth < 8:
            found += _places(inner, f"{path}.{name}" if path else name, depth + 1)
    return found


def _wait_s(answer: Mapping[str, Any], headers: Mapping[str, str]) -> float:
    """Returns the seconds to wait, as the body or else the header says."""
    asked = answer.get("retry_after")
    if asked.__class__ in (int, float) and 0 <= asked <= _MAX_WAIT_S:
        return float(asked)
    return step_errors.asked_wait_s(headers) or _RATE_WAIT_S


# --- Interactions ---

Item = dict[str, Any]
PING = 1
COMMAND = 2
COMPONENT = 3
AUTOCOMPLETE = 4
MODAL = 5
_TYPES: Mapping[Any, str] = {
    COMMAND: "discord.command",
    COMPONENT: "button.clicked",
    AUTOCOMPLETE: "discord.autocomplete",
    MODAL: "discord.modal",
}
#: The kinds of options that contain other options: a subcommand, and a group of subcommands.
_SUBCOMMANDS = frozenset({1, 2})
_ATTACHMENT = 11
_MAX_DEPTH = 8
#: The first millisecond of Discord's time: the upper 42 bits of an id count from it.
EPOCH_MS = 1_420_070_400_000
_TIME_SHIFT = 22


def read_interaction(envelope: Envelope, data: Item) -> ParsedEvent:
    """Reads the event of one interaction. Its lane is that person's, since only one person gets the
    answer.
    """
    kind = data.get("type")
    name = _TYPES.get(kind) if kind.__class__ is int else None
    person = read_person(data)
    inner = as_dict(data.get("data"))
    text, parts = _said(name or "", inner, data)
    channel = as_id(data.get("channel_id")) or as_id(as_dict(data.get("channel")).get("id"))
    guild = as_id(data.get("guild_id"))
    message = as_id(as_dict(data.get("message")).get("id"))
    number = as_id(data.get("id"))
    return envelope.event(
        name or event_type("discord", "interaction", kind),
        join_key(number) if number else content_key("discord", value=data),
        data,
        text=text,
        actor=person,
        lane_id=person["id"] or channel,
        occurred_at=time_of(number),
        team=part(guild),
        conversation=part(channel, is_direct=guild is None),
        message=part(message),
        locale=as_text(data.get("locale")),
        **parts,
    )


def time_of(snowflake: str | None) -> int | None:
    """Returns the time at which Discord made an id, in milliseconds since 1970."""
    if snowflake is None or not snowflake.isascii() or not snowflake.isdigit():
        return None
    made = int(snowflake) >> _TIME_SHIFT
    return as_milliseconds(made + EPOCH_MS) if made else None


def read_person(data: Item) -> Item:
    """Reads the person who acted: a member of a server, or a user in a direct conversation.

    A bot counts as the account itself, so that two bots never answer each other for ever.
    """
    member = as_dict(data.get("member"))
    user = as_dict(member.get("user") or data.get("user") or data.get("author"))
    name = as_text(member.get("nick")) or as_text(user.get("global_name"))
    return actor_of(
        as_id(user.get("id")) or as_id(data.get("user_id")),
        name or as_text(user.get("username")),
        is_self=user.get("bot") is True,
    )


def _said(name: str, inner: Item, data: Item) -> tuple[str | None, Item]:
    """Returns the text of an interaction, and the parts of the event's body."""
    if name in ("discord.command", "discord.autocomplete"):
        return _command(inner)
    if name == "button.clicked":
        return _button(inner, as_dict(data.get("message")))
    if name == "discord.modal":
        return _form(inner)
    return None, {}


def _command(inner: Item) -> tuple[str | None, Item]:
    """Reads a command. Its text is its options, or the text of the message it was used on."""
    words, options = _options(inner)
    resolved = as_dict(inner.get("resolved"))
    command = {
        "id": as_id(inner.get("name")),
        "path": " ".join(words),
        "options": {name: value for name, _, value in options},
    }
    texts = [value for _, _, value in options if isinstance(value, str)]
    target = as_id(inner.get("target_id"))
    if target:
        command["target"] = {"id": target}
        message = as_dict(as_dict(resolved.get("messages")).get(target))
        texts = [as_text(message.get("content")) or ""] if message else []
    files = as_dict(resolved.get("attachments"))
    sent = [value for _, kind, value in options if kind == _ATTACHMENT]
    return " ".join(texts), {
        "command": command,
        "attachments": [_file(as_dict(files.get(str(value)))) for value in sent],
    }


def _options(inner: Item) -> tuple[list[str], list[tuple[str, Any, Any]]]:
    """Returns the names of a command and its subcommands, and name, kind and value of each
    option.
    """
    words = [as_text(inner.get("name")) or ""]
    found: list[tuple[str, Any, Any]] = []
    level = as_list(inner.get("options"))
    for _ in range(_MAX_DEPTH):
        deeper: list[Any] = []
        for item in map(as_dict, level):
            name, kind = as_text(item.get("name")) or "", item.get("type")
            if kind.__class__ is int and kind in _SUBCOMMANDS:
                words.append(name)
                deeper += as_list(item.get("options"))
            else:
                found.append((name, kind, item.get("value")))
        level = deeper
    return words, found


def _button(inner: Item, message: Item) -> tuple[str | None, Item]:
    """Reads a click on a button or a menu entry. Its text is the label that people see."""
    number = as_id(inner.get("custom_id"))
    values = [value for value in as_list(inner.get("values")) if isinstance(value, str)]
    title = None
    for item in _components(message.get("components"), 0):
        if number is None or item.get("custom_id") != number:
            continue
        title = as_text(item.get("label")) or title
        for option in map(as_dict, as_list(item.get("options"))):
            if option.get("value") in values[:1]:
                title = as_text(option.get("label")) or title
    value = values[0] if values else number
    return title or value, {
        "button": {"id": number, "title": title or value, "value": value, "values": values}
    }


def _form(inner: Item) -> tuple[str | None, Item]:
    """Reads a form, by the ids of its fields. Its text is everything that the person wrote."""
    fields: Item = {}
    for item in _components(inner.get("components"), 0):
        name = as_id(item.get("custom_id"))
        if name is not None and ("value" in item or "values" in item):
            fields[name] = item.get("value", item.get("values"))
    texts = [value for value in fields.values() if isinstance(value, str) and value]
    form = {"id": as_id(inner.get("custom_id")), "fields": fields}
    return "\n".join(texts) or None, {"form": form}


def _components(value: Any, depth: int) -> Iterator[Item]:
    """Finds every component, also within rows and labels."""
    if depth > _MAX_DEPTH:
        return
    for item in map(as_dict, as_list(value)):
        yield item
        inner = item.get("component")
        children = as_list(item.get("components"))
        if inner is not None or children:
            yield from _components([inner, *children], depth + 1)


def _file(item: Item) -> Item:
    kind = (as_text(item.get("content_type")) or "").partition("/")[0]
    return {
        "id": as_id(item.get("id")),
        "type": kind if kind in ("image", "video", "audio") else "file",
        "url": as_text(item.get("url")),
    }


# --- The provider ---

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
        markdown=True,
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
