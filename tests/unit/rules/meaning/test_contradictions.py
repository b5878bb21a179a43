"""Conditions that cannot hold together are told, and conditions that can are never."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.actions import builtin_actions
from automator.conditions import compile_expression
from automator.rules import RuleContext, load_rules

CONTEXT = RuleContext(actions=builtin_actions(), connections={"page": "facebook"})
TOLD = {
    "meaning_contradiction", "meaning_word_excluded", "meaning_fires_outside",
    "meaning_waits_outside", "meaning_never_holds", "meaning_always_holds",
}  # fmt: skip
COMMENT = "trigger: {event: comment.created, connection: page}"


def found(conditions: list[Any], *, around: str = COMMENT, condition: str = "") -> list[str]:
    listed = "".join(f"      - {one!r}\n" for one in conditions)
    keys = "".join(f"    {line}\n" for line in around.split("\n"))
    listed = f"    conditions:\n{listed}" if listed else ""
    step = f"      - {{log: x, if: {condition!r}}}\n" if condition else "      - log: x\n"
    text = f"rules:\n  - id: a\n{keys}{listed}    actions:\n{step}".replace("\\'", "''")
    problems = load_rules(CONTEXT, {"a.yaml": text}).problems
    assert not [item.reason for item in problems if item.severity.value == "error"]
    return [item.reason.code for item in problems if item.reason.code in TOLD]


@pytest.mark.parametrize(
    "conditions",
    [
        ["event.data.total > `500`", "event.data.total < `100`"],
        ["event.data.total > `500` && event.data.total < `100`"],
        ["`500` < event.data.total", "event.data.total == `50`"],
        ["event.data.total >= `100`", "event.data.total < `100`"],
        ["to_number(event.data.total) > `500`", "to_number(event.data.total) <= `100`"],
        ["length(event.text) > `50`", "length(event.text) < `10`"],
        ['keywords(event.text, ["giá"])', '!(keywords(event.text, ["giá", "ib"]))'],
        ['event.text == "a"', 'event.text != "a"'],
        ["event.text == null", 'keywords(event.text, ["giá"])'],
        ["event.parent", "!(event.parent)"],
        ['event.text == "hello"', 'keywords(event.text, ["giá"])'],
        ['starts_with(event.text, "a")', 'starts_with(event.text, "b")'],
        ['contains(contact.tags, "vip")', '!(contains(contact.tags, "vip"))'],
        ["event.actor.is_self"],
        ['weekday(now, "UTC") == "mon"', 'one_of(weekday(now, "UTC"), ["sat", "sun"])'],
        ['between(now, "08:10", "08:20", "UTC")', 'between(now, "08:20", "22:00", "UTC")'],
        ['keywords(event.text, ["giá", "ib"], {exclude: ["gia"]})'],
    ],
)
def test_conditions_that_cannot_hold_together_are_told(conditions: list[str]) -> None:
    assert len(found([one.replace('"', "'") for one in conditions])) == 1


@pytest.mark.parametrize(
    "conditions",
    [
        ["event.data.total > `100`", "event.data.total < `500`"],
        ["event.data.total > `1`", "event.data.total < `2`"],
        ["length(event.text) > `9000`", "contains(event.text, 'a')"],
        ["event.text == 'a'", "event.actor.name == 'b'"],
        ["event.data.total > `500` || event.data.total < `100`"],
        ["keywords(event.text, ['giá'])", "!(keywords(event.text, ['giá sỉ']))"],
        ["keywords(event.text, ['giá'])", "keywords(event.text, ['áo'])"],
        ["keywords(event.text, ['giá', 'áo'], {all: `true`, exclude: ['sỉ']})"],
        ["matches(event.text, '^a')", "matches(event.text, '^b')"],
        ["ends_with(event.text, 'a')", "length(event.text) > `60`"],
        [
            "starts_with(event.text, 'a')",
            "ends_with(event.text, 'b')",
            "length(event.text) == `60`",
        ],
        ["contains(event.text, 'a')", "!(keywords(event.text, ['a']))"],
        ["starts_with(event.text, 'a')", "!(keywords(event.text, ['a']))"],
        ["ends_with(event.text, 'a')", "!(keywords(event.text, ['a']))"],
        ["event.data.list[?a == 'x']", "event.data.list[?a == 'y']"],
        ["event.data.a == 'x'", "event.data.b == 'y'"],
        ["contains(contact.tags, 'vip')", "contains(contact.tags, 'new')"],
        ["between(now, '22:00', '06:00', 'UTC')", "weekday(now, 'UTC') == 'mon'"],
        [
            "between(now, '08:00', '10:00', 'Asia/Ho_Chi_Minh')",
            "between(now, '02:00', '02:30', 'UTC')",
        ],
        [{"any": ["event.text == 'a'", "event.text == 'b'"]}],
        [{"not": ["event.text == 'a'", "event.text == 'b'"]}],
        [{"not": [{"all": ["event.text == 'a'", "event.parent"]}]}, "event.text == 'a'"],
    ],
)
def test_conditions_that_can_hold_together_are_left_alone(conditions: list[Any]) -> None:
    assert found(conditions) == []


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("length(event.text) < `0`", ["meaning_never_holds"]),
        ("event.text == 'a' || length(event.text) < `0`", ["meaning_never_holds"]),
        ("event.parent || (event.text == 'a' && event.text == 'b')", ["meaning_contradiction"]),
        ("!(event.parent && length(event.text) < `0`)", ["meaning_always_holds"]),
        ("event.text != 'a' || event.text != 'b'", ["meaning_always_holds"]),
        ("event.text != 'a' || event.parent || event.text != 'b'", ["meaning_always_holds"]),
        (
            "event.parent && (event.text != `null` || event.text == `null`)",
            ["meaning_always_holds"],
        ),
        (
            "between(now, '22:00', '06:00', 'UTC') || between(now, '06:00', '22:00', 'UTC')",
            ["meaning_always_holds"],
        ),
        ("between(now, '22:00', '05:59', 'UTC') || between(now, '06:00', '22:00', 'UTC')", []),
        ("event.text != 'a' || event.parent != 'b'", []),
        ("event.text == 'a' || (event.text == 'b' && event.parent)", []),
        ("length(event.text) >= `0`", []),
        ("event.text != `5`", []),
        ("length(event.text) > `9000`", []),
    ],
)
def test_an_alternative_that_never_or_always_holds_is_told(condition: str, told: list[str]) -> None:
    assert found([condition]) == told


def test_a_list_of_alternatives_that_leaves_nothing_out_is_told() -> None:
    assert found([{"any": ["event.text != 'a'", "event.text != 'b'"]}]) == ["meaning_always_holds"]
    assert found([{"any": ["event.text != 'a'", "event.text == 'b'"]}]) == []


def test_a_step_that_cannot_be_done_is_told_unless_what_it_asks_may_have_changed() -> None:
    assert found(["event.post.id == '1'"], condition="event.post.id == '2'")
    assert not found(["contact.state.a == '1'"], condition="contact.state.a == '2'")
    assert not found(["event.post.id == '1'"], condition="event.post.id != '2'")


@pytest.mark.parametrize(
    ("around", "conditions", "count"),
    [
        ("trigger: {schedule: {cron: '0 22 * * *'}}\nactive: {times: '08:00-12:00'}", [], 1),
        ("trigger: {schedule: {cron: '0 9 * * mon'}}\nactive: {days: [tue]}", [], 1),
        ("trigger: {schedule: {cron: '0 9 * * *'}}\nactive: {times: '08:00-12:00'}", [], 0),
        ("trigger: {schedule: {cron: '0 9 1 * *'}}\nactive: {days: [tue]}", [], 0),
        ("trigger: {schedule: {every: 1h}}\nactive: {times: '08:10-08:20'}", [], 0),
        (
            "trigger: {schedule: {cron: '*/7 8 * * *', timezone: UTC}}",
            ["between(now, '08:12', '08:15', 'UTC')"],
            0,
        ),
        (
            "trigger: {schedule: {cron: '0 9 * * mon', timezone: UTC}}",
            ["weekday(now, 'UTC') == 'sun'"],
            1,
        ),
        (
            f"{COMMENT}\nactive: {{times: '08:00-12:00', timezone: UTC}}",
            ["between(now, '14:00', '16:00', 'UTC')"],
            1,
        ),
        (
            f"{COMMENT}\noutside: wait\nactive: {{times: '08:00-12:00', timezone: UTC}}",
            ["between(now, '14:00', '16:00', 'UTC')"],
            0,
        ),
        (
            f"{COMMENT}\nactive: {{times: '08:00-12:00', months: [jan], timezone: UTC}}",
            ["between(now, '14:00', '16:00', 'UTC')"],
            0,
        ),
    ],
)
def test_times_that_never_come_together_are_told(
    around: str, conditions: list[str], count: int
) -> None:
    assert len(found(conditions, around=around)) == count


WORDS = ["giá", "áo", "giá sỉ", "bao nhiêu", "ib", "a"]
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(repr)
numbers = st.integers(0, 60)
about_text = st.one_of(
    words.map("keywords(event.text, {})".format),
    st.tuples(words, words).map(
        lambda two: "keywords(event.text, {}, {{exclude: {}}})".format(*two)
    ),
    st.sampled_from(WORDS).map("contains(event.text, '{}')".format),
    st.sampled_from(WORDS).map("starts_with(lower(event.text), '{}')".format),
    st.sampled_from(WORDS).map("ends_with(event.text, '{}')".format),
    st.tuples(st.sampled_from(["<", ">=", "=="]), numbers).map(
        lambda two: "length(event.text) {} `{}`".format(*two)
    ),
    words.map("one_of(event.text, {})".format),
    st.just("event.text"),
)
about_number = st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers).map(
    lambda two: "event.data.total {} `{}`".format(*two)
)
texts = st.lists(st.sampled_from([*WORDS, "x", "xin chào"]), max_size=4).map(" ".join)


def holding(conditions: list[str], scope: Any) -> list[str]:
    """The conditions that hold for a scope, and the others negated."""
    return [one if compile_expression(one).holds(scope) else f"!({one})" for one in conditions]


@given(texts | st.none(), st.lists(about_text, max_size=6))
def test_conditions_that_hold_for_some_text_are_never_told(
    text: str | None, conditions: list[str]
) -> None:
    scope = {"event": {"text": text}}
    holds = holding(conditions, scope)
    refused = [f"!({one})" for one in holds]
    told = found(holds)

    assert "meaning_contradiction" not in told
    assert "meaning_never_holds" not in told
    assert "meaning_always_holds" not in found([" || ".join(refused)] if refused else [])
    assert "meaning_always_holds" not in found([{"any": refused}] if refused else [])


@given(st.floats(0, 60), st.lists(about_number, max_size=6))
def test_conditions_that_hold_for_some_number_are_never_told(
    total: float, conditions: list[str]
) -> None:
    holds = holding(conditions, {"event": {"data": {"total": total}}})

    assert found(holds) == []
    assert found([" || ".join(f"!({one})" for one in holds)] if holds else []) == []


clocks = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(
    lambda two: "{:02}:{:02}".format(*two)
)
zones = st.sampled_from(["UTC", "Asia/Ho_Chi_Minh", "America/New_York"])
about_times = st.one_of(
    st.tuples(clocks, clocks, zones).map(
        lambda three: "between(now, '{}', '{}', '{}')".format(*three)
    ),
    st.tuples(zones, st.sampled_from(["mon", "sat"])).map(
        lambda two: "weekday(now, '{}') == '{}'".format(*two)
    ),
)


@given(st.integers(0, 7 * 1440 - 1), st.lists(about_times, max_size=5))
def test_conditions_that_hold_at_some_time_are_never_told(
    minutes: int, conditions: list[str]
) -> None:
    now = datetime(2024, 1, 8, tzinfo=UTC) + timedelta(minutes=minutes, seconds=30)
    shown = now.isoformat().replace("+00:00", "Z")

    assert found(holding(conditions, {"now": shown})) == []


@pytest.mark.parametrize(
    ("times", "is_told"),
    [
        ("at: '22:00', active: {times: '08:00-21:00'}", True),
        ("at: '22:00 +1d', active: {times: '08:00-21:00'}, within: 2h", True),
        ("at: '22:00', timezone: UTC, active: {times: '04:00-06:00'}", False),
        ("at: '08:00', active: {days: [mon], times: '08:00-21:00'}", False),
        ("at: '22:00', active: {months: [jan], times: '08:00-21:00'}", False),
        ("after: 1h, active: {times: '08:00-21:00'}", False),
    ],
)
def test_a_follow_up_at_a_time_that_is_never_open_is_told(times: str, is_told: bool) -> None:
    text = f"rules:\n  - id: a\n    {COMMENT}\n    actions: [{{follow_up: {{{times}, "
    text += "cancel_on: {event: message.received, conditions: %s}, actions: [{log: x}]}}]\n"
    never = "[\"event.text == 'a'\", \"event.text == 'b'\"]"

    def told(conditions: str) -> list[str]:
        problems = load_rules(CONTEXT, {"a.yaml": text % conditions}).problems
        return [item.reason.code for item in problems if item.reason.code in TOLD]

    assert told("[event.text]") == ["meaning_waits_outside"] * is_told
    assert "meaning_contradiction" in told(never)
