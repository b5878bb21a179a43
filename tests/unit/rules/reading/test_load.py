from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.actions import builtin_actions
from automator.files import MAX_BYTES
from automator.model import Problem, Severity, Trigger
from automator.model.rule import RetryPolicy
from automator.rules import RuleContext, digest_of, load_rules, read_rule_files
from tests.support.rules import ACTIONS, load, rule_set
from tests.support.words import advice_on, rendered, said

RULE = """\
rules:
  - id: one
    trigger: {event: comment.created}
    actions:
      - reply: Chào bạn
"""


def with_lines(*lines: str) -> str:
    return RULE + "".join(f"{line}\n" for line in lines)


def problems_of(*lines: str) -> list[tuple[str, int]]:
    return [(problem.code, problem.line) for problem in load(with_lines(*lines)).problems]


def the_problem(*lines: str) -> Problem:
    found = load(with_lines(*lines)).problems
    assert len(found) == 1, found
    return found[0]


def test_a_rule_is_read_with_everything_it_says() -> None:
    rules = rule_set(
        """\
vars: {hotline: "0901"}
rules:
  - id: price
    name: Giá
    description: Trả lời giá
    trigger: {event: [comment.created, "message.*"], connection: shop-page, include_self: true}
    conditions: [event.text != null]
    actions:
      - id: public
        name: Trả lời
        if: event.actor.id != null
        retry: {max_attempts: 3, interval: 30s, strategy: fixed, on_status: ["500-599", 429]}
        timeout: 5s
        on_unknown: hold
        continue_on_error: true
        reply: {text: Chào, quick_replies: [a, b]}
    on_error:
      - reply: Xin lỗi
""",
        shop="Áo Đẹp",
    )
    rule = rules.rules[0].spec
    step = rule.steps[0]

    assert rule.trigger == Trigger(
        events=("comment.created", "message.*"), connections=("shop-page",), include_self=True
    )
    assert (rule.id, rule.name, rule.description) == ("price", "Giá", "Trả lời giá")
    assert rule.vars == {"shop": "Áo Đẹp", "hotline": "0901"}
    assert step.retry == RetryPolicy(
        max_attempts=3, interval_s=30, strategy="fixed", on_status=((500, 599), (429, 429))
    )
    assert (step.id, step.name, step.condition) == ("public", "Trả lời", "event.actor.id != null")
    assert (step.timeout_s, step.on_unknown, step.continue_on_error) == (5, "hold", True)
    assert step.inputs == {"text": "Chào", "quick_replies": ["a", "b"]}
    assert [inner.inputs for inner in rule.on_error_steps] == [{"text": "Xin lỗi"}]
    assert str(rule.place) == "rules.yaml:3"
    assert str(step.place) == "rules.yaml:16"


def test_a_follow_up_holds_its_own_steps_and_what_cancels_it() -> None:
    rules = rule_set(
        with_lines(
            "      - follow_up:",
            "          after: 20h",
            "          cancel_on: {event: message.received, conditions: [event.text != null]}",
            "          actions: [{message: Còn quan tâm không ạ?}, {reply: Alo}]",
        )
    )
    step = rules.rules[0].spec.steps[1]

    assert [inner.id for inner in step.steps] == ["message", "reply_2"]
    assert step.cancel_on is not None
    assert step.cancel_on.as_data() == {
        "event": ["message.received"],
        "conditions": ["event.text != null"],
    }
    assert set(rules.rules[0].steps) == {"reply", "follow_up", "message", "reply_2"}


