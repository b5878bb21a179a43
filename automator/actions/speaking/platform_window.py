"""Checks whether the platform's rules allow a message: its length, and when the person last wrote.

The check comes before anything is sent or counted. When that time is unknown, the platform decides:
a person may have written under another id, or while this server was down.
"""

from automator.model import MessagingPolicy, SkippedStep
from automator.plugins import Outgoing
from automator.plugins.outgoing import check_length, time_of
from automator.reasons import ReasonKind
from automator.reasons.attempts.actions import (
    ONLY_A_TEMPLATE,
    TOO_LATE_FOR_MESSAGE,
    TOO_LATE_FOR_PRIVATE_REPLY,
    TOO_LATE_FOR_REPLY,
)


def require_length(policy: MessagingPolicy, outgoing: Outgoing, *, is_private: bool) -> None:
    """Checks that a text is not longer than the platform takes.

    The tests of rules, which send nothing, learn of it here alone.

    Raises:
        PermanentError: it is longer (code `too_much`).
    """
    most = policy.longest(in_public=not is_private)
    if most is not None:
        check_length(outgoing.text, most, policy.platform, policy.unit)


def require_window(policy: MessagingPolicy, outgoing: Outgoing, *, is_private: bool) -> None:
    """Checks that the platform allows the message now, as far as that is known.

    Raises:
        SkippedStep: it is too late for the message (code `outside_window`).
    """
    happened_at = time_of(outgoing.event, "occurred_at")
    if outgoing.kind == "reply" and policy.limits_reply(_since(happened_at, outgoing)):
        raise _too_late(TOO_LATE_FOR_REPLY, happened_at, policy, policy.reply_ms)
    if outgoing.kind == "private_reply":
        if policy.limits_private_reply(_since(happened_at, outgoing)):
            span = policy.private_reply_ms
            raise _too_late(TOO_LATE_FOR_PRIVATE_REPLY, happened_at, policy, span)
    elif is_private:
        wrote_at = time_of(outgoing.contact, "window_opened_at")
        if policy.limits_message(_since(wrote_at, outgoing), template=outgoing.template):
            kind = ONLY_A_TEMPLATE if policy.templates_anytime else TOO_LATE_FOR_MESSAGE
            raise _too_late(kind, wrote_at, policy, policy.message_ms)


def _too_late(
    kind: ReasonKind, at_ms: int | None, policy: MessagingPolicy, span_ms: int | None
) -> SkippedStep:
    reason = kind(at=at_ms, platform=policy.platform, within=span_ms)
    return SkippedStep(reason, code="outside_window")


def _since(at_ms: int | None, outgoing: Outgoing) -> int:
    """Milliseconds since then; 0, which is never too late, when it is not known."""
    return 0 if at_ms is None else outgoing.now_ms - at_ms
