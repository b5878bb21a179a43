"""Old spellings are read as the new ones, and rewritten without touching anything else."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.files.editing.tree import comments_in
from automator.model import Problem, Severity
from automator.model.rule import Place
from automator.rules.assistance.quick_fixes import quick_fixes
from automator.rules.editing.edits import with_new_spellings, with_rule_switched
from automator.rules.editing.form import rule_form
from automator.rules.editing.step_forms import Choices
from automator.rules.schema.old_spellings import OLD_SPELLINGS
from tests.support.rules import applied, check

#: Parts of a file by their lines, each with an old spelling: of a rule, of its actions, its tests.
_OF_RULE = ('    disabled: {reason: "sale ended"}', "    disabled:\n      reason: sale ended")
_OF_ACTIONS = (
    "      - ask: {text: Size?, expires: 2h}",
    "      - ask:\n          text: Size?\n          expires: 30m",
    "      - follow_up: {after: 1h, window: 2h, actions: [{log: a}]}",
    (
        "      - follow_up:\n          after: 1h\n          window: 2h\n          actions:\n"
        "            - log: a\n              on_error: continue\n          next:\n"
        "            - {after: 1d, window: 3h, actions: [{emit: {type: own.late}}]}"
    ),
    "      - emit: {type: own.order, data: {type: kept}}",
    "      - log: a\n        on_error: continue",
    "      - {log: a, on_error: stop}",
    "      - log: a\n        on_error: stop",
)
_EVENTS = (
    '{type: message.received, text: "hi", actor: {id: "1"}}',
    "{type: message.received, with: {event.text: hi}, data: {n: [1, 2], text: x}}",
    "{type: message.received, attachments: [{type: image}], after: 1m}",
)
_EXPECTED = (
    "{matched: false}", "{matched: true}", "{no_match: true}", "{no_match: false}",
    "{matched: true, actions: []}", "{matched: false, never_sends: {text: x}}",
    "{actions: [{id: note, text: Size?, quick_replies: [S, M]}], matched: true}",
    "{follow_ups: [{actions: [{id: note, buttons: [{text: a}], sends: {to: x}}]}]}",
    "{on_error: [{id: note, attachments: [], template: {name: x}, via: shop-page}]}",
)  # fmt: skip


@st.composite
def old_files(draw: st.DrawFn) -> str:
    """A file with old spellings, and comments between its lines and behind some of them."""
    lines = ["rules:", "  - id: a", "    trigger: {event: message.received}"]
    lines += draw(st.lists(st.sampled_from(_OF_RULE), max_size=1))
    lines += ["    actions:", "      - {id: note, log: noted}"]
    lines += draw(st.lists(st.sampled_from(_OF_ACTIONS), min_size=1, max_size=4))
    lines.append("    tests:")
    events = draw(st.lists(st.sampled_from(_EVENTS), min_size=1, max_size=3))
    for number, event in enumerate(events):
        expected = draw(st.sampled_from(_EXPECTED))
        lines += [
            f"      - name: t{number}",
            f"        event: {event}",
            f"        expect: {expected}",
        ]
    text = "\n".join(lines)
    commented = [
        line + draw(st.sampled_from(("", "", f"  # {number}: why", f"\n      # {number}")))
        for number, line in enumerate(text.split("\n"))
    ]
    end = draw(st.sampled_from(("\n", "\r\n")))
    return "\n".join(commented).replace("\n", end) + end


def without_places(value: Any) -> Any:
    """A rule or a test as plain data, without the places of its parts."""
    if isinstance(value, Place):
        return None
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: without_places(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, list | tuple):
        return [without_places(one) for one in value]
    return value


def meaning_of(text: str) -> Any:
    loaded = check(text)
    assert [one for one in loaded.problems if one.severity is Severity.ERROR] == []
    rules = [without_places(rule.spec) for rule in loaded.rule_set.rules]
    return rules, [test.source for test in loaded.tests]


def old_ones(text: str) -> list[Problem]:
    found = check(text).problems
    return [problem for problem in found if problem.code == "old-spelling"]


@given(old_files())
def test_a_rewritten_file_means_the_same_and_keeps_its_comments(text: str) -> None:
    after = with_new_spellings(text)

    assert meaning_of(after) == meaning_of(text)
    assert comments_in(after) == comments_in(text)
    assert after.count("\r\n") in (0, after.count("\n"))
    assert with_new_spellings(after) == after


@given(old_files())
def test_a_file_without_comments_is_rewritten_wholly(text: str) -> None:
    bare = "\n".join(line.partition("#")[0].rstrip() for line in text.splitlines())
    bare = "\n".join(line for line in bare.split("\n") if line) + "\n"

    assert old_ones(bare)
    assert old_ones(with_new_spellings(bare)) == []


def test_every_old_spelling_of_the_table_is_found_with_its_place() -> None:
    text = "\n".join(["rules:", "  - id: a", "    trigger: {event: message.received}", _OF_RULE[0],
        "    actions:", *_OF_ACTIONS, "    tests:"])  # fmt: skip
    fields_of_events = [one.key for one in OLD_SPELLINGS if one.where == "event"]
    values = {"text": "x", "attachments": "[]"}
    for name in fields_of_events:
        event = f"{{type: message.received, {name}: {values.get(name, '{}')}}}"
        text += f"\n      - {{name: {name}, event: {event}, expect: {{matched: false}}}}"
    for number, expected in enumerate(_EXPECTED):
        event = "{type: message.received}"
        text += f"\n      - {{name: e{number}, event: {event}, expect: {expected}}}"
    lines = text.split("\n")

    problems = old_ones(text + "\n")

    told = {(problem.reason.params["old"]) for problem in problems}
    assert told == {one.old for one in OLD_SPELLINGS}
    for problem in problems:
        key = str(problem.reason.params["old"]).partition(":")[0]
        assert lines[problem.line - 1][problem.column - 1 :].startswith(f"{key}:")
        assert problem.severity is Severity.WARNING


def test_a_quick_fix_rewrites_the_one_spelling_of_its_problem() -> None:
    text = (
        "rules:\n  - id: a\n    trigger: {event: message.received}\n"
        "    actions: [{ask: {text: Size?, expires: 2h}, on_error: stop}, {emit: {type: own.a}}]\n"
    )
    wanted = (
        ("expires: 2h", "within: 2h"),
        (", on_error: stop", ""),
        ("emit: {type", "emit: {event"),
    )

    problems = old_ones(text)
    found = [applied(text, fix) for one in problems for fix in quick_fixes(text, one)]

    assert found == [text.replace(old, new) for old, new in wanted]


@pytest.mark.parametrize(
    "part",
    [
        "actions: [{ask: {text: a, expires: 1h, within: 2h}}]",
        "actions: [{log: a, on_error: later}]",
        "actions: [{log: a, on_error: continue, continue_on_error: true}]",
        "disabled: true\n    actions: [{log: a}]",
        "disabled: {reason: x, until: y}\n    actions: [{log: a}]",
        "enabled: true\n    disabled_reason: x\n    actions: [{log: a}]",
    ],
)
def test_what_was_no_old_spelling_is_an_error_and_stays(part: str) -> None:
    text = f"rules:\n  - id: a\n    trigger: {{event: message.received}}\n    {part}\n"

    assert [one.severity for one in check(text).problems] == [Severity.ERROR]
    assert with_new_spellings(text) == text


def test_a_spelling_stays_old_where_a_comment_would_be_lost() -> None:
    text = (
        "rules:\n  - id: a\n    trigger: {event: message.received}\n    actions: [{log: a}]\n"
        "    tests:\n      - name: t\n        event:\n          type: message.received\n"
        "          text: hi  # the words of a customer\n        expect: {matched: false}\n"
    )

    after = with_new_spellings(text)

    assert after == text.replace("{matched: false}", "no_match")
    assert [one.line for one in old_ones(after)] == [9]


def test_a_rule_with_an_old_reason_is_off_in_the_form_and_switched_on_by_a_button() -> None:
    text = (
        "rules:\n  - id: a\n    disabled: {reason: sale ended}\n"
        "    trigger: {event: message.received}\n    actions: [{log: a}]\n"
    )
    shown = {one.name: one.value for one in rule_form(text, 0, Choices({}, {}, {}, "UTC")).head}

    assert shown["state"] == "off"
    on = with_rule_switched(text, "a", on=True)
    assert on == text.replace("    disabled: {reason: sale ended}\n", "")


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("actions: [{ask: {text: a, expires: 90d}}]", "90d"),
        ("actions: [{follow_up: {after: 1h, window: soon, actions: [{log: a}]}}]", "soon"),
        ("actions: [{emit: {type: Late}}]", "Late"),
        (
            (
                "actions: [{log: a}]\n    tests: [{name: t, expect: matched,"
                " event: {type: message.received, text: 5}}]"
            ),
            "5",
        ),
    ],
)
def test_a_mistake_behind_an_old_key_is_told_at_its_value(part: str, wrong: str) -> None:
    text = f"rules:\n  - id: a\n    trigger: {{event: message.received}}\n    {part}\n"

    (error,) = [one for one in check(text).problems if one.severity is Severity.ERROR]

    assert text.split("\n")[error.line - 1][error.column - 1 :].startswith(wrong)
