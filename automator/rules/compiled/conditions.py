"""Compiles the conditions of a rule, or of a `cancel_on`, to Python functions over the scope."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from automator.conditions import (
    EVERY_FIELD,
    CompiledExpression,
    EventBudget,
    ExpressionError,
    compile_expression,
)
from automator.model import Condition, Expression
from automator.model.rule import CancelOn, expressions_of
from automator.rules.compiled.globs import matches_any

Scope = Mapping[str, Any]
#: Whether a condition holds for a scope; spends from the budget of the event, if given.
Holds = Callable[[Scope, EventBudget | None], bool]


def compile_condition(condition: Condition) -> Holds:
    """The function of a condition or a group. It never raises."""
    if isinstance(condition, Expression):
        return compile_expression(condition.text).holds
    return _group(condition.kind, map(compile_condition, condition.items))


def _group(kind: str, items: Iterable[Holds]) -> Holds:
    checks = tuple(items)

    def all_hold(scope: Scope, budget: EventBudget | None = None) -> bool:
        return all(check(scope, budget) for check in checks)

    def any_holds(scope: Scope, budget: EventBudget | None = None) -> bool:
        return any(check(scope, budget) for check in checks)

    def none_holds(scope: Scope, budget: EventBudget | None = None) -> bool:
        return not any_holds(scope, budget)

    return {"all": all_hold, "any": any_holds, "not": none_holds}[kind]


def expressions_in(conditions: Iterable[Condition]) -> Iterator[CompiledExpression]:
    """Every expression in conditions, including those in groups."""
    for expression in expressions_of(conditions):
        yield compile_expression(expression.text)


def fields_of(conditions: Iterable[Condition], root: str) -> frozenset[str]:
    """The fields of a top-level name that the conditions read."""
    return frozenset().union(*(one.fields_of(root) for one in expressions_in(conditions)))


def mentions(value: Any, name: str) -> bool:
    """Whether a name occurs anywhere in the texts of a value."""
    if isinstance(value, str):
        return name in value
    if isinstance(value, Mapping):
        return any(mentions(item, name) for item in value.values())
    return isinstance(value, list | tuple) and any(mentions(item, name) for item in value)


# --- `cancel_on`, as the plain data that a waiting run keeps ---


def vars_read_by(cancel_on: CancelOn, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The `vars` that the conditions of a `cancel_on` read."""
    names = fields_of(cancel_on.conditions, "vars")
    if EVERY_FIELD in names:
        return dict(variables)
    return {name: variables[name] for name in sorted(names) if name in variables}


def reads_contact(cancel_on: Mapping[str, Any]) -> bool:
    """Whether the conditions of a `cancel_on`, given as plain data, read the contact."""
    return mentions(cancel_on.get("conditions"), "contact")


def cancel_matches(
    cancel_on: Mapping[str, Any],
    *,
    event_type: str,
    scope: Scope,
    budget: EventBudget | None = None,
) -> bool:
    """Whether an event makes a waiting follow-up unnecessary. Never raises.

    `cancel_on` is plain data, as `CancelOn.as_data` writes it, with the `vars` that it reads;
    `scope` has everything else that conditions see.
    """
    events = cancel_on.get("event") or ()
    if not matches_any(event_type, tuple(str(event) for event in events)):
        return False
    scope = {**scope, "vars": cancel_on.get("vars") or {}}
    return all(_compile_data(item)(scope, budget) for item in cancel_on.get("conditions") or ())


def _compile_data(item: Any) -> Holds:
    if isinstance(item, str):
        try:
            return compile_expression(item).holds
        except ExpressionError:
            # An earlier version stored an expression that this version cannot compile. The
            # follow-up stays: it is checked again when it fires.
            return _never
    if isinstance(item, Mapping):
        if "expr" in item:
            return _compile_data(str(item["expr"]))
        for kind in ("all", "any", "not"):
            if kind in item:
                return _group(kind, map(_compile_data, item[kind]))
    return _never


def _never(
    scope: Scope,  # noqa: ARG001  # Takes the place of a condition.
    budget: EventBudget | None = None,  # noqa: ARG001
) -> bool:
    return False
