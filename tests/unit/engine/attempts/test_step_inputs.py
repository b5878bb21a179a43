"""The inputs of attempts: those without templates are looked at once."""

from automator.engine.attempts.step_inputs import inputs_of
from automator.rules import CompiledStep
from tests.support.rules import ACTIONS, a_scope, rule_set

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
