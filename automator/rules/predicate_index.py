"""Many rules for one kind of event: what they certainly require selects those worth evaluating.

For each rule one requirement is used: that a path has one of some texts, or that the text at a path
has one of some words. A rule without such a requirement is always worth evaluating. Selecting costs
one look-up for each path and each word of the event's text, however many rules there are.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from automator.conditions import Equals, KeywordsIn, Predicate, compile_expression
from automator.conditions.keywords import read
from automator.model import Condition, Expression
from automator.rules.compiled import CompiledRule, Scope

#: With fewer rules than this, evaluating them all is as quick.
_FEW = 8

Path = tuple[str, ...]
Table = dict[str, list[int]]


class PredicateIndex:
    """The rules whose trigger covers one kind of event."""

    def __init__(self, rules: tuple[CompiledRule, ...]) -> None:
        self._rules = rules
        self._always: list[int] = []
        self._equal: dict[Path, Table] = {}
        self._words: dict[Path, Table] = {}
        if len(rules) >= _FEW:
            for number, rule in enumerate(rules):
                self._add(number, rule)

    def _add(self, number: int, rule: CompiledRule) -> None:
        required = [item for item in _required(rule.spec.conditions) if item.path[0] == "event"]
        for predicate in required:
            if isinstance(predicate, Equals):
                table = self._equal.setdefault(predicate.path, {})
                for literal in predicate.literals:
                    table.setdefault(literal, []).append(number)
                return
        for predicate in required:
            words = _first_words(predicate) if isinstance(predicate, KeywordsIn) else None
            if words is not None:
                table = self._words.setdefault(predicate.path, {})
                for word in words:
                    table.setdefault(word, []).append(number)
                return
        self._always.append(number)

    def select(self, scope: Scope) -> Iterable[CompiledRule]:
        """The rules that this event may match, in their order."""
        rules = self._rules
        if len(rules) < _FEW:
            return rules
        numbers = set(self._always)
        for path, table in self._equal.items():
            value = _at(scope, path)
            if value.__class__ is str:
                numbers.update(table.get(value, ()))
        for path, table in self._words.items():
            value = _at(scope, path)
            if value.__class__ is str:
                for word in table.keys() & read(value).words:
                    numbers.update(table[word])
        return [rules[number] for number in sorted(numbers)]


def _required(conditions: Iterable[Condition]) -> list[Predicate]:
    """What certainly holds when all of the conditions hold."""
    found: list[Predicate] = []
    for condition in conditions:
        if isinstance(condition, Expression):
            found += compile_expression(condition.text).predicates
        elif condition.kind == "all":
            found += _required(condition.items)
    return found


def _first_words(predicate: KeywordsIn) -> set[str] | None:
    """One word of each entry that a text must have, or None when that cannot be said."""
    options = predicate.options
    if options.mode not in ("word", "exact") or options.typos:
        return None
    found: set[str] = set()
    for entry in predicate.words:
        words = read(entry).line.split()
        if not words:
            return None
        found.add(words[0])
    return found


def _at(scope: Scope, path: Path) -> Any:
    value: Any = scope
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
