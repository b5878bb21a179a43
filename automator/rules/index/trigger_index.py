"""Selects the rules whose triggers cover an event, without evaluating conditions."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from automator.model import Trigger, hook_of
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.event_facts import EventFacts
from automator.rules.compiled.globs import is_glob, matches, matches_any
from automator.rules.compiled.rule import CompiledRule
from automator.rules.index.predicate_index import PredicateIndex

#: Kinds of events whose candidates are cached; bounded, since senders choose their names.
_KEPT = 4_096


def listens_to(trigger: Trigger, facts: EventFacts) -> bool:
    """Whether a trigger covers an event."""
    return (
        (not facts.is_self or trigger.include_self)
        and trigger.hears(facts.connection)
        and (not trigger.providers or facts.provider in trigger.providers)
        and (not trigger.events or matches_any(facts.event_type, trigger.events))
    )


class TriggerIndex:
    """Candidates by kind of event, connection and sender.

    A new kind of event costs one look-up by its connection and one by its name, and a comparison
    with each different glob; the result is kept.
    """

    def __init__(self, rules: tuple[CompiledRule, ...]) -> None:
        # The caches hold no reference to this object: without a cycle, a rule set that was replaced
        # is freed at once.
        self._candidates = lru_cache(maxsize=_KEPT)(_Finder(rules).find)

    def select(self, scope: Scope, facts: EventFacts) -> Iterable[CompiledRule]:
        """The rules that this event may match, in their order."""
        return self.covering(facts).select(scope)

    def covering(self, facts: EventFacts) -> PredicateIndex:
        """The index over the rules whose triggers cover an event."""
        return self._candidates(facts)


class _Finder:
    def __init__(self, rules: tuple[CompiledRule, ...]) -> None:
        self._indexed = lru_cache(maxsize=_KEPT)(
            lambda numbers: PredicateIndex(tuple(rules[number] for number in numbers))
        )
        #: Rules with the same trigger, by that trigger.
        self._alike: dict[Trigger, list[int]] = {}
        for number, rule in enumerate(rules):
            self._alike.setdefault(rule.spec.trigger, []).append(number)
        #: Triggers by connection, then by name or glob of the event, in lower case; "" = any.
        self._triggers: dict[str, dict[str, list[Trigger]]] = {}
        for trigger in self._alike:
            for connection in trigger.connections or ("",):
                by_event = self._triggers.setdefault(connection, {})
                for event in trigger.events or ("",):
                    by_event.setdefault(event.lower(), []).append(trigger)
        self._globs = {
            connection: tuple(event for event in by_event if is_glob(event))
            for connection, by_event in self._triggers.items()
        }

    def find(self, facts: EventFacts) -> PredicateIndex:
        """The index over the rules whose triggers cover these facts."""
        near = self._near(facts.event_type, facts.connection)
        triggers = {trigger for trigger in near if listens_to(trigger, facts)}
        return self._indexed(tuple(sorted(n for trigger in triggers for n in self._alike[trigger])))

    def _near(self, event_type: str, connection: str) -> Iterator[Trigger]:
        """Every trigger that covers the connection and the kind of event; some come twice."""
        for place in dict.fromkeys((connection, hook_of(connection), "")):
            by_event = self._triggers.get(place, {})
            for event in ("", event_type.lower()):
                yield from by_event.get(event, ())
            for glob in self._globs.get(place, ()):
                if matches(event_type, glob):
                    yield from by_event[glob]
