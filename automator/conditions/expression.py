"""Compiled expressions: the interface of this package to all others."""

from collections.abc import Callable, Collection
from functools import cached_property
from typing import Any, Final
from weakref import WeakValueDictionary

from automator.caches import SizedCache
from automator.conditions.check import ADVICE, examine
from automator.conditions.compile import Entry, compile_tree
from automator.conditions.forms.budget import Context, EventBudget, OverBudget
from automator.conditions.forms.finding import ExpressionError
from automator.conditions.forms.grammar import size_of
from automator.conditions.forms.values import Evaluate, Node, is_true
from automator.conditions.predicates import (
    Predicate,
    fields_of,
    predicates_of,
    reads_path,
    roots_of,
)
from automator.conditions.trace import Trace, reason_for, recording, run_traced
from automator.model import Reason, record

#: Bytes of the cache of compiled expressions, and the estimated size of one: a fixed part, and a
#: part for each character.
_MOST_BYTES: Final = 48_000_000
_BYTES: Final = 3_000
_BYTES_PER_CHARACTER: Final = 250


@record(kw_only=False)
class Outcome:
    """The result of an expression: its value, or None and the reason why it has no value."""

    value: Any
    reason: Reason | None = None

    @property
    def holds(self) -> bool:
        """Whether the condition is met."""
        return is_true(self.value)


class CompiledExpression:
    """An expression as Python functions. Safe to use from several threads."""

    def __init__(self, text: str, tree: Node, *, is_doubtful: bool = False) -> None:
        self.text = text
        #: Whether `check` has advice about it, because it most likely does not do what its author
        #: meant.
        self.is_doubtful = is_doubtful
        self.roots: frozenset[str] = roots_of(tree)
        self.predicates: tuple[Predicate, ...] = predicates_of(tree)
        #: Whether the condition holds for a scope. Never raises: an error makes it False. Spends
        #: from the budget of the event, if one is given.
        self.holds: Callable[..., bool] = compile_tree(tree, Entry.HOLDS)
        #: The estimated cost of one evaluation, in elements of the budget, besides the elements
        #: that the evaluation itself counts.
        self.weight = 1 + size_of(tree) // 2
        #: Its syntax tree; do not change it.
        self.tree = tree

    def __repr__(self) -> str:
        return f"<expression {self.text}>"

    def fields_of(self, root: str) -> frozenset[str]:
        """The fields of a top-level name that it may read; EVERY_FIELD if it may read all."""
        return fields_of(self.tree, root) if root in self.roots else frozenset()

    def reads(self, path: tuple[str, ...], besides: Collection[str] = ()) -> bool:
        """Whether it reads a path such as `("event", "text")`, or something below it, other than
        the names in `besides`.
        """
        return path[0] in self.roots and reads_path(self.tree, path, besides)

    def search(self, data: Any, budget: EventBudget | None = None) -> Any:
        """The value of the expression; raises the errors that jmespath raises.

        Raises:
            JMESPathError, TypeError, ValueError, OverflowError: what jmespath.py raises.
            OverBudget: the evaluation cost more than its budget.
        """
        return self._searched(data, budget)

    def evaluate(self, scope: Any, budget: EventBudget | None = None) -> Outcome:
        """The value, or the reason why it cannot be computed; never raises."""
        try:
            return Outcome(self.search(scope, budget))
        except OverBudget as error:
            return Outcome(None, error.reason)
        except Exception as error:  # noqa: BLE001 - a payload must not stop the other rules
            return Outcome(None, self.explain(scope).reason or reason_for(error, self.tree, []))

    def explain(self, scope: Any) -> Trace:
        """Every sub-expression with the value it had; never raises."""
        return run_traced(self.text, self._traced, Context(scope))

    @cached_property
    def _searched(self) -> Callable[..., Any]:
        return compile_tree(self.tree, Entry.SEARCH)

    @cached_property
    def _traced(self) -> Evaluate:
        return compile_tree(self.tree, Entry.EXPLAIN, recording)


COMPILED: Final[SizedCache[str, CompiledExpression]] = SizedCache(_MOST_BYTES)
#: The expressions that are in use, even if the cache has dropped them. Otherwise a file with more
#: expressions than fit into the cache would compile each of them again in every check.
_HELD: Final[WeakValueDictionary[str, CompiledExpression]] = WeakValueDictionary()


def compile_expression(text: str) -> CompiledExpression:
    """The compiled form of a text; the same object for the same text while it is cached or in use.

    Raises:
        ExpressionError: it is no expression, it calls an unknown function or calls one wrongly,
            or it is over a limit of size.
    """
    weight = _BYTES + _BYTES_PER_CHARACTER * len(text)
    return COMPILED.get_or_make(text, lambda: _held_or_new(text), weight)


def _held_or_new(text: str) -> CompiledExpression:
    held = _HELD.get(text)
    if held is None:
        held = _HELD[text] = _compile(text)
    return held


def _compile(text: str) -> CompiledExpression:
    tree, findings = examine(text)
    if tree is None:
        raise ExpressionError(findings[0])
    fatal = next((finding for finding in findings if finding.code not in ADVICE), None)
    if fatal is not None:
        raise ExpressionError(fatal)
    return CompiledExpression(text, tree, is_doubtful=bool(findings))
