"""Checks whether the platform's rules allow a message now, by when the person last wrote.

The check comes before anything is sent or counted. When that time is unknown, the platform decides:
a person may have written under another id, or while this server was down.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from automator.model import MessagingPolicy, SkippedStep
from automator.plugins import Outgoing


def require_window(policy: MessagingPolicy, outgoing: Outgoing, *, is_private: bool) -> None:
    """Returns if the platform allows the message now, as far as that is known.

    Raises:
        SkippedStep: it is too late for the message (code `outside_window`).
    """
    since = _waited_ms(outgoing.event, "occurred_at", outgoing.now_ms)
    if outgoing.kind == "reply" and since is not None and policy.limits_reply(since):
        moment = outgoing.event["occurred_at"][:16].replace("T", " ")
        raise SkippedStep(
            f"the event is of {moment} UTC, and {policy.reply_rule}", code="outside_window"
        )
    if outgoing.kind == "private_reply":
        if since is not None and policy.limits_private_reply(since):
            day = outgoing.event["occurred_at"][:10]
            raise SkippedStep(
                f"the comment is of {day}, and {policy.private_reply_rule}", code="outside_window"
            )
    elif is_private:
        since = _waited_ms(outgoing.contact, "last_inbound_at", outgoing.now_ms)
        has_template = outgoing.template is not None
        if since is not None and policy.limits_message(since, has_template=has_template):
            last = outgoing.contact["last_inbound_at"][:16].replace("T", " ")
            raise SkippedStep(
                f"the person was last heard of on {last} UTC, and {policy.message_rule}",
                code="outside_window",
            )


def _waited_ms(holder: Mapping[str, Any], name: str, now_ms: int) -> int | None:
    """Milliseconds from a time that rules see until now; None when it is not known."""
    shown = holder.get(name)
    if not isinstance(shown, str):
        return None
    try:
        return now_ms - round(datetime.fromisoformat(shown).timestamp() * 1000)
    except ValueError:
        return None
