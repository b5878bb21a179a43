"""Calls Zalo's API, renews a refused token once, and turns errors into step errors."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from automator.http.types import Http, HttpReply
from automator.model import (
    PermanentError,
    Reason,
    RetryableError,
    SkippedStep,
    StepError,
    record,
    whole_number,
)
from automator.plugins import Outgoing
from automator.plugins.access_tokens import AccessTokens
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.payloads import as_dict, as_text
from automator.providers.shared.step_errors import (
    failed_there,
    rate_limited,
    unreadable,
    unreadable_look_up,
)
from automator.reasons.attempts.platform import (
    blocked_by_person,
    inactive_person,
    night,
    no_refresh_token,
    not_following,
    platform_says,
    provider_refused,
    quota,
    takes_no_such_messages,
    token_expired,
    wrote_too_long_ago,
    zalo_access,
)


@record
class ZaloApi:
    """The address of the API, and the account that sends."""

    connection: str
    api_url: str
    #: The base address for templates to phone numbers.
    business_url: str
    tokens: AccessTokens

    async def call(
        self, http: Http, url: str, outgoing: Outgoing, body: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Makes a POST and returns the `data` of its answer; renews a refused token once."""
        key = outgoing.idempotency_key
        return await self._ask(http, "POST", url, body, key=key, now_ms=outgoing.now_ms)

    async def get(self, http: Http, url: str, now_ms: int) -> dict[str, Any]:
        """Makes a GET request, like `call`."""
        return await self._ask(http, "GET", url, None, key="", now_ms=now_ms)

    async def _ask(
        self,
        http: Http,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        *,
        key: str,
        now_ms: int,
    ) -> dict[str, Any]:
        token = await self.tokens.access()
        reply = await self._sent(http, method, url, body, key, token)
        if error_code(as_dict(reply.json())) in TOKEN_REFUSED:
            # Zalo has done nothing yet, so the request may be repeated.
            token = await self.tokens.renewed(token)
            reply = await self._sent(http, method, url, body, key, token)
        answer = as_dict(reply.json())
        error = self._error_in(method, reply, answer, now_ms)
        if error is not None:
            raise error
        return as_dict(answer.get("data"))

    async def _sent(
        self,
        http: Http,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        key: str,
        token: str,
    ) -> HttpReply:
        headers = {"access_token": token}
        at = "Zalo" if method == "GET" else ""
        return await send_json(
            http, url, body, key=key, method=method, headers=headers, repeatable_at=at
        )

    def _error_in(
        self, method: str, reply: HttpReply, answer: Mapping[str, Any], now_ms: int
    ) -> StepError | None:
        code = error_code(answer)
        if code == 0 and reply.is_success:
            return None
        if code is None and reply.is_success:
            return unreadable_look_up("Zalo") if method == "GET" else unreadable("Zalo")
        message = as_text(answer.get("message")) or f"status {reply.status}"
        return error_of(
            code or 0,
            message,
            reply,
            connection=self.connection,
            now_ms=now_ms,
            repeatable=method == "GET",
        )


@record(kw_only=False)
class FixedAccess:
    """The only token of a connection without a refresh token."""

    connection: str
    token: str

    async def access(self) -> str:
        """Returns the token."""
        return self.token

    async def renewed(self, refused: str) -> str:  # noqa: ARG002 - as AccessTokens says.
        """Fails: there is no other token."""
        raise token_refused(self.connection, no_refresh_token())


def error_code(answer: Mapping[str, Any]) -> int | None:
    """Reads the error code of an answer: 0 for a success, None if the answer has none."""
    code = answer.get("error")
    if isinstance(code, str):
        number = whole_number(code.removeprefix("-"))
        code = -number if number and code.startswith("-") else number
    if code is None and isinstance(answer.get("data"), dict):
        return 0
    return code if code.__class__ is int else None


# --- The errors of Zalo's API, which come with status 200 ---

#: The access token was refused: a fresh token may be accepted.
TOKEN_REFUSED = frozenset({-216, -220, -124})
_OUTSIDE_WINDOW = frozenset({-230, -232})
_NOT_REACHABLE = {
    -213: not_following,
    -217: blocked_by_person,
    -227: inactive_person,
    -244: takes_no_such_messages,
    # Templates to phone numbers: without an account, inactive, or refusing such messages.
    **dict.fromkeys((-114, -118, -119, -139, -140, -141), takes_no_such_messages),
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
#: The zone of the hours at night in which Zalo sends no messages; it has no summer time.
_VIETNAM = timezone(timedelta(hours=7))
_MORNING_HOUR = 6


def error_of(
    code: int, message: str, reply: HttpReply, *, connection: str, now_ms: int, repeatable: bool
) -> StepError:
    """Returns the step error for a code other than 0. At night, `now_ms` decides how long to wait.

    `repeatable` means that a repeated request has no second effect.
    """
    told = platform_says(platform="Zalo", said=message[:300], number=str(code))
    return (
        _skipped(code, told)
        or _passing(code, told, now_ms, reply, repeatable=repeatable)
        or _lasting(code, told, connection, reply.status)
    )


def token_refused(connection: str, told: Reason) -> PermanentError:
    """The error of a connection whose tokens are all refused."""
    tokens = "access_token, refresh_token"
    return PermanentError(token_expired(connection=connection, told=told, option=tokens))


def _skipped(code: int, told: Reason) -> SkippedStep | None:
    if code in _OUTSIDE_WINDOW:
        return SkippedStep(wrote_too_long_ago(told=told), code="outside_window")
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
            quota(told=told),
            retry_after_s=_until_hour(0, now_ms),
            status=status,
        )
    if code in _NIGHT:
        return RetryableError(
            night(platform="Zalo", told=told),
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
            zalo_access(connection=connection, told=told), code="permission", status=status
        )
    return PermanentError(provider_refused(told=told), status=status)


def _until_hour(hour: int, now_ms: int) -> float:
    """Returns the seconds until the next `hour` o'clock in Vietnam, and one minute more."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(_VIETNAM)
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    if then <= now:
        then += timedelta(days=1)
    return (then - now).total_seconds() + _MINUTE_S
