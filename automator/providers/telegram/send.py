"""Sends messages through the Bot API. Its addresses contain the token.

The API does not recognise a repeated message: nothing that may have arrived is sent again.
"""

from collections.abc import Mapping
from typing import Any

from automator.http.types import Http, HttpReply
from automator.model import (
    ButtonLimits,
    PermanentError,
    Reason,
    SkippedStep,
    StepError,
    record,
    text_length,
)
from automator.plugins import Outgoing, Sent
from automator.plugins.outgoing import check_length
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.message_sequence import send_in_sequence
from automator.providers.shared.payloads import as_dict, as_id, as_text, id_in
from automator.providers.shared.step_errors import (
    MAX_SAID,
    answered,
    asked_wait_s,
    failed_there,
    no_recipient,
    nothing_to_say,
    rate_limited,
    too_much,
)
from automator.reasons.attempts.platform import (
    bot_rights,
    not_writable,
    provider_refused,
    token_expired,
)
from automator.reasons.attempts.providers import message_sent
from automator.reasons.attempts.sending import (
    event_without_chat,
    event_without_person,
    quick_reply_too_long,
)

MAX_TEXT = 4096
MAX_CAPTION = 1024
_MAX_BUTTON_DATA = 64
#: A keyboard has 100 buttons. Telegram names no limit for a button's text, and shows about 64.
TELEGRAM_BUTTONS = ButtonLimits(most=100, title=64, payload=_MAX_BUTTON_DATA, payload_unit="bytes")
_RATE_WAIT_S = 30.0
#: For each kind of attachment, the API's method and its field for the file's address.
_FILES: Mapping[str, tuple[str, str]] = {
    "image": ("sendPhoto", "photo"),
    "video": ("sendVideo", "video"),
    "audio": ("sendAudio", "audio"),
}
_ANY_FILE = ("sendDocument", "document")
#: The beginnings of Telegram's messages about unreachable people, in lower case.
_UNREACHABLE = ("blocked", "kicked", "deactivated", "can't initiate", "not a member", "was deleted")
#: The beginning of Telegram's message about a chat that does not exist or is without the bot.
_NOT_FOUND = "chat not found"

#: A method and its fields.
Piece = tuple[str, dict[str, Any]]


@record(kw_only=False)
class BotAccount:
    """The address of the API, which contains the token."""

    url: str
    connection: str
    quick_replies: str


def is_direct(outgoing: Outgoing) -> bool:
    """Whether only one person reads the message: ids of groups begin with `-`, names with `@`."""
    if outgoing.kind == "message":
        return not (_receiver(outgoing) or "").startswith(("-", "@"))
    return _conversation(outgoing).get("kind") == "private"


async def send_through_bot(outgoing: Outgoing, http: Http, account: BotAccount) -> Sent:
    """Sends `outgoing`: one message, or several if a text does not fit under a picture."""
    address = _address(outgoing)
    # If a group has become a supergroup, its new id, for all further pieces.
    moved: dict[str, Any] = {}

    async def send_one(piece: Piece) -> str | None:
        method, fields = piece
        url, key = f"{account.url}/{method}", outgoing.idempotency_key
        wanted = {**address, **fields, **moved}
        reply = await send_json(http, url, wanted, key=key)
        new_id = _moved_to(reply)
        if new_id is not None:
            moved["chat_id"] = new_id
            reply = await send_json(http, url, {**wanted, **moved}, key=key)
        if not reply.is_success:
            raise error_of(reply, account.connection, repeatable=False)
        return as_id(as_dict(as_dict(reply.json()).get("result")).get("message_id"))

    ids = await send_in_sequence(_pieces(outgoing, account.quick_replies), send_one)
    chat = str(moved.get("chat_id", address["chat_id"]))
    output = {"message_id": ids[0], "ids": ids, "chat_id": chat}
    return Sent(summary=message_sent(to=chat), output=output)


def _conversation(outgoing: Outgoing) -> dict[str, Any]:
    return as_dict(outgoing.event.get("conversation"))


def _receiver(outgoing: Outgoing) -> str | None:
    """Returns the receiver of a `message`: the receiver that the step names, or the event's person.

    In a business account, it is the other person of the chat, even if the owner has written.
    """
    part = "conversation" if id_in(outgoing.event, "business") else "actor"
    return as_id(outgoing.to) or id_in(outgoing.event, part)


