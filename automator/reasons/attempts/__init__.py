"""Results of attempts: successes, refusals and failures; one file for each source of results.

Open `steps.py` first: it has the results that the server itself decides. Then read the results of
actions, providers and requests.
"""

# mypy: implicit_reexport

from automator.reasons.attempts import (
    actions,
    answers,
    approvals,
    look_ups,
    messages_by_hand,
    meta,
    outbound,
    platform,
    providers,
    questions,
    receivers,
    refusals,
    sending,
    steps,
    templates,
)
