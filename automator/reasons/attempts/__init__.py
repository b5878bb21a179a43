"""Results of attempts: what was done, or why not, one file for each place where it is said.

Open steps.py first: what the engine says. Then the actions, the providers and requests to others.
"""

from automator.reasons.attempts import (
    actions,
    outbound,
    platform,
    providers,
    refusals,
    sending,
    steps,
    templates,
)

__all__ = [
    "actions",
    "outbound",
    "platform",
    "providers",
    "refusals",
    "sending",
    "steps",
    "templates",
]
