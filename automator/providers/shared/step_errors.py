"""The errors of steps that several providers raise when a message cannot be sent."""

from collections.abc import Mapping

from automator.configuration.secrets import Secret
from automator.http.types import HttpReply
from automator.model import PermanentError, Reason, RetryableError, UnknownOutcome, whole_number
from automator.reasons.attempts.platform import (
    may_have_sent,
    platform_answered,
    platform_status,
    provider_down,
    rate_limit,
    unreadable_answer,
)
from automator.reasons.attempts.platform import no_token as no_token_reason
from automator.reasons.attempts.platform import unreadable_look_up as unreadable_look_up_reason
from automator.reasons.attempts.sending import nothing_to_send, too_many_quick_replies

#: How many characters of a platform's message are kept.
MAX_SAID = 300
_LONGEST_WAIT_S = 999_999


def asked_wait_s(headers: Mapping[str, str]) -> float | None:
    """Returns the seconds of Retry-After; None if it is missing or no plain number."""
    seconds = whole_number(headers.get("retry-after", "").strip(), _LONGEST_WAIT_S)
    return None if seconds is None else float(seconds)


def token_of(secret: Secret | None, connection: str, option: str) -> str:
    """Returns the token from the connection's option `option`.

    Raises:
        PermanentError: the option is not set (code `no_token`).
    """
    if secret is None:
        raise no_token(connection, option)
    return secret.reveal()


def no_token(connection: str, key: str) -> PermanentError:
    """The error of a connection that cannot send because the option `key` is missing."""
    return PermanentError(no_token_reason(connection=connection, option=key))


def nothing_to_say() -> PermanentError:
    """The error of a message with neither a text nor an attachment."""
    return PermanentError(nothing_to_send(), code="nothing_to_say")


def no_recipient(reason: Reason) -> PermanentError:
    """The error of an event that names no receiver."""
    return PermanentError(reason, code="no_recipient")


def too_much(reason: Reason) -> PermanentError:
    """The error of a message that is larger than the provider accepts; nothing has been sent."""
    return PermanentError(reason, code="too_much")


def not_possible(reason: Reason) -> PermanentError:
    """The error of an operation that the provider cannot do with this event."""
    return PermanentError(reason, code="not_possible")


def answered(platform: str, status: int, said: str) -> Reason:
    """Returns the platform's own words in an answer, or only the status if it has none."""
    if not said:
        return platform_status(platform=platform, status=status)
    return platform_answered(platform=platform, status=status, said=said[:MAX_SAID])


def check_quick_replies(titles: tuple[str, ...], most: int, provider: str) -> None:
    """Checks the number of quick replies.

    Raises:
        PermanentError: there are more than `most` (code `too_much`).
    """
    if len(titles) > most:
        excess = len(titles) - most
        raise too_much(too_many_quick_replies(platform=provider, most=most, excess=excess))


def rate_limited(provider: str, told: Reason, *, wait_s: float, status: int) -> RetryableError:
    """The error of too many requests, with a limited wait; nothing was sent."""
    reason = rate_limit(platform=provider, told=told)
    return RetryableError(reason, retry_after_s=min(wait_s, _LONGEST_WAIT_S), status=status)


def failed_there(
    provider: str, told: Reason, reply: HttpReply, *, repeatable: bool
) -> RetryableError | UnknownOutcome:
    """The error of a request at which the provider has failed, and which may succeed later.

    A failing server, or a proxy before it, may already have sent the message: UnknownOutcome. With
    503 nothing was sent, and a second `repeatable` request has no effect: RetryableError.
    """
    if reply.status >= 500 and reply.status != 503 and not repeatable:
        return doubtful(provider, reply.status, told)
    return RetryableError(
        provider_down(platform=provider, told=told),
        retry_after_s=asked_wait_s(reply.headers),
        status=reply.status,
    )


def doubtful(provider: str, status: int, told: Reason) -> UnknownOutcome:
    """The error of a request that failed midway: the message may or may not have been sent."""
    reason = may_have_sent(platform=provider, status=status, told=told)
    return UnknownOutcome(reason, code=UnknownOutcome.code)


def unreadable(provider: str) -> UnknownOutcome:
    """The error of an unreadable answer with a status of success: something may have been done."""
    return UnknownOutcome(unreadable_answer(platform=provider), code=UnknownOutcome.code)


def unreadable_look_up(provider: str) -> RetryableError:
    """The error of an unreadable answer to a look-up, which can be repeated."""
    return RetryableError(unreadable_look_up_reason(platform=provider))
