"""The people whom steps write to by name, through the connection of their event or another one.

The facts about a receiver are in their contact at that connection. They are read when the step is
about to write: a block or an opt-out skips the step, and a pause puts it off. For the person of the
event this was decided when the run began.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from automator.clock import ms_of
from automator.engine.attempts.next_step import NextStep
from automator.model import (
    PausedStep,
    PermanentError,
    Reason,
    RescheduledStep,
    RetryableError,
    SkippedStep,
    StepError,
    Waits,
    record,
)
from automator.plugins import AnyAction, StepContext
from automator.reasons.attempts.receivers import (
    NOBODY_TO_WRITE_TO,
    NOT_WRITTEN_THROUGH,
    WRITTEN_THROUGH,
    WRONG_RECEIVER,
)
from automator.reasons.attempts.steps import OPTED_OUT, STORE_UNAVAILABLE
from automator.reasons.limits import ANSWERED_BY_HAND, BLOCKED
from automator.store import cannot_read

_SHOWN = 60
#: Characters of an id, as of those in events.
_LONGEST_ID = 200


@record(kw_only=False)
class Receivers:
    """Finds the people whom steps write to, by what the store knows of them."""

    #: The contact with a key, empty when nothing is known; called in a thread of its own.
    contact: Callable[[str], Mapping[str, Any]]

    async def met(
        self, attempted: NextStep, action: AnyAction, inputs: Any, context: StepContext
    ) -> StepContext:
        """The context with the contact of the person whom the step writes to.

        Raises:
            SkippedStep: there is nobody, or the person must not be written to.
            PausedStep: somebody of ours is answering the person.
            PermanentError: the platform knows nobody by such an id.
            RetryableError: the store cannot tell now.
        """
        to, is_private = action.place(inputs, context)
        if not to:
            raise SkippedStep(NOBODY_TO_WRITE_TO(connection=attempted.connection))
        person = context.provider.receiver_id(to) if len(to) <= _LONGEST_ID else None
        context.utterance.to = person or to
        if person is None:
            platform = context.provider.title or context.provider.name
            raise PermanentError(WRONG_RECEIVER(to=to[:_SHOWN], platform=platform))
        key = f"{attempted.connection}:{person}"
        try:
            contact = await asyncio.to_thread(self.contact, key)
        except Exception as error:
            unavailable = cannot_read(error)
            if unavailable is None:
                raise
            raise RetryableError(STORE_UNAVAILABLE(because=unavailable.reason)) from error
        if not _is_of_event(contact, attempted):
            refused = _refusal(contact, attempted, context.now_ms, is_private=is_private)
            if refused is not None:
                raise refused
        return replace(context, receiver=contact)


def through(attempted: NextStep, to: str, said: Reason, error: StepError | None) -> Reason:
    """The result of a message to a receiver whom the step names, with receiver and connection."""
    if isinstance(error, RescheduledStep):
        # Nothing has become of it yet.
        return said
    if error is None and not attempted.step.via:
        # It names the receiver itself.
        return said
    place = {"connection": attempted.connection, "to": to[:_SHOWN]}
    if error is None:
        return WRITTEN_THROUGH(**place, done=said)
    return NOT_WRITTEN_THROUGH(**place, because=said)


def _is_of_event(contact: Mapping[str, Any], attempted: NextStep) -> bool:
    """Whether the receiver is the person of the event."""
    claimed = attempted.claimed
    return attempted.connection == claimed.connection and (
        contact.get("id") == claimed.contact.get("id")
    )


def _refusal(
    contact: Mapping[str, Any], attempted: NextStep, now_ms: int, *, is_private: bool
) -> StepError | None:
    """The reason why the person must not be written to now, by their contact."""
    if contact.get("blocked_at") is not None:
        return SkippedStep(BLOCKED(since=ms_of(contact["blocked_at"]), by=contact["blocked_by"]))
    if is_private and contact.get("opted_out_at") is not None:
        # Asked once more with the commit that counts the message.
        return SkippedStep(OPTED_OUT(since=ms_of(contact["opted_out_at"])))
    pause_ms, shown = attempted.rule.spec.pause_ms, contact.get("human_reply_at")
    if pause_ms is None or shown is None:
        return None
    reply_at, run = ms_of(shown), attempted.claimed.run
    until_ms = reply_at + pause_ms
    is_wanted = (
        # It was put off till then, and somebody wants it now.
        (run.waits_for is Waits.COLLEAGUE and (run.waits_until or 0) > now_ms)
        # Somebody has wanted it again since.
        or (run.replay and reply_at <= run.created_at)
    )
    if until_ms <= now_ms or is_wanted:
        return None
    reason = ANSWERED_BY_HAND(at=reply_at, pause=pause_ms, until=until_ms)
    return PausedStep(reason, until_ms=until_ms, code=ANSWERED_BY_HAND.code)
