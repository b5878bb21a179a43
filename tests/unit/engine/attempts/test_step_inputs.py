"""The inputs of attempts: those without templates are looked at once."""

import pytest

from automator.conditions import compile_expression
from automator.engine.attempts.next_step import inputs_of, unmet
from automator.language import Translator
from automator.model import PermanentError
from automator.rules import CompiledStep
from tests.support.rules import ACTIONS, a_scope, rule_set
from tests.support.words import said

FORWARD = ACTIONS["forward"]


def step_with(body: str) -> CompiledStep:
    rules = rule_set(
        "rules:\n  - id: a\n    trigger: {}\n    actions:\n"
        f"      - forward: {{to: crm, body: {body}}}\n"
    )
    return rules.rules[0].steps["forward"]


def test_inputs_without_templates_are_looked_at_once() -> None:
    step = step_with("{a: 1}")

    first = inputs_of(FORWARD, step, a_scope())

    assert first.body == {"a": 1}
    assert inputs_of(FORWARD, step, a_scope(text="other")) is first


def test_inputs_with_a_template_are_those_of_their_attempt() -> None:
    step = step_with('{a: "{{ event.text }}"}')

    made = [inputs_of(FORWARD, step, a_scope(text=text)).body for text in ("một", "hai")]

    assert made == [{"a": "một"}, {"a": "hai"}]


def test_values_are_shown_as_conditions_write_them() -> None:
    outcome = compile_expression("event.text == 'a'").evaluate(a_scope(text="b"))
    step = step_with("x")
    step.spec.inputs["to"] = "{{ event.actor }}"

    with pytest.raises(PermanentError) as caught:
        inputs_of(FORWARD, CompiledStep(step.spec, ACTIONS), a_scope(text="b"))

    assert said(unmet("event.text == 'a'", outcome)).endswith("does not hold: it is false")
    assert """{"id": """ in said(caught.value.reason)
    assert "should be" not in Translator("vi").say(caught.value.reason)
