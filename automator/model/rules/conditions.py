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
    """`all`, `any` or `not` of several conditions; `not` means none of them holds."""

    kind: str
    items: "tuple[Condition, ...]"
    place: Place


Condition = Expression | Group


def expressions_of(conditions: Iterable[Condition]) -> Iterator[Expression]:
    """Yields every expression in conditions and in the groups among them, in order."""
    for condition in conditions:
        if isinstance(condition, Expression):
            yield condition
        else:
            yield from expressions_of(condition.items)


def condition_as_data(condition: Condition) -> Any:
    """Returns a condition in a rule file's form: the expression's text, or `{kind: [items]}`."""
    if isinstance(condition, Expression):
        return condition.text
    return {condition.kind: [condition_as_data(item) for item in condition.items]}
