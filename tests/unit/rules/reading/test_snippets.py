"""Snippets that rules put in by `use`, and defaults of their keys: own or included ones."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.files.limits import MAX_BYTES
from automator.model import Rule, Severity, Step
from automator.rules import Loaded, load_rules
from automator.rules.templates.inputs import compile_text
from automator.rules.templates.template import is_template, literal_in_template
from tests.support.rules import check, real_rule_context
from tests.support.words import rendered, said

RULE = """rules:
  - id: a
    trigger: {{event: message.received, connection: shop-page}}
    actions:
{actions}
"""


def rules(*actions: str, before: str = "include: _shared.yaml\n") -> str:
    return before + RULE.format(actions="\n".join(f"      - {one}" for one in actions))


def snippet(parameters: str, *actions: str) -> str:
    listed = "".join(f"      - {one}\n" for one in actions)
    return f"snippets:\n  thanks:\n    parameters: {parameters}\n    actions:\n{listed}"


def loaded(shared: str, *actions: str) -> Loaded:
    return check({"_shared.yaml": shared, "main.yaml": rules(*actions)})


def steps(shared: str, *actions: str) -> list[Step]:
    found = loaded(shared, *actions)
    assert not found.refused, rendered(found.problems)
    return [step for rule in found.rule_set.rules for step in rule.spec.every_step()]


def inputs(shared: str, *actions: str) -> list[Mapping[str, Any]]:
    return [step.inputs for step in steps(shared, *actions)]


def problems(shared: str, *actions: str) -> list[tuple[str, int, str, str]]:
    found = [one for one in loaded(shared, *actions).problems if one.severity is Severity.ERROR]
    return [(one.file, one.line, one.code, said(one.reason)) for one in found]


# --- What a use puts in ---


def test_a_use_puts_in_all_actions_at_its_place() -> None:
    shared = snippet("[text]", 'reply: "{{ with.text }}"', 'log: "told"')

    found = inputs(shared, "log: first", "use: thanks\n        with: {text: Hi}", "log: last")

    assert found == [
        {"text": "first"},
        {"text": "Hi"},
        {"text": "told"},
        {"text": "last"},
    ]


@pytest.mark.parametrize(
    "around",
    [
        "follow_up:\n          after: 1h\n          actions:\n            - use: thanks",
        (
            "follow_up:\n          after: 1h\n          actions: [{reply: x}]\n          next:\n"
            "            - after: 2h\n              actions: [{use: thanks}]"
        ),
        "log: x\n    on_error:\n      - use: thanks",
    ],
)
def test_a_use_may_be_in_every_list_of_actions(around: str) -> None:
    assert {"text": "Hi"} in inputs(snippet("{text: Hi}", 'reply: "{{ with.text }}"'), around)


def test_a_file_uses_its_own_snippets() -> None:
    text = rules("use: thanks", before=snippet("[]", "reply: Hi"))

    (rule,) = check({"main.yaml": text}).rule_set.rules

    assert [step.inputs for step in rule.spec.steps] == [{"text": "Hi"}]


def test_a_text_that_is_only_a_parameter_becomes_its_value() -> None:
    shared = snippet(
        "{after: 20h, buttons: []}",
        'follow_up: {after: "{{ with.after }}", actions: [{reply: x}]}',
        'reply: {text: x, quick_replies: "{{ with.buttons }}"}',
    )

    found = inputs(shared, "{use: thanks, with: {after: 5h, buttons: [Yes, No]}}")

    assert found[0]["after"] == "5h"
    assert found[-1]["quick_replies"] == ["Yes", "No"]


def test_a_template_that_is_given_is_rendered_for_the_event() -> None:
    shared = snippet("[name]", 'reply: "Hi {{ with.name | upper }}, {{ with.name }}!"')

    (found,) = inputs(shared, '{use: thanks, with: {name: "dear {{ event.actor.name }}"}}')
    template, findings = compile_text(found["text"], is_url=False)

    assert template is not None, findings
    scope = {"event": {"actor": {"name": "Lan"}}}
    assert template.render(scope) == "Hi DEAR LAN, dear Lan!"


def test_an_expression_reads_a_parameter_as_a_literal() -> None:
    shared = snippet(
        "{least: 3, word: giá, page: {likes: [5]}}",
        "log: x\n        if: contact.seen > with.least && contains(event.text, with.word)",
        "log: y\n        if: contact.seen > with.page.likes[0]",
    )

    conditions = [step.condition for step in steps(shared, "use: thanks")]

    assert conditions[0] == "contact.seen > `3` && contains(event.text, 'giá')"
    assert conditions[1] == '`{"likes": [5]}`.likes[0]'.join(["contact.seen > ", ""])


@given(st.text(max_size=40))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    if is_template(value):
        return
    template, findings = compile_text(f"a {{{{ {literal_in_template(value)} }}}} b", is_url=False)

    assert template is not None, findings
    assert template.render({}) == f"a {value} b"


def test_a_value_with_quotes_and_braces_stays_one_value() -> None:
    shared = snippet("[text]", 'reply: "{{ with.text }}: {{ with.text | length }}"')
    hostile = "' }} \\\" }} %} #} \\\\"

    (found,) = inputs(shared, f'{{use: thanks, with: {{text: "{hostile}"}}}}')
    template, findings = compile_text(found["text"], is_url=False)

    assert template is not None, findings
    assert template.render({}) == "' }} \" }} %} #} \\: 17"


def test_values_are_not_searched_for_parameters_again() -> None:
    shared = snippet("[one, two]", 'reply: "{{ with.one }}"', 'log: "x {{ with.one }}"')

    found = problems(shared, "{use: thanks, with: {one: '{{ with.two }}', two: secret}}")

    assert [code for _, _, code, _ in found] == ["unknown-name", "unknown-name"]
    assert "secret" not in str(found)


def test_vars_and_words_of_intents_are_included_and_the_own_ones_win() -> None:
    shared = "vars: {tel: '1', shop: A}\nintents: {price: {add: [bao xiền]}}\n"
    text = "include: [_shared.yaml]\nvars: {shop: B}\nintents: {price: {add: [mấy lúa]}}\n"
    text += RULE.format(actions="      - reply: '{{ vars.tel }}'").replace(
        "    actions:", "    conditions: [\"asks(event.text, 'price')\"]\n    actions:"
    )

    found = check({"_shared.yaml": shared, "main.yaml": text})

    (rule,) = found.rule_set.rules
    assert not found.problems, rendered(found.problems)
    assert {**rule.spec.vars, "price": 0} == {"shop": "B", "price": 0, "tel": "1"}
    assert "bao xiền" in str(rule.spec.conditions)
    assert "mấy lúa" in str(rule.spec.conditions)


def test_the_nearest_file_above_is_included() -> None:
    files = {
        "_shared.yaml": snippet("[]", "reply: far"),
        "autumn/_shared.yaml": snippet("[]", "reply: near"),
        "autumn/new/main.yaml": rules("use: thanks"),
    }

    (rule,) = check(files).rule_set.rules

    assert rule.spec.steps[0].inputs == {"text": "near"}


# --- Where problems are ---


def test_a_problem_in_a_snippet_names_its_line_and_the_line_of_the_use() -> None:
    shared = snippet("{to: crm}", 'forward: "{{ with.to }}"', "reply: '{{ steps.none.status }}'")

    found = problems(shared, "log: x", "use: thanks")

    ((file, line, _, text),) = found
    assert (file, line) == ("main.yaml", 7)
    assert text.startswith("from _shared.yaml:6: ")
    assert "steps.none" in text


def test_a_wrong_value_is_a_problem_where_it_is_given() -> None:
    shared = snippet("[after]", 'follow_up: {after: "{{ with.after }}", actions: [{reply: x}]}')

    ((file, line, _, text),) = problems(shared, "use: thanks\n        with: {after: soon}")

    assert (file, line) == ("main.yaml", 7)
    assert "_shared.yaml" not in text


@pytest.mark.parametrize("condition", ["with.kind != 'test'", "with.urgent", "!(with.urgent)"])
def test_a_parameter_may_switch_an_action_on_and_off(condition: str) -> None:
    shared = snippet("{kind: test, urgent: true}", f'log: x\n        if: "{condition}"')

    assert not loaded(shared, "use: thanks").problems


def test_a_rule_that_lacks_a_snippet_is_not_told_that_its_tests_name_unknown_steps() -> None:
    test = "log: x\n    tests:\n      - {name: a, event: {sample: facebook/message.received},"
    test += " expect: {actions: [log, hello]}}"

    found = problems(snippet("[]", "id: hello\n        reply: Hi"), "use: thank", test)

    assert [code for _, _, code, _ in found] == ["unknown-snippet"]


def test_items_behind_a_snippet_keep_their_lines() -> None:
    shared = snippet("[]", "reply: a", "reply: b", "reply: c")
    inner = "follow_up:\n          after: 1h\n          actions:\n            - use: thanks\n"

    found = problems(
        shared,
        "use: thanks",
        inner + "            - reply: '{{ vars.x1 }}'",
        "reply: '{{ vars.x2 }}'",
    )

    assert [(line, "vars.x1" in text) for _, line, _, text in found] == [(11, True), (12, False)]


def test_a_step_of_a_snippet_has_the_place_of_its_use_and_of_its_line() -> None:
    (step,) = steps(snippet("[]", "reply: Hi"), "use: thanks")

    assert str(step.place) == "main.yaml:6 (_shared.yaml:5)"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("use: thank", "unknown-snippet"),
        ("use: thanks", "missing-parameter"),
        ("{use: thanks, with: {text: a, more: b}}", "unknown-parameter"),
        ("{use: thanks, with: [text]}", "wrong-kind"),
        ("{use: thanks, with: {text: a}, if: 'true'}", "unknown-key"),
        ("{use: thanks, with: {text: '{{ event.text }}'}}", "value-is-template"),
        ("{use: thanks, with: {text: '{% if vars.a %}b{% endif %}'}}", "value-is-template"),
    ],
)
def test_a_wrong_use_is_one_problem_of_the_file_that_has_it(written: str, code: str) -> None:
    actions = ["log: x\n        if: with.text == 'a'"]
    if "{%" in written:
        actions = ['log: "x {{ with.text }}"']

    found = problems(snippet("[text]", *actions), written)

    assert [(file, its) for file, _, its, _ in found] == [("main.yaml", code)]


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("use: thanks", "use-in-snippet"),
        ("follow_up: {after: 1h, actions: [{use: thanks}]}", "use-in-snippet"),
        ('reply: "{{ with.txt }}"', "unknown-parameter"),
        ('reply: "a {{ with.txt }}"', "unknown-parameter"),
        ("log: x\n        if: with.txt", "unknown-parameter"),
        ("replay: x", "unknown-action"),
        ('reply: "{{ with.text | uper }}"', "unknown-filter"),
        ("follow_up: {after: soon, actions: [{reply: x}]}", "wrong-value"),
    ],
)
def test_a_mistake_that_no_use_can_mend_is_a_problem_of_the_snippet(action: str, code: str) -> None:
    found = check({"_shared.yaml": snippet("[text]", action)})

    assert [(one.file, one.line, one.code) for one in found.problems] == [
        ("_shared.yaml", 6 if "if:" in action else 5, code)
    ]


@pytest.mark.parametrize(
    ("include", "code"),
    [
        ("_share.yaml", "include-missing"),
        ("../_shared.yaml", "include-missing"),
        ("/_shared.yaml", "include-missing"),
        ("[_shared.yaml, broken.yaml]", "include-broken"),
        ("other.yaml", "include-nested"),
        ("main.yaml", "include-nested"),
    ],
)
def test_a_file_that_cannot_be_included_is_named(include: str, code: str) -> None:
    files = {
        "_shared.yaml": snippet("[]", "reply: x"),
        "broken.yaml": "rules: 5",
        "other.yaml": "include: _shared.yaml",
        "main.yaml": rules("reply: x", before=f"include: {include}\n"),
    }

    found = [one for one in check(files).problems if one.file == "main.yaml"]

    assert [(one.line, one.code) for one in found] == [(1, code)]


def test_snippets_cannot_make_a_file_larger_than_a_file_may_be() -> None:
    shared = snippet("[text]", *['log: "{{ with.text }}"'] * 50)
    text = "x" * (MAX_BYTES // 400)
    use = f"{{use: thanks, with: {{text: {text}}}}}"

    found = problems(shared, *[use] * 20)

    assert "snippets-too-large" in [code for _, _, code, _ in found]
    assert not problems(shared, use)


# --- Versions ---


BEFORE = snippet("[text]", 'reply: "{{ with.text }}"')
MAIN = rules("{use: thanks, with: {text: Hi}}")
IN_FORCE = {"_shared.yaml": BEFORE, "main.yaml": MAIN}


def judged(files: Mapping[str, str], in_force: Mapping[str, str] = IN_FORCE) -> Loaded:
    return load_rules(real_rule_context(), files, in_force)


def told(found: Loaded) -> list[tuple[str, str]]:
    return [(one.file, one.code) for one in found.problems]


def test_a_new_version_of_an_include_is_a_new_version_of_the_rules() -> None:
    after = BEFORE.replace("{{ with.text }}", "{{ with.text }}!")

    found = judged({"_shared.yaml": after, "main.yaml": MAIN})

    (rule,) = found.rule_set.rules
    assert rule.spec.steps[0].inputs == {"text": '{{ "Hi" }}!'}
    assert not found.refused


@pytest.mark.parametrize(
    "after",
    [
        "snippets: 5",
        BEFORE.replace("thanks", "thank_you"),
        BEFORE.replace("[text]", "[text, more]"),
        None,
    ],
)
def test_a_broken_include_leaves_the_files_that_read_it_in_force_and_names_them(
    after: str | None,
) -> None:
    other = RULE.format(actions="      - reply: x").replace("id: a", "id: b")
    files = {"main.yaml": MAIN, "other.yaml": other}

    found = judged(files if after is None else {**files, "_shared.yaml": after})

    assert found.refused == {"_shared.yaml"}
    assert found.rule_set.files == {**files, "_shared.yaml": BEFORE}
    assert [rule.spec.id for rule in found.rule_set.rules] == ["a", "b"]
    assert {file for file, _ in told(found)} == {"_shared.yaml"}
    assert "main.yaml" in rendered(found.problems)


def test_a_file_that_reads_an_include_wrongly_is_refused_alone() -> None:
    found = judged({"_shared.yaml": BEFORE, "main.yaml": rules("use: thanks")})

    assert found.refused == {"main.yaml"}
    assert [rule.spec.id for rule in found.rule_set.rules] == ["a"]


def test_a_snippet_is_renamed_by_changing_both_files_at_once() -> None:
    files = {name: text.replace("thanks", "thank_you") for name, text in IN_FORCE.items()}

    found = judged(files)

    assert not found.refused
    assert found.rule_set.files == files


def test_what_an_include_breaks_is_judged_with_its_version_in_force() -> None:
    after = BEFORE + "  more: {actions: [{reply: x}]}\n"
    after = after.replace("thanks", "thank_you")
    files = {"_shared.yaml": after, "main.yaml": MAIN, "new.yaml": rules("use: more")}

    found = judged({**files, "new.yaml": files["new.yaml"].replace("id: a", "id: n")})

    assert found.refused == {"_shared.yaml", "new.yaml"}
    assert ("new.yaml", "unknown-snippet") in told(found)
    assert [rule.spec.id for rule in found.rule_set.rules] == ["a"]


def test_at_a_first_start_a_file_without_its_include_is_refused() -> None:
    assert told(judged({"main.yaml": MAIN}, {})) == [("main.yaml", "include-missing")]


def test_an_include_that_nobody_reads_any_more_can_be_deleted() -> None:
    after = rules("reply: x", before="")

    found = judged({"main.yaml": after})

    assert (found.refused, found.rule_set.files) == (frozenset(), {"main.yaml": after})


@given(
    st.sampled_from([BEFORE, "snippets: 5", BEFORE.replace("thanks", "thank_you"), None]),
    st.sampled_from([MAIN, rules("use: thanks"), MAIN.replace("thanks", "thank_you"), None]),
    st.sampled_from([IN_FORCE, {}, {"main.yaml": rules("reply: x", before="")}]),
)
def test_the_files_in_force_are_read_again_without_an_error(
    shared: str | None, main: str | None, in_force: Mapping[str, str]
) -> None:
    files = {"_shared.yaml": shared, "main.yaml": main}

    found = judged({name: text for name, text in files.items() if text is not None}, in_force)
    again = judged(found.rule_set.files, found.rule_set.files)

    assert not again.refused
    assert again.rule_set.files == found.rule_set.files
    assert [r.spec for r in again.rule_set.rules] == [r.spec for r in found.rule_set.rules]


def test_defaults_cannot_make_a_snippet_larger_than_a_file_may_be() -> None:
    text = "x" * (MAX_BYTES // 100)
    shared = snippet(
        f"{{text: {text}}}", *[f'log: "{number} {{{{ with.text }}}}"' for number in range(200)]
    )

    assert not check({"_shared.yaml": shared}).problems
    assert [code for _, _, code, _ in problems(shared, "use: thanks")] == ["snippets-too-large"]


def test_a_default_that_no_text_can_read_is_a_problem_of_the_snippet() -> None:
    shared = snippet("{text: '{% if vars.a %}b{% endif %}'}", 'log: "x {{ with.text }}"')

    found = check({"_shared.yaml": shared}).problems

    assert [(one.line, one.code) for one in found] == [(3, "value-is-template")]


# --- Defaults of the keys of rules ---

ONCE = "limits: {once: {key: event.actor.id, period: 1d}}"
TIMES = 'active: {times: "08:00-21:00"}'


def defaults(*keys: str) -> str:
    return "defaults:\n" + "".join(f"  {key}\n" for key in keys)


def ruled(*rules_: str, before: str = "include: _shared.yaml\n") -> str:
    """A file with one rule for each of these texts of further keys."""
    texts = [
        RULE.format(actions="      - reply: Hi")
        .removeprefix("rules:\n")
        .replace("id: a", f"id: r{n}")
        + "".join(f"    {key}\n" for key in more.split("; ") if key)
        for n, more in enumerate(rules_)
    ]
    return f"{before}rules:\n" + "".join(texts)


def same(files: Mapping[str, str], written: str) -> bool:
    """Whether the rules of main.yaml are the rules that another text writes out."""
    found, other = check({**files}), check({"main.yaml": written})
    assert not found.problems, rendered(found.problems)
    assert not other.problems, rendered(other.problems)
    return [_meant(rule.spec) for rule in found.rule_set.rules] == [
        _meant(rule.spec) for rule in other.rule_set.rules
    ]


def _meant(spec: Rule) -> list[Any]:
    return [spec.id, spec.limits, spec.active, spec.outside, spec.pause_ms]


PAUSE = "pause_on: {human_reply: 12h}"
WRITTEN = (TIMES, "outside: wait", ONCE, PAUSE)


def test_a_default_holds_for_each_rule_that_does_not_write_the_key() -> None:
    own = "limits: {throttle: {key: event.actor.id, limit: 2, period: 1h}}"
    written = ruled("; ".join(WRITTEN), f"{TIMES}; outside: wait; {own}; {PAUSE}", before="")

    assert same({"main.yaml": ruled("", own, before=defaults(*WRITTEN))}, written)
    files = {"_shared.yaml": defaults(*WRITTEN), "main.yaml": ruled("", own)}
    assert same(files, written)


def test_a_default_of_the_file_goes_before_an_included_one() -> None:
    files = {
        "_shared.yaml": defaults("outside: wait", "pause_on: {human_reply: 1h}"),
        "main.yaml": ruled("", before="include: _shared.yaml\n" + defaults(TIMES, PAUSE)),
    }

    assert same(files, ruled(f"{TIMES}; outside: wait; {PAUSE}", before=""))


def test_of_two_included_defaults_the_later_one_counts() -> None:
    files = {
        "a.yaml": defaults(ONCE, "pause_on: {human_reply: 1h}"),
        "b.yaml": defaults(PAUSE),
        "main.yaml": ruled("", before="include: [a.yaml, b.yaml]\n"),
    }

    assert same(files, ruled(f"{ONCE}; {PAUSE}", before=""))


def test_outside_is_a_default_only_for_rules_with_times() -> None:
    file = ruled("", TIMES, f"{TIMES}; outside: skip", before=defaults("outside: wait"))

    assert same(
        {"main.yaml": file},
        ruled("", f"{TIMES}; outside: wait", f"{TIMES}; outside: skip", before=""),
    )


@pytest.mark.parametrize("key", ["active", "outside", "limits", "pause_on"])
def test_a_key_without_a_value_leaves_the_default_out(key: str) -> None:
    others = [one for one in WRITTEN if not one.startswith(key)]
    if key == "active":
        others.remove("outside: wait")

    file = ruled(f"{key}:", before=defaults(*WRITTEN))

    assert same({"main.yaml": file}, ruled("; ".join(others), before=""))


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("limits: {once: {key: event.actor.id, period: soon}}", "wrong-value"),
        ("limits: {once: {key: event.actor., period: 1d}}", "condition-syntax"),
        ("active: nights", "unknown-interval"),
        ("outside: late", "unknown-value"),
        ("mode: shadow", "unknown-key"),
    ],
)
def test_a_mistake_in_a_default_is_told_once_where_it_is_written(key: str, code: str) -> None:
    found = check({"main.yaml": ruled("", "", before=defaults(key))}).problems

    assert [(one.line, one.code) for one in found] == [(2, code)]


def test_a_default_that_does_not_fit_a_rule_is_a_problem_of_that_rule() -> None:
    late = "  - id: late\n    trigger: {schedule: {every: 1h}}\n    actions: [{log: x}]\n"
    files = {"_shared.yaml": defaults(PAUSE, ONCE), "main.yaml": ruled("") + late}

    found = check(files).problems

    assert {(one.file, one.line) for one in found} == {("main.yaml", 7)}
    assert any(said(one.reason).startswith("from _shared.yaml:3: ") for one in found)
    files["main.yaml"] += "    limits:\n    pause_on:\n"
    assert not check(files).problems


def test_defaults_cannot_make_a_file_larger_than_a_file_may_be() -> None:
    key = "event.text == '" + "x" * 900 + "'"
    limits = f'limits: {{once: {{key: "{key}", period: 1d}}}}'

    found = check({"main.yaml": ruled(*[""] * 300, before=defaults(limits))}).problems

    assert "snippets-too-large" in [one.code for one in found]
