"""The event types that have the same meaning for all providers."""

from automator.files import did_you_mean
from automator.rules.compiled.globs import is_glob

SHARED_EVENTS = frozenset(
    f"{subject}.{what}"
    for subject, whats in {
        "comment": "created edited deleted hidden unhidden",
        "message": "received sent edited deleted read delivered",
        "reaction": "added removed",
        "post": "created edited deleted",
        "button": "clicked",
        "contact": "followed unfollowed submitted_info",
        "mention": "created",
        "review": "created",
        "lead": "created",
    }.items()
    for what in whats.split()
)


def misspelt_event(name: str) -> str | None:
    """The shared name that `name` is very likely meant to be, or None when it may be right.

    Only names that begin or end like a shared one are doubted: generic connections have their own.
    """
    if is_glob(name) or name in SHARED_EVENTS:
        return None
    subject = name.split(".", 1)[0]
    subjects = {shared.split(".", 1)[0] for shared in SHARED_EVENTS}
    return did_you_mean(name, SHARED_EVENTS) if subject in subjects else None
