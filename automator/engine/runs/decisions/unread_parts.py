"""The wait of an event whose rules read a part of it that cannot be looked up just now.

The run that stands for them goes back into the queue. While nothing may be sent to the provider,
it waits for that, as runs with steps do. When the provider does not answer, it is asked again a few
times; an answer that never comes must not keep the conversation waiting for long, so the rules are
then decided without it. Behind a lead nothing waits, and it must not be lost: it is asked for for a
day.
"""

from collections.abc import Mapping
from typing import Final

from automator.engine.attempts.parts import FoundPart
from automator.engine.runs.decisions.without_steps import settle_without_steps
from automator.lifecycle import On
from automator.model import (
    LEAD,
    LOOKED_AT_AGAIN_MS,
    POST,
    Claimed,
    EventPart,
    RescheduledStep,
    Settlement,
    TargetUnavailable,
)
from automator.reasons.attempts.leads import LEAD_AWAITED
from automator.reasons.attempts.posts import POST_AWAITED

#: Milliseconds until the provider is asked again, after each time that it has not answered.
_SHORT_MS: Final = (5_000, 20_000, 60_000)
_PAUSES_MS: Final[Mapping[EventPart, tuple[int, ...]]] = {
    POST: _SHORT_MS,
    LEAD: (*_SHORT_MS, 5 * 60_000, 30 * 60_000, *[4 * 3_600_000] * 6),
}
_AWAITED: Final = {POST: POST_AWAITED, LEAD: LEAD_AWAITED}


def wait_for_part(claimed: Claimed, node: str, found: FoundPart, now_ms: int) -> Settlement | None:
    """The settlement of a run that waits for a part of its event; None where it does not."""
    error, attempt, pauses_ms = found.error, claimed.run.attempt, _PAUSES_MS[found.part]
    if error is None:
        return None
    because = _AWAITED[found.part](because=error.reason)
    if isinstance(error, TargetUnavailable):
        again_at, target = now_ms + LOOKED_AT_AGAIN_MS, error.waits_for
        return settle_without_steps(
            claimed, node, On.UNAVAILABLE, because=because, run_at=again_at, target=target
        )
    if isinstance(error, RescheduledStep):
        again_at = error.until_ms
        return settle_without_steps(
            claimed, node, On.RESCHEDULED, because=because, run_at=again_at, reserved_at=again_at
        )
    if attempt > len(pauses_ms):
        return None
    again_at = now_ms + pauses_ms[attempt - 1]
    return settle_without_steps(claimed, node, On.UNREAD, because=because, run_at=again_at)
