"""The result of a preview: the effect of a rule file on many events."""

from enum import StrEnum
from typing import Any

from automator.clock import iso_time
from automator.engine.tryout.trial import TriedRun
from automator.model import Event, Reason, format_id, reason_json, record
from automator.rules import RuleExplanation, as_json


class Change(StrEnum):
    """The difference between the result for an event and the result of the saved rules."""

    SAME = "same"
    NEW = "new"
    GONE = "gone"
    #: It matches as before, but the actions differ.
    OTHER = "other"


@record
class Card:
    """An event that matches, or no longer does, with the effect of the rules."""

    event: Event
    at: int
    change: Change
    runs: tuple[TriedRun, ...] = ()
    #: The actions of the saved rules, if they differ.
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
    #: Conditions of the rule that do not hold.
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
    """The effects of a file on the latest events."""

    #: Events that were looked at.
    count: int
    matching: int
    #: The number of events that match only now, and the number that no longer match.
    new: int
    gone: int
    cards: tuple[Card, ...]
    #: The misses, the nearest first.
    misses: tuple[Miss, ...]
    cut: Reason | None = None

    def as_json(self) -> dict[str, Any]:
        """The preview as plain data."""
        return {
            "count": self.count,
            "matching": self.matching,
            "new": self.new,
            "gone": self.gone,
            "cards": [card.as_json() for card in self.cards],
            "misses": [miss.as_json() for miss in self.misses],
            "cut": reason_json(self.cut),
        }


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
