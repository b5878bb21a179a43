"""Advice about conditions comes only where it is certain."""

import pytest

from automator.model import Trigger
from automator.rules import RuleContext, load_rules
from automator.rules.compiled.globs import covers
from tests.support.rules import ACTIONS, load

PATHS = {"comment.created": {"event.post", "event.post.id"}, "comment.edited": {"event.data"}}


def advice(
    *conditions: str, trigger: str = "{event: comment.created}", more: str = ""
) -> list[str]:
    listed = "".join(f"      - {condition}\n" for condition in conditions)
    text = (
        f"rules:\n  - id: a\n    trigger: {trigger}\n    conditions:\n{listed}"
        f"    actions: [{{reply: x}}]\n{more}"
    )
    loaded = load_rules(RuleContext(actions=ACTIONS, known_paths=PATHS), {"a.yaml": text})
    assert not loaded.refused, loaded.problems
    return [problem.code for problem in loaded.problems]


@pytest.mark.parametrize(
    "condition",
    [
        "event.type == 'comment.created'",
        "event.type != 'message.received'",
        "event.text == null",
        "event.text != `5`",
        "event.data == `5` || event.post.id == '1'",
        "event.actor.is_self == `false`",
        "event.headers.host == 'x'",
        "event.items[?a == 'x'].b",
        "length(event.post) > `1`",
        "contact.state.anything == 'x' && contact.name == `2`",
    ],
)
def test_there_is_nothing_to_say_about_what_can_hold(condition: str) -> None:
    both = "{event: [comment.created, comment.edited]}"

    assert advice(f'"{condition}"', trigger=both) == []


def test_globs_and_kinds_without_samples_leave_every_path_open() -> None:
    assert advice("event.nope.x", trigger="{event: comment.*}") == []
    assert advice("event.nope.x", trigger="{event: [comment.created, other]}") == []
    assert advice("event.nope.x", trigger="{}") == []
    assert advice("event.nope.x") == ["unknown-path"]


def test_a_path_is_known_when_any_of_the_kinds_has_it() -> None:
    both = "{event: [comment.created, comment.edited]}"

    assert advice("event.post.id", "event.data", trigger=both) == []


def test_two_values_for_one_path_exclude_each_other_only_when_both_must_hold() -> None:
    either = "{any: [event.post.id == '1', event.post.id == '2']}"

    assert advice("event.post.id == '1'", "event.post.id == '2'") == ["never-holds"]
    assert advice(either) == []
    assert advice("one_of(event.post.id, ['1', '2'])", "event.post.id == '2'") == []
    assert advice("event.post.id == '3'", "{not: [event.post.id == '1']}") == []
    assert advice("event.post.id == '3'", "{any: [event.post.id == '1', event.text]}") == [
        "never-holds"
    ]


def test_a_comparison_of_the_type_with_capitals_never_holds() -> None:
    trigger = "{event: Microsoft.Storage.BlobCreated}"

    assert advice("event.type == 'Microsoft.Storage.BlobCreated'", trigger=trigger) == [
        "never-holds"
    ]
    assert advice("event.type == 'microsoft.storage.blobcreated'", trigger=trigger) == []


@pytest.mark.parametrize(
    ("condition", "trigger", "is_told"),
    [
        ("starts_with(event.type, 'message.')", "{event: comment.created}", True),
        ("ends_with(event.type, '.create')", "{event: comment.created}", True),
        (
            "one_of(event.type, ['comment.edited', 'message.read'])",
            "{event: comment.created}",
            True,
        ),
        ("one_of(event.type, ['comment.created', 'a.b'])", "{event: comment.created}", False),
        ("contains(event.type, 'ment.c')", "{event: comment.created}", False),
        ("starts_with(event.type, 'message.')", "{event: '*.created'}", False),
        ("starts_with(event.type, 'message.')", "{event: comment.*}", True),
        ("starts_with(event.type, 'comment.cr')", "{event: comment.*}", False),
        ("starts_with(event.type, 'com')", "{event: comment.*}", False),
        ("starts_with(event.type, 'message.')", "{event: [comment.*, '?essage.*']}", False),
        ("ends_with(event.type, '.received')", "{event: comment.*}", False),
        ("starts_with(event.text, 'message.')", "{event: comment.created}", False),
        ("starts_with(event.type, 'issues')", "{connection: repo}", True),
        ("starts_with(event.type, 'gitlab.')", "{connection: repo}", True),
        ("starts_with(event.type, 'github.iss')", "{connection: repo}", False),
        ("starts_with(event.type, 'own.')", "{connection: repo}", False),
    ],
)
def test_a_part_that_no_type_of_the_events_has_is_told(
    condition: str, trigger: str, is_told: bool
) -> None:
    types = {"github": {"github.issues.opened", "github.push"}}
    known = RuleContext(actions=ACTIONS, connections={"repo": "github"}, event_types=types)
    for at in ("conditions: [{}]", "actions: [{{reply: x, if: {}}}]"):
        written = at.format(f'"{condition}"')
        text = f"rules:\n  - id: a\n    trigger: {trigger}\n    {written}\n"
        text += "" if at.startswith("actions") else "    actions: [{reply: x}]\n"
        codes = {one.code for one in load_rules(known, {"a.yaml": text}).problems}
        assert ("never-holds" in codes) is is_told, text


