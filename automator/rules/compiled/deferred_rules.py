"""Defines which rules wait for the event's turn in its lane, and which contact they see then.

After an event has come in, steps for earlier events of the conversation can still change the
contact's `state`, tags and opt-out. So a rule whose conditions or limits read these fields is
decided in the event's turn. The other fields, such as the name and the time of the last message,
are shown to rules as they were on arrival.
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
    """The contact of an event; if nothing is known of the person, a contact with only the id.

    `event` is the body of the event.
    """
    actor = event.get("actor")
    if contact or not isinstance(actor, Mapping) or not actor.get("id"):
        return contact
    return {"id": actor["id"]}


def seen_on_arrival(contact: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a contact to keep from the event's arrival until its turn."""
    return {name: value for name, value in contact.items() if name not in CHANGED_BY_STEPS}


def seen_in_turn(contact: Mapping[str, Any], arrival: Mapping[str, Any]) -> dict[str, Any]:
    """The contact to show in the event's turn: `contact` now for the fields that steps change,
    `arrival` for all others.
    """
    now = {name: value for name, value in contact.items() if name in CHANGED_BY_STEPS}
    return {**arrival, **now}
