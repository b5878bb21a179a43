"""Decides which rules wait for the event's turn in its lane, and what they see of the contact.

Even after a new event has come in, the steps of earlier events of the conversation may still change
a contact's `state`, tags and opt-out. So a rule whose conditions or limits read such fields is
decided when the event's turn in its lane comes. The other fields say who wrote and when; rules see
them as they were when the event came in.
"""

from collections.abc import Mapping
from typing import Any, Final

from automator.conditions import EVERY_FIELD

#: The fields of a contact that steps of rules change.
CHANGED_BY_STEPS: Final = frozenset(
    {
        "state",
        "tags",
        "opted_out",
        "opted_out_at",
        "opted_out_by",
        "blocked",
        "blocked_at",
        "blocked_by",
        EVERY_FIELD,
    }
)


def or_newcomer(contact: Mapping[str, Any], event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The contact of an event; for a person who writes for the first time, one with only the id.

    `event` is the body of the event.
    """
    actor = event.get("actor")
    if contact or not isinstance(actor, Mapping) or not actor.get("id"):
        return contact
    return {"id": actor["id"]}


def seen_on_arrival(contact: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a contact that rules see, until the event's turn, as they were on arrival."""
    return {name: value for name, value in contact.items() if name not in CHANGED_BY_STEPS}


def seen_in_turn(contact: Mapping[str, Any], arrival: Mapping[str, Any]) -> dict[str, Any]:
    """The contact in the event's turn: fields that steps change as they are now, the others as they
    were on arrival.
    """
    now = {name: value for name, value in contact.items() if name in CHANGED_BY_STEPS}
    return {**arrival, **now}