def test_a_rule_behind_one_that_stops_on_the_same_conditions_never_fires() -> None:
    def problems(first: str, second: str, more: str = "") -> list[str]:
        rules = "".join(
            f"  - {{id: {name}, trigger: {{event: comment.created}}, conditions: [{conditions}],"
            f" {keys}actions: [{{reply: x}}]}}\n"
            for name, conditions, keys in (
                ("a", first, f"stop: true, {more}"),
                ("b", second, ""),
            )
        )
        return [one.code for one in load(f"rules:\n{rules}").problems]

    assert problems("event.text", "event.text") == ["never-fires"]
    assert problems("event.text", "event.post, event.text") == ["never-fires"]
    assert problems("event.text, event.post", "event.text") == []
    assert problems("{any: [event.text, event.post]}", "event.text") == []
    assert problems("event.text", "{any: [event.text, event.post]}") == []
    assert problems("event.text", "event.text", "rollout: {percent: 50}, ") == []


@pytest.mark.parametrize(
    ("template", "is_told"),
    [
        ("{% if event.type == 'coment.created' %}a{% endif %}", True),
        ("{{ 'a' if event.type == 'comment' else 'b' }}", True),
        ("{% if event.type == 'message.received' %}a{% endif %}", False),
        ("{% if event.provider == 'messenger' %}a{% endif %}", True),
        ("event.type == 'coment.created'", False),
    ],
)
def test_a_template_that_asks_for_an_event_of_others_is_told(template: str, is_told: bool) -> None:
    known = RuleContext(actions=ACTIONS, connections={"page": "facebook"})
    trigger = "{event: [comment.created, message.received], connection: page}"
    text = f'rules:\n  - {{id: a, trigger: {trigger}, actions: [{{reply: "{template}"}}]}}\n'

    codes = [one.code for one in load_rules(known, {"a.yaml": text}).problems]
    assert ("never-holds" in codes) is is_told


def test_a_glob_of_the_trigger_covers_the_kind_that_is_compared() -> None:
    assert advice("event.type == 'comment.created'", trigger="{event: comment.*}") == []
    assert advice("event.type == 'order.paid'", trigger="{event: comment.*}") == ["never-holds"]


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        (Trigger(), Trigger(events=("a",)), True),
        (Trigger(events=("a.*",)), Trigger(events=("a.b", "a.*")), True),
        (Trigger(events=("a",)), Trigger(), False),
        (Trigger(events=("a",)), Trigger(events=("a", "b")), False),
        (Trigger(connections=("x",)), Trigger(connections=("x",)), True),
        (Trigger(connections=("x",)), Trigger(), False),
        (Trigger(providers=("x",)), Trigger(providers=("y",)), False),
        (Trigger(), Trigger(include_self=True), False),
        (Trigger(include_self=True), Trigger(), True),
    ],
)
def test_one_trigger_covers_another_when_it_hears_all_of_it(
    wide: Trigger, narrow: Trigger, covered: bool
) -> None:
    assert covers(wide, narrow) is covered


@pytest.mark.parametrize(
    ("keys", "codes"),
    [
        ("stop: true", ["never-fires"]),
        ("stop: false", []),
        ("stop: true\n    mode: shadow", []),
        ("stop: true\n    enabled: false", []),
        ("stop: true\n    active: evening", []),
        ("stop: true\n    priority: -1", []),
        ("stop: true\n    conditions: [event.text]", []),
        ("stop: true\n    pause_on: {human_reply: 1h}", []),
        ("stop: true\n    limits: {once: {key: event.actor.id}}", []),
        ("stop: true\n    limits: {throttle: {key: event.actor.id, limit: 1, period: 1h}}", []),
        ("stop: true\n    limits: {debounce: {key: event.actor.id, quiet: 1s, max_wait: 9s}}", []),
        ("stop: true\n    limits: {concurrency: {key: event.actor.id, mode: skip}}", []),
    ],
)
def test_a_rule_is_out_of_reach_only_behind_one_that_always_stops(
    keys: str, codes: list[str]
) -> None:
    text = (
        f"rules:\n  - id: first\n    trigger: {{}}\n    {keys}\n    actions: [{{reply: x}}]\n"
        "  - id: second\n    trigger: {event: comment.created}\n    actions: [{reply: x}]\n"
    )

    assert [problem.code for problem in load(text).problems] == codes


@pytest.mark.parametrize(
    ("condition", "better"),
    [
        ("event.text | lower == 'a'", "lower(event.text) == 'a'"),
        ("event.actor.name|upper", "upper(event.actor.name)"),
        ("contains(event.text | trim, 'a')", "trim(event.text)"),
        ("event.data | type == 'a'", None),
        ("event.text | lower(@) == 'a'", None),
    ],
)
def test_a_filter_of_templates_in_a_condition_is_told_with_the_function(
    condition: str, better: str | None
) -> None:
    text = (
        "rules:\n  - id: a\n    trigger: {event: comment.created}\n    conditions:\n"
        f'      - "{condition}"\n    actions: [reply: x]\n'
    )
    problems = load_rules(RuleContext(actions=ACTIONS), {"a.yaml": text}).problems

    told = [one.reason.params["better"] for one in problems]
    assert told == ([] if better is None else [better])
