"""Sends one message in several requests, and never repeats a request that may have arrived."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from automator.model import PermanentError, StepError
from automator.reasons.attempts.platform import partly_sent

PieceT = TypeVar("PieceT")


async def send_in_sequence(
    pieces: Iterable[PieceT], send: Callable[[PieceT], Awaitable[str | None]]
) -> list[str | None]:
    """Sends the pieces in order, and returns their ids.

    Raises:
        PermanentError: a later piece failed (code `partly_sent`); a retry would send the earlier
            pieces again.
        StepError: the first piece failed.
    """
    ids: list[str | None] = []
    for piece in pieces:
        try:
            ids.append(await send(piece))
        except StepError as error:
            raise _after(len(ids), error) from error
    return ids


def _after(count: int, error: StepError) -> StepError:
    if not count:
        return error
    return PermanentError(partly_sent(count=count, because=error.reason))
