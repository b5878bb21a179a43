"""What steps read and nothing has, as a table: each template or expression, and its problem."""

import pytest

from automator.actions import builtin_actions
from automator.model import Severity
from automator.rules import RuleContext, load_rules
from tests.support.words import rendered, said

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
    'log: "{{ steps }}"',
    'log: "{{ contact.state.anything }} {{ contact.tags | join }} {{ connection.name }}"',
    "log: \"{{ vars.nothing | default('x') }}\"",
    'log: "{% if vars.nothing is defined %}{{ vars.nothing.deep }}{% endif %}"',
    'log: "{% for item in event.post.tags %}{{ item.nmae }}{% endfor %}"',
    'log: "{% set vars2 = 5 %}{{ vars2 }}"',
    'log: "{{ events[0].txet }}"',
    "log: \"{{ vars['shop'] }}\"",
    "log: \"{{ steps.first.output.left if steps.first.status == 'skipped' }}\"",
]
WRONG = {
    'log: "{{ vars.shopp }}"': ("error", "there is no vars.shopp"),
    "log: \"{{ vars['shopp'] }}\"": ("error", "there is no vars.shopp"),
    'log: "{% if vars.shopp %}x{% endif %}"': ("error", "there is no vars.shopp"),
    'log: "{{ event.txet }}"': ("warning", "no sample of comment.created has event.txet"),
    "{log: x, if: steps.first.status == 'done'}": ("warning", "steps.first.status is never 'done'"),
    "{log: x, if: steps.first.status == `200`}": ("warning", "steps.first.status is never '200'"),
    "log: \"{% if steps.first.status == 'error' %}x{% endif %}\"": (
        "warning",
        "steps.first.status is never 'error'",
    ),
    "{log: x, if: \"one_of(steps.first.status, ['ok', 'sent'])\"}": (
        "warning",
        "steps.first.status is never 'sent'",
    ),
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


AFTER = """\
rules:
  - id: price
    trigger: {{event: message.received, connection: page}}
    actions:
      - {{id: look, {first}}}
      - {second}
"""
FAILS = 'request: {url: "https://a.example/"}, continue_on_error: true'
SKIPS = 'request: {url: "https://a.example/"}, if: event.text'
LATER = "{if: steps.look, follow_up: {after: 1h, actions: [log: '{{ steps.look.output.body }}']}}"
NUMBER = (
    'request: {url: "https://a.example/", output: {total: body.total, name: body.name}, '
    "expect: type(body.total) == 'number'}"
)
ASKS = "ask: {text: Size?, choices: [S, M]}, continue_on_error: true"


def found(first: str, second: str) -> list[str]:
    context = RuleContext(actions=builtin_actions(), connections={"page": "facebook"})
    text = AFTER.format(first=first, second=second)
    return [item.reason.code for item in load_rules(context, {"a.yaml": text}).problems]


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (FAILS, 'message: "{{ steps.look.output.body }}"', "reference_after_failure"),
        (
            FAILS,
            '{message: "{{ steps.look.output.body }}", if: event.text}',
            "reference_after_failure",
        ),
        (SKIPS, 'message: "{{ steps.look.output.body }}"', "reference_after_skip"),
        (ASKS, 'message: "{{ steps.look.output.value }}"', "reference_without_answer"),
        (
            FAILS,
            'follow_up: {after: 1h, actions: [{message: "{{ steps.look.output.body }}"}]}',
            "reference_after_failure",
        ),
        (ASKS, "{message: x, if: steps.look.output.status == 'ok'}", "reference_never_this_value"),
        (ASKS, "{message: x, if: steps.look.output.value == 's'}", "reference_never_this_value"),
        (ASKS, "{message: x, if: steps.look.output.tries == '1'}", "reference_value_is_no_text"),
        (NUMBER, "{log: x, if: steps.look.output.total == '1'}", "reference_value_is_no_text"),
        (NUMBER, "{log: x, if: steps.look.output.sum == `1`}", "reference_unknown_output"),
        (ASKS, "{log: x, if: steps.look.output == 'S'}", "reference_is_object"),
        (ASKS, "log: \"{% if steps.look.output == 'S' %}x{% endif %}\"", "reference_is_object"),
    ],
)
def test_a_value_that_is_not_always_there_or_never_so_is_warned_of(
    first: str, second: str, kind: str
) -> None:
    assert found(first, second) == [kind]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (FAILS, "message: \"{{ steps.look.output.body | default('?') }}\""),
        (
            FAILS,
            "log: \"{% if steps.look.status == 'ok' %}{{ steps.look.output.body }}{% endif %}\"",
        ),
        (FAILS, "message: \"{{ steps.look.output.body if steps.look.status == 'ok' else '?' }}\""),
        (FAILS, "{message: '{{ steps.look.output.body }}', if: steps.look.status == 'ok'}"),
        (
            FAILS,
            LATER,
        ),
        (SKIPS, "{message: '{{ steps.look.output.body }}', if: event.text}"),
        (FAILS, "message: '{{ steps.look.status }} {{ steps.look.output }}'"),
        (NUMBER, "{log: x, if: steps.look.output.name == '1' && steps.look.output.total == `1`}"),
        (ASKS, "message: '{{ steps.look.output.status }} {{ steps.look.output.tries }}'"),
        (
            ASKS,
            "{message: x, if: steps.look.output.value == 'S' || steps.look.output.value == null}",
        ),
        (FAILS, "{log: x, if: \"one_of(steps.look.status, ['ok', 'failed'])\"}"),
        (FAILS, "{log: x, if: steps.look.status != 'failed' && steps.look.output.body == 'done'}"),
        ("ask: {text: Size?}", "{message: x, if: steps.look.output.value == 'XL'}"),
        ("log: Hi", "log: '{{ steps.look.output.text }} {{ steps.look.output.level }}'"),
    ],
)
def test_a_value_that_is_guarded_or_may_be_so_is_left_alone(first: str, second: str) -> None:
    assert found(first, second) == []


@pytest.mark.parametrize(
    ("choices", "count"),
    [
        ("[Có, Không có]", 1),
        ("[Áo, Áo khoác, Quần]", 1),
        ("[Có, Không có ạ, Không]", 2),
        ("[Có, Không]", 0),
        ("[Ao, Aophông]", 0),
        ("[S, M, L, XL]", 0),
        ("['{{ vars.a }}', '{{ vars.a }} to']", 0),
    ],
)
def test_a_choice_inside_another_is_warned_of(choices: str, count: int) -> None:
    codes = found(f"ask: {{text: Which?, choices: {choices}}}", "log: x")

    assert codes.count("sending_choice_in_choice") == count


def test_a_name_that_is_like_none_gets_no_suggestion() -> None:
    context = RuleContext(actions=builtin_actions(), connections={"page": "facebook"})
    text = AFTER.format(
        first='request: {url: "https://a.example/"}', second="log: '{{ steps.look.output.ok }}'"
    )
    (problem,) = load_rules(context, {"a.yaml": text}).problems

    assert "did you mean" not in rendered([problem])
