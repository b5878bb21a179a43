"""Results of attempts: what was done, or why not; one file for each place that reports them.

Open `steps.py` first, which has the results from the engine, then the results of actions, providers
and requests.
"""

from automator.reasons.attempts import (
    actions,
    approvals,
    leads,
    messages_by_hand,
    meta,
    names,
    outbound,
    platform,
    posts,
    providers,
    questions,
    receivers,
    refusals,
    sending,
    steps,
    templates,
)

__all__ = [
    "actions",
    "approvals",
    "messages_by_hand",
    "leads",
    "meta",
    "names",
    "outbound",
    "platform",
    "posts",
    "providers",
    "questions",
    "receivers",
    "refusals",
    "sending",
    "steps",
    "templates",
]