def test_made_up_ids_avoid_the_ones_that_people_wrote() -> None:
    rules = rule_set(
        with_lines("      - reply: b", "      - {reply: c, id: reply_2}", "      - reply: d")
    )

    assert [step.id for step in rules.rules[0].spec.steps] == [
        "reply",
        "reply_3",
        "reply_2",
        "reply_4",
    ]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("    conditon: x", "unknown-key", "a rule has no 'conditon'"),
        ("    conditions: [event.text = 'x']", "condition-syntax", "unexpected '='"),
        ("    conditions: [evnt.text == 'x']", "unknown-name", "there is no 'evnt' here"),
        ("    conditions: [event.vip == true]", "literal-quotes", "true without backticks"),
        ("    conditions: [lenth(event.items) == `1`]", "unknown-function", "lenth()"),
        ("    conditions: [5]", "wrong-kind", "a condition is a text or a mapping"),
        ("    conditions: [{anny: [x]}]", "unknown-key", "a condition has no 'anny'"),
        ("    conditions: [{any: x}]", "wrong-kind", "'any' needs a list of conditions"),
        ("    conditions: [{any: [event.id], all: [event.id]}]", "unknown-key", "cannot stand"),
        ("    conditions: event.text", "wrong-kind", "a list is expected here"),
        ("      - rply: x", "unknown-action", "there is no action 'rply'"),
        (
            "      - {reply: a, forward: {to: b}}",
            "two-actions",
            "'forward' and 'reply' cannot be in one",
        ),
        (
            "      - {reply: a, forwrd: {to: b}}",
            "two-actions",
            "'forwrd' and 'reply' cannot be in one",
        ),
        ("      - {reply: a, iff: x}", "unknown-key", "an action has no 'iff' beside it"),
        ("      - {id: x}", "missing-action", "this item names no action"),
        ("      - reply", "wrong-kind", "an action is a mapping"),
        ("      - reply:", "missing-key", "'reply' has no 'text'"),
        ("      - reply: {txt: a}", "unknown-key", "'reply' has no 'txt'"),
        ("      - reply: 250000", "wrong-kind", "a text is expected here, and this is a number"),
        ("      - reply: '{{ evnt.text }}'", "unknown-name", "there is no 'evnt' here"),
        ("      - {reply: a, id: a-b}", "wrong-value", "'a-b' cannot be used as a name"),
        ("      - {reply: a, if: event.text =}", "condition-syntax", "this is not JMESPath"),
        ("      - {reply: a, timeout: 5s}", "", ""),
        ("      - {reply: a, timeout: 5}", "wrong-value", "'5' has no unit"),
        (
            "      - follow_up: {after: 20, actions: [{reply: a}]}",
            "wrong-value",
            "'20' has no unit",
        ),
        ("      - {reply: a, timeout: fast}", "wrong-value", "'fast' is not a duration"),
        ("      - {reply: a, retry: {on_status: [20]}}", "wrong-value", "'20' is not a status"),
        ("      - {reply: a, on_unknown: retyr}", "unknown-value", "'retyr' is not known here"),
        ("      - request: {url: 'https://{{ event.x }}/'}", "url-host", "cannot be filled in"),
        ("      - follow_up: {after: 1h, actions: reply}", "wrong-kind", "is a list of actions"),
        ("      - follow_up: {actions: [{reply: a}]}", "missing-key", "has no 'after'"),
    ],
)
def test_a_mistake_in_a_rule_is_said_once_with_its_line(line: str, code: str, words: str) -> None:
    if not code:
        assert load(with_lines(line)).problems == []
        return
    problem = the_problem(line)

    assert (problem.code, problem.line) == (code, 6)
    assert words in said(problem.reason)
    assert advice_on(problem.reason)


def test_a_leaf_with_a_template_is_not_checked_for_its_kind_before_it_is_rendered() -> None:
    line = (
        "      - request: {url: https://a.vn/, method: '{{ event.method }}', query: {n: '{{ 5 }}'}}"
    )

    assert problems_of(line) == []


def test_inputs_that_are_not_templates_are_left_as_they_are() -> None:
    rules = rule_set(
        with_lines("      - request: {url: https://a.vn/, output: {x: \"'{{ nope }}'\"}}")
    )

    assert rules.rules[0].steps["request"].render({})["output"] == {"x": "'{{ nope }}'"}


def test_the_marker_stands_under_the_word_inside_a_folded_text() -> None:
    problem = the_problem(
        "      - reply: >-", "          Chào bạn", "          {{ evnt.text }} nhé"
    )

    assert (problem.line, problem.column, problem.length) == (8, 14, 4)


