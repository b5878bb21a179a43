"""The result of a preview: the effect of a rule file on many events."""

from enum import StrEnum
from typing import Any

from automator.clock import iso_time
from automator.engine.tryout.trial_result import TriedRun
from automator.model import Event, Reason, format_id, record
from automator.record_json import record_json
from automator.rules import RuleExplanation, as_json


class Change(StrEnum):
    """The difference between the result for an event and the result of the saved rules."""

    SAME = "same"
    NEW = "new"
    GONE = "gone"
    #: The event matches as before, but the actions differ.
    OTHER = "other"


@record
class Card:
    """An event that matches, or that no longer does, with the actions of the rules."""

    event: Event
    at: int
    change: Change
    runs: tuple[TriedRun, ...] = ()
    #: The actions of the saved rules, if these differ.
    before: tuple[TriedRun, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The card as plain data."""
        return {
            "event": _event_json(self.event),
            "change": self.change.value,
            "runs": [run.as_json() for run in self.runs],
            "before": [run.as_json() for run in self.before],
        }


@record
class Miss:
    """An event and the rule that comes nearest to matching it."""

    event: Event
    explanation: RuleExplanation
    #: How many conditions of the rule do not hold.
    failing: int

    def as_json(self) -> dict[str, Any]:
        """The miss as plain data."""
        return {
            "event": _event_json(self.event),
            "failing": self.failing,
            "rule": as_json(self.explanation),
        }


@record
class Preview:
    """The effects of a rule file on the latest events."""

    #: How many events were looked at.
    count: int
    matching: int
    #: How many events match only now; below, how many no longer match.
    new: int
    gone: int
    cards: tuple[Card, ...]
    #: Events that nearly match, the nearest first.
    misses: tuple[Miss, ...]
    cut: Reason | None = None

    def as_json(self) -> dict[str, Any]:
        """The preview as plain data."""
        return record_json(self)


def _event_json(event: Event) -> dict[str, Any]:
    actor = event.body.get("actor") or {}
    return {
        "id": format_id(event.id) if event.id else None,
        "type": event.type,
        "connection": event.connection,
        "text": event.body.get("text"),
        "actor_name": actor.get("name"),
        "at": iso_time(event.received_at),
    }
