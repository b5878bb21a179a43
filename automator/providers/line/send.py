"""Sends messages through LINE's Messaging API.

A reply costs nothing, but its token works once and for about a minute. A push counts for the
month, and may be repeated: LINE knows a message again by its retry key. A reply has no such key:
a token that is used up tells the next attempt that the one before has arrived.
"""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from automator.http.types import Http, HttpReply
from automator.model import (
    PermanentError,
    Reason,
    SkippedStep,
    StepError,
    record,
)
from automator.plugins import Outgoing, Sent
from automator.plugins.outgoing import check_length
from automator.providers.line.buttons import buttons_message
from automator.providers.shared.calling import send_json
from automator.providers.shared.outcomes import (
    MAX_SAID,
    answered,
    asked_wait_s,
    check_quick_replies,
    failed_there,
    no_recipient,
    not_possible,
    nothing_to_say,
    rate_limited,
    too_much,
)
from automator.providers.shared.reading import as_dict, as_id, as_list, as_text, as_time, id_in
from automator.reasons.attempts.providers import ACCEPTED_BEFORE, PUSHED_TO, REPLIED_TO
from automator.reasons.attempts.refusals import (
    LINE_GONE,
    LINE_PLAN,
    LINE_QUOTA,
    LINE_REFUSED,
    LINE_TOKEN,
)
from automator.reasons.attempts.sending import (
    NO_FILES_WITH_BUTTONS,
    OTHER_MODULE_LEADS,
    PERSON_NOT_TOLD,
    REPLY_TOKEN_USED_UP,
    TOO_MANY_MESSAGES,
)

MAX_MESSAGES = 5
MAX_TEXT = 5000
MAX_QUICK_REPLIES = 13
MAX_QUICK_REPLY_TITLE = 20
_MAX_QUICK_TEXT = 300
_RATE_WAIT_S = 10.0
_ACCEPTED_BEFORE = 409


@record(kw_only=False)
class LineAccount:
    """The address of the API, and the account that sends."""

    url: str
    token: str
    connection: str
    reply_within_ms: int


def is_direct(outgoing: Outgoing) -> bool:
    """Whether only one person reads it: ids of people begin with `U`."""
    if outgoing.kind == "message":
        return not (outgoing.to or "U").startswith(("C", "R"))
    return as_dict(outgoing.event.get("conversation")).get("kind") == "user"


async def send_through_line(outgoing: Outgoing, http: Http, account: LineAccount) -> Sent:
    """Sends `outgoing` in one request: a reply as long as its token works, and else a push.

    Raises:
        StepError: another module leads the conversation, or LINE did not take the message.
    """
    if outgoing.event.get("standby") is True:
        raise SkippedStep(OTHER_MODULE_LEADS(), code="standby")
    messages = _messages(outgoing)
    to = _receiver(outgoing)
    token = _reply_token(outgoing, account)
    if token is not None:
        fields = {"replyToken": token, "messages": messages}
        key = outgoing.idempotency_key
        reply = await send_json(http, f"{account.url}/reply", fields, key=key, token=account.token)
        if reply.is_success:
            return _sent(REPLIED_TO(to=to), to, reply)
        if not _is_used_up(reply):
            raise _error_of(reply, account.connection, repeatable=False)
        if outgoing.outcome_unknown:
            raise SkippedStep(REPLY_TOKEN_USED_UP(), code="in_doubt")
    return await _push(outgoing, http, account, to, messages)


async def _push(
    outgoing: Outgoing, http: Http, account: LineAccount, to: str, messages: list[Any]
) -> Sent:
    event = as_id(outgoing.event.get("id"))
    name = f"{account.connection}:{event}:{outgoing.idempotency_key}:{to}"
    retry_key = {"x-line-retry-key": str(uuid5(NAMESPACE_URL, name))}
    url, fields = f"{account.url}/push", {"to": to, "messages": messages}
    reply = await send_json(
        http,
        url,
        fields,
        key=name,
        token=account.token,
        headers=retry_key,
        # With the same key LINE does not send it twice.
        repeatable_at="LINE",
    )
    if reply.status == _ACCEPTED_BEFORE:
        return _sent(ACCEPTED_BEFORE(platform="LINE", to=to), to, reply)
    if reply.is_success:
        return _sent(PUSHED_TO(to=to), to, reply)
    raise _error_of(reply, account.connection, repeatable=True)