def test_a_connection_that_is_not_configured_is_named_with_the_nearest() -> None:
    loaded = load(RULE.replace("comment.created", "comment.created, connection: shop-pgae"))

    assert [p.code for p in loaded.problems] == ["unknown-connection"]
    assert advice_on(loaded.problems[0].reason).startswith("did you mean 'shop-page'?")


def test_connections_are_not_checked_when_they_are_not_known() -> None:
    text = RULE.replace("comment.created", "comment.created, connection: anything")

    loaded = load_rules(RuleContext(actions=ACTIONS), {"a.yaml": text})

    assert loaded.problems == []


def test_a_misspelt_event_is_a_warning_and_the_rules_are_used() -> None:
    loaded = load(RULE.replace("comment.created", "comment.create"))

    assert [(p.code, p.severity) for p in loaded.problems] == [("unknown-event", Severity.WARNING)]
    assert not loaded.refused


def test_two_rules_with_one_id_say_where_the_other_is() -> None:
    loaded = load({"a.yaml": RULE, "b.yaml": RULE})

    assert [(p.file, p.line) for p in loaded.problems] == [("b.yaml", 2)]
    assert (
        said(loaded.problems[0].reason)
        == "two rules have the id 'one': this one and the one in a.yaml:2"
    )


def test_two_steps_with_one_id_are_a_problem_also_inside_a_follow_up() -> None:
    lines = (
        "      - {reply: b, id: x}",
        "      - follow_up: {after: 1h, actions: [{reply: a, id: x}]}",
    )

    assert problems_of(*lines) == [("duplicate-id", 7)]


def test_all_problems_of_all_files_are_reported_at_once_in_order() -> None:
    broken = RULE.replace("reply:", "rply:").replace("trigger:", "triger:")

    loaded = load({"b.yaml": broken, "a.yaml": broken, "c.yaml": "rules: {{ x }}"})

    assert loaded.refused
    assert [(p.file, p.line, p.code) for p in loaded.problems] == [
        ("a.yaml", 3, "unknown-key"),
        ("a.yaml", 5, "unknown-action"),
        ("b.yaml", 2, "duplicate-id"),
        ("b.yaml", 3, "unknown-key"),
        ("b.yaml", 5, "unknown-action"),
        ("c.yaml", 1, "yaml-quotes"),
    ]


def test_a_follow_up_may_not_be_nested_without_end() -> None:
    inner = "{reply: a}"
    for _ in range(5):
        inner = "{follow_up: {after: 1h, actions: [" + inner + "]}}"

    assert [code for code, _ in problems_of(f"      - {inner}")] == ["too-deep"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "rules: []\n", "vars: {a: 1}\n"])
def test_a_file_without_rules_is_fine(text: str) -> None:
    assert rule_set(text).rules == ()


@pytest.mark.parametrize("text", ["[]", "5", "rules: 5", "rules: [5]", "rules: [[]]", "vars: []"])
def test_a_file_of_the_wrong_shape_is_a_problem(text: str) -> None:
    loaded = load(text)

    assert [problem.code for problem in loaded.problems] == ["wrong-kind"]


def test_the_digest_changes_with_every_name_and_text() -> None:
    digests = {
        digest_of(files)
        for files in ({}, {"a": "b"}, {"ab": ""}, {"": "ab"}, {"a": "c"}, {"a": "b", "c": ""})
    }

    assert len(digests) == 6
    assert rule_set(RULE).digest == digest_of({"rules.yaml": RULE})


