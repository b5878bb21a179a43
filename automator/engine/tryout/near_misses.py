"""The events that a rule file nearly matches, and the conditions that they miss it by."""

from collections.abc import Callable, Iterator, Sequence

from automator.conditions import EventBudget
from automator.engine.tryout.preview_result import Miss
from automator.engine.tryout.tryout import Subject, scope_of
from automator.rules import CompiledRule, EventFacts, Hints, explain_rule, listens

#: Events that are searched for near misses, and misses that are shown, at most.
_MOST_LOOKED_AT = 200
_MOST_MISSES = 5


def near_misses(
    rules: Sequence[CompiledRule], missing: Sequence[Subject], *, is_late: Callable[[], bool]
) -> tuple[Miss, ...]:
    """The events that come nearest to matching one of the rules, of those that match none.

    The search ends early when `is_late` says so.
    """
    distances = _distances(_ListeningRules(rules), missing, is_late)
    nearest = sorted(distances, key=lambda found: found[0])[:_MOST_MISSES]
    hints, found = Hints(), []
    for failing, subject, rule in nearest:
        facts = EventFacts.of(subject.event)
        explanation = explain_rule(rule, scope_of(subject), facts, hints=hints)
        if not explanation.matched:
            found.append(Miss(event=subject.event, explanation=explanation, failing=failing))
    return tuple(found)


class _ListeningRules:
    """The rules of a file that listen to an event, cached by the facts of events."""

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        self._rules = [
            rule for rule in rules if rule.spec.enabled and not rule.spec.trigger.schedule
        ]
        self._known: dict[EventFacts, list[CompiledRule]] = {}

    def to(self, facts: EventFacts) -> list[CompiledRule]:
        """The rules whose trigger covers an event with these facts."""
        if facts not in self._known:
            self._known[facts] = [rule for rule in self._rules if listens(rule, facts)]
        return self._known[facts]


def _distances(
    listening: _ListeningRules, missing: Sequence[Subject], is_late: Callable[[], bool]
) -> Iterator[tuple[int, Subject, CompiledRule]]:
    """The number of failing conditions of the nearest rule, for each event with a rule for it."""
    looked_at = just_missed = 0
    for subject in missing:
        rules = listening.to(EventFacts.of(subject.event))
        if not rules:
            continue
        looked_at += 1
        if looked_at > _MOST_LOOKED_AT or just_missed == _MOST_MISSES or is_late():
            return
        nearest = _nearest(rules, subject)
        if nearest is not None:
            just_missed += nearest[0] == 1
            yield nearest[0], subject, nearest[1]


def _nearest(rules: Sequence[CompiledRule], subject: Subject) -> tuple[int, CompiledRule] | None:
    """The number of failing conditions of the rule with the fewest, and that rule; None if a rule
    has no failing condition.
    """
    scope, budget = scope_of(subject), EventBudget()
    found: tuple[int, CompiledRule] | None = None
    for rule in rules:
        seen, failing = rule.scope_for(scope), 0
        for check in rule.checks:
            failing += not check(seen, budget)
            if found is not None and failing >= found[0]:
                break
        else:
            if not failing:
                return None
            found = failing, rule
    return found
