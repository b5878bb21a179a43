"""The wait of an event whose rules read a post that cannot be read just now.

The run that stands for them goes back into the queue. While nothing may be sent to the provider,
it waits for that, as runs with steps do. When the provider does not answer, it is asked again a few
times; an answer that never comes must not keep the conversation waiting for long, so the rules are
then decided without the text.
"""

from typing import Final

from automator.engine.attempts.posts import PostText
from automator.engine.runs.without_steps import settle_without_steps
from automator.lifecycle import On
from automator.model import (
    LOOKED_AT_AGAIN_MS,
    Claimed,
    RescheduledStep,
    Settlement,
    TargetUnavailable,
)
from automator.reasons.attempts.posts import POST_AWAITED

#: Milliseconds until the provider is asked again, after each time that it has not answered.
_PAUSES_MS: Final = (5_000, 20_000, 60_000)


def wait_for_post(claimed: Claimed, node: str, post: PostText, now_ms: int) -> Settlement | None:
    """The settlement of a run that waits for the text of its post; None where it does not."""
    error, attempt = post.error, claimed.run.attempt
    if error is None:
        return None
    because = POST_AWAITED(because=error.reason)
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
    if attempt > len(_PAUSES_MS):
        return None
    again_at = now_ms + _PAUSES_MS[attempt - 1]
    return settle_without_steps(claimed, node, On.UNREAD, because=because, run_at=again_at)
