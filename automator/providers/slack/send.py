"""Sends messages in Slack by chat.postMessage, and turns its errors into step errors.

The API answers most errors with status 200, and does not recognise a repeated message.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from automator.http.types import Http, HttpReply
from automator.model import PermanentError, Reason, SkippedStep, StepError, record
from automator.plugins import Outgoing, Sent
from automator.plugins.outgoing import check_length
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.payloads import as_dict, as_id, as_text, id_in
from automator.providers.shared.step_errors import (
    asked_wait_s,
    check_quick_replies,
    doubtful,
    failed_there,
    no_recipient,
    nothing_to_say,
    rate_limited,
    too_much,
)
from automator.reasons.attempts.platform import platform_error, platform_needs, platform_status
from automator.reasons.attempts.providers import posted_to
from automator.reasons.attempts.refusals import (
    slack_gone,
    slack_may_not_write,
    slack_no_channel,
    slack_no_messages_tab,
    slack_not_in_channel,
    slack_refused,
    slack_restricted,
    slack_scope,
    slack_to_bot,
    slack_token,
)
from automator.reasons.attempts.sending import (
    event_without_channel,
    event_without_person,
    too_many_blocks,
)

#: Slack cuts off longer texts.
MAX_TEXT = 40_000
MAX_SECTION = 3_000
MAX_BUTTONS = 25
_MAX_TITLE = 75
_MAX_BLOCKS = 50
_RATE_WAIT_S = 30.0
_BROADCAST = re.compile(r"<(?=!)")

_RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_TOKEN_DEAD = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
)
_NOT_THERE = frozenset({"is_archived", "user_disabled", "user_not_found"})
_DOUBTFUL = frozenset({"fatal_error", "internal_error", "request_timeout"})
_DOWN = frozenset({"service_unavailable", "team_added_to_org"})
#: The reasons for errors that a person can mend.
_MENDABLE: Final = {
    "not_in_channel": slack_not_in_channel,
    "channel_not_found": slack_no_channel,
    "missing_scope": slack_scope,
    "no_permission": slack_may_not_write,
    "restricted_action": slack_restricted,
    "messages_tab_disabled": slack_no_messages_tab,
    "cannot_dm_bot": slack_to_bot,
}


@record(kw_only=False)
class SlackAccount:
    """The address of the API, and the account that sends."""

    url: str
    token: str
    connection: str
    broadcasts: bool


def is_direct(outgoing: Outgoing) -> bool:
    """Whether only one person reads the message."""
    if outgoing.kind == "message":
        return not (outgoing.to or "").startswith(("C", "G", "#"))
    return (id_in(outgoing.event, "conversation") or "").startswith("D")


async def send_through_slack(outgoing: Outgoing, http: Http, account: SlackAccount) -> Sent:
    """Posts `outgoing` as one message."""
    channel, thread = _address(outgoing)
    body = _message(outgoing, account.broadcasts)
    body["channel"] = channel
    if thread:
        body["thread_ts"] = thread
    reply = await send_json(
        http,
        f"{account.url}/chat.postMessage",
        body,
        key=outgoing.idempotency_key,
        token=account.token,
        headers={"content-type": "application/json; charset=utf-8"},
    )
    answer = as_dict(reply.json())
    error = as_text(answer.get("error"))
    # An unreadable answer counts as a success: a message that may have arrived is not repeated.
    if not reply.is_success or answer.get("ok") is False:
        raise _error_of(reply, error or "", answer, account.connection)
    ts = as_id(answer.get("ts"))
    posted = as_id(answer.get("channel")) or channel
    return Sent(summary=posted_to(place=posted), output={"id": ts, "channel": posted})


def _address(outgoing: Outgoing) -> tuple[str, str | None]:
    """Returns the channel or the person, and the thread to answer in."""
    if outgoing.kind == "message":
        person = as_id(outgoing.to) or id_in(outgoing.event, "actor")
        if person is None:
            raise no_recipient(event_without_person())
        return person, None
    channel = id_in(outgoing.event, "conversation")
    if channel is None:
        raise no_recipient(event_without_channel())
    thread = id_in(outgoing.event, "parent")
    if thread is None and not channel.startswith("D"):
        thread = id_in(outgoing.event, "message")
    return channel, thread


def _message(outgoing: Outgoing, broadcasts: bool) -> dict[str, Any]:
    """Builds the text, and blocks if it has pictures or buttons."""
    text = outgoing.text if broadcasts else _BROADCAST.sub("&lt;", outgoing.text)
    links = [f"<{item['url']}>" for item in outgoing.attachments if item.get("type") != "image"]
    text = "\n".join(part for part in (text, *links) if part)
    images = [item for item in outgoing.attachments if item.get("type") == "image"]
    if not text and not images:
        raise nothing_to_say()
    check_length(text, MAX_TEXT, "Slack")
    check_quick_replies(outgoing.quick_replies, MAX_BUTTONS, "Slack")
    body: dict[str, Any] = {"text": text}
    if not images and not outgoing.quick_replies:
        return body
    body["blocks"] = [*_sections(text), *map(_image, images), *_buttons(outgoing.quick_replies)]
    if len(body["blocks"]) > _MAX_BLOCKS:
        raise too_much(too_many_blocks(platform="Slack", most=_MAX_BLOCKS))
    return body


def _sections(text: str) -> list[dict[str, Any]]:
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": text[start : start + MAX_SECTION]}}
        for start in range(0, len(text), MAX_SECTION)
    ]


def _image(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "image", "image_url": item.get("url"), "alt_text": "image"}


def _buttons(titles: tuple[str, ...]) -> list[dict[str, Any]]:
    if not titles:
        return []
    buttons = [
        {
            "type": "button",
            "action_id": f"quick_reply_{number}",
            "text": {"type": "plain_text", "text": title[:_MAX_TITLE]},
            "value": title[:2000],
        }
        for number, title in enumerate(titles, 1)
    ]
    return [{"type": "actions", "elements": buttons}]


def _error_of(
    reply: HttpReply, error: str, answer: Mapping[str, Any], connection: str
) -> StepError:
    status, asked = reply.status, asked_wait_s(reply.headers)
    told = _told(status, error[:100], as_text(answer.get("needed")) or "")
    if status == 429 or error in _RATE_LIMITED:
        wait_s = _RATE_WAIT_S if asked is None else asked
        return rate_limited("Slack", told, wait_s=wait_s, status=status)
    if error in _TOKEN_DEAD or status == 401:
        reason = slack_token(connection=connection, told=told)
        return PermanentError(reason, code="token_expired", status=status)
    if error in _NOT_THERE:
        return SkippedStep(slack_gone(told=told), code="gone")
    if error in _DOUBTFUL:
        return doubtful("Slack", status, told)
    if status >= 500 or error in _DOWN:
        return failed_there("Slack", told, reply, repeatable=error in _DOWN)
    kind = _MENDABLE.get(error, slack_refused)
    return PermanentError(
        kind(told=told),
        code="permission" if error in _MENDABLE or status == 403 else "provider_refused",
        status=status,
    )


def _told(status: int, error: str, needed: str) -> Reason:
    """Returns Slack's message, and the permission that it asks for."""
    if not error:
        return platform_status(platform="Slack", status=status)
    if needed:
        return platform_needs(platform="Slack", said=error, needed=needed[:100])
    return platform_error(platform="Slack", said=error)
