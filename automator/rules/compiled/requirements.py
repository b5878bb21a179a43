"""Extracts the requirements of a rule's conditions, which are its keys in the index of rules.

It extracts only what the conditions certainly require, so that the index never misses a rule.
"""

from collections.abc import Iterable

from automator.conditions import (
    Compare,
    Contains,
    Equals,
    KeywordsIn,
    Predicate,
    StartsWith,
    compile_expression,
)
from automator.conditions.functions.keywords import read
from automator.model import Condition, Expression, record

Path = tuple[str, ...]

EQUAL = "equal"  #: The value is this text.
PREFIX = "prefix"  #: The value begins with this text.
WORD = "word"  #: The folded text contains this word.
PHRASE = "phrase"  #: The folded text contains these words, directly one after another.
FOLDED = "folded"  #: The folded text contains this text anywhere.
TEXT = "text"  #: The text contains this text anywhere, or it is an item of the list.
NUMBER = "=="  #: The value is this number.
ORDERS = frozenset({">", ">=", "<", "<="})  #: The value is a number in this relation to this one.


@record(kw_only=False)
class Key:
    """A property that an event may have, and that the index can look up."""

    kind: str
    path: Path
    text: str = ""
    #: The number that the value is compared with, if `kind` is one of ORDERS or NUMBER.
    number: int | float = 0

    @property
    def group(self) -> "Key":
        """The key for counting: all comparisons with the same order and path count together."""
        return Key(self.kind, self.path) if self.kind in ORDERS else self


#: Keys that all hold if the branch holds, so that a rule can be stored under any of them.
Branch = frozenset[Key]
#: Branches; at least one of them must hold.
Requirement = tuple[Branch, ...]


def requirements_of(conditions: Iterable[Condition]) -> list[Requirement]:
    """The requirements that certainly hold if all conditions hold."""
    found: list[Requirement] = []
    for condition in conditions:
        if isinstance(condition, Expression):
            for predicate in compile_expression(condition.text).predicates:
                # Each rule has its own `vars`, so the index cannot look them up.
                requirement = _from(predicate) if predicate.path[0] != "vars" else None
                if requirement is not None:
                    found.append(requirement)
        elif condition.kind == "all":
            found += requirements_of(condition.items)
        elif condition.kind == "any":
            found += _of_any(condition.items)
    return found


def _of_any(items: Iterable[Condition]) -> list[Requirement]:
    """Combines one requirement of each item of an `any`; empty if an item has no requirement."""
    branches: list[Branch] = []
    for item in items:
        of_item = requirements_of((item,))
        if not of_item:
            return []
        branches += sorted(of_item, key=len)[0]
    return [tuple(branches)]


def _from(predicate: Predicate) -> Requirement | None:
    path = predicate.path
    match predicate:
        case Equals():
            return tuple(frozenset({Key(EQUAL, path, text)}) for text in predicate.literals)
        case StartsWith():
            return (frozenset({Key(PREFIX, path, predicate.text)}),) if predicate.text else None
        case Contains():
            return (frozenset({Key(TEXT, path, predicate.text)}),) if predicate.text else None
        case Compare():
            return (frozenset({Key(predicate.operator, path, number=predicate.number)}),)
        case KeywordsIn():
            return _from_keywords(predicate)


def _from_keywords(predicate: KeywordsIn) -> Requirement | None:
    """One branch for each entry of the word list; with `all`, a single branch with all entries."""
    options = predicate.options
    if options.typos:
        return None
    branches = [_branch(predicate.path, entry, options.mode) for entry in predicate.words]
    if not all(branches):
        return None
    return (frozenset().union(*branches),) if options.all else tuple(branches)


def _branch(path: Path, entry: str, mode: str) -> Branch:
    reading = read(entry)
    folded = " ".join(reading.folded.split())
    if not folded:
        return frozenset()
    if mode == "contains":
        return frozenset({Key(FOLDED, path, folded)})
    keys = {Key(WORD, path, word) for word in reading.words}
    if folded == reading.line.strip():
        # An entry of words: the text has them next to each other, with any signs between them.
        keys.add(Key(PHRASE, path, reading.line))
    elif not keys:
        # An entry of signs: the text contains it unchanged.
        keys.add(Key(FOLDED, path, folded))
    return frozenset(keys)
