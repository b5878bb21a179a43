"""Sends one message in several requests, and none of them twice."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from automator.model import PermanentError, StepError
from automator.reasons.attempts.platform import PARTLY_SENT

PieceT = TypeVar("PieceT")


async def send_pieces(
    pieces: Iterable[PieceT], send: Callable[[PieceT], Awaitable[str | None]]
) -> list[str | None]:
    """Sends one after the other; returns the id that each has got.

    Raises:
        PermanentError: one failed after others went out (code `partly_sent`): a retry would send
            those again.
        StepError: of the first piece, as it is.
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
    return PermanentError(PARTLY_SENT(count=count, because=error.reason))
