"""Sends a notice to a receiver, for the step `notify` and for a person who tests an address."""

from collections.abc import Mapping
from types import MappingProxyType

from automator.actions.http_statuses import beginning_of, check_status
from automator.actions.notifying.services import Notice, Service, call_of
from automator.configuration.secrets import Secret
from automator.http.types import Http, HttpReply
from automator.model import PermanentError, WrongValue
from automator.model.rules.step import RetryPolicy
from automator.reasons.attempts.actions import notice_refused

#: How many seconds a service has to answer, if the step names none.
_WITHIN_S = 15.0


async def send_notice(
    http: Http,
    name: str,
    address: Secret,
    notice: Notice,
    *,
    headers: Mapping[str, str] = MappingProxyType({}),
    retry: RetryPolicy | None = None,
    timeout_s: float | None = None,
) -> HttpReply:
    """Sends a notice to the receiver `name` through the service of an address.

    Raises:
        StepError: the address is wrong, or the service does not answer or refuses. The code is
            `notice_refused` if the service refuses with status 200, as some services do.
    """
    try:
        call, service = call_of(address.reveal(), notice)
    except WrongValue as error:
        raise PermanentError(error.reason) from error
    reply = await http.request(
        call.method,
        call.url,
        headers={**headers, "idempotency-key": notice.key, **call.headers},
        body=call.body,
        timeout_s=timeout_s or _WITHIN_S,
    )
    check_status(reply, place=name, retry=retry or RetryPolicy(), now_ms=notice.at)
    _require_accepted(reply, service, name)
    return reply


def _require_accepted(reply: HttpReply, service: Service, name: str) -> None:
    answer = reply.json()
    if service.refuses and isinstance(answer, Mapping) and service.refuses(answer):
        reason = notice_refused(name=name, said=beginning_of(reply))
        raise PermanentError(reason, status=reply.status)
