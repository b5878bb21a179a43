"""Reasons that a try gives: what it cannot know, and what it leaves out."""

from automator.model import N_
from automator.reasons.kind import reason_kind

TAKES_TOO_LONG = reason_kind(
    "try_takes_too_long", N_("this takes more than a try may take; the rest is left out")
)
ANSWER_UNKNOWN = reason_kind(
    "answer_unknown",
    N_("nobody is asked, so that what comes back is not known: later steps see it as empty"),
)
LIMIT_ALLOWS = reason_kind(
    "limit_allows", N_("{limit}: nothing counted for {key} holds it back ({count} of {most})")
)
LIMIT_QUEUES = reason_kind(
    "limit_queues", N_("{limit}: acts when it has its turn; at most {most} at once for {key}")
)
PREVIEW_CUT = reason_kind(
    "preview_cut", N_("this took long: {count} of {of} events were looked at")
)
