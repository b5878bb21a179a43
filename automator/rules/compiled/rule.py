"""Compiled rules and steps: immutable, with every expression and template ready to run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from automator.conditions import (
    EVERY_FIELD,
    CompiledExpression,
    EventBudget,
    ExpressionError,
    compile_expression,
)
from automator.configuration.time_intervals import TimeInterval
from automator.model import CancelOn, Condition, Expression, Group, Rule, Step
from automator.plugins import AnyAction
from automator.rules.compiled.calendar import Calendar
from automator.rules.compiled.deferred_rules import CHANGED_BY_STEPS
from automator.rules.compiled.globs import matches_any
from automator.rules.compiled.limits import CompiledLimits
from automator.rules.templates.inputs import Inputs

Scope = Mapping[str, Any]
#: Takes what is seen, and the budget of the event that it is evaluated for, if there is one.
Holds = Callable[[Scope, EventBudget | None], bool]


class CompiledStep:
    """A step with its `if` and its inputs compiled."""

    __slots__ = ("_inputs", "condition", "is_shadow", "spec", "uses_contact")

    def __init__(
        self, spec: Step, actions: Mapping[str, AnyAction], *, is_shadow: bool = False
    ) -> None:
        self.spec = spec
        #: Its rule only shows what it would do.
        self.is_shadow = is_shadow
        self.condition: CompiledExpression | None = (
            compile_expression(spec.condition) if spec.condition else None
        )
        self._inputs = Inputs(spec, actions[spec.action])
        self.uses_contact: bool = actions[spec.action].reads_contact or _mentions(
            (spec.condition, spec.inputs), "contact"
        )

    def render(self, scope: Scope) -> dict[str, Any]:
        """The inputs with their templates rendered; parts without a template are shared.

        Raises:
            PermanentError: a template cannot be rendered (code `template`); says where and why.
        """
        return self._inputs.render(scope)


class CompiledRule:
    """A rule with everything in it compiled."""

    __slots__ = (
        "arrival_checks",
        "calendar",
        "checks",
        "contact_fields",
        "in_turn",
        "limits",
        "reads_vars",
        "roots",
        "spec",
        "steps",
        "turn_checks",
        "uses_contact",
        "vars",
        "weight",
    )

    def __init__(
        self,
        spec: Rule,
        actions: Mapping[str, AnyAction],
        intervals: Mapping[str, TimeInterval] = MappingProxyType({}),
    ) -> None:
        self.spec = spec
        named = {name: intervals[name] for name in spec.active if name in intervals}
        #: When it acts; None means always.
        self.calendar = Calendar(named) if named else None
        self.limits = CompiledLimits(spec.limits)
        #: Values of automator.yaml with those of the rule's file over them.
        self.vars: Mapping[str, Any] = spec.vars
        #: Every step by its id, those inside follow-ups and `on_error` too.
        self.steps: Mapping[str, CompiledStep] = {
            step.id: CompiledStep(step, actions, is_shadow=spec.shadow)
            for step in (*_all_steps(spec.steps), *_all_steps(spec.on_error_steps))
        }
        #: Its steps, or its pause, look at the contact.
        self.uses_contact = spec.pause_ms is not None or any(
            step.uses_contact for step in self.steps.values()
        )
        #: One function for each condition: all must be true.
        self.checks: tuple[Holds, ...] = tuple(compile_condition(item) for item in spec.conditions)
        self.contact_fields = fields_of(spec.conditions, "contact") | self.limits.contact_fields
        trigger = spec.trigger
        #: It is decided in the event's turn; see `deferred_rules`. A rule that waits for an absence
        #: begins its wait when the event comes in, and a schedule has no person.
        self.in_turn: bool = (
            trigger.absence is None
            and trigger.schedule is None
            and not self.contact_fields.isdisjoint(CHANGED_BY_STEPS)
        )
        #: Those of the checks that are made when the event comes in, and in its turn.
        self.arrival_checks: tuple[Holds, ...] = self.checks
        self.turn_checks: tuple[Holds, ...] = ()
        if self.in_turn:
            in_turn = [reads_changing(item) for item in spec.conditions]
            pairs = list(zip(self.checks, in_turn, strict=True))
            self.arrival_checks = tuple(check for check, later in pairs if not later)
            self.turn_checks = tuple(check for check, later in pairs if later)
        self.roots = roots_of(spec.conditions)
        self.reads_vars = "vars" in self.roots
        #: What evaluating its conditions costs at least, in elements of an event's budget.
        self.weight = 1 + weight_of(spec.conditions)

    def __repr__(self) -> str:
        return f"<rule {self.spec.id}>"

    @property
    def may_stop(self) -> bool:
        """It says `stop: true`, and acts on the event that it matches where it is not held back.

        A rule that waits for an absence acts later or not at all, and a shadow never.
        """
        return self.spec.stop and not self.spec.shadow and self.spec.trigger.absence is None

    @property
    def arrival_conditions(self) -> tuple[Condition, ...]:
        """The conditions that are looked at when an event comes in."""
        if not self.in_turn:
            return self.spec.conditions
        return tuple(item for item in self.spec.conditions if not reads_changing(item))

    def scope_for(self, scope: Scope) -> Scope:
        """The scope with what this rule sees as `vars`."""
        return {**scope, "vars": self.vars}


def scheduled_rule(scope: Scope) -> str:
    """The id of the rule whose schedule has made the event of this scope, or ""."""
    data = scope["event"].get("data")
    return str(data.get("rule", "")) if isinstance(data, Mapping) else ""


def _mentions(value: Any, name: str) -> bool:
    """Whether a name stands anywhere in the texts of a value."""
    if isinstance(value, str):
        return name in value
    if isinstance(value, Mapping):
        return any(_mentions(item, name) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_mentions(item, name) for item in value)
    return False


def _all_steps(steps: tuple[Step, ...]) -> list[Step]:
    return [inner for step in steps for inner in (step, *_all_steps(step.steps))]


def compile_condition(condition: Condition) -> Holds:
    """A condition as a function of the scope that never raises."""
    if isinstance(condition, Expression):
        return compile_expression(condition.text).holds
    return _group(condition.kind, tuple(compile_condition(item) for item in condition.items))


def _group(kind: str, checks: tuple[Holds, ...]) -> Holds:
    def all_hold(scope: Scope, budget: EventBudget | None = None) -> bool:
        return all(check(scope, budget) for check in checks)

    def any_holds(scope: Scope, budget: EventBudget | None = None) -> bool:
        return any(check(scope, budget) for check in checks)

    def none_holds(scope: Scope, budget: EventBudget | None = None) -> bool:
        return not any_holds(scope, budget)

    return {"all": all_hold, "any": any_holds, "not": none_holds}[kind]


def weight_of(conditions: tuple[Condition, ...]) -> int:
    """About what evaluating conditions costs beside what they pay for themselves, in elements."""
    return sum(
        weight_of(item.items) if isinstance(item, Group) else compile_expression(item.text).weight
        for item in conditions
    )


def roots_of(conditions: tuple[Condition, ...]) -> frozenset[str]:
    """The names at the top of the scope that conditions read."""
    roots: frozenset[str] = frozenset()
    for condition in conditions:
        if isinstance(condition, Group):
            roots |= roots_of(condition.items)
        else:
            roots |= compile_expression(condition.text).roots
    return roots


def fields_of(conditions: tuple[Condition, ...], root: str) -> frozenset[str]:
    """The fields of a name at the top of the scope that conditions read."""
    fields: frozenset[str] = frozenset()
    for condition in conditions:
        if isinstance(condition, Group):
            fields |= fields_of(condition.items, root)
        else:
            fields |= compile_expression(condition.text).fields_of(root)
    return fields


def reads_changing(condition: Condition) -> bool:
    """Whether a condition reads what steps change of the contact."""
    return not fields_of((condition,), "contact").isdisjoint(CHANGED_BY_STEPS)


def vars_read_by(cancel_on: CancelOn, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the `vars` that the conditions of a `cancel_on` read."""
    names = fields_of(cancel_on.conditions, "vars")
    if EVERY_FIELD in names:
        return dict(variables)
    return {name: variables[name] for name in sorted(names) if name in variables}


