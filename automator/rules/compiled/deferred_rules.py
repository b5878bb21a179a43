"""Decides which rules wait for the event's turn in its lane, and what they see of the contact.

What a contact's `state`, tags and opt-out are when an event comes in says little while earlier
events of the conversation are still being answered: their steps may change it. A rule whose
conditions or limits read such fields is decided when the event's turn in its lane has come. The
other fields say who wrote and when, and are seen as they were when the event came in.
"""

from collections.abc import Mapping
from typing import Any, Final

from automator.conditions import EVERY_FIELD

#: The fields of a contact that steps of rules change.
CHANGED_BY_STEPS: Final = frozenset(
    {"state", "tags", "opted_out", "opted_out_at", "opted_out_by", EVERY_FIELD}
)


def seen_on_arrival(contact: Mapping[str, Any]) -> dict[str, Any]:
    """What of a contact a decision in the event's turn sees as it is when the event comes in."""
    return {name: value for name, value in contact.items() if name not in CHANGED_BY_STEPS}


def seen_in_turn(contact: Mapping[str, Any], arrival: Mapping[str, Any]) -> dict[str, Any]:
    """The contact in the event's turn: what steps change as it is now, the rest as it was."""
    now = {name: value for name, value in contact.items() if name in CHANGED_BY_STEPS}
    return {**arrival, **now}
