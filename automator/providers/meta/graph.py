"""Calls the Graph API, and turns its errors into step errors."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from automator.http.signing import encoded_hmac
from automator.http.types import Http, HttpReply, QuotaReport
from automator.model import PermanentError, Reason, SkippedStep, StepError, record
from automator.providers.shared import step_errors
from automator.providers.shared.json_requests import send_json
from automator.providers.shared.payloads import as_dict, as_list, as_text
from automator.reasons import ReasonKind
from automator.reasons.attempts import meta
from automator.reasons.attempts.platform import (
    id_unknown,
    left_platform,
    object_gone,
    page_blocked,
    permission,
    platform_says,
    platform_status,
    provider_refused,
    takes_no_such_messages,
    token_expired,
    wrote_a_day_ago,
)


@record(kw_only=False)
class GraphAccount:
    """The address of the Graph API, and the account with its token."""

    #: Its name in sentences: `Facebook`.
    product: str
    connection: str
    url: str
    token: str
    #: The permissions that the calls need, for the sentence about a missing permission.
    permissions: str
    #: The app secret for the proof; None if calls have no proof.
    app_secret: str | None

    @property
    def proof(self) -> str:
        """The HMAC of the token under the app secret, which apps may require; "" without one."""
        if self.app_secret is None:
            return ""
        return encoded_hmac(self.app_secret.encode(), self.token.encode()).decode()


#: Reads an error that only one product has; returns None for all other errors.
ReadError = Callable[[HttpReply], StepError | None]


async def call_graph(
    http: Http,
    account: GraphAccount,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    key: str = "",
    method: str = "POST",
    query: Mapping[str, str] | None = None,
    repeatable: bool = False,
    read_error: ReadError | None = None,
) -> dict[str, Any]:
    """Calls the API and returns its answer; empty if an earlier attempt has done the same already.

    `repeatable`: a repeated POST has no second effect. Other methods are always repeatable.
    """
    repeatable = repeatable or method != "POST"
    proof = account.proof
    named = {**(query or {}), **({"appsecret_proof": proof} if proof else {})}
    joint = "&" if "?" in path else "?"
    url = f"{account.url}/{path}" + (f"{joint}{urlencode(named)}" if named else "")
    reply = await send_json(
        http,
        url,
        body,
        key=key,
        token=account.token,
        method=method,
        repeatable_at=account.product if repeatable else "",
    )
    answer = reply.json()
    # An error may come with a status of success.
    if reply.is_success and "error" not in as_dict(answer):
        if not isinstance(answer, dict):
            # A proxy may also answer like this, without having passed the request on.
            is_question = method == "GET"
            raise (step_errors.unreadable_look_up if is_question else step_errors.unreadable)(
                account.product
            )
        return answer or {"id": None}
    special = read_error(reply) if read_error is not None else None
    error = special or error_of(reply, account, repeatable=repeatable)
    if error is None:
        return {}
    raise error


# --- Errors of the Graph API, sorted by their outcome for a step ---
#
# Codes and subcodes are from these two lists, as of June 2026:
# https://developers.facebook.com/docs/graph-api/guides/error-handling
# https://developers.facebook.com/docs/messenger-platform/error-codes The codes of comments (10900,
# 10902, 100/2018292) are known only from other programs.

#: A code with its subcode; None means any subcode.
_Number = tuple[int | None, int | None]

_TOKEN_DEAD = frozenset({190, 102})
_RATE_LIMITED = frozenset({4, 17, 32, 341, 613, 80001, 80002, 80006, 80007})
_TEMPORARY = frozenset({1, 2, 1200})
#: Only these codes can mean that the reply exists already.
_ALREADY_DONE = frozenset({10900})
#: Missing permissions; subcodes with another meaning are listed below.
_PERMISSIONS = frozenset({3, 10, *range(200, 300)})
_OUTSIDE_WINDOW = frozenset({(10, 2018278), (10, 2534022), (10, 2018065)})
#: The receiver no longer exists, or accepts nothing: the step is skipped.
_GONE: Mapping[_Number, ReasonKind[...]] = {
    (100, 33): object_gone,
    (9000001, None): object_gone,
    (100, 2018001): id_unknown,
    (100, 2534014): id_unknown,
    (551, None): left_platform,
    (200, 1545041): left_platform,
    (10, 2018108): left_platform,
    (10, 1893015): takes_no_such_messages,
}
#: Errors whose cause a person has to mend.
_TOLD: Mapping[_Number, ReasonKind[...]] = {
    (368, None): page_blocked,
    (2022, None): page_blocked,
    (10, 1893063): page_blocked,
    (100, 2534029): page_blocked,
    (100, 2018292): meta.not_repliable,
    (100, 2534025): meta.not_repliable,
    (10902, None): meta.not_repliable,
    (100, 2018008): meta.attachment_refused,
    (100, 2018047): meta.attachment_refused,
    (100, 2018074): meta.attachment_refused,
    (100, 2018109): meta.attachment_refused,
    (100, 2018294): meta.attachment_refused,
    (100, 2534037): meta.led_by_another,
    (2018300, None): meta.led_by_another,
    (2018321, None): meta.led_by_another,
    (200, 2534041): meta.messages_shut,
    (200, 2018027): meta.talks_to_testers,
    (200, 2018028): meta.talks_to_testers,
    (506, None): meta.said_before,
}
#: How many seconds to wait if the API names no time.
_RATE_WAIT_S = 300.0
_FULL_PERCENT = 95


def error_of(reply: HttpReply, account: GraphAccount, *, repeatable: bool) -> StepError | None:
    """Returns the step error for a failed request; None if an earlier attempt has worked.

    `repeatable` means that a repeated request has no second effect.
    """
    error = as_dict(as_dict(reply.json()).get("error"))
    code = _number(error.get("code"))
    subcode = _number(error.get("error_subcode"))
    if code in _ALREADY_DONE:
        return None
    said = as_text(error.get("error_user_msg")) or as_text(error.get("message")) or ""
    if code is None:
        told = platform_status(platform=account.product, status=reply.status)
    else:
        number = f"{code}/{subcode}" if subcode else str(code)
        told = platform_says(platform=account.product, said=said[:300], number=number)
    is_transient = error.get("is_transient") is True
    return (
        _skipped((code, subcode), told, account)
        or _passing(code, told, reply, account, is_transient=is_transient, repeatable=repeatable)
        or _lasting((code, subcode), told, reply.status, account)
    )


def _of(table: Mapping[_Number, ReasonKind[...]], number: _Number) -> ReasonKind[...] | None:
    return table.get(number) or table.get((number[0], None))


def _skipped(number: _Number, told: Reason, account: GraphAccount) -> SkippedStep | None:
    if number in _OUTSIDE_WINDOW:
        return SkippedStep(wrote_a_day_ago(platform=account.product), code="outside_window")
    gone = _of(_GONE, number)
    return SkippedStep(gone(platform=account.product, told=told), code="gone") if gone else None


def _passing(
    code: int | None,
    told: Reason,
    reply: HttpReply,
    account: GraphAccount,
    *,
    is_transient: bool,
    repeatable: bool,
) -> StepError | None:
    if code in _TOKEN_DEAD:
        return None
    if code in _RATE_LIMITED or reply.status == 429:
        wait_s = _wait(reply.headers)
        return step_errors.rate_limited(account.product, told, wait_s=wait_s, status=reply.status)
    if code in _TEMPORARY or is_transient or reply.status >= 500:
        return step_errors.failed_there(account.product, told, reply, repeatable=repeatable)
    return None


def _lasting(number: _Number, told: Reason, status: int, account: GraphAccount) -> PermanentError:
    platform, connection, needed = account.product, account.connection, account.permissions
    kind = _of(_TOLD, number)
    is_permission = number[0] in _PERMISSIONS
    # Code 0 with status 401 means that the token authenticates nobody.
    is_unknown = status == 401 and kind is None and not is_permission
    if number[0] in _TOKEN_DEAD or is_unknown:
        reason = token_expired(connection=connection, told=told)
    elif kind is not None:
        reason = kind(platform=platform, connection=connection, told=told, needed=needed)
    elif is_permission:
        reason = permission(connection=connection, told=told, needed=needed)
    else:
        reason = provider_refused(told=told)
    return PermanentError(reason, status=status)


def _number(value: Any) -> int | None:
    return value if value.__class__ is int else None


def _wait(headers: Mapping[str, str]) -> float:
    """Returns how many seconds to wait, by Retry-After or the usage headers."""
    asked = step_errors.asked_wait_s(headers)
    if asked is not None:
        return asked
    usage = read_quota(headers)
    if usage is None:
        return _RATE_WAIT_S
    # A used-up hourly quota becomes free again only slowly.
    is_full = usage.percent >= _FULL_PERCENT
    return usage.regain_s or (_RATE_WAIT_S * 2 if is_full else _RATE_WAIT_S)


# --- How much of its quota an app, a Page or a business has used ---
#
# https://developers.facebook.com/docs/graph-api/overview/rate-limiting

_APP, _PAGE, _BUSINESS = "x-app-usage", "x-page-usage", "x-business-use-case-usage"
#: The fields of each header that hold percentages.
_PERCENTS = ("call_count", "total_time", "total_cputime")
_REGAIN = "estimated_time_to_regain_access"


def read_quota(headers: Mapping[str, str]) -> QuotaReport | None:
    """Returns the highest used percentage of all quotas in an answer; None if it reports none."""
    if not (_APP in headers or _PAGE in headers or _BUSINESS in headers):
        return None
    counted = [_usage_in(headers, _APP), _usage_in(headers, _PAGE)]
    counted += [
        as_dict(item) for items in _usage_in(headers, _BUSINESS).values() for item in as_list(items)
    ]
    percent = max(_count(item.get(name)) for item in counted for name in _PERCENTS)
    minutes = max(_count(item.get(_REGAIN)) for item in counted)
    return QuotaReport(percent, minutes * 60.0)


def _usage_in(headers: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        return as_dict(orjson.loads(headers.get(name, "")))
    except orjson.JSONDecodeError:
        return {}


def _count(value: Any) -> int:
    return value if value.__class__ is int and value > 0 else 0
