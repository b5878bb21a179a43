"""The tracked links in the message of a step, made for the one who gets it."""

from collections.abc import Mapping
from typing import Any

from automator.engine.attempts.next_step import NextStep
from automator.engine.links.tokens import Link
from automator.engine.links.tracked_links import TrackedLinks
from automator.plugins import Provider


def step_link(
    links: TrackedLinks,
    attempted: NextStep,
    scope: Mapping[str, Any],
    provider: Provider | None,
    target: str,
) -> str:
    """The address of a tracked link; the target itself where nobody knows who gets it."""
    step, run, key = attempted.step, attempted.claimed.run, ""
    if step.names_receiver:
        to = step.receiver(scope)
        if not to or provider is None:
            return target
        key = f"{attempted.connection}:{provider.receiver_id(to) or to}"
    elif run.contact is None:
        return target
    return links.address(Link(run.id, step.spec.id, target, key))
