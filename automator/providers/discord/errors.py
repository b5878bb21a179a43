"""The meaning of Discord's errors for a step.

https://docs.discord.com/developers/topics/opcodes-and-status-codes
"""

from collections.abc import Mapping
from typing import Any

from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, SkippedStep, StepError, quoted
from automator.providers.shared.outcomes import asked_wait_s, doubtful, provider_down, rate_limited
from automator.providers.shared.reading import as_dict, as_list, as_text

_RATE_WAIT_S = 5.0
_MAX_WAIT_S = 86_400.0
_SOON_S = 1.0
#: The interaction is not (or no longer) there to be answered.
_NO_INTERACTION = frozenset({10008, 10015, 10062, 50027})
#: The channel or the person is no longer there, or takes no messages of bots.
_GONE = frozenset({10003, 10013, 50007, 50033, 50083, 160005})
#: The channel or the server has had too many messages; the status is not always 429.
_TOO_FAST = frozenset({20016, 20028, 20029, 40003, 40062})
_OVERLOADED = frozenset({40004, 40006, 130000})
#: What to do about errors that a person can mend.
_FIXES: Mapping[int, str] = {
    20009: "The person takes no such content: change the text.",
    40058: "Write into a thread of the forum, as in to: '#THREAD'.",
    40094: "Install the app in the server: one of a person alone may answer five times.",
    40333: "Look whether a proxy of yours changes requests to Discord.",
    50001: "Let the bot see the channel: add it to the server and to the channel's permissions.",
    50008: "Choose a channel that takes texts.",
    50013: "Give the bot the right to send messages in the channel.",
    200000: "AutoMod of the server holds the text back: change the text, or the rule there.",
    220001: "The webhook is a forum's: name a thread, as in to: webhook:THREAD.",
    240000: "Discord blocks a link in the text: take it out.",
}


def error_of(
    reply: HttpReply, connection: str, *, by: str, repeatable: bool, is_fresh: bool
) -> StepError:
    """The error of an answer to a request `by` an interaction, the bot or the webhook.

    `repeatable` = asking for the same again does nothing twice; `is_fresh` = the event came just
    now.
    """
    answer, status = as_dict(reply.json()), reply.status
    number = answer.get("code")
    code = number if number.__class__ is int else 0
    told = f"Discord answered {status}: {_told(answer, code)}"
    if status == 429 or code in _TOO_FAST:
        wait_s = _wait_s(answer, reply.headers)
        return rate_limited("Discord", quoted(told), wait_s=wait_s, status=status)
    if by == "interaction" and (code in _NO_INTERACTION or status == 404):
        return _no_interaction(told, status, is_fresh=is_fresh)
    if status in (401, 404) and code not in _GONE:
        return _lost(by, connection, told, status)
    if code in _GONE:
        return SkippedStep(f"the channel or the person cannot be written to. {told}", code="gone")
    if status >= 500 or code in _OVERLOADED:
        return _down(reply, told, repeatable=repeatable)
    return PermanentError(
        told,
        fix=_FIXES.get(code, "Look at what Discord says about the message."),
        code="permission" if code in _FIXES or status == 403 else "provider_refused",
        status=status,
    )


def _down(reply: HttpReply, told: str, *, repeatable: bool) -> StepError:
    if reply.status >= 500 and reply.status != 503 and not repeatable:
        return doubtful("Discord", reply.status, quoted(told))
    return provider_down("Discord", quoted(told), reply)


def _no_interaction(told: str, status: int, *, is_fresh: bool) -> StepError:
    if is_fresh:
        # A step may run before Discord has processed our first answer.
        return RetryableError(
            f"Discord has not taken our first answer yet. {told}",
            code="provider_down",
            retry_after_s=_SOON_S,
            status=status,
        )
    return SkippedStep(
        f"the command or button can no longer be answered: Discord gives 15 minutes. {told}",
        code="outside_window",
    )


def _lost(by: str, connection: str, told: str, status: int) -> PermanentError:
    """The bot's token, or the webhook, is no longer known."""
    if by == "webhook":
        told = f"the webhook of {connection} is no longer there. {told}"
        fix = "Make a webhook in the channel's settings and put its address into webhook_url."
    else:
        told = f"the bot token of {connection} is not accepted. {told}"
        fix = "Reset the token on the app's Bot page and put it into bot_token."
    return PermanentError(told, fix=fix, code="token_expired", status=status)


def _told(answer: Mapping[str, Any], code: int) -> str:
    """The message of the error, and the fields that are wrong."""
    said = (as_text(answer.get("message")) or "nothing more")[:200]
    places = "; ".join(_places(answer.get("errors"), "")[:3])
    return f"{said}{f' ({code})' if code else ''}{f': {places}' if places else ''}"[:400]


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
