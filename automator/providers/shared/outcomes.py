"""Step errors that several providers share when something cannot be sent."""

from collections.abc import Mapping

from automator.configuration.secrets import Secret
from automator.http.types import HttpReply
from automator.model import PermanentError, Reason, RetryableError, UnknownOutcome, whole_number
from automator.reasons.attempts.platform import (
    MAY_HAVE_SENT,
    NO_TOKEN,
    PLATFORM_ANSWERED,
    PLATFORM_STATUS,
    PROVIDER_DOWN,
    RATE_LIMIT,
    UNREADABLE_ANSWER,
    UNREADABLE_LOOK_UP,
)
from automator.reasons.attempts.sending import NOTHING_TO_SEND, TOO_MANY_QUICK_REPLIES

#: Characters of a platform's message that are kept.
MAX_SAID = 300
_LONGEST_WAIT_S = 999_999


def asked_wait_s(headers: Mapping[str, str]) -> float | None:
    """The seconds of Retry-After, or None where it is missing or no plain number."""
    seconds = whole_number(headers.get("retry-after", "").strip(), _LONGEST_WAIT_S)
    return None if seconds is None else float(seconds)


def token_of(secret: Secret | None, connection: str, option: str) -> str:
    """The token that the connection sends with, from its option `option`.

    Raises:
        PermanentError: the option is not set (code `no_token`).
    """
    if secret is None:
        raise no_token(connection, option)
    return secret.reveal()


def no_token(connection: str, key: str) -> PermanentError:
    """The connection cannot send because the option `key` is missing."""
    return PermanentError(NO_TOKEN(connection=connection, option=key))


def nothing_to_say() -> PermanentError:
    """The error that neither a text nor an attachment is left to send."""
    return PermanentError(NOTHING_TO_SEND(), code="nothing_to_say")


def no_recipient(reason: Reason) -> PermanentError:
    """The error that the event names nobody to write to."""
    return PermanentError(reason, code="no_recipient")


def too_much(reason: Reason) -> PermanentError:
    """The error that a message is more than the provider takes at once; nothing has been sent."""
    return PermanentError(reason, code="too_much")


def not_possible(reason: Reason) -> PermanentError:
    """The error that the provider cannot do this with this event."""
    return PermanentError(reason, code="not_possible")


def answered(platform: str, status: int, said: str) -> Reason:
    """The platform's own words in an answer, or its status alone where it says nothing."""
    if not said:
        return PLATFORM_STATUS(platform=platform, status=status)
    return PLATFORM_ANSWERED(platform=platform, status=status, said=said[:MAX_SAID])


def check_quick_replies(titles: tuple[str, ...], most: int, provider: str) -> None:
    """Checks the number of quick replies.

    Raises:
        PermanentError: there are more than `most` (code `too_much`).
    """
    if len(titles) > most:
        excess = len(titles) - most
        raise too_much(TOO_MANY_QUICK_REPLIES(platform=provider, most=most, excess=excess))


def rate_limited(provider: str, told: Reason, *, wait_s: float, status: int) -> RetryableError:
    """The error that the provider wants fewer requests, within bounds; nothing was sent."""
    reason = RATE_LIMIT(platform=provider, told=told)
    return RetryableError(reason, retry_after_s=min(wait_s, _LONGEST_WAIT_S), status=status)


def failed_there(
    provider: str, told: Reason, reply: HttpReply, *, repeatable: bool
) -> RetryableError | UnknownOutcome:
    """The error that the provider has failed at a request, which may succeed later.

    A server that fails, or a proxy before it, may have sent the message already. A request that is
    `repeatable`, as a second one changes nothing, leaves no doubt, and neither does 503.
    """
    if reply.status >= 500 and reply.status != 503 and not repeatable:
        return doubtful(provider, reply.status, told)
    return RetryableError(
        PROVIDER_DOWN(platform=provider, told=told),
        retry_after_s=asked_wait_s(reply.headers),
        status=reply.status,
    )


def doubtful(provider: str, status: int, told: Reason) -> UnknownOutcome:
    """The error that the provider failed midway: nobody knows whether the message went out."""
    reason = MAY_HAVE_SENT(platform=provider, status=status, told=told)
    return UnknownOutcome(reason, code=UnknownOutcome.code)


def unreadable(provider: str) -> UnknownOutcome:
    """The error of a success whose answer cannot be read: nobody knows whether anything was
    done.
    """
    return UnknownOutcome(UNREADABLE_ANSWER(platform=provider), code=UnknownOutcome.code)


def unreadable_look_up(provider: str) -> RetryableError:
    """The error of a question whose answer cannot be read: asking again changes nothing there."""
    return RetryableError(UNREADABLE_LOOK_UP(platform=provider))
