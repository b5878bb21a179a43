"""Questions to providers, whose answers are those of strangers."""

import logging
from collections.abc import Awaitable
from typing import TypeVar

from automator.model import AutomatorError, RetryableError
from automator.plugins import Provider
from automator.reasons.attempts.platform import UNREADABLE_LOOK_UP

logger = logging.getLogger(__name__)

T = TypeVar("T")


async def answer_of(provider: Provider, question: Awaitable[T]) -> T:
    """The answer to a question.

    Raises:
        StepError: there is none, or the provider's code could not read it.
        TimeoutError: it did not come in time.
    """
    try:
        return await question
    except (AutomatorError, TimeoutError):
        raise
    except Exception as error:
        logger.exception("lookup.failed connection=%s", provider.connection)
        platform = provider.title or provider.name
        raise RetryableError(UNREADABLE_LOOK_UP(platform=platform)) from error