def _address(outgoing: Outgoing) -> dict[str, Any]:
    """Returns the address of a reply: chat, topic, in a group the answered message, and reader."""
    chat = _conversation(outgoing)
    chat_id = as_id(chat.get("id"))
    business = id_in(outgoing.event, "business")
    if outgoing.kind == "message":
        person = _receiver(outgoing)
        if person is None:
            raise no_recipient(event_without_person())
        for_owner = {"business_connection_id": business} if business and person == chat_id else {}
        return {"chat_id": person, **for_owner}
    if chat_id is None:
        raise no_recipient(event_without_chat())
    address: dict[str, Any] = {"chat_id": chat_id}
    if business:
        address["business_connection_id"] = business
    topic = as_id(chat.get("topic"))
    if topic and topic.isdigit():
        address["message_thread_id"] = int(topic)
    answered = id_in(outgoing.event, "message")
    # A tap is on a message of the bot itself, which need not be quoted.
    is_tap = outgoing.event.get("button") is not None
    if answered and answered.isdigit() and chat.get("kind") != "private" and not is_tap:
        address["reply_parameters"] = {
            "message_id": int(answered),
            "allow_sending_without_reply": True,
        }
    return address


def _pieces(outgoing: Outgoing, quick_replies: str) -> list[Piece]:
    """Builds the messages: one if the text fits under the only attachment, otherwise
    the text last.
    """
    text = outgoing.text
    check_length(text, MAX_TEXT, "Telegram", "utf16")
    pieces = [_attachment(item) for item in outgoing.attachments]
    if text and len(pieces) == 1 and text_length(text, "utf16") <= MAX_CAPTION:
        pieces[0][1]["caption"] = text
    elif text:
        pieces.append(("sendMessage", {"text": text}))
    if not pieces:
        raise nothing_to_say()
    if outgoing.quick_replies:
        pieces[-1][1]["reply_markup"] = _markup(outgoing.quick_replies, quick_replies)
    if outgoing.buttons:
        rows = [[_button(item)] for item in outgoing.buttons]
        pieces[-1][1]["reply_markup"] = {"inline_keyboard": rows}
    return pieces


def _attachment(item: Mapping[str, Any]) -> Piece:
    method, name = _FILES.get(str(item.get("type")), _ANY_FILE)
    return method, {name: item.get("url")}


def _markup(titles: tuple[str, ...], kind: str) -> dict[str, Any]:
    if kind == "keyboard":
        rows = [[{"text": title}] for title in titles]
        return {"keyboard": rows, "one_time_keyboard": True, "resize_keyboard": True}
    too_long = [title for title in titles if len(title.encode()) > _MAX_BUTTON_DATA]
    if too_long:
        raise too_much(quick_reply_too_long(title=too_long[0][:40], most=_MAX_BUTTON_DATA))
    rows = [[{"text": title, "callback_data": title}] for title in titles]
    return {"inline_keyboard": rows}


def _button(item: Mapping[str, str]) -> dict[str, str]:
    if "url" in item:
        return {"text": item["text"], "url": item["url"]}
    return {"text": item["text"], "callback_data": item["payload"]}


def _moved_to(reply: HttpReply) -> Any:
    """Returns the new id of a group that became a supergroup; nothing was sent to the old one."""
    if reply.status != 400:
        return None
    parameters = as_dict(as_dict(reply.json()).get("parameters"))
    return parameters.get("migrate_to_chat_id")


def error_of(reply: HttpReply, connection: str, *, repeatable: bool) -> StepError:
    """Returns the step error for an answer that is not a success.

    `repeatable` means that a repeated request has no second effect.
    """
    answer = as_dict(reply.json())
    said = (as_text(answer.get("description")) or "")[:MAX_SAID]
    status = reply.status
    told = answered("Telegram", status, said)
    if status == 429:
        asked = as_dict(answer.get("parameters")).get("retry_after")
        wait_s = asked_wait_s(reply.headers) or _RATE_WAIT_S
        if asked.__class__ is int and asked >= 0:
            wait_s = float(asked)
        return rate_limited("Telegram", told, wait_s=wait_s, status=status)
    if status >= 500:
        return failed_there("Telegram", told, reply, repeatable=repeatable)
    if (status == 403 and any(word in said.lower() for word in _UNREACHABLE)) or (
        status == 400 and _NOT_FOUND in said.lower()
    ):
        return SkippedStep(not_writable(told=told), code="gone")
    return _lasting(status, said, told, connection)


def _lasting(status: int, said: str, told: Reason, connection: str) -> PermanentError:
    if status in (401, 404):
        reason = token_expired(connection=connection, told=told, option="bot_token")
    elif status == 403 or "not enough rights" in said.lower():
        return PermanentError(bot_rights(told=told), code="permission", status=status)
    else:
        reason = provider_refused(told=told)
    return PermanentError(reason, status=status)