def test_rule_files_are_found_below_the_folder_and_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    (folder / "shop").mkdir(parents=True)
    (folder / ".git").mkdir()
    outside = tmp_path / "secret.yaml"
    for path in (
        folder / "b.yaml",
        folder / "a.yml",
        folder / "shop" / "c.yaml",
        folder / ".hidden.yaml",
        folder / ".git" / "d.yaml",
        folder / "notes.txt",
        outside,
    ):
        path.write_text("rules: []\n", encoding="utf-8")
    (folder / "link.yaml").symlink_to(outside)
    (folder / "large.yaml").write_text("x" * (MAX_BYTES * 2), encoding="utf-8")

    files = read_rule_files(folder)

    assert list(files) == ["a.yml", "b.yaml", "large.yaml", "shop/c.yaml"]
    assert [p.code for p in load(files).problems] == ["file-too-large"]


def test_a_file_in_another_encoding_is_a_problem_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("rules: []  # Giá\n".encode("utf-16"))

    assert next(p.code for p in load(read_rule_files(tmp_path)).problems) == "wrong-encoding"


def test_a_folder_that_does_not_exist_has_no_rule_files(tmp_path: Path) -> None:
    assert read_rule_files(tmp_path / "nothing") == {}


def test_a_real_server_leaves_the_rules_of_the_demo_alone(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "autumn" / "demo").mkdir(parents=True)
    for name in ("demo/a.yaml", "autumn/demo/b.yaml", "c.yaml"):
        (tmp_path / name).write_text("rules: []")

    assert list(read_rule_files(tmp_path)) == ["autumn/demo/b.yaml", "c.yaml"]
    assert list(read_rule_files(tmp_path / "demo")) == ["a.yaml"]


_LINES = st.sampled_from(
    [
        *RULE.splitlines(),
        "    conditions:",
        "      - event.text == 'x'",
        "      - any: [event.id, {not: event.id}]",
        "      - {name: x, expr: y}",
        "    trigger: {event: 5, connection: [a, 1]}",
        "    trigger:",
        "    enabled: maybe",
        "    disabled: {reason: x}",
        "    disabled_reason: x",
        "    disabled:",
        "      - follow_up: {after: 1h, cancel_on: {event: x, conditions: [y]}, actions: [5]}",
        "      - follow_up: [1]",
        "      - forward: {to: '{{ x', body: {a: ['{{ event }}']}}",
        "      - request: {url: '{{ x }}', query: [1], output: 5}",
        "      - {reply: '{{ event.x | foo }}', if: 5, retry: 5, id: [a]}",
        "      - - reply: x",
        "    on_error: {a: b}",
        "    vars: x",
        "vars: [1]",
        "  - 5",
        "  - id: {a: b}",
        "    limits: 5",
        "    id: \U0001f600",
    ]
)


@given(st.one_of(st.text(), st.lists(_LINES).map("\n".join)))
def test_any_text_gives_rules_or_problems_with_places(text: str) -> None:
    loaded = load({"a.yaml": text, "b.yaml": text})

    assert bool(loaded.refused) == any(
        problem.severity is Severity.ERROR for problem in loaded.problems
    )
    for problem in loaded.problems:
        assert not problem.source or 1 <= problem.column <= len(problem.source) + 1
        assert rendered([problem])


def test_a_schedule_without_a_zone_goes_by_the_one_of_the_server() -> None:
    text = """
rules:
  - id: here
    trigger: {schedule: {cron: "0 9 * * *"}}
    actions: [{request: {url: "https://crm.example.com/"}}]
  - id: abroad
    trigger: {schedule: {cron: "0 9 * * *", timezone: Europe/Paris}}
    actions: [{request: {url: "https://crm.example.com/"}}]
  - id: always
    trigger: {schedule: {every: 15m}}
    actions: [{request: {url: "https://crm.example.com/"}}]
"""

    def zones(timezone: str | None) -> dict[str, str]:
        loaded = load_rules(RuleContext(actions=ACTIONS, timezone=timezone), {"a.yaml": text})
        assert loaded.problems == []
        return {
            name: rule.spec.trigger.schedule.timezone
            for name, rule in loaded.rule_set.scheduled.items()
            if rule.spec.trigger.schedule is not None
        }

    assert zones("Asia/Tokyo") == {"here": "Asia/Tokyo", "abroad": "Europe/Paris", "always": "UTC"}
    assert zones(None) == {
        "here": "Asia/Ho_Chi_Minh",
        "abroad": "Europe/Paris",
        "always": "UTC",
    }


