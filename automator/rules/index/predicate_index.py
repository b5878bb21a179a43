"""An index over many rules for one kind of event, by the requirements of their conditions.

Each rule is kept under the keys of one requirement, the one that the fewest other rules share. A
rule without any is always worth evaluating. Selecting costs one look-up for each path and each word
of the event's text, however many rules there are.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from automator.conditions.functions.keywords import read
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.reads import Reads
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
from automator.rules.index.literal_table import LiteralTable

#: With fewer rules than this, evaluating them all is as quick.
_FEW = 8
#: Characters of a prefix that are looked at.
_PREFIX = 24
#: The relative cost of a look-up, which decides between requirements that are equally shared.
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
#: Rules by kind of key, then by its text or number.
_Kept = dict[str, dict[Any, list[int]]]


class PredicateIndex:
    """The rules with these numbers, all of which listen to the same events."""

    def __init__(self, rules: Sequence[CompiledRule], numbers: Sequence[int]) -> None:
        own = [rules[number] for number in numbers]
        #: The values that conditions read beside the event: of all rules, and of the rules that are
        #: decided when the event comes in.
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
        """Whether it looks at an event; otherwise it selects the same rules for all."""
        return bool(self._fields)

    def select(self, scope: Scope, numbers: set[int]) -> None:
        """Adds the numbers of the rules that this event may match."""
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
    """One key of each branch: the one that the fewest rules share."""
    return {
        min(branch, key=lambda key: (shared[key.group], _RANK[key.kind], -len(key.text), key.text))
        for branch in requirement
    }


def _cost(keys: set[Key], shared: Mapping[Key, int]) -> tuple[int, int]:
    """The number of rules that an event with one of these keys selects, then the look-ups' cost."""
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
        """Adds the rules that this text may match."""
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
    """The rules whose `value > threshold` holds, or the same with `>=`, `<`, `<=`."""

    __slots__ = ("_bisect", "_is_above", "_numbers", "_thresholds")

    def __init__(self, operator: str, numbers: Mapping[int | float, list[int]]) -> None:
        listed = sorted((threshold, rule) for threshold in numbers for rule in numbers[threshold])
        self._thresholds = [threshold for threshold, _ in listed]
        self._numbers = [rule for _, rule in listed]
        self._is_above = operator in (">", ">=")
        #: Whether thresholds that equal the value are selected.
        self._bisect = bisect_left if operator in (">", "<=") else bisect_right

    def selected_by(self, value: int | float) -> list[int]:
        """The rules whose comparison holds for this number."""
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
