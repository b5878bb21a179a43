"""Selects the rules that may match an event, by their triggers and their requirements."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

import ahocorasick

from automator.conditions.functions.keywords import read
from automator.model import Trigger, hook_of
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.event_facts import EventFacts
from automator.rules.compiled.globs import Glob, glob_of, is_glob
from automator.rules.compiled.requirements import (
    EQUAL,
    FOLDED,
    NUMBER,
    ORDERS,
    PHRASE,
    PREFIX,
    TEXT,
    WORD,
    Key,
    Path,
    Requirement,
)
from automator.rules.compiled.rule import CompiledRule
from automator.rules.compiled.values_read import Reads

# --- Many texts, found in one text in a single pass (Aho-Corasick) ---
#
# The cost grows with the text and the number of matches, not with the number of texts looked for.


class LiteralTable:
    """The texts that rules look for, with the numbers of the rules for each; no text is empty."""

    def __init__(self, numbers: Mapping[str, list[int]]) -> None:
        self._numbers = numbers
        self._automaton = ahocorasick.Automaton(ahocorasick.STORE_ANY)
        for literal, of_literal in numbers.items():
            self._automaton.add_word(literal, of_literal)
        self._automaton.make_automaton()

    def exactly(self, value: str) -> list[int]:
        """The rules that look for exactly this text."""
        return self._numbers.get(value, [])

    def found_in(self, text: str) -> Iterator[list[int]]:
        """The rules of each text that occurs anywhere in `text`; some may come several times."""
        # Each text gets a new iterator. Reusing an iterator for a text whose characters have
        # another width corrupts memory (pyahocorasick 2.3.1, issue 221).
        for _, of_literal in self._automaton.iter(text):
            yield of_literal


#: With fewer rules than this, evaluating all of them is as fast as a look-up.
_FEW = 8
#: How many characters of a prefix are compared.
_PREFIX = 24
#: The relative cost of a look-up, by kind of key, for requirements that equally many rules share.
_RANK = {
    EQUAL: 0,
    NUMBER: 0,
    PREFIX: 1,
    WORD: 2,
    **dict.fromkeys(ORDERS, 2),
    PHRASE: 3,
    TEXT: 4,
    FOLDED: 5,
}
#: The numbers of rules by kind of key, then by the key's text or number.
_Kept = dict[str, dict[Any, list[int]]]


# --- Rules by the requirements of their conditions, for one kind of event ---
#
# Each rule is stored under the keys of one of its requirements, the one that the fewest other rules
# share. A rule without a requirement is always selected. Selecting costs a look-up for each path
# and each word of the event's text, however many rules there are.


class PredicateIndex:
    """The rules with these numbers. All listen to the same events."""

    def __init__(self, rules: Sequence[CompiledRule], numbers: Sequence[int]) -> None:
        own = [rules[number] for number in numbers]
        #: The values that conditions read besides the event: of all rules, and of the rules that
        #: are decided when the event comes in.
        self.reads = Reads.together(rule.reads for rule in own)
        self.arrival_reads = Reads.together(rule.arrival_reads for rule in own)
        self._always: Sequence[int] = numbers
        self._fields: dict[Path, _Field] = {}
        if len(own) >= _FEW:
            self._build(dict(zip(numbers, own, strict=True)))

    def _build(self, rules: Mapping[int, CompiledRule]) -> None:
        shared = Counter(
            key.group
            for rule in rules.values()
            for requirement in rule.requirements
            for key in frozenset().union(*requirement)
        )
        kept: dict[Path, _Kept] = {}
        self._always = always = []
        for number, rule in rules.items():
            chosen = [_chosen(requirement, shared) for requirement in rule.requirements]
            if not chosen:
                always.append(number)
                continue
            for key in min(chosen, key=lambda keys: _cost(keys, shared)):
                of_kind = kept.setdefault(key.path, {}).setdefault(key.kind, {})
                sought = key.number if key.kind in ORDERS or key.kind == NUMBER else key.text
                of_kind.setdefault(sought, []).append(number)
        self._fields = {path: _Field(numbers) for path, numbers in kept.items()}

    @property
    def looks(self) -> bool:
        """Whether the selection depends on the event; if not, it is the same for all events."""
        return bool(self._fields)

    def select(self, scope: Scope, numbers: set[int]) -> None:
        """Adds the numbers of the rules that may match this event."""
        numbers.update(self._always)
        for path, field in self._fields.items():
            value = _at(scope, path)
            if value.__class__ is str:
                field.select_text(value, numbers)
            elif value.__class__ is list:
                field.select_items(value, numbers)
            elif value.__class__ is int or value.__class__ is float:
                field.select_number(value, numbers)


def _chosen(requirement: Requirement, shared: Mapping[Key, int]) -> set[Key]:
    """For each branch, the key that the fewest rules share."""
    return {
        min(branch, key=lambda key: (shared[key.group], _RANK[key.kind], -len(key.text), key.text))
        for branch in requirement
    }


def _cost(keys: set[Key], shared: Mapping[Key, int]) -> tuple[int, int]:
    """The number of rules under these keys, and then the cost of the look-ups, for comparing."""
    return sum(shared[key.group] for key in keys), sum(_RANK[key.kind] for key in keys)


class _Field:
    """The look-up tables for the value at one path."""

    __slots__ = (
        "_equal",
        "_folded",
        "_numbers",
        "_orders",
        "_phrases",
        "_prefixes",
        "_texts",
        "_words",
    )

    def __init__(self, numbers: _Kept) -> None:
        self._equal = numbers.get(EQUAL, {})
        self._words = numbers.get(WORD, {})
        #: By length, then by prefix.
        self._prefixes: dict[int, dict[str, list[int]]] = {}
        for prefix, of_prefix in numbers.get(PREFIX, {}).items():
            start = prefix[:_PREFIX]
            table = self._prefixes.setdefault(len(start), {})
            table.setdefault(start, []).extend(of_prefix)
        self._numbers = numbers.get(NUMBER, {})
        self._orders = tuple(
            _NumberTable(operator, numbers[operator]) for operator in ORDERS & numbers.keys()
        )
        self._phrases = _table(numbers, PHRASE)
        self._folded = _table(numbers, FOLDED)
        self._texts = _table(numbers, TEXT)

    def select_text(self, value: str, numbers: set[int]) -> None:
        """Adds the rules that may match this text."""
        of_text = self._equal.get(value)
        if of_text is not None:
            numbers.update(of_text)
        for length, table in self._prefixes.items():
            numbers.update(table.get(value[:length], ()))
        if self._words:
            for word in self._words.keys() & read(value).all_words:
                numbers.update(self._words[word])
        if self._phrases is not None:
            reading = read(value)
            numbers.update(*self._phrases.found_in(reading.line))
            if reading.full_line is not None:
                numbers.update(*self._phrases.found_in(reading.full_line))
        if self._folded is not None:
            numbers.update(*self._folded.found_in(" ".join(read(value).folded.split())))
        if self._texts is not None:
            numbers.update(*self._texts.found_in(value))

    def select_items(self, items: list[Any], numbers: set[int]) -> None:
        """Adds the rules that look for an item of this list."""
        if self._texts is not None:
            for item in items:
                if item.__class__ is str:
                    numbers.update(self._texts.exactly(item))

    def select_number(self, value: int | float, numbers: set[int]) -> None:
        """Adds the rules that compare this number with another."""
        numbers.update(self._numbers.get(value, ()))
        for order in self._orders:
            numbers.update(order.selected_by(value))


class _NumberTable:
    """The rules with comparisons such as `value > threshold`, by threshold."""

    __slots__ = ("_bisect", "_is_above", "_numbers", "_thresholds")

    def __init__(self, operator: str, numbers: Mapping[int | float, list[int]]) -> None:
        listed = sorted((threshold, rule) for threshold in numbers for rule in numbers[threshold])
        self._thresholds = [threshold for threshold, _ in listed]
        self._numbers = [rule for _, rule in listed]
        self._is_above = operator in (">", ">=")
        #: Whether thresholds that equal the value are selected.
        self._bisect = bisect_left if operator in (">", "<=") else bisect_right

    def selected_by(self, value: int | float) -> list[int]:
        """The numbers of the rules whose comparison holds for this number."""
        place = self._bisect(self._thresholds, value)
        return self._numbers[:place] if self._is_above else self._numbers[place:]


def _table(numbers: _Kept, kind: str) -> LiteralTable | None:
    return LiteralTable(numbers[kind]) if kind in numbers else None


def _at(scope: Scope, path: Path) -> Any:
    value: Any = scope
    for name in path:
        if value.__class__ is not dict and not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


#: How many kinds of events are cached; limited, because senders choose their names.
_KEPT = 4_096
#: A connection and a provider of a trigger ("" = any), and whether the trigger has `include_self`.
_Place = tuple[str, str, bool]


class TriggerIndex:
    """The rules by connection, provider and event of their triggers, and then by their conditions.

    Everything is built in advance, so that the first event of a kind is as fast as later ones: it
    costs a few look-ups, and a comparison with each glob.
    """

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        # The cached function does not refer to this object: without a cycle, a replaced rule set is
        # freed at once.
        self._covering = lru_cache(maxsize=_KEPT)(_Finder(rules).find)

    def select(self, scope: Scope, facts: EventFacts) -> Iterable[CompiledRule]:
        """The rules that may match this event, in order."""
        return self.covering(facts).select(scope)

    def covering(self, facts: EventFacts) -> "Covering":
        """The rules whose triggers cover an event."""
        return self._covering(facts)


class Covering:
    """The rules whose triggers cover one kind of event."""

    def __init__(self, rules: Sequence[CompiledRule], indexes: Collection[PredicateIndex]) -> None:
        self._rules = rules
        self._indexes = indexes
        #: The values that conditions read besides the event: of all rules, and of the rules that
        #: are decided when the event comes in.
        self.reads = Reads.together(index.reads for index in indexes)
        self.arrival_reads = Reads.together(index.arrival_reads for index in indexes)
        #: The selected rules, if the selection depends on no event; else None.
        self._always = None if any(index.looks for index in indexes) else self._selected({})

    def select(self, scope: Scope) -> Iterable[CompiledRule]:
        """The rules that may match an event, in order."""
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
        #: By place, then by the name or glob of an event in lower case; "" = any event.
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
        """Yields the index of every place and name that covers the facts, some of them twice."""
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
    """The index over these rules; all names with the same rules share one index."""
    if numbers not in made:
        made[numbers] = PredicateIndex(rules, numbers)
    return made[numbers]
