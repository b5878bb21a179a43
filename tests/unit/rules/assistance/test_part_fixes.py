"""Quick fixes that write a whole part of a file anew."""

import pytest

from automator.rules.assistance.quick_fixes import quick_fixes
from tests.support.rules import applied, check
from tests.support.words import rendered

RULE = """\
rules:
  - id: price
    trigger: {event: comment.created}
    conditions:
      - CONDITION
    actions:
      - reply: x
"""


def mended(text: str) -> str:
    """The text after the first fix of its first problem."""
    problem = check(text).problems[0]
    return applied(text, quick_fixes(text, problem)[0])


def fixes_of(text: str) -> int:
    """The number of fixes that are offered for all problems of a text."""
    return sum(len(quick_fixes(text, problem)) for problem in check(text).problems)


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("regex(event.text, 'x')", "matches(event.text, 'x')"),
        ("event.text.includes('x')", "contains(event.text, 'x')"),
        ("event.id && event.text.includes(')')", "event.id && contains(event.text, ')')"),
        ("(event.id || event.text.trim()) == 'x'", "(event.id || trim(event.text)) == 'x'"),
        ("keywords(event.text.lower(), ['x'])", "keywords(lower(event.text), ['x'])"),
        ("re.search('x', event.text)", "matches(event.text, 'x')"),
        ("empty(event.text)", '"!(event.text)"'),
        (
            "keywords(event.text, ['x'], 'exact')",
            "\"keywords(event.text, ['x'], {mode: 'exact'})\"",
        ),
    ],
)
def test_a_call_of_another_language_is_replaced_with_the_value_before_its_dot(
    written: str, better: str
) -> None:
    after = mended(RULE.replace("CONDITION", written))

    assert f"- {better}\n" in after
    assert check(after).problems == []


def test_a_call_behind_a_pipe_or_without_its_bracket_is_left_to_the_person() -> None:
    assert fixes_of(RULE.replace("CONDITION", "event.text | regex(@, 'x')")) == 0
    assert fixes_of(RULE.replace("CONDITION", "regex(event.text,\n          'x')")) == 0


def test_a_rule_alone_becomes_the_item_of_a_list_with_all_its_lines() -> None:
    alone = "# prices\nid: a\ntrigger: {event: comment.created}\n\nactions:\n- reply: |\n    x\n"

    assert mended(alone) == (
        "# prices\nrules:\n  - id: a\n    trigger: {event: comment.created}\n\n"
        "    actions:\n    - reply: |\n        x\n"
    )
    assert fixes_of(f"{alone}vars: {{a: 1}}\n") == 0


@pytest.mark.parametrize(
    ("steps", "better"),
    [
        ("- wait: 10m\n      - message: y\n      - log: z\n",
         "- follow_up: {after: 10m, actions: [{message: y}, {log: z}]}\n"),
        ("- sleep: 30\n      - message: y\n",
         "- follow_up: {after: 30s, actions: [{message: y}]}\n"),
        ("- if: event.text\n        then:\n          - log: y\n        else: {log: z}\n",
         '- {if: event.text, log: y}\n      - {if: "!(event.text)", log: z}\n'),
    ],
)  # fmt: skip
def test_steps_that_wait_or_branch_are_replaced_to_the_end_of_the_list(
    steps: str, better: str
) -> None:
    text = RULE.replace("CONDITION", "event.id").replace(
        "- reply: x\n", f"- reply: x\n      {steps}"
    )
    text += "  - {id: other, trigger: {event: comment.created}, actions: [{log: x}]}\n"

    after = mended(text)

    assert f"- reply: x\n      {better}  - {{id: other" in after
    assert check(after).problems == []


def test_a_wait_with_a_comment_behind_it_is_left_to_the_person() -> None:
    text = RULE.replace("CONDITION", "event.text") + "      - wait: 5m\n      # y\n      - log: z\n"

    assert fixes_of(text) == 0


@pytest.mark.parametrize(
    ("key", "better"),
    [
        ("cooldown: 1 ngày", "limits: {once: {key: event.actor.id, period: 1d}}"),
        ("keywords: [giá, bn]", "conditions: [\"keywords(event.text, ['giá', 'bn'])\"]"),
        ("match: giá|bn", "conditions: [\"matches(event.text, 'giá|bn')\"]"),
    ],
)
def test_a_key_that_stands_elsewhere_is_written_there(key: str, better: str) -> None:
    rule = RULE.replace("    conditions:\n      - CONDITION\n", "")
    text = rule.replace("    actions", f"    {key}\n    actions")

    assert f"    {better}\n    actions" in mended(text)


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("when: comment.created", "trigger: {event: comment.created}"),
        ("on: comment.created", "trigger: {event: comment.created}"),
        ("when:\n      - a.b\n      - c.d", "trigger: {event: [a.b, c.d]}"),
    ],
)
def test_an_event_below_a_key_of_other_programs_becomes_the_trigger(
    written: str, better: str
) -> None:
    text = RULE.replace("CONDITION", "event.text").replace(
        "trigger: {event: comment.created}", written
    )

    assert f"    {better}\n    conditions" in mended(text)


