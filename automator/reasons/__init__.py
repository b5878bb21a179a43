"""Every reason that the program gives, with its code and its English sentence; one file a subject.

A reason is data, such as `throttled(count=3, key="…")`. The program stores, compares, counts and
queries reasons in this form, and `automator.language` writes them as sentences in the reader's
language. docs/reference/reasons.md is generated from this package: the first line of each file is a
heading there. Open `kind.py` first, then the file of the subject.
"""

# mypy: implicit_reexport

from automator.reasons import (
    alterations,
    attempts,
    audit,
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
    troubles,
    tryout,
)
from automator.reasons.kind import Moment, ReasonKind, kinds, problem, problem_code, reason
