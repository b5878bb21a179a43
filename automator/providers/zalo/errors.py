"""The errors of Zalo's API, which come with status 200, sorted by their outcome for a step."""

from datetime import UTC, datetime, timedelta, timezone

from automator.http.types import HttpReply
from automator.model import PermanentError, Reason, RetryableError, SkippedStep, StepError
from automator.providers.shared.outcomes import failed_there, rate_limited
from automator.reasons.attempts.platform import (
    BLOCKED_BY_PERSON,
    INACTIVE_PERSON,
    NIGHT,
    NOT_FOLLOWING,
    PLATFORM_SAYS,
    PROVIDER_REFUSED,
    QUOTA,
    TAKES_NO_SUCH_MESSAGES,
    TOKEN_EXPIRED,
    WROTE_TOO_LONG_AGO,
    ZALO_ACCESS,
)

#: The access token is refused: a fresh one may be accepted.
TOKEN_REFUSED = frozenset({-216, -220, -124})
_OUTSIDE_WINDOW = frozenset({-230, -232})
_NOT_REACHABLE = {
    -213: NOT_FOLLOWING,
    -217: BLOCKED_BY_PERSON,
    -227: INACTIVE_PERSON,
    -244: TAKES_NO_SUCH_MESSAGES,
    # Templates to phone numbers: no account, an old or inactive one, or one that wants none.
    **dict.fromkeys((-114, -118, -119, -139, -140, -141), TAKES_NO_SUCH_MESSAGES),
}
_TOO_FAST = -32
_QUOTA = frozenset({-211, -144, -147})
_NIGHT = frozenset({-133, -234})
_TEMPORARY = frozenset({-200, -100})
_ACCESS = frozenset(
    {-135, -1351, -204, -205, -209, -212, -219, -221, -223, -224, -240, -242, -320, -321,
     *range(-105, -100)}
)  # fmt: skip
_MINUTE_S = 60.0
#: The zone by whose day and night Zalo limits messages; it has no summer time.
_VIETNAM = timezone(timedelta(hours=7))
_MORNING_HOUR = 6


def error_of(
    code: int, message: str, reply: HttpReply, *, connection: str, now_ms: int, repeatable: bool
) -> StepError:
    """The step error for a code other than 0; the times of day are told by `now_ms`.

    `repeatable` = a repeated request has no second effect.
    """
    told = PLATFORM_SAYS(platform="Zalo", said=message[:300], number=str(code))
    return (
        _skipped(code, told)
        or _passing(code, told, now_ms, reply, repeatable=repeatable)
        or _lasting(code, told, connection, reply.status)
    )


def token_refused(connection: str, told: Reason) -> PermanentError:
    """The error of a connection none of whose tokens is accepted any more."""
    tokens = "access_token, refresh_token"
    return PermanentError(TOKEN_EXPIRED(connection=connection, told=told, option=tokens))


def _skipped(code: int, told: Reason) -> SkippedStep | None:
    if code in _OUTSIDE_WINDOW:
        return SkippedStep(WROTE_TOO_LONG_AGO(told=told), code="outside_window")
    kind = _NOT_REACHABLE.get(code)
    return SkippedStep(kind(told=told), code="gone") if kind else None


def _passing(
    code: int, told: Reason, now_ms: int, reply: HttpReply, *, repeatable: bool
) -> StepError | None:
    status = reply.status
    if code == _TOO_FAST or status == 429:
        return rate_limited("Zalo", told, wait_s=_MINUTE_S, status=status)
    if code in _QUOTA:
        return RetryableError(
            QUOTA(told=told),
            retry_after_s=_until_hour(0, now_ms),
            status=status,
        )
    if code in _NIGHT:
        return RetryableError(
            NIGHT(platform="Zalo", told=told),
            retry_after_s=_until_hour(_MORNING_HOUR, now_ms),
            status=status,
        )
    if code in _TEMPORARY or status >= 500:
        return failed_there("Zalo", told, reply, repeatable=repeatable)
    return None


def _lasting(code: int, told: Reason, connection: str, status: int) -> PermanentError:
    if code in TOKEN_REFUSED:
        return token_refused(connection, told)
    if code in _ACCESS:
        return PermanentError(
            ZALO_ACCESS(connection=connection, told=told), code="permission", status=status
        )
    return PermanentError(PROVIDER_REFUSED(told=told), status=status)


def _until_hour(hour: int, now_ms: int) -> float:
    """Seconds until the clock in Vietnam shows this hour the next time, and a minute more."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(_VIETNAM)
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    if then <= now:
        then += timedelta(days=1)
    return (then - now).total_seconds() + _MINUTE_S
