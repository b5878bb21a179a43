"""Compiled expressions: the interface of this package to all others."""

from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any, Final
from weakref import WeakValueDictionary

from automator.caches import SizedCache
from automator.conditions.check import ADVICE, examine
from automator.conditions.compile import Entry, compile_tree
from automator.conditions.forms.budget import Context, EventBudget, OverBudget
from automator.conditions.forms.calls import arguments
from automator.conditions.forms.finding import ExpressionError
from automator.conditions.forms.grammar import size_of
from automator.conditions.forms.logic import links
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.values import Evaluate, Node, constant, is_true, parts_of
from automator.conditions.functions.keywords import Options
from automator.conditions.functions.text_functions import literal_matcher
from automator.conditions.trace import Trace, reason_for, recording, run_traced
from automator.model import Reason, record

# --- Finds what an expression certainly requires, for the index of rules, and what it reads ---


Path = tuple[str, ...]
#: The names at the top of the scope.
SCOPE_NAMES: Final = frozenset({"event", "contact", "connection", "vars", "steps", "events", "now"})


@record(kw_only=False)
class Equals:
    """The value at `path` is one of these texts."""

    path: Path
    literals: frozenset[str]


@record(kw_only=False)
class StartsWith:
    """The value at `path` is a text that begins with this text."""

    path: Path
    text: str


@record(kw_only=False)
class Contains:
    """The value at `path` is a text with this text in it, or a list with this item."""

    path: Path
    text: str


@record(kw_only=False)
class KeywordsIn:
    """keywords() with these words holds for the text at `path`."""

    path: Path
    words: tuple[str, ...]
    options: Options


@record(kw_only=False)
class Compare:
    """The value at `path` is a number, and `value operator number` holds."""

    path: Path
    #: `>`, `>=`, `<`, `<=` or `==`.
    operator: str
    number: int | float


Predicate = Equals | StartsWith | Contains | KeywordsIn | Compare

_OPERATORS: Final = {"eq": "==", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
#: The operator of the same comparison with its sides exchanged.
_EXCHANGED: Final = {"==": "==", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


def predicates_of(tree: Node) -> tuple[Predicate, ...]:
    """The predicates that certainly hold whenever the expression holds."""
    parts = links(tree) if tree["type"] == "and_expression" else [tree]
    found: list[Predicate] = []
    for part in parts:
        if part["type"] == "and_expression":
            found += predicates_of(part)
        else:
            predicate = _predicate(part)
            if predicate:
                found.append(predicate)
    return tuple(found)


def _predicate(node: Node) -> Predicate | None:
    if node["type"] == "comparator" and node["value"] in _OPERATORS:
        return _comparison(_OPERATORS[node["value"]], *node["children"])
    if node["type"] == "or_expression":
        return _either([_predicate(part) for part in links(node)])
    if node["type"] == "function_expression":
        return _from_call(node["value"], node["children"])
    return None


def _comparison(operator: str, left: Node, right: Node) -> Equals | Compare | None:
    if left["type"] == "literal":
        left, right, operator = right, left, _EXCHANGED[operator]
    names = path_names(left)
    if names is None or right["type"] != "literal":
        return None
    literal = right["value"]
    if isinstance(literal, str):
        return Equals(names, frozenset({literal})) if operator == "==" else None
    # NaN equals nothing, not even itself, and cannot be ordered.
    if type(literal) in (int, float) and literal == literal:
        return Compare(names, operator, literal)
    return None


def _either(parts: list[Predicate | None]) -> Equals | None:
    """Combines equalities of one path to one; None if a part is anything else."""
    literals: frozenset[str] = frozenset()
    paths = set()
    for part in parts:
        if not isinstance(part, Equals):
            return None
        literals |= part.literals
        paths.add(part.path)
    return Equals(paths.pop(), literals) if len(paths) == 1 else None


def _from_call(name: str, children: list[Node]) -> Predicate | None:
    if len(children) < 2:
        return None
    first, second = children[:2]
    if name == "contains" and constant(first)[0]:
        first, second, name = second, first, "one_of"
    names = path_names(first)
    is_literal, literal = constant(second)
    if names is None or not is_literal:
        return None
    if name == "keywords":
        matcher = literal_matcher(arguments(children))
        return KeywordsIn(names, matcher.words, matcher.options) if matcher else None
    return _from_literal(name, names, literal)


def _from_literal(name: str, names: Path, literal: object) -> Predicate | None:
    if name == "one_of" and isinstance(literal, list):
        texts = [item for item in literal if isinstance(item, str)]
        return Equals(names, frozenset(texts)) if len(texts) == len(literal) else None
    if isinstance(literal, str) and name in ("starts_with", "contains"):
        return StartsWith(names, literal) if name == "starts_with" else Contains(names, literal)
    return None


def roots_of(tree: Node) -> frozenset[str]:
    """The top-level names that the expression may read; all of them if it reads `@` itself."""
    found: set[str] = set()
    for names in _paths_read(tree):
        found |= {names[0]} if names else SCOPE_NAMES
    # ago() reads `now` at the top of the scope, wherever the call is.
    if any(
        part["type"] == "function_expression" and part["value"] == "ago" for part in parts_of(tree)
    ):
        found.add("now")
    return frozenset(found)


#: In place of the name of a field: the expression reads the whole object.
EVERY_FIELD: Final = "*"


def fields_of(tree: Node, root: str) -> frozenset[str]:
    """The fields of a top-level name that the expression may read, or EVERY_FIELD."""
    paths = [names for names in _paths_read(tree) if not names or names[0] == root]
    return frozenset(names[1] if len(names) > 1 else EVERY_FIELD for names in paths)


def reads_path(tree: Node, path: Path, besides: Collection[str] = ()) -> bool:
    """Whether the expression reads this path of the scope, or something below it; the names in
    `besides` directly below it do not count.
    """
    size = len(path)
    return any(
        names[:size] == path and (len(names) == size or names[size] not in besides)
        for names in _paths_read(tree)
    )


#: Forms whose first part sees the top of the scope, while the other parts see that part's value.
_INNER_CONTEXT: Final = frozenset(
    {
        "filter_projection",
        "index_expression",
        "pipe",
        "projection",
        "subexpression",
        "value_projection",
    }
)


def _paths_read(tree: Node) -> Iterator[Path]:
    """The paths that the expression reads in the scope; () is the path of the whole scope."""
    stack = [tree]
    while stack:
        node = stack.pop()
        names = path_names(node)
        if names is not None:
            yield names
        elif node["type"] in ("current", "identity"):
            yield ()
        elif node["type"] in _INNER_CONTEXT:
            stack.append(node["children"][0])
        elif node["type"] not in ("expref", "slice"):
            stack += node["children"]


# --- A compiled expression ---


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
