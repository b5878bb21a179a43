"""Conditions and templates that somebody wrote to stall the server, each within its bounds.

What is bounded is counted: what an evaluation has paid, and the memory that it made meanwhile. The
wall is a net for what counting misses, so wide that a busy machine does not touch it.
"""

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from automator.conditions import SPENT, EventBudget, check_expression, compile_expression
from automator.conditions.forms.budget import (
    MAX_CPU_S,
    MAX_ELEMENTS,
    MAX_EVENT_CPU_S,
    MAX_EVENT_ELEMENTS,
)
from automator.reasons import explanations
from automator.reasons.conditions import too_many_elements
from automator.rules import EventFacts, RuleSet
from automator.rules.templates.template import RenderError, Template, compile_template
from automator.rules.templates.template_budget import MAX_CPU_S as MAX_TEMPLATE_CPU_S
from automator.rules.templates.template_budget import MAX_UNITS, TemplateBudget
from tests.support.rules import rule_set
from tests.support.words import advice_on, raises_saying
from tests.support.words import said as in_words
from tests.support.work import calls_of

#: Bytes that one evaluation, and the templates of one step, may hold at any moment.
_MOST_MEMORY = 48_000_000
_MOST_MEMORY_OF_TEMPLATES = 64_000_000
#: How many times longer than it may take a machine may be that does other things as well.
_BUSY = 20

_TEXT = "Đẹp quá, giá bao nhiêu vậy shop? " * 400
_ROWS = [{"id": f"r{n}", "n": n, "name": f"Áo {n}", "tags": ["a", "b"]} for n in range(2_000)]
_EVENT: dict[str, Any] = {
    "text": _TEXT,
    "quotes": '"\\\n' * 4_000,
    "data": {
        "rows": _ROWS,
        "one": "x" * 300_000,
        "two": "".join(["x" * 150_000, "x" * 150_000]),
        "numbers": list(range(20_000)),
        "map": {f"k{n}": n for n in range(20_000)},
        "json": "[" + "{}," * 60_000 + "{}]",
        "words": [f"từ{n}" for n in range(3_000)],
        "patterns": [f"[^x]{{1,{n}}}y" for n in range(1, 90)],
        "ligatures": "\ufdfa" * 30_000,
    },
}
_SCOPE: dict[str, Any] = {"event": _EVENT, "now": "2026-11-24T06:01:01.250Z", "vars": {}}
_A = ",".join(["@"] * 100)
_D = "event.data"