def _sent(did: Reason, to: str, reply: HttpReply) -> Sent:
    items = as_list(as_dict(reply.json()).get("sentMessages"))
    ids = [as_id(as_dict(item).get("id")) for item in items]
    output = {"message_id": ids[0] if ids else None, "ids": ids, "to": to}
    return Sent(summary=did, output=output)


def _receiver(outgoing: Outgoing) -> str:
    if outgoing.kind == "message":
        to = as_id(outgoing.to) or id_in(outgoing.event, "actor")
    else:
        to = id_in(outgoing.event, "conversation")
    if to is None:
        raise no_recipient(PERSON_NOT_TOLD(platform="LINE"))
    return to


def _reply_token(outgoing: Outgoing, account: LineAccount) -> str | None:
    """The event's reply token while it can still work."""
    token = as_id(as_dict(outgoing.event.get("data")).get("replyToken"))
    times = (outgoing.event.get("occurred_at"), outgoing.event.get("received_at"))
    came = next((time for time in map(as_time, times) if time is not None), None)
    if outgoing.kind != "reply" or token is None or came is None:
        return None
    return token if outgoing.now_ms - came <= account.reply_within_ms else None


def _is_used_up(reply: HttpReply) -> bool:
    said = as_text(as_dict(reply.json()).get("message")) or ""
    return reply.status == 400 and "reply token" in said.lower()


def _messages(outgoing: Outgoing) -> list[dict[str, Any]]:
    """At most five: pictures, then the text with the addresses of other files."""
    if outgoing.template is not None:
        return [dict(outgoing.template)]
    attachments = outgoing.attachments if outgoing.card_picture is None else ()
    images = [item["url"] for item in attachments if item.get("type") == "image"]
    links = [str(item["url"]) for item in attachments if item.get("type") != "image"]
    if outgoing.buttons and links:
        raise not_possible(NO_FILES_WITH_BUTTONS(platform="LINE"))
    text = "\n".join(part for part in (outgoing.text, *links) if part)
    check_length(text, MAX_TEXT, "LINE", "utf16")
    messages: list[dict[str, Any]] = [
        {"type": "image", "originalContentUrl": url, "previewImageUrl": url} for url in images
    ]
    if outgoing.buttons:
        messages.append(buttons_message(outgoing))
    elif text:
        messages.append({"type": "text", "text": text})
    if not messages:
        raise nothing_to_say()
    if len(messages) > MAX_MESSAGES:
        raise too_much(TOO_MANY_MESSAGES(platform="LINE", most=MAX_MESSAGES))
    if outgoing.quick_replies:
        messages[-1]["quickReply"] = {"items": _quick_replies(outgoing.quick_replies)}
    return messages


def _quick_replies(titles: tuple[str, ...]) -> list[dict[str, Any]]:
    check_quick_replies(titles, MAX_QUICK_REPLIES, "LINE")
    return [
        {
            "type": "action",
            "action": {
                "type": "message",
                "label": title[:MAX_QUICK_REPLY_TITLE],
                "text": title[:_MAX_QUICK_TEXT],
            },
        }
        for title in titles
    ]


def _error_of(reply: HttpReply, connection: str, *, repeatable: bool) -> StepError:
    answer = as_dict(reply.json())
    details = [as_dict(item) for item in as_list(answer.get("details"))]
    more = "; ".join(f"{item.get('property')}: {item.get('message')}" for item in details)
    said = f"{as_text(answer.get('message')) or ''} {f'({more})' if more else ''}".strip()[
        :MAX_SAID
    ]
    status = reply.status
    told = answered("LINE", status, said)
    if status == 429 and "monthly" not in said.lower():
        wait_s = asked_wait_s(reply.headers) or _RATE_WAIT_S
        return rate_limited("LINE", told, wait_s=wait_s, status=status)
    if status >= 500:
        return failed_there("LINE", told, reply, repeatable=repeatable)
    if status == 404:
        return SkippedStep(LINE_GONE(told=told), code="gone")
    return _lasting(status, told, connection)


def _lasting(status: int, told: Reason, connection: str) -> PermanentError:
    if status == 401:
        reason, code = LINE_TOKEN(connection=connection, told=told), "token_expired"
    elif status == 403:
        reason, code = LINE_PLAN(connection=connection, told=told), "permission"
    elif status == 429:
        reason, code = LINE_QUOTA(connection=connection, told=told), "quota"
    else:
        reason, code = LINE_REFUSED(told=told), "provider_refused"
    return PermanentError(reason, code=code, status=status)