def test_the_time_of_day_of_a_follow_up_is_one_of_the_zone_of_the_settings() -> None:
    text = """\
rules:
  - id: later
    trigger: {event: comment.created}
    actions:
      - follow_up: {at: "09:00", actions: [{log: a}]}
      - follow_up: {at: "09:00", timezone: Europe/Paris, actions: [{log: b}]}
      - follow_up: {after: 1h, actions: [{log: c}]}
"""

    def zones(timezone: str | None) -> list[str | None]:
        loaded = load_rules(
            RuleContext(actions=builtin_actions(), timezone=timezone), {"a.yaml": text}
        )
        assert loaded.problems == []
        rule = loaded.rule_set.rule("later")
        assert rule is not None
        return [step.inputs.get("timezone") for step in rule.spec.steps]

    assert zones("Asia/Tokyo") == ["Asia/Tokyo", "Europe/Paris", None]
    assert zones(None) == [None, "Europe/Paris", None]


def test_dates_in_templates_go_by_the_zone_of_the_settings_unless_they_name_one() -> None:
    text = """
rules:
  - id: a
    trigger: {event: comment.created}
    actions:
      - log: "{{ now | date('%H:%M') }} {{ now | date }} {{ now | date('%H', 'UTC') }}"
      - log: "{{ now | date(zone='UTC', pattern='%H') }} {{ now | upper | date('%H') }}"
      - request:
          url: "https://a.example/{{ now | date('%H:%M') }}"
          body: {at: ["{{ now | date }}"]}
"""

    def rendered(timezone: str | None) -> list[dict[str, object]]:
        rule_context = RuleContext(actions=builtin_actions(), timezone=timezone)
        rule = load_rules(rule_context, {"a.yaml": text}).rule_set.rule("a")
        assert rule is not None
        scope = {"now": "2026-11-24T06:01:01Z"}
        return [rule.steps[step.id].render(scope) for step in rule.spec.steps]

    saigon, paris = rendered(None), rendered("Europe/Paris")
    assert saigon[0]["text"] == "13:01 24/11/2026 13:01 06"
    assert paris[0]["text"] == "07:01 24/11/2026 07:01 06"
    assert [both[1]["text"] for both in (saigon, paris)] == ["06 13", "06 07"]
    assert paris[2] == {
        "url": "https://a.example/07%3A01",
        "body": {"at": ["24/11/2026 07:01"]},
    }


@pytest.mark.parametrize("name", ["PRICES.YAML", "prices.Yml"])
def test_a_file_is_a_rule_file_however_its_ending_is_written(tmp_path: Path, name: str) -> None:
    """Some programs of Windows write it in capital letters; it was left out in silence."""
    (tmp_path / name).write_text("rules: []", encoding="utf-8")

    assert list(read_rule_files(tmp_path)) == [name]


