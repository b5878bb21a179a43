"""The meaning of an HTTP status for a step: success, worth another attempt, or final."""

import re
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

from automator.http.types import HttpReply
from automator.model import PermanentError, Reason, RetryableError
from automator.model.rule import RetryPolicy
from automator.reasons import ReasonKind
from automator.reasons.attempts import outbound

StatusRanges = Sequence[tuple[int, int]]
SUCCESS: StatusRanges = ((200, 299),)
_SECONDS = re.compile(r"[0-9]{1,12}")
_EXCERPT = 200
#: "Loop Detected": another attempt would take the same loop.
_LOOP = 508
_GONE = 410


def check_status(
    reply: HttpReply,
    *,
    place: str,
    retry: RetryPolicy,
    now_ms: int,
    expected: StatusRanges = SUCCESS,
) -> None:
    """Checks that the status is an expected one; `place` names the other system in messages.

    Raises:
        RetryableError: the step's `retry.on_status` names it.
        PermanentError: any other status; code `redirected`, `endpoint_gone`, `loop` or
            `unexpected_status`.
    """
    status = reply.status
    if _within(status, expected):
        return
    if status != _LOOP and _within(status, retry.on_status):
        raise RetryableError(
            _answered(reply, place, outbound.status, outbound.status_saying),
            code="status",
            status=status,
            retry_after_s=retry_after_s(reply.headers.get("retry-after", ""), now_ms),
        )
    raise _final(reply, place)


def _final(reply: HttpReply, place: str) -> PermanentError:
    """Returns the error for a status that another attempt would not change."""
    status, code = reply.status, ""
    if status == _LOOP:
        reason, code = outbound.goes_round(place=place), "loop"
    elif 300 <= status <= 399:
        code = "redirected"
        address = reply.headers.get("location", "")[:_EXCERPT]
        reason = (
            outbound.redirected(place=place, address=address)
            if address
            else outbound.redirected_nowhere(place=place)
        )
    elif status == _GONE:
        reason = outbound.endpoint_gone(place=place)
    else:
        code = "unexpected_status"
        reason = _answered(
            reply, place, outbound.unexpected_status, outbound.unexpected_status_saying
        )
    return PermanentError(reason, code=code, status=status)


def _answered(
    reply: HttpReply, place: str, plain: ReasonKind[...], saying: ReasonKind[...]
) -> Reason:
    """Returns the reason for an answer: `saying` with its first words, `plain` if it has none."""
    said = beginning_of(reply)
    if said:
        return saying(place=place, status=reply.status, said=said)
    return plain(place=place, status=reply.status)


def beginning_of(reply: HttpReply) -> str:
    """Returns the beginning of the answer's text, on one line."""
    return " ".join(reply.text[: _EXCERPT * 4].split())[:_EXCERPT]


def retry_after_s(value: str, now_ms: int) -> float | None:
    """Reads a Retry-After header, a number or a date, in seconds; None if it is neither."""
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - now_ms / 1000)
    except (ValueError, TypeError, OverflowError):
        return None


def _within(status: int, ranges: StatusRanges) -> bool:
    # A loop instead of `any`, which would make a generator for every answer.
    for first, last in ranges:  # noqa: SIM110
        if first <= status <= last:
            return True
    return False
