"""The meaning of an HTTP status for a step: success, worth another attempt, or final."""

import re
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, RetryPolicy

StatusRanges = Sequence[tuple[int, int]]
SUCCESS: StatusRanges = ((200, 299),)
_SECONDS = re.compile(r"[0-9]{1,12}")
_EXCERPT = 200
#: Loop detected: another attempt would go round again.
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
    """Returns when the status is expected; `place` names the other side for people.

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
            f"{place} answered {status}{_excerpt(reply)}",
            code="status",
            status=status,
            retry_after_s=retry_after_s(reply.headers.get("retry-after", ""), now_ms),
        )
    raise _final(reply, place)


def _final(reply: HttpReply, place: str) -> PermanentError:
    """The error of a status after which another attempt would end in the same way."""
    status = reply.status
    if status == _LOOP:
        code = "loop"
        said = "answered 508: this has been passed on too often and goes round in a ring"
        fix = "Find the rules that forward to one another, and take one of them out."
    elif 300 <= status <= 399:
        code = "redirected"
        said = f"redirects to {reply.headers.get('location', 'nowhere')[:_EXCERPT]}"
        fix = "Redirects are not followed: put the new address in place of the old one."
    elif status == _GONE:
        code = "endpoint_gone"
        said = "answered 410: it is gone for good"
        fix = "Remove this target from the rules, or give its new address."
    else:
        code = "unexpected_status"
        said = f"answered {status}{_excerpt(reply)}"
        fix = "Mend what the answer complains about, then retry the run."
    return PermanentError(f"{place} {said}", fix=fix, code=code, status=status)


def retry_after_s(value: str, now_ms: int) -> float | None:
    """Seconds that a Retry-After header asks for: a count or a date; None when it says nothing."""
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
    return any(first <= status <= last for first, last in ranges)


def _excerpt(reply: HttpReply) -> str:
    text = " ".join(reply.text[: _EXCERPT * 4].split())[:_EXCERPT]
    return f": {text}" if text else ""
