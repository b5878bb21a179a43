"""The errors of the Graph API, sorted by what a step can do about them."""

from collections.abc import Mapping
from typing import Any

from automator.http.types import HttpReply
from automator.model import PermanentError, Reason, RetryableError, SkippedStep, StepError
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.quota import read_quota
from automator.providers.shared.outcomes import asked_wait_s, provider_down, rate_limited
from automator.providers.shared.reading import as_dict, as_text
from automator.reasons import ReasonKind
from automator.reasons.attempts.platform import (
    ID_UNKNOWN,
    LEFT_PLATFORM,
    OBJECT_GONE,
    PAGE_BLOCKED,
    PERMISSION,
    PLATFORM_SAYS,
    PLATFORM_STATUS,
    PROVIDER_REFUSED,
    TOKEN_EXPIRED,
    WROTE_A_DAY_AGO,
)

_TOKEN_DEAD = frozenset({190, 102})
_RATE_LIMITED = frozenset({4, 17, 32, 613, 80001, 80002, 80006, 80007})
_TEMPORARY = frozenset({1, 2, 1200})
#: Only these codes can have been answered in place of a reply that exists already.
_ALREADY_DONE = frozenset({10900})
_BLOCKED = 368
_PERMISSION = 10
_PERMISSIONS = range(200, 300)
#: Subcodes that say that the object of a parameter does not exist, under Facebook's own code for
#: parameters.
_GONE: Mapping[tuple[int | None, int | None], ReasonKind] = {
    (100, 33): OBJECT_GONE,
    (100, 2018001): ID_UNKNOWN,
}
_NOT_AVAILABLE = 551
_OUTSIDE_WINDOW = frozenset({(10, 2018278), (10, 2534022)})
_PAGE_RESTRICTED = (10, 1893063)
#: Waits in seconds where the API does not say how long.
_RATE_WAIT_S = 300.0
_FULL_PERCENT = 95


def error_of(reply: HttpReply, account: GraphAccount) -> StepError | None:
    """The step error for an answer that is not a success; None when it was done before."""
    error = as_dict(as_dict(reply.json()).get("error"))
    code = _number(error.get("code"))
    subcode = _number(error.get("error_subcode"))
    if code in _ALREADY_DONE:
        return None
    said = as_text(error.get("error_user_msg")) or as_text(error.get("message")) or ""
    if code is None:
        told = PLATFORM_STATUS(platform=account.product, status=reply.status)
    else:
        number = f"{code}/{subcode}" if subcode else str(code)
        told = PLATFORM_SAYS(platform=account.product, said=said[:300], number=number)
    is_transient = error.get("is_transient") is True
    return (
        _skipped(code, subcode, account)
        or _retryable(code, is_transient, told, reply, account)
        or _lasting(code, subcode, told, reply.status, account)
    )


def _skipped(code: int | None, subcode: int | None, account: GraphAccount) -> SkippedStep | None:
    if (code, subcode) in _OUTSIDE_WINDOW:
        return SkippedStep(WROTE_A_DAY_AGO(platform=account.product), code="outside_window")
    if code == _NOT_AVAILABLE:
        return SkippedStep(LEFT_PLATFORM(platform=account.product), code="gone")
    gone = _GONE.get((code, subcode))
    return SkippedStep(gone(), code="gone") if gone else None


def _retryable(
    code: int | None, is_transient: bool, told: Reason, reply: HttpReply, account: GraphAccount
) -> RetryableError | None:
    if code in _TOKEN_DEAD:
        return None
    if code in _RATE_LIMITED or reply.status == 429:
        wait_s = _wait(reply.headers)
        return rate_limited(account.product, told, wait_s=wait_s, status=reply.status)
    if code in _TEMPORARY or is_transient or reply.status >= 500:
        return provider_down(account.product, told, reply)
    return None


def _lasting(
    code: int | None, subcode: int | None, told: Reason, status: int, account: GraphAccount
) -> PermanentError:
    if code in _TOKEN_DEAD:
        reason = TOKEN_EXPIRED(
            connection=account.connection, told=told, option=account.token_option
        )
    elif code == _BLOCKED or (code, subcode) == _PAGE_RESTRICTED:
        reason = PAGE_BLOCKED(platform=account.product, connection=account.connection, told=told)
    elif code == _PERMISSION or code in _PERMISSIONS:
        reason = PERMISSION(connection=account.connection, told=told, needed=account.permissions)
    else:
        reason = PROVIDER_REFUSED(told=told)
    return PermanentError(reason, status=status)


def _number(value: Any) -> int | None:
    return value if value.__class__ is int else None


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds to wait, by Retry-After or the usage headers."""
    asked = asked_wait_s(headers)
    if asked is not None:
        return asked
    usage = read_quota(headers)
    if usage is None:
        return _RATE_WAIT_S
    # A used-up budget of the hour fills again slowly.
    is_full = usage.percent >= _FULL_PERCENT
    return usage.regain_s or (_RATE_WAIT_S * 2 if is_full else _RATE_WAIT_S)