def cancel_matches(
    cancel_on: Mapping[str, Any],
    *,
    event_type: str,
    scope: Scope,
    budget: EventBudget | None = None,
) -> bool:
    """Whether an event is the one that makes a waiting follow-up unnecessary. Never raises.

    `cancel_on` is plain data, as `CancelOn.as_data` writes it, with the `vars` that it reads;
    `scope` has everything else that conditions see.
    """
    events = cancel_on.get("event") or ()
    if not matches_any(event_type, tuple(str(event) for event in events)):
        return False
    conditions = cancel_on.get("conditions") or ()
    if conditions:
        scope = {**scope, "vars": cancel_on.get("vars") or {}}
    return all(_data_holds(item, scope, budget) for item in conditions)


def reads_contact(cancel_on: Mapping[str, Any]) -> bool:
    """Whether the conditions of a `cancel_on`, as plain data, look at the contact."""
    return _mentions(cancel_on.get("conditions"), "contact")


def _data_holds(item: Any, scope: Scope, budget: EventBudget | None) -> bool:
    if isinstance(item, str):
        return _text_holds(item)(scope, budget)
    if not isinstance(item, Mapping):
        return False
    if "expr" in item:
        return _text_holds(str(item["expr"]))(scope, budget)
    for kind in ("all", "any", "not"):
        if kind in item:
            held = [_data_holds(inner, scope, budget) for inner in item[kind]]
            return all(held) if kind == "all" else any(held) is (kind == "any")
    return False


def _text_holds(text: str) -> Holds:
    try:
        return compile_expression(text).holds
    except ExpressionError:
        # Written by an earlier version: a follow-up that cannot be cancelled is looked at again
        # when it fires.
        return _never


def _never(
    scope: Scope,  # noqa: ARG001  # Takes the place of a condition.
    budget: EventBudget | None = None,  # noqa: ARG001
) -> bool:
    return False
