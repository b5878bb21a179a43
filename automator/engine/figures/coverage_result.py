"""The coverage of a set of rules: how often each rule and condition held for the newest events."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from automator.clock import optional_time
from automator.model import Condition, Expression, Place, Reason, format_id
from automator.reasons import explanations as reasons

#: After how many events a condition that always has the same result is reported.
_ENOUGH = 20
#: If so many of the newest events lack a path that earlier events had, the sender has changed.
_ABSENT_IN_A_ROW = 5
_PRESENT_BEFORE = 20
#: Which share of the earlier events must have had the path.
_PRESENT_SHARE = 0.95


@dataclass(slots=True, kw_only=True)
class ConditionCoverage:
    """The number of evaluations of one condition, and the number in which it held."""

    condition: Condition
    held: int = 0
    failed: int = 0
    last_true: int | None = None
    last_false: int | None = None

    @property
    def text(self) -> str:
        """The condition's name or expression; for a group, the texts of its conditions."""
        return _text_of(self.condition)

    @property
    def place(self) -> Place:
        """The condition's position in the rule file."""
        return self.condition.place

    def note(self, at: int, *, holds: bool) -> None:
        """Counts one evaluation. Call it for the newest event first."""
        if holds:
            self.held += 1
            self.last_true = at if self.last_true is None else self.last_true
        else:
            self.failed += 1
            self.last_false = at if self.last_false is None else self.last_false


def _text_of(condition: Condition) -> str:
    if isinstance(condition, Expression):
        return condition.name or condition.text
    return f"{condition.kind}: {'; '.join(map(_text_of, condition.items))}"


@dataclass(slots=True)
class PathPresence:
    """Whether the events of one type had a value at a path, from the newest to the oldest."""

    absent_in_a_row: int = 0
    #: When the oldest of these events came in.
    since: int = 0
    present: int = 0
    absent: int = 0

    def note(self, at: int, *, is_there: bool) -> None:
        """Counts one event."""
        if is_there:
            self.present += 1
        elif self.present:
            self.absent += 1
        else:
            self.absent_in_a_row += 1
            self.since = at

    @property
    def has_gone(self) -> bool:
        """Whether nearly all earlier events had the path, but none of the newest events has it."""
        earlier = self.present + self.absent
        return (
            self.absent_in_a_row >= _ABSENT_IN_A_ROW
            and self.present >= _PRESENT_BEFORE
            and self.present >= _PRESENT_SHARE * earlier
        )


@dataclass(slots=True, kw_only=True)
class RuleCoverage:
    """Counts of one rule's decisions about the events."""

    rule: str
    name: str
    place: Place
    is_on: bool
    conditions: Sequence[ConditionCoverage]
    #: How many events the rule's trigger matched.
    listened: int = 0
    matched: int = 0
    last_matched: int | None = None
    #: How many events did not reach the rule because of an earlier rule, by that rule.
    hidden: Counter[str] = field(default_factory=Counter)
    #: Whether events had the paths that the rule reads, by path and type of event.
    paths: dict[tuple[str, str], PathPresence] = field(default_factory=dict)

    def findings(self, events: int) -> Iterator[Reason]:
        """Yields what is worth a look; `events` is how many events were evaluated."""
        if not self.is_on or not events:
            return
        if not self.listened:
            yield reasons.not_listened(count=events)
        elif self.hidden.total() == self.listened:
            first, _ = self.hidden.most_common(1)[0]
            yield reasons.hidden_by_stop(rule=first, count=self.listened)
        else:
            yield from self._of_conditions()
        for (path, event), presence in self.paths.items():
            if presence.has_gone:
                yield reasons.path_absent(
                    path=path,
                    event=event,
                    present=presence.present,
                    count=presence.absent_in_a_row,
                    since=presence.since,
                )

    def _of_conditions(self) -> Iterator[Reason]:
        if not self.matched:
            yield reasons.never_matched(count=self.listened)
        for item in self.conditions:
            place, count = str(item.place), item.held + item.failed
            if not count and self.listened >= _ENOUGH:
                yield reasons.never_evaluated(place=place, condition=item.text)
            elif count >= _ENOUGH and not (item.failed and item.held):
                kind = reasons.always_false if item.failed else reasons.always_true
                yield kind(place=place, condition=item.text, count=count)


@dataclass(slots=True, kw_only=True)
class UntakenEvents:
    """A group of similar events that no rule took."""

    connection: str
    type: str
    #: The names of the parts that these events have.
    shape: tuple[str, ...]
    #: The newest of these events.
    event_id: int
    text: str
    count: int = 0


@dataclass(slots=True, kw_only=True)
class Coverage:
    """Counts of all rules' decisions about the newest events."""

    revision: int
    rules: Sequence[RuleCoverage]
    events: int = 0
    #: When the oldest evaluated event came in.
    since_ms: int | None = None
    #: Whether there are older events that were not evaluated.
    is_cut: bool = False
    untaken: Sequence[UntakenEvents] = ()
    #: How many events without a rule are in none of the listed groups.
    more_untaken: int = 0
    #: The only rule to report about; "" for all rules.
    only: str = ""

    @property
    def unmet(self) -> list[RuleCoverage]:
        """The rules whose triggers matched no event. After only a few events this says little."""
        return [rule for rule in self.rules if rule.is_on and not rule.listened]

    def as_json(self) -> dict[str, Any]:
        """The coverage as plain data."""
        return {
            "revision": self.revision,
            "events": self.events,
            "since": optional_time(self.since_ms),
            "cut": self.is_cut,
            "rules": [_rule_json(rule, self.events) for rule in self.rules],
            "untaken": [_untaken_json(item) for item in self.untaken],
            "more_untaken": self.more_untaken,
        }


def _rule_json(rule: RuleCoverage, events: int) -> Mapping[str, Any]:
    return {
        "rule": rule.rule,
        "place": str(rule.place),
        "enabled": rule.is_on,
        "listened": rule.listened,
        "matched": rule.matched,
        "last_matched": optional_time(rule.last_matched),
        "hidden": dict(rule.hidden),
        "conditions": [
            {
                "text": item.text,
                "place": str(item.place),
                "held": item.held,
                "failed": item.failed,
                "last_true": optional_time(item.last_true),
                "last_false": optional_time(item.last_false),
            }
            for item in rule.conditions
        ],
        "findings": [finding.to_json() for finding in rule.findings(events)],
    }


def _untaken_json(item: UntakenEvents) -> Mapping[str, Any]:
    return {
        "connection": item.connection,
        "type": item.type,
        "shape": list(item.shape),
        "count": item.count,
        "event": format_id(item.event_id),
        "text": item.text,
    }
