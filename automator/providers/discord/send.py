"""Sends messages in Discord: answers to interactions, and messages as the bot or a webhook.

https://docs.discord.com/developers/resources/webhook and …/resources/message
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from automator import __version__
from automator.http.types import Http, HttpReply
from automator.model import PermanentError, Reason, RetryableError, SkippedStep, StepError, record
from automator.plugins import Outgoing, Sent
from automator.plugins.outgoing import check_length
from automator.providers.discord.interactions import COMMAND, COMPONENT, MODAL
from automator.providers.discord.options import MAX_TEXT
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.payloads import as_dict, as_id, as_list, as_text, as_time, id_in
from automator.providers.shared.step_errors import (
    answered,
    asked_wait_s,
    check_quick_replies,
    failed_there,
    no_recipient,
    no_token,
    not_possible,
    nothing_to_say,
    rate_limited,
    too_much,
)
from automator.reasons.attempts.providers import (
    person_answered,
    person_was_answered,
    posted_to,
    posted_to_webhook,
)
from automator.reasons.attempts.refusals import (
    discord_automod,
    discord_content,
    discord_forum,
    discord_forum_webhook,
    discord_gone,
    discord_link,
    discord_no_access,
    discord_no_right,
    discord_not_installed,
    discord_not_ready,
    discord_not_text,
    discord_proxy,
    discord_refused,
    discord_token,
    discord_too_late,
    discord_webhook_gone,
)
from automator.reasons.attempts.sending import (
    discord_person_unknown,
    not_a_channel,
    not_a_thread,
    not_an_answerable_event,
    not_an_interaction,
    too_many_pictures,
)

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
        return await _answer(outgoing, caller, message)
    to = outgoing.to or ""
    if to == WEBHOOK or to.startswith(f"{WEBHOOK}:"):
        return await _post_to_webhook(to, caller, message)
    if not account.bot_token:
        raise no_token(account.connection, "bot_token")
    channel = to[1:] if to.startswith("#") else await _open_direct(outgoing, caller)
    if not _SNOWFLAKE.fullmatch(channel):
        raise no_recipient(not_a_channel(channel=channel[:40]))
    message |= {"nonce": _nonce(outgoing), "enforce_nonce": True}
    reply = await caller.as_bot(f"/channels/{channel}/messages", message)
    return _sent(posted_to(place=channel), reply)


async def _answer(outgoing: Outgoing, caller: "_Caller", message: dict[str, Any]) -> Sent:
    """Answers the event's interaction by its token."""
    data = as_dict(outgoing.event.get("data"))
    app, token = as_id(data.get("application_id")), as_text(data.get("token"))
    kind = data.get("type")
    if not app or not token or kind not in (COMMAND, COMPONENT, MODAL):
        raise not_possible(not_an_answerable_event())
    if not _SNOWFLAKE.fullmatch(app) or not _TOKEN.fullmatch(token):
        raise no_recipient(not_an_interaction())
    path, person = f"/webhooks/{app}/{token}", id_in(outgoing.event, "actor") or "?"
    if kind != COMPONENT and caller.account.is_thinking:
        original = as_dict((await caller.as_app("GET", f"{path}/messages/@original")).json())
        flags = original.get("flags")
        if flags.__class__ is int and flags & _LOADING:
            return await _fill_in(f"{path}/messages/@original", person, caller, message)
        if message["content"] and original.get("content") == message["content"]:
            output = {"id": as_id(original.get("id")), "channel": as_id(original.get("channel_id"))}
            return Sent(summary=person_was_answered(person=person), output=output)
    if caller.account.ephemeral:
        message["flags"] = EPHEMERAL
    reply = await caller.as_app("POST", path, message)
    return _sent(person_answered(person=person), reply)


async def _fill_in(path: str, person: str, caller: "_Caller", message: dict[str, Any]) -> Sent:
    """Replaces "thinking" by the answer; a repeated request has no second effect."""
    reply = await caller.as_app("PATCH", path, message)
    return _sent(person_answered(person=person), reply)


async def _post_to_webhook(to: str, caller: "_Caller", message: dict[str, Any]) -> Sent:
    thread = to.removeprefix(WEBHOOK).removeprefix(":")
    if not caller.account.webhook_url:
        raise no_token(caller.account.connection, "webhook_url")
    if thread and not _SNOWFLAKE.fullmatch(thread):
        raise no_recipient(not_a_thread(thread=thread[:40]))
    more = f"&thread_id={thread}" if thread else ""
    reply = await caller.to_webhook(f"?wait=true{more}", message)
    return _sent(posted_to_webhook(), reply)


async def _open_direct(outgoing: Outgoing, caller: "_Caller") -> str:
    """Returns the id of the direct conversation with the person, the same in every call."""
    person = as_id(outgoing.to) or id_in(outgoing.event, "actor")
    if person is None or not _SNOWFLAKE.fullmatch(person):
        raise no_recipient(discord_person_unknown())
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
        raise nothing_to_say()
    check_length(text, MAX_TEXT, "Discord")
    if len(images) > MAX_EMBEDS:
        raise too_much(too_many_pictures(platform="Discord", most=MAX_EMBEDS))
    message: dict[str, Any] = {"content": text, **mentioned(account.mentions)}
    if images:
        message["embeds"] = [{"image": {"url": item.get("url")}} for item in images]
    if outgoing.quick_replies:
        message["components"] = _rows(outgoing.quick_replies)
    return message


def _rows(titles: tuple[str, ...]) -> list[dict[str, Any]]:
    check_quick_replies(titles, MAX_BUTTONS, "Discord")
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
    20009: discord_content,
    40058: discord_forum,
    40094: discord_not_installed,
    40333: discord_proxy,
    50001: discord_no_access,
    50008: discord_not_text,
    50013: discord_no_right,
    200000: discord_automod,
    220001: discord_forum_webhook,
    240000: discord_link,
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
    told = answered("Discord", status, _told(answer, code))
    if status == 429 or code in _TOO_FAST:
        wait_s = _wait_s(answer, reply.headers)
        return rate_limited("Discord", told, wait_s=wait_s, status=status)
    if by == "interaction" and (code in _NO_INTERACTION or status == 404):
        return _no_interaction(told, status, is_fresh=is_fresh)
    if (status == 401 and code not in _GONE) or (status == 404 and code in _NO_SUCH_ADDRESS):
        lost = discord_webhook_gone if by == "webhook" else discord_token
        reason = lost(connection=connection, told=told)
        return PermanentError(reason, code="token_expired", status=status)
    if code in _GONE:
        return SkippedStep(discord_gone(told=told), code="gone")
    if status >= 500 or code in _OVERLOADED:
        return failed_there("Discord", told, reply, repeatable=repeatable)
    kind = _MENDABLE.get(code, discord_refused)
    return PermanentError(
        kind(told=told),
        code="permission" if code in _MENDABLE or status == 403 else "provider_refused",
        status=status,
    )


def _no_interaction(told: Reason, status: int, *, is_fresh: bool) -> StepError:
    if is_fresh:
        # The step may have run before Discord has processed the first answer.
        return RetryableError(
            discord_not_ready(told=told), code="provider_down", retry_after_s=_SOON_S, status=status
        )
    return SkippedStep(discord_too_late(told=told), code="outside_window")


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
    return asked_wait_s(headers) or _RATE_WAIT_S