_EXPRESSIONS = [
    f"{_D}|[{_A}]|[{_A}]|to_json(@)",
    f"{_D}|[{_A}]|to_json(@)",
    f"{_D}|[{_A}]|to_string(@)",
    f"{_D}|{{a:@,b:@,c:@,d:@,e:@}}|{{a:@,b:@,c:@,d:@,e:@}}|to_json(@)",
    f"[{_D}.one,{_D}.two]|[{_A}]|[]|sort(@)",
    f"[{_D}.one,{_D}.two]|[{_A}]|[{_A}]|[]|[]|max(@)",
    f"[{_D}.one,{_D}.two]|[{_A}]|[{_A}]|[]|[]|min(@)",
    f"[{_D}.one,{_D}.two]|[{_A}]|[{_A}]|[]|[]|sort_by(@,&@)",
    f"[{_D}.one,{_D}.two]|[{_A}]|[{_A}]|[]|[]|max_by(@,&@)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[?one==two]",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[?one<two]",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[?contains(one,two)]",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[?rows==rows]",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[?contains(rows,rows[0])]",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[?one_of(rows[0],rows)]",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].join(one,[two,two,two])",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].reverse(one)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].upper(one)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].fold(ligatures)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].to_number(one)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].from_json(json)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].merge(map,map)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].keys(map)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].values(map)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].numbers[::2]",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].sum(numbers)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].rows[*].name",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|[*].map.*",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|map(&to_string(rows),@)",
    f"[{_D}]|[{_A}]|[{_A}]|[]|[]|sort_by(@,&to_json(rows))",
    f"{_D}.rows|[{_A}]|[{_A}]|[{','.join('@' * 30)}]|[][][]",
    "event.quotes" + "|to_json(@)" * 60,
    "event.text" + "|to_string([@])" * 60,
    f"{_D}.words[*].keywords(event.text, @)",
    f"{_D}|[{_A}]|[*].keywords(one, words)",
    f"{_D}|[{_A}]|[{_A}]|[]|[*].keywords(one, ['a+x', 'b+x', 'x+x'])",
    f"{_D}|[{_A}]|[{_A}]|[]|[*].keywords(one, ['a', 'b'], {{mode: 'contains'}})",
    f"{_D}|[{_A}]|[{_A}]|[]|[*].keywords(one, ['{'y' * 60}'], {{typos: `2`}})",
    f"{_D}.patterns[*].matches('{'y' * 400}', @)",
    "||".join(f"matches(event.text, '[^x]{{1,{n}}}x$')" for n in range(90, 99)),
    f"{_D}|[{_A}]|[{_A}]|[]|[*].ago(one, '2h')",
    f"{_D}.rows[*].[{','.join(['name'] * 150)}]",
    f"{_D}.rows[*].{{{','.join(f'k{n}: name' for n in range(90))}}}",
    f"map(&[@,@,@,@],{_D}.numbers)|map(&[@,@,@,@],@)|[][]|to_json(@)",
]
_ITEMS = ", ".join(["event.data"] * 240)
_FEW = ", ".join(["event.data.rows"] * 20)
_LOOPS = "{% for a in range(1000) %}{% for b in range(1000) %}BODY{% endfor %}{% endfor %}"
_TEMPLATES = [
    f"{{{{ [{_ITEMS}] }}}}",
    f"a {{{{ [{_ITEMS}] }}}}",
    f"{{{{ [{_ITEMS}] | join }}}}",
    f"{{{{ [{_ITEMS}] | tojson | length }}}}",
    f"{{{{ {{'a': [{_FEW}], 'b': [{_FEW}]}} }}}}",
    f"{{{{ [[{_FEW}], [{_FEW}], [{_FEW}], [{_FEW}], [{_FEW}]] | join(',') }}}}",
    _LOOPS.replace("BODY", f"{{{{ [{_FEW}] | join | length }}}}"),
    _LOOPS.replace("BODY", f"{{% if [{_FEW}] == [{_FEW}] %}}{{% endif %}}"),
    _LOOPS.replace("BODY", "{% if event.data.one == event.data.two %}{% endif %}"),
    _LOOPS.replace("BODY", "{% if event.data.one < event.data.two %}{% endif %}"),
    _LOOPS.replace("BODY", "{% if event.data.one in [event.data.two] %}{% endif %}"),
    _LOOPS.replace("BODY", "{% if event.data.rows[0] in event.data.rows %}{% endif %}"),
    _LOOPS.replace("BODY", "{% if event.data.rows is eq(event.data.rows) %}{% endif %}"),
    _LOOPS.replace("BODY", "{% if 'y' is in(event.data.one) %}{% endif %}"),
    _LOOPS.replace("BODY", "{% set x = event.data.one[1:] %}"),
    _LOOPS.replace("BODY", "{% set x = event.data.numbers[::-1] %}"),
    _LOOPS.replace("BODY", "{% set x = event.text | fold %}"),
    _LOOPS.replace("BODY", "{% set x = event.text | urlencode %}"),
    _LOOPS.replace("BODY", "{% set x = event.text | e %}"),
    _LOOPS.replace("BODY", "{% set x = event.text | replace('á', 'a') %}"),
    _LOOPS.replace("BODY", "{% set x = event.text | upper | lower | trim %}"),
    _LOOPS.replace("BODY", "{% set x = event.text ~ event.text %}"),
    _LOOPS.replace("BODY", "{% set x = event.text + event.text %}"),
    _LOOPS.replace("BODY", "{% set x = event.data.words[:1000] | join(event.text[:50]) %}"),
    _LOOPS.replace("BODY", "{% set x = event.data.rows[:900] | tojson %}"),
    _LOOPS.replace("BODY", "{% set x = event.data.words[:900] + event.data.words[:90] %}"),
    _LOOPS.replace("BODY", "{% set x = range(1000) %}"),
    _LOOPS.replace("BODY", "{% if a is odd %}{{ b // 7 ** 2 }}{% endif %}" * 12),
    _LOOPS.replace("BODY", "{% if " + " and ".join(["a"] * 15) + " %}{% endif %}"),
    _LOOPS.replace("BODY", "{% set x = event.data.ligatures | fold %}"),
    _LOOPS.replace("BODY", "{% set x = event.data | length %}{{ x }}"),
    _LOOPS.replace("BODY", "{{ event.data.nowhere | default('') }}"),
    "{{ event.data.one }}",
    "{{ event }}x",
    "{{ event | tojson }}",
    "{{ " + " ~ ".join(["event.text"] * 90) + " }}",
    "{{ event.data.nowhere }}",
    "{{ event.data.map.nowhere }}",
    "{{ event.data.rows | join(event.data.one) }}",
    "{{ event.data.one | truncate(1000, event.data.two) }}",
]


