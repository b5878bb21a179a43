"""The A/B splits of a rule: calls of `arm()` in its conditions, which divide people into arms."""

from collections.abc import Iterator, Mapping
from typing import Any

from automator.conditions import (
    ExpressionError,
    NoArmsError,
    arm_of,
    compile_expression,
    key_of,
    read_arms,
)
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.values import constant, parts_of
from automator.model import Rule, record
from automator.model.rule import every_step, expressions_of


@record(kw_only=False)
class Split:
    """A split, such as `arm(event.actor.id, 'greeting', ['short', 'long'])` in a condition."""

    name: str
    #: The name of each arm, and where its share ends on the scale from 0 to 1.
    arms: tuple[tuple[str, float], ...]
    #: The path of the person's id in the event.
    path: tuple[str, ...]

    def arm(self, event: Mapping[str, Any]) -> str | None:
        """The arm of an event's person; None if the event names nobody."""
        value: Any = event
        for name in self.path:
            value = value.get(name) if isinstance(value, Mapping) else None
        key = key_of(value)
        return None if key is None else arm_of(key, self.name, self.arms)


def splits_of(rule: Rule) -> list[Split]:
    """The splits in the conditions of a rule and of its steps, each once."""
    found: dict[str, Split] = {}
    for text in _expressions(rule):
        for split in _splits_in(text):
            found.setdefault(split.name, split)
    return [*found.values()]


def _expressions(rule: Rule) -> Iterator[str]:
    yield from (expression.text for expression in expressions_of(rule.conditions))
    yield from (step.condition for step in every_step(rule.steps) if step.condition)


def _splits_in(text: str) -> Iterator[Split]:
    # Hardly any expression has a split, and parsing takes long.
    if "arm(" not in text:
        return
    try:
        tree = compile_expression(text).tree
    except ExpressionError:
        return
    for node in parts_of(tree):
        if node["type"] != "function_expression" or node["value"] != "arm":
            continue
        key, name, arms = node["children"]
        names = path_names(key)
        if names is None or names[0] != "event":
            continue
        try:
            yield Split(constant(name)[1], read_arms(constant(arms)[1]), names[1:])
        except NoArmsError:
            continue
