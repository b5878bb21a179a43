"""What is said in several requests is never said twice."""

import pytest

from automator.model import (
    PermanentError,
    RescheduledStep,
    RetryableError,
    SkippedStep,
    StepError,
    UnknownOutcome,
)
from automator.model.errors import TargetUnavailable
from automator.providers.shared.message_sequence import send_in_sequence
from tests.support import words

ERRORS = [
    RetryableError("slow down"),
    PermanentError("no"),
    SkippedStep("too late"),
    UnknownOutcome("no answer"),
    RescheduledStep("later", until_ms=1),
    TargetUnavailable("down", waits_for="host"),
]


async def send_with(error: StepError, at: int) -> None:
    async def send(piece: int) -> str:
        if piece == at:
            raise error
        return f"m{piece}"

    await send_in_sequence([0, 1, 2], send)


@pytest.mark.parametrize("error", ERRORS)
async def test_whatever_stops_the_second_piece_keeps_the_first_from_being_repeated(
    error: StepError,
) -> None:
    with pytest.raises(PermanentError) as caught:
        await send_with(error, 1)

    assert caught.value.code == "partly_sent"
    assert words.said(error.reason) in words.said(caught.value.reason)


@pytest.mark.parametrize("error", ERRORS)
async def test_what_stops_the_first_piece_is_told_as_it_is(error: StepError) -> None:
    with pytest.raises(StepError) as caught:
        await send_with(error, 0)

    assert caught.value is error