def _measured(work: Callable[[], Any]) -> tuple[Any, int, float]:
    """What some work gave, the most memory that it held, and the CPU seconds that it took."""
    tracemalloc.start()
    try:
        value = work()
        memory = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Once more by itself: counting memory makes everything several times slower.
    began = time.thread_time()
    work()
    return value, memory, time.thread_time() - began


@pytest.mark.parametrize("text", _EXPRESSIONS, ids=lambda text: f"{text[:12]}…{text[-40:]}")
def test_a_hostile_expression_spends_and_makes_no_more_than_it_may(text: str) -> None:
    compiled = compile_expression(text)
    budget = EventBudget()

    outcome, memory, seconds = _measured(lambda: compiled.evaluate(_SCOPE))
    compiled.holds(_SCOPE, budget)
    budget.settle("it")

    # An explanation of what went wrong may be one more evaluation.
    assert seconds < 2 * _BUSY * MAX_CPU_S
    assert memory < _MOST_MEMORY
    assert MAX_EVENT_ELEMENTS - MAX_ELEMENTS <= budget.left < MAX_EVENT_ELEMENTS
    # Counting memory takes time, which may be over before the elements are.
    assert not budget.over or (outcome.reason and outcome.reason.code == "over_budget")


def _template(text: str) -> Template:
    template, faults = compile_template(text)
    assert template is not None, faults
    return template


@pytest.mark.parametrize("text", _TEMPLATES, ids=lambda text: text[-60:])
def test_a_hostile_template_spends_and_makes_no_more_than_it_may(text: str) -> None:
    template = _template(text)

    def render() -> str:
        try:
            template.render(_SCOPE)
        except RenderError as error:
            return error.message
        return ""

    _, memory, seconds = _measured(render)

    assert seconds < _BUSY * MAX_TEMPLATE_CPU_S
    assert memory < _MOST_MEMORY_OF_TEMPLATES


def test_all_templates_of_a_step_share_one_budget() -> None:
    budget = TemplateBudget()
    template = _template("{{ event.data.rows | tojson | length }}")
    first = {**_SCOPE, "event": {"data": {"rows": _ROWS[:500]}}}

    renderings = (template.render(first, budget) for _ in range(MAX_UNITS // 1_000))

    with raises_saying(RenderError, "too much work"):
        list(renderings)
    assert template.render(first) == template.render(first)


@pytest.mark.parametrize(
    "pattern", ["[^x]{1,900}x", "((a?){30}){30}b", "(.{1,99}){1,99}", "\\pL{1,900}"]
)
def test_a_pattern_whose_repetitions_are_too_many_is_refused_with_what_to_do(pattern: str) -> None:
    (finding,) = check_expression(f"matches(event.text, '{pattern}')")

    assert finding.code == "wrong-pattern"
    assert "steps when its repetitions are written out, 1,000 are allowed" in in_words(
        finding.reason
    )
    assert "{1,20}" in advice_on(finding.reason)


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9]+k",
        "(?i)(giá|bao nhiêu|ship)\\s*\\d{1,9}",
        "\\pL+ \\pL+",
        "[\\p{L}\\p{N}._]+@\\w+",
        "^.{0,100}$",
    ],
)
def test_an_ordinary_pattern_searches_a_long_message(pattern: str) -> None:
    compiled = compile_expression(f"matches(event.text, '{pattern}')")

    assert compiled.evaluate({"event": {"text": "Chào shop! " * 180}}).reason is None


# --- All rules of one event together ---

_FACTS = EventFacts("comment.created", "shop-page", "facebook")


def _many_heavy_rules(count: int) -> str:
    rules = "".join(
        f"""
  - id: r{number}
    trigger: {{event: comment.created}}
    conditions:
      - event.data.numbers[?@ > `-1`] | length(@) > `{number}`
    actions: [reply: hi]"""
        for number in range(count)
    )
    return f"rules:{rules}\n"


def _decided(rules: RuleSet, budget: EventBudget) -> list[str]:
    decisions = rules.decide(
        _SCOPE,
        1_000,
        _FACTS,
        budget,
    )
    return [decision.rule.spec.id for decision in decisions]


def test_rules_beyond_the_budget_of_an_event_are_left_out_with_the_reason() -> None:
    rules = rule_set(_many_heavy_rules(60))
    budget = EventBudget()
    began = time.thread_time()

    acted = _decided(rules, budget)

    assert time.thread_time() - began < _BUSY * MAX_EVENT_CPU_S
    assert 1 < len(acted) < 60
    assert acted == [f"r{number}" for number in range(len(acted))]
    assert set(budget.over) == {f"r{number}" for number in range(len(acted), 60)}
    assert all(why == SPENT for why in budget.over.values())


