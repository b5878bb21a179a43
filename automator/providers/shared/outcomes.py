"""Step errors that several providers share when something cannot be sent."""

from collections.abc import Mapping

from automator.configuration.secrets import Secret
from automator.http.types import HttpReply
from automator.model import PermanentError, Reason, RetryableError, UnknownOutcome
from automator.reasons.attempts.platform import (
    MAY_HAVE_SENT,
    NO_TOKEN,
    PROVIDER_DOWN,
    RATE_LIMIT,
    UNREADABLE_ANSWER,
)

_MAX_WAIT_DIGITS = 6
_SHORTEN = "Shorten it, as in {{ event.text | truncate(%d) }}, or send it in two steps."


def asked_wait_s(headers: Mapping[str, str]) -> float | None:
    """The seconds of Retry-After, or None where it is missing or no plain number."""
    text = headers.get("retry-after", "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > _MAX_WAIT_DIGITS:
        return None
    return float(int(text))


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
    """Neither a text nor an attachment is left to send."""
    return PermanentError(
        "there is nothing to say: no text and no attachment",
        fix="Give the step a text.",
        code="nothing_to_say",
    )


def no_recipient(
    why: str, fix: str = "Give the step `to`, or narrow the trigger to events of a conversation."
) -> PermanentError:
    """The event names nobody to write to."""
    return PermanentError(f"nobody to write to: {why}", fix=fix, code="no_recipient")


def too_much(message: str, fix: str) -> PermanentError:
    """More than the provider takes at once; nothing has been sent."""
    return PermanentError(message, fix=fix, code="too_much")


def check_length(length: int, most: int, provider: str) -> None:
    """Checks the length of a text, as the provider counts it.

    Raises:
        PermanentError: it is longer than `most` (code `too_much`).
    """
    if length > most:
        raise too_much(
            f"the text has {length:,} characters; {provider} takes {most:,}", _SHORTEN % (most // 2)
        )


def check_quick_replies(titles: tuple[str, ...], most: int, provider: str) -> None:
    """Checks the number of quick replies.

    Raises:
        PermanentError: there are more than `most` (code `too_much`).
    """
    if len(titles) > most:
        raise too_much(
            f"{provider} shows at most {most} quick replies",
            f"Remove {len(titles) - most} of them.",
        )


def utf16_length(text: str) -> int:
    """The length of a text in UTF-16 code units, as LINE and Telegram count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def rate_limited(provider: str, told: Reason, *, wait_s: float, status: int) -> RetryableError:
    """The provider wants fewer requests, and nothing was sent."""
    reason = RATE_LIMIT(platform=provider, told=told)
    return RetryableError(reason, retry_after_s=wait_s, status=status)


def provider_down(provider: str, told: Reason, reply: HttpReply) -> RetryableError:
    """The provider cannot answer now, and nothing was sent."""
    return RetryableError(
        PROVIDER_DOWN(platform=provider, told=told),
        retry_after_s=asked_wait_s(reply.headers),
        status=reply.status,
    )


def doubtful(provider: str, status: int, told: Reason) -> UnknownOutcome:
    """The provider failed in the middle: nobody knows whether the message went out."""
    reason = MAY_HAVE_SENT(platform=provider, status=status, told=told)
    return UnknownOutcome(reason, code=UnknownOutcome.code)


def unreadable(provider: str) -> UnknownOutcome:
    """A success whose answer cannot be read: nobody knows whether anything was done."""
    return UnknownOutcome(UNREADABLE_ANSWER(platform=provider), code=UnknownOutcome.code)
