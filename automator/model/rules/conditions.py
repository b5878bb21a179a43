"""The conditions of a rule: expressions, and groups of them."""

from collections.abc import Iterable, Iterator
from typing import Any

from automator.model.record import record
from automator.model.rules.place import Place


@record
class Expression:
    """A condition that is one JMESPath expression."""

    text: str
    place: Place
    name: str = ""


@record
class Group:
    """A group of conditions: `all`, `any` or `not`. `not` holds if none of its conditions holds."""

    kind: str
    items: "tuple[Condition, ...]"
    place: Place


Condition = Expression | Group


def expressions_of(conditions: Iterable[Condition]) -> Iterator[Expression]:
    """Yields every expression in `conditions`, including those inside groups, in order."""
    for condition in conditions:
        if isinstance(condition, Expression):
            yield condition
        else:
            yield from expressions_of(condition.items)


def condition_as_data(condition: Condition) -> Any:
    """Returns a condition as a rule file writes it: the expression's text, or `{kind: [items]}`."""
    if isinstance(condition, Expression):
        return condition.text
    return {condition.kind: [condition_as_data(item) for item in condition.items]}
