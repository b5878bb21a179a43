"""The meaning of Discord's errors for a step.

https://docs.discord.com/developers/topics/opcodes-and-status-codes
"""

from collections.abc import Mapping
from typing import Any

from automator.http.types import HttpReply
from automator.model import PermanentError, Reason, RetryableError, SkippedStep, StepError
from automator.providers.shared.outcomes import (
    answered,
    asked_wait_s,
    failed_there,
    rate_limited,
)
from automator.providers.shared.reading import as_dict, as_list, as_text
from automator.reasons import ReasonKind
from automator.reasons.attempts.refusals import (
    DISCORD_AUTOMOD,
    DISCORD_CONTENT,
    DISCORD_FORUM,
    DISCORD_FORUM_WEBHOOK,
    DISCORD_GONE,
    DISCORD_LINK,
    DISCORD_NO_ACCESS,
    DISCORD_NO_RIGHT,
    DISCORD_NOT_INSTALLED,
    DISCORD_NOT_READY,
    DISCORD_NOT_TEXT,
    DISCORD_PROXY,
    DISCORD_REFUSED,
    DISCORD_TOKEN,
    DISCORD_TOO_LATE,
    DISCORD_WEBHOOK_GONE,
)

_RATE_WAIT_S = 5.0
_MAX_WAIT_S = 86_400.0
_SOON_S = 1.0
#: The interaction is not (or no longer) there to be answered.
_NO_INTERACTION = frozenset({10008, 10015, 10062, 50027})
#: The server, channel, message or person is no longer there, or takes no messages of the bot.
_GONE = frozenset({10003, 10004, 10008, 10013, 50007, 50033, 50083, 50278, 160005})
#: With 404 the address itself is unknown: the app, the webhook, or what stands for the token.
_NO_SUCH_ADDRESS = frozenset({0, 10002, 10015})
#: The channel or the server has had too many messages; the status is not always 429.
_TOO_FAST = frozenset({20016, 20028, 20029, 40003, 40062})
_OVERLOADED = frozenset({40004, 40006, 130000})
#: Errors that a person can mend.
_MENDABLE: Mapping[int, ReasonKind] = {
    20009: DISCORD_CONTENT,
    40058: DISCORD_FORUM,
    40094: DISCORD_NOT_INSTALLED,
    40333: DISCORD_PROXY,
    50001: DISCORD_NO_ACCESS,
    50008: DISCORD_NOT_TEXT,
    50013: DISCORD_NO_RIGHT,
    200000: DISCORD_AUTOMOD,
    220001: DISCORD_FORUM_WEBHOOK,
    240000: DISCORD_LINK,
}


def error_of(
    reply: HttpReply, connection: str, *, by: str, repeatable: bool, is_fresh: bool
) -> StepError:
    """The error of an answer to a request `by` an interaction, the bot or the webhook.

    `repeatable` = a repeated request has no second effect; `is_fresh` = the event came just now.
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
        lost = DISCORD_WEBHOOK_GONE if by == "webhook" else DISCORD_TOKEN
        reason = lost(connection=connection, told=told)
        return PermanentError(reason, code="token_expired", status=status)
    if code in _GONE:
        return SkippedStep(DISCORD_GONE(told=told), code="gone")
    if status >= 500 or code in _OVERLOADED:
        return failed_there("Discord", told, reply, repeatable=repeatable)
    kind = _MENDABLE.get(code, DISCORD_REFUSED)
    return PermanentError(
        kind(told=told),
        code="permission" if code in _MENDABLE or status == 403 else "provider_refused",
        status=status,
    )


def _no_interaction(told: Reason, status: int, *, is_fresh: bool) -> StepError:
    if is_fresh:
        # A step may run before Discord has processed our first answer.
        return RetryableError(
            DISCORD_NOT_READY(told=told), code="provider_down", retry_after_s=_SOON_S, status=status
        )
    return SkippedStep(DISCORD_TOO_LATE(told=told), code="outside_window")


def _told(answer: Mapping[str, Any], code: int) -> str:
    """The message of the error, and the fields that are wrong; "" where it says nothing."""
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
    """The seconds to wait, from the body, or else from the header."""
    asked = answer.get("retry_after")
    if asked.__class__ in (int, float) and 0 <= asked <= _MAX_WAIT_S:
        return float(asked)
    return asked_wait_s(headers) or _RATE_WAIT_S
