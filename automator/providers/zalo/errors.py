"""The errors of Zalo's API, which come with status 200, sorted by what a step can do about them."""

from datetime import UTC, datetime, timedelta, timezone

from automator.model import PermanentError, RetryableError, SkippedStep, StepError
from automator.providers.shared.outcomes import rate_limited

#: The access token is refused: a fresh one may be accepted.
TOKEN_REFUSED = frozenset({-216, -220, -124})
_OUTSIDE_WINDOW = frozenset({-230, -232})
_NOT_REACHABLE = {
    -213: "the person does not follow the account",
    -217: "the person has blocked the account",
    -227: "the person has not used Zalo for 45 days",
    -244: "the person does not take such messages from the account",
}
_TOO_FAST = -32
_QUOTA = frozenset({-211, -144})
_NIGHT = frozenset({-133, -234})
_TEMPORARY = frozenset({-200, -100})
_ACCESS = frozenset(
    {-135, -1351, -204, -205, -209, -212, -219, -221, -223, -224, -240, -242, -320, -321,
     *range(-105, -100)}
)  # fmt: skip
_MINUTE_S = 60.0
#: Whose day and night Zalo goes by; there is no summer time.
_VIETNAM = timezone(timedelta(hours=7))
_MORNING_HOUR = 6


def error_of(
    code: int, message: str, *, connection: str, now_ms: int, status: int = 200
) -> StepError:
    """The step error for a code other than 0; the times of day are told by `now_ms`."""
    told = f"Zalo says: {message[:300]} (code {code})"
    return (
        _skipped(code, told)
        or _retryable(code, told, now_ms, status)
        or _lasting(code, told, connection, status)
    )


def token_refused(connection: str, told: str) -> PermanentError:
    """The error of a connection none of whose tokens is accepted any more."""
    return PermanentError(
        f"the access of {connection} has ended. {told}",
        fix="Let an administrator of the account grant the app its rights again, and put the new"
        " access_token and refresh_token into automator.yaml (docs/how-to/connect-a-zalo-oa.md).",
        code="token_expired",
    )


def _skipped(code: int, told: str) -> SkippedStep | None:
    if code in _OUTSIDE_WINDOW:
        return SkippedStep(
            f"the person was last heard of too long ago for a message. {told}",
            code="outside_window",
        )
    reason = _NOT_REACHABLE.get(code)
    return SkippedStep(f"{reason}. {told}", code="gone") if reason else None


def _retryable(code: int, told: str, now_ms: int, status: int) -> RetryableError | None:
    if code == _TOO_FAST or status == 429:
        return rate_limited("Zalo", told, wait_s=_MINUTE_S, status=status)
    if code in _QUOTA:
        return RetryableError(
            f"the account has used up what it may send. {told}",
            fix="It goes on tomorrow; a larger package at Zalo allows more.",
            code="quota",
            retry_after_s=_until_hour(0, now_ms),
            status=status,
        )
    if code in _NIGHT:
        return RetryableError(
            f"Zalo does not deliver this at night. {told}",
            code="night",
            retry_after_s=_until_hour(_MORNING_HOUR, now_ms),
            status=status,
        )
    if code in _TEMPORARY or status >= 500:
        return RetryableError(
            f"Zalo has a temporary problem. {told}", code="provider_down", status=status
        )
    return None


def _lasting(code: int, told: str, connection: str, status: int) -> PermanentError:
    if code in TOKEN_REFUSED:
        return token_refused(connection, told)
    if code in _ACCESS:
        return PermanentError(
            f"the app or the account of {connection} may not do this. {told}",
            fix="Look at both in Zalo's consoles: they must be active and verified, the account's"
            " package must include it, and the account must have granted the app its rights.",
            code="permission",
            status=status,
        )
    return PermanentError(
        told,
        fix="Look the code up in Zalo's list of errors; the attempt shows what was sent.",
        code="provider_refused",
        status=status,
    )


def _until_hour(hour: int, now_ms: int) -> float:
    """Seconds until the clock in Vietnam shows this hour the next time, and a minute more."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(_VIETNAM)
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    if then <= now:
        then += timedelta(days=1)
    return (then - now).total_seconds() + _MINUTE_S
