"""Warnings about rules that are well formed and most likely not meant so.

One file holds what `automator/rules/meaning/` says of one subject. Open `comparisons.py` first: it
has the most common ones.
"""

from automator.reasons.problems.meaning import (
    abilities,
    always_holds,
    comparisons,
    late_messages,
    listening,
    message_limits,
    paths,
    remembering,
    searched_texts,
    sending,
)

__all__ = [
    "abilities",
    "always_holds",
    "comparisons",
    "late_messages",
    "listening",
    "message_limits",
    "paths",
    "remembering",
    "searched_texts",
    "sending",
]
