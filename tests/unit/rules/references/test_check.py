"""What steps read and nothing has, as a table: each template or expression, and its problem."""

import pytest

from automator.actions import builtin_actions
from automator.model import Severity
from automator.rules import RuleContext, load_rules
from tests.support.words import said

RULES = """\
vars: {{shop: Áo Đẹp}}
rules:
  - id: price
    trigger: {{event: comment.created, connection: page}}
    actions:
      - id: first
        request: {{url: "https://a.example/x", output: {{left: body.left}}}}
      - set: {{size: "'M'"}}
      - id: checked
        {step}
      - id: later
        log: later
"""
PATHS = {"comment.created": {"event.text", "event.actor.name", "event.post", "event.post.*"}}


def problems(step: str, *, configured: bool = True, **variables: object) -> list[tuple[str, str]]:
    """The severity and the sentence of each problem."""
    rule_context = RuleContext(
        actions=builtin_actions(),
        connections={"page": "facebook"},
        knows_vars=configured,
        vars=variables,
        known_paths=PATHS,
    )
    loaded = load_rules(rule_context, {"a.yaml": RULES.format(step=step)})
    return [(item.severity.value, said(item.reason)) for item in loaded.problems]


GOOD = [
    'log: "{{ vars.shop }} {{ vars.size }} {{ event.actor.name }} {{ event.post.title }}"',
    'log: "{{ steps.first.output.left }} {{ steps.first.status }} {{ steps.set.output.size }}"',
    'log: "{{ contact.state.anything }} {{ contact.tags | join }} {{ connection.name }}"',
    "log: \"{{ vars.nothing | default('x') }}\"",
    'log: "{% if vars.nothing is defined %}{{ vars.nothing.deep }}{% endif %}"',
    'log: "{% for item in event.post.tags %}{{ item.nmae }}{% endfor %}"',
    'log: "{% set vars2 = 5 %}{{ vars2 }}"',
    'log: "{{ events[0].txet }}"',
    "log: \"{{ vars['shop'] }}\"",
]
WRONG = {
    'log: "{{ vars.shopp }}"': ("error", "there is no vars.shopp"),
    "log: \"{{ vars['shopp'] }}\"": ("error", "there is no vars.shopp"),
    'log: "{% if vars.shopp %}x{% endif %}"': ("error", "there is no vars.shopp"),
    'log: "{{ event.txet }}"': ("warning", "no sample of comment.created has event.txet"),
    'log: "{{ steps.none.status }}"': ("error", "there is no steps.none"),
    'log: "{{ steps.later.status }}"': ("error", "the step 'later' has not been done yet"),
    'log: "{{ steps.checked.status }}"': ("error", "the step 'checked' has not been done yet"),
    'log: "{{ steps.first.output.lft }}"': ("error", "there is no steps.first.output.lft"),
    'log: "{{ steps.set.output.colour }}"': ("error", "there is no steps.set.output.colour"),
    'log: "{{ steps.first.outputs }}"': ("error", "there is no steps.first.outputs"),
    'log: "{{ contact.stat.size }}"': ("error", "there is no contact.stat"),
    'log: "{{ connection.nmae }}"': ("error", "there is no connection.nmae"),
    "set: {x: vars.shopp}": ("warning", "there is no vars.shopp"),
    "set: {x: event.txet}": ("warning", "no sample of comment.created has event.txet"),
    "{log: x, if: steps.fist.status == 'ok'}": ("warning", "there is no steps.fist"),
}


@pytest.mark.parametrize("step", GOOD)
def test_what_is_there_or_may_be_missing_is_no_problem(step: str) -> None:
    assert problems(step) == []


@pytest.mark.parametrize("step", WRONG)
def test_what_nothing_has_is_a_problem_at_its_place(step: str) -> None:
    severity, beginning = WRONG[step]
    written = f"log: x\n        if: {step[step.index('if: ') + 4 : -1]}" if "{log" in step else step
    ((found, sentence),) = problems(written)

    assert found == severity
    assert sentence.startswith(beginning)


def test_values_of_automator_yaml_count_and_without_it_nobody_knows() -> None:
    step = 'log: "{{ vars.hotline }}"'

    assert problems(step, hotline="0901") == []
    assert problems(step, configured=False) == []
    assert [severity for severity, _ in problems(step)] == [Severity.ERROR.value]


def test_a_follow_up_sees_what_was_done_before_it_and_on_error_all_steps() -> None:
    inner = 'follow_up: {after: 1h, actions: [{log: "{{ vars.size }} {{ steps.first.status }}"}]}'
    own = 'follow_up: {after: 1h, actions: [{log: "{{ steps.checked.status }}"}]}'

    assert problems(inner) == []
    assert len(problems(own)) == 1
    on_error = 'log: x\n    on_error:\n      - log: "{{ steps.later.status }} {{ vars.size }}"\n'
    text = RULES.format(step="log: x") + on_error.removeprefix("log: x\n")
    rule_context = RuleContext(actions=builtin_actions(), connections={"page": "facebook"})
    assert load_rules(rule_context, {"a.yaml": text}).problems == []


CONDITIONS = {
    "vars.shopp == 'x'": "there is no vars.shopp",
    "contact.stat.size == 'M'": "there is no contact.stat",
    "connection.nmae == 'x'": "there is no connection.nmae",
    "steps.first.status == 'ok'": "'steps' is empty here",
    "contact.state.size == 'M' && vars.shop != null": "",
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_that_reads_what_nothing_has_is_warned_of(condition: str) -> None:
    rules = RULES.format(step="log: x").replace(
        "    actions:", f'    conditions: ["{condition}"]\n    actions:', 1
    )
    rule_context = RuleContext(
        actions=builtin_actions(), connections={"page": "facebook"}, known_paths=PATHS
    )
    found = [
        (item.severity.value, said(item.reason))
        for item in load_rules(rule_context, {"a.yaml": rules}).problems
    ]

    beginning = CONDITIONS[condition]
    assert [severity for severity, _ in found] == (["warning"] if beginning else [])
    assert all(sentence.startswith(beginning) for _, sentence in found)