def test_rules_in_shadow_mode_take_nothing_from_the_budget_of_live_rules() -> None:
    heavy = _many_heavy_rules(60)
    watching = heavy.replace("    trigger", "    mode: shadow\n    priority: 1000\n    trigger")
    live = heavy.removeprefix("rules:\n").replace("id: r", "id: live")
    alone, both = EventBudget(), EventBudget()

    acted = _decided(rule_set(heavy), alone)
    decided = _decided(rule_set(watching + live), both)

    assert [one for one in decided if one.startswith("live")] == [f"live{one[1:]}" for one in acted]
    # It shows what the rule would have done alone, and live.
    assert [one for one in decided if one.startswith("r")] == acted
    assert len(both.over) == 2 * len(alone.over)
    assert both.left == alone.left


@pytest.mark.parametrize(
    "more",
    [
        "    limits: {once: {key: KEY}}\n",
        "    trigger: {absence: {of: order.paid, after: comment.created, key: KEY, within: 1h}}\n",
    ],
)
def test_keys_of_rules_in_shadow_mode_take_nothing_from_it_either(more: str) -> None:
    key = '"event.data.numbers[?@ > `-1`] | to_string(length(@))"'
    trigger = "" if "trigger" in more else "    trigger: {event: comment.created}\n"
    rules = rule_set(f"""rules:
  - id: watching
    mode: shadow
{trigger}{more.replace("KEY", key)}    actions: [reply: hi]
""")
    budget = EventBudget()

    assert _decided(rules, budget) == ["watching"]
    assert budget.left == MAX_EVENT_ELEMENTS
    assert budget.in_shadow.left < MAX_EVENT_ELEMENTS - 1_000
    assert rules.endings.of("order.paid", _SCOPE, budget) or "absence" not in more
    assert budget.left == MAX_EVENT_ELEMENTS


def test_the_same_rules_are_left_out_each_time_and_the_explanation_says_so() -> None:
    rules = rule_set(_many_heavy_rules(60))
    first, second = EventBudget(), EventBudget()

    assert _decided(rules, first) == _decided(rules, second)
    explained = rules.explain(_SCOPE, 0, _FACTS)

    left_out = {
        item.rule for item in explained if item.decided_by.code == explanations.left_out.code
    }
    assert left_out == {rule for rule, why in first.over.items() if why == SPENT}
    assert not any(item.matched for item in explained if item.rule in left_out)


def test_a_condition_that_is_over_its_own_budget_is_named_and_the_next_rules_go_on() -> None:
    hostile = f"event.data|[{_A}]|to_json(@)"
    rules = rule_set(f"""rules:
  - id: hostile
    trigger: {{event: comment.created}}
    conditions: ["{hostile}"]
    actions: [reply: hi]
  - id: good
    trigger: {{event: comment.created}}
    conditions: ["event.text != null"]
    actions: [reply: hi]
""")
    budget = EventBudget()

    assert _decided(rules, budget) == ["good"]
    assert budget.over == {"hostile": too_many_elements(limit=MAX_ELEMENTS)}


def test_a_thousand_cheap_rules_are_all_evaluated_for_one_event() -> None:
    rules = rule_set(
        "rules:\n"
        + "".join(
            f"  - {{id: r{number}, trigger: {{event: comment.created}}, "
            f'conditions: ["length(event.text) > `{number}`"], actions: [reply: hi]}}\n'
            for number in range(1_000)
        )
    )
    budget = EventBudget()

    assert len(_decided(rules, budget)) == 1_000
    assert budget.over == {}
    assert budget.left > MAX_EVENT_ELEMENTS - 10 * 1_000


def test_a_key_of_a_limit_that_holds_the_event_hundreds_of_times_is_no_key() -> None:
    rules = rule_set(f"""rules:
  - id: once
    trigger: {{event: comment.created}}
    limits: {{once: {{key: "[{", ".join(["event.data.rows"] * 60)}]"}}}}
    actions: [reply: hi]
""")

    (decision,) = rules.decide(
        _SCOPE,
        1_000,
        _FACTS,
    )

    assert decision.limits == ()
    assert "it is too large for a key" in in_words(decision.note)


def test_a_hint_is_looked_for_a_few_times_however_many_rules_read_what_is_missing() -> None:
    def rules(count: int) -> RuleSet:
        return rule_set(
            "rules:\n"
            + "".join(
                f"  - {{id: r{number}, trigger: {{event: comment.created}}, "
                f"conditions: [\"event.data.map.kk{number} == 'x'\"], actions: [reply: hi]}}\n"
                for number in range(count)
            )
        )

    few, many = rules(20), rules(200)

    assert calls_of(lambda: many.explain(_SCOPE, 0, _FACTS)) < 4 * calls_of(
        lambda: few.explain(_SCOPE, 0, _FACTS)
    )
