"""Selects the rules whose triggers cover an event, without evaluating conditions."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product

from automator.model import Trigger, hook_of
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.event_facts import EventFacts
from automator.rules.compiled.globs import Glob, glob_of, is_glob
from automator.rules.compiled.reads import Reads
from automator.rules.compiled.rule import CompiledRule
from automator.rules.index.predicate_index import PredicateIndex

#: Kinds of events whose rules are cached; bounded, since senders choose their names.
_KEPT = 4_096
#: A connection and a provider that triggers name, "" = any, and whether they include our own
#: events.
_Place = tuple[str, str, bool]


class TriggerIndex:
    """The rules by connection, provider and event of their triggers, and their conditions below.

    Everything is built here and nothing by an event, so that the first event of a kind is answered
    as quickly as the next one: it costs a few look-ups, and a comparison with each different glob.
    """

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        # The cache holds no reference to this object: without a cycle, a rule set that was replaced
        # is freed at once.
        self._covering = lru_cache(maxsize=_KEPT)(_Finder(rules).find)

    def select(self, scope: Scope, facts: EventFacts) -> Iterable[CompiledRule]:
        """The rules that this event may match, in their order."""
        return self.covering(facts).select(scope)

    def covering(self, facts: EventFacts) -> "Covering":
        """The rules whose triggers cover an event."""
        return self._covering(facts)


class Covering:
    """The rules whose triggers cover one kind of event."""

    def __init__(self, rules: Sequence[CompiledRule], indexes: Collection[PredicateIndex]) -> None:
        self._rules = rules
        self._indexes = indexes
        #: The values that conditions read beside the event: of all rules, and of the rules that are
        #: decided when the event comes in.
        self.reads = Reads.together(index.reads for index in indexes)
        self.arrival_reads = Reads.together(index.arrival_reads for index in indexes)
        #: The same rules for every event, where none of the indexes looks at one.
        self._always = None if any(index.looks for index in indexes) else self._selected({})

    def select(self, scope: Scope) -> Iterable[CompiledRule]:
        """The rules that an event may match, in their order."""
        return self._selected(scope) if self._always is None else self._always

    def _selected(self, scope: Scope) -> Sequence[CompiledRule]:
        numbers: set[int] = set()
        for index in self._indexes:
            index.select(scope, numbers)
        return [self._rules[number] for number in sorted(numbers)] if numbers else ()


class _Finder:
    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        self._rules = rules
        numbers: dict[_Place, dict[str, list[int]]] = {}
        for number, rule in enumerate(rules):
            trigger = rule.spec.trigger
            events = {event.lower() for event in trigger.events} or {""}
            for place in _places_of(trigger):
                by_event = numbers.setdefault(place, {})
                for event in events:
                    by_event.setdefault(event, []).append(number)
        made: dict[tuple[int, ...], PredicateIndex] = {}
        #: By place, then by the name or glob of the event in lower case; "" = any.
        self._indexes: dict[_Place, dict[str, PredicateIndex]] = {
            place: {event: _index(rules, tuple(listed), made) for event, listed in by_event.items()}
            for place, by_event in numbers.items()
        }
        self._globs: dict[_Place, tuple[tuple[Glob, PredicateIndex], ...]] = {
            place: tuple(
                (glob_of(event), index) for event, index in found.items() if is_glob(event)
            )
            for place, found in self._indexes.items()
        }

    def find(self, facts: EventFacts) -> Covering:
        """The rules whose triggers cover these facts."""
        return Covering(self._rules, tuple(dict.fromkeys(self._near(facts))))

    def _near(self, facts: EventFacts) -> Iterator[PredicateIndex]:
        """The index of every place and name that covers the facts; some come twice."""
        connections = dict.fromkeys((facts.connection, hook_of(facts.connection), ""))
        own = (True,) if facts.is_self else (True, False)
        event = facts.event_type.lower()
        for place in product(connections, dict.fromkeys((facts.provider, "")), own):
            by_event = self._indexes.get(place)
            if by_event is None:
                continue
            yield from (by_event[name] for name in dict.fromkeys(("", event)) if name in by_event)
            yield from (index for covers, index in self._globs[place] if covers(event))


def _places_of(trigger: Trigger) -> Iterator[_Place]:
    connections, providers = trigger.connections or ("",), trigger.providers or ("",)
    return product(set(connections), set(providers), (trigger.include_self,))


def _index(
    rules: Sequence[CompiledRule],
    numbers: tuple[int, ...],
    made: dict[tuple[int, ...], PredicateIndex],
) -> PredicateIndex:
    """The index over these rules, which several names have in common where they list the same."""
    if numbers not in made:
        made[numbers] = PredicateIndex(rules, numbers)
    return made[numbers]