def test_links_that_are_not_followed_are_left_out_with_a_warning(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "rules"
    outside.mkdir()
    (folder / "deep").mkdir(parents=True)
    (outside / "prices.yaml").write_text("rules: []")
    (folder / "a.yaml").write_text("rules: []")
    for name, target in {
        "deep/again.yml": "../a.yaml",
        "deep/out.yaml": "../../outside/prices.yaml",
        "gone.yaml": "nowhere.yaml",
        "round.yaml": "round.yaml",
        "shop": str(outside),
        "pictures": str(tmp_path / "pictures"),
        ".hidden.yaml": "nowhere.yaml",
        "notes.txt": "nowhere.txt",
    }.items():
        (folder / name).symlink_to(target)
    (tmp_path / "pictures").mkdir()
    said: list[Problem] = []

    files = read_rule_files(folder, on_left_out=said.append)

    assert list(files) == ["a.yaml", "deep/again.yml"]
    assert [(one.file, one.reason.code, one.reason.params["target"]) for one in said] == [
        ("deep/out.yaml", "syntax_link_leads_out", "../../outside/prices.yaml"),
        ("gone.yaml", "syntax_link_to_no_file", "nowhere.yaml"),
        ("round.yaml", "syntax_link_to_no_file", "round.yaml"),
        ("shop", "syntax_link_to_folder", str(outside)),
    ]
    assert {one.severity for one in said} == {Severity.WARNING}
    assert {one.code for one in said} == {"link-left-out"}


@pytest.mark.parametrize(
    ("listener", "nearest"),
    [
        ("trigger: {event: own.orders}", "own.orders"),
        ("trigger: {event: own.ordered}", "own.ordered"),
        ("trigger: {event: [own.orders, own.order]}", None),
        ("trigger: {event: own.*}", None),
        ("trigger: {event: own.refund}", None),
        ("trigger: {event: [own.orders, own.second]}", None),
        (
            "trigger: {absence: {of: own.orders, after: a.b, within: 1h, key: event.id}}",
            "own.orders",
        ),
    ],
)
def test_an_event_that_only_an_almost_equal_name_waits_for_is_told(
    listener: str, nearest: str | None
) -> None:
    also = ", {emit: {event: own.orders}}" if "second" in listener else ""
    actions = f"[{{emit: {{event: own.order}}}}{also}]"
    raising = f"{{id: a, trigger: {{event: message.received}}, actions: {actions}}}"
    files = {
        "a.yaml": f"rules:\n  - {raising}\n",
        "b.yaml": f"rules:\n  - {{id: b, {listener}, actions: [log: x]}}\n",
    }
    problems = load_rules(RuleContext(actions=builtin_actions()), files).problems
    told = [
        (one.file, one.reason.params["nearest"])
        for one in problems
        if one.reason.code == "trigger_emits_to_nobody"
    ]

    assert told == ([("a.yaml", nearest)] if nearest else [])


def test_very_many_names_of_events_are_not_compared() -> None:
    def told(count: int) -> int:
        rules = "".join(
            f"  - {{id: a{n}, trigger: {{event: own.heard{n}}}, actions:"
            f" [{{emit: {{event: own.heard_{n}}}}}]}}\n"
            for n in range(count)
        )
        context = RuleContext(actions=builtin_actions())
        return len(load_rules(context, {"a.yaml": f"rules:\n{rules}"}).problems)

    assert (told(1), told(300)) == (1, 0)


@pytest.mark.parametrize(
    ("event", "expect", "is_told"),
    [
        ("{sample: facebook/comment.created}", "matched", True),
        ("{sample: facebook/comment.created}", "{actions: [log]}", True),
        ("{type: comment.created, with: {event.text: a}}", "matched", True),
        ("{sample: facebook/message.received}", "matched", False),
        ("{sample: facebook/comment.created}", "no_match", False),
        ("{sample: facebook/comment.liked}", "matched", False),
        (
            "{sample: facebook/comment.created, with: {event.type: message.received}}",
            "matched",
            False,
        ),
    ],
)
def test_a_test_whose_event_cannot_trigger_its_rule_is_told(
    event: str, expect: str, is_told: bool
) -> None:
    text = (
        "rules:\n  - id: a\n    trigger: {event: message.*}\n    actions: [log: x]\n"
        f"    tests: [{{name: a, event: {event}, expect: {expect}}}]\n"
    )
    problems = load_rules(RuleContext(actions=builtin_actions()), {"a.yaml": text}).problems

    assert [one.reason.code for one in problems] == ["test_event_elsewhere"] * is_told


def test_a_wrong_default_for_active_is_told_at_the_default_alone() -> None:
    text = (
        "defaults: {active: nowhere}\nrules:\n  - id: a\n    trigger: {event: message.received}\n"
        "    outside: wait\n    actions: [log: x]\n"
    )
    context = RuleContext(actions=builtin_actions(), time_intervals={})
    problems = load_rules(context, {"a.yaml": text}).problems

    assert [(one.line, one.code) for one in problems] == [(1, "unknown-interval")]