def test_the_advice_of_a_file_gives_no_rule_the_same_key_twice() -> None:
    keys = ("id: x", "when: event.id", "if: event.text", "on: a.b", "then: [log: x]")
    text = "rules:\n  - " + "\n    ".join(keys)
    said = rendered(check(text).problems)

    assert "did you mean 'conditions'?" in said
    assert "write what it says below 'conditions', which is there already." in said
    assert "write trigger: {event: a.b}" in said
    assert "which it needs" not in said


@pytest.mark.parametrize(
    "written",
    [
        "- app: facebook\n        reply: x",
        "- reply: x\n        app: facebook",
        "- {app: facebook, reply: x}",
        "- {reply: x, platform: facebook}",
    ],
)
def test_an_app_beside_an_action_is_taken_away(written: str) -> None:
    text = RULE.replace("CONDITION", "event.text").replace("- reply: x", written)
    after = mended(text)

    assert "it acts where the event comes from" in rendered(check(text).problems)
    assert "facebook" not in after
    assert check(after).problems == []


def test_an_app_beside_a_step_of_another_program_is_no_input_of_it() -> None:
    step = "- app: slack\n        action: reply\n        with: {text: x}"
    text = RULE.replace("CONDITION", "event.text").replace("- reply: x", step)

    assert mended(text).endswith("      - reply: x\n")


@pytest.mark.parametrize(
    ("written", "better"),
    [
        (" {text: giá}", " [\"keywords(event.text, ['giá'])\"]"),
        ("\n      contains: giá", "\n      - keywords(event.text, ['giá'])"),
        (
            "\n      field: text\n      operator: contains\n      value: giá",
            "\n      - keywords(event.text, ['giá'])",
        ),
        (
            "\n      all:\n        - text: giá\n        - event.id",
            "\n      - keywords(event.text, ['giá'])\n      - event.id",
        ),
        (" {all: [text: giá, event.id]}", " [\"keywords(event.text, ['giá'])\", event.id]"),
        (
            "\n      any:\n        - {name: x, expr: event.id}\n        - text: a",
            "\n      - {any: [{name: x, expr: event.id}, \"keywords(event.text, ['a'])\"]}",
        ),
        (" {any: [event.id, event.text]}", " [{any: [event.id, event.text]}]"),
        (
            "\n      - field: text\n        operator: contains\n        value: giá",
            "\n      - keywords(event.text, ['giá'])",
        ),
    ],
)
def test_conditions_of_other_programs_become_a_list_of_expressions(
    written: str, better: str
) -> None:
    after = mended(RULE.replace("\n      - CONDITION", written))

    assert f"    conditions:{better}\n    actions" in after
    assert check(after).problems == []


def test_a_key_is_not_written_where_the_rule_has_one() -> None:
    text = RULE.replace("CONDITION", "event.text").replace(
        "    actions", "    match: x\n    actions"
    )

    assert fixes_of(text) == 0
    assert fixes_of(text.replace("match: x", "condition: x")) == 0


def test_a_line_is_read_as_yaml_after_a_fix_or_there_is_none() -> None:
    item = RULE.replace("CONDITION", "event.text not in ['x']")
    nested = RULE.replace("reply: x", "{if: event.text.includes('x'), log: x}")
    listed = RULE.replace("\n      - CONDITION", " [event.text.includes('x')]")

    assert "- \"!one_of(event.text, ['x'])\"\n" in mended(item)
    assert "- {if: \"contains(event.text, 'x')\", log: x}\n" in mended(
        nested.replace("CONDITION", "event.id")
    )
    assert "conditions: [\"contains(event.text, 'x')\"]\n" in mended(listed)


def test_a_missing_input_is_not_written_beside_its_action() -> None:
    text = RULE.replace("CONDITION", "event.text").replace("reply: x", "notify: {to: ops}")

    assert fixes_of(text) == 0


def test_a_negation_before_a_call_of_another_language_stays_before_the_whole_call() -> None:
    text = RULE.replace("CONDITION", "\"!event.text.includes('x')\"")
    negated, called = check(text).problems

    bracketed = applied(text, quick_fixes(text, negated)[0])
    at_once = applied(text, quick_fixes(text, called)[0])

    assert "\"!(event.text.includes('x'))\"" in bracketed
    assert "\"!(contains(event.text, 'x'))\"" in mended(bracketed)
    assert "\"!contains(event.text, 'x')\"" in at_once


def test_a_fix_after_which_yaml_could_not_read_the_line_is_not_offered() -> None:
    text = RULE.replace("CONDITION", "${x}matches(event.text, '*x*')")
    (problem,) = check(text).problems

    assert problem.reason.code == "condition_unexpected_sign"
    assert quick_fixes(text, problem) == ()


def test_an_expression_of_javascript_in_braces_stands_without_them() -> None:
    assert "- \"event.text == 'x'\"\n" in mended(
        RULE.replace("CONDITION", "\"${event.text == 'x'}\"")
    )


def test_no_dot_of_an_expression_is_removed() -> None:
    text = RULE.replace("CONDITION", "\"{event.text.trim() == 'x'\"")

    for problem in check(text).problems:
        for fix in quick_fixes(text, problem):
            assert "event.text" in applied(text, fix)
