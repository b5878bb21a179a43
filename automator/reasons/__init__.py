"""Every reason that the program gives, one file a subject, with its code and its English sentence.

A reason is data: `throttled(count=3, key="…")` is what is stored, compared, counted and queried.
`automator.language` makes the sentence in the reader's language. Open `kind.py` first, then the
file of the subject. docs/reference/reasons.md is generated from here.
"""

from automator.reasons import (
    alterations,
    attempts,
    bodies,
    conditions,
    connections,
    database,
    deliveries,
    doctor,
    explanations,
    limits,
    problems,
    quoted,
    replays,
    runs,
    secrets,
    setup_mistakes,
    targets,
    tryout,
)
from automator.reasons.kind import Moment, ReasonKind, kinds, problem, problem_code, reason

__all__ = [
    "Moment",
    "ReasonKind",
    "attempts",
    "alterations",
    "bodies",
    "conditions",
    "connections",
    "database",
    "deliveries",
    "doctor",
    "explanations",
    "kinds",
    "limits",
    "setup_mistakes",
    "problem",
    "problem_code",
    "problems",
    "quoted",
    "reason",
    "replays",
    "runs",
    "secrets",
    "targets",
    "tryout",
]
