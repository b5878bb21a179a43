"""Which key a limit has for an event, and when it does not apply to it."""

from typing import Any

import pytest

from automator.model import KeyedLimit, RunState
from automator.model.rule import Once, Throttle
from automator.rules import Decision, EventFacts
from tests.support.rules import a_scope, rule_set
from tests.support.words import said

RULE = """\
  - id: {id}
    trigger: {{event: comment.created}}
    actions: [{{reply: x}}]
    {more}
"""


def decide(*rules: str, scope: Any = None, **variables: Any) -> list[Decision]:
    """The decisions of rules a, b, c … with these further lines."""
    text = "rules:\n" + "".join(
        RULE.format(id=name, more=more) for name, more in zip("abcd", rules, strict=False)
    )
    return rule_set(text, **variables).decide(
        scope or a_scope(),
        1_795_478_400_000,
        EventFacts("comment.created", "shop-page", "facebook"),
    )


def key_of(expression: str, **event: Any) -> str | None:
    """The key of one event, or None when the limit does not apply to it."""
    (decision,) = decide(f'limits: {{once: {{key: "{expression}"}}}}', scope=a_scope(**event))
    return decision.limits[0].key if decision.limits else None


@pytest.mark.parametrize(
    ("expression", "event", "key"),
    [
        ("event.actor.id", {"actor": {"id": "7"}}, '"7"'),
        ("event.actor.id", {"actor": {"id": 7}}, "7"),
        ("[event.actor.id, event.post.id]", {}, '["2001","100_200"]'),
        ("{b: event.actor.id, a: event.post.id}", {}, '{"a":"100_200","b":"2001"}'),
        ("event.data.n", {"data": {"n": 2**70}}, str(2**70)),
        ("event.data.n", {"data": {"n": False}}, "false"),
        ("event.data.n", {"data": {"n": 0}}, "0"),
        ("event.data.n", {"data": {"n": "\ud83d"}}, '"\\ud83d"'),
        ("'all'", {}, '"all"'),
        ("event.actor.id", {"actor": None}, None),
        ("event.text", {"text": ""}, None),
        ("[event.actor.id, event.post.id]", {"post": None}, None),
        ("{a: event.post.id}", {"post": None}, None),
        ("event.items[?@ == 'nothing']", {}, None),
        ("event.text.*", {}, None),
        ("[not_null(event.post.id, '-'), event.actor.id]", {"post": None}, '["-","2001"]'),
    ],
)
def test_a_key_is_what_the_expression_gives_and_missing_when_a_part_is_null(
    expression: str, event: dict[str, Any], key: str | None
) -> None:
    assert key_of(expression, **event) == key


def test_a_limit_without_its_key_says_why_it_does_not_apply() -> None:
    limits = (
        'limits: {once: {key: "[event.actor.id, event.post.id]"},'
        " throttle: {key: length(event.parent), limit: 3, period: 1h}}"
    )

    (decision,) = decide(limits, scope=a_scope(post=None))

    assert decision.state is RunState.QUEUED
    assert decision.limits == ()
    assert said(decision.reason) == ""
    first, second = said(decision.note).split("; ")
    assert first == (
        'once does not apply: its key [event.actor.id, event.post.id]: it is ["2001",null]'
    )
    assert second.startswith("throttle does not apply: its key length(event.parent): ")


def test_the_note_about_a_missing_key_stands_behind_that_of_the_calendar() -> None:
    limits = "limits: {once: {key: event.parent.id}}"

    (later,) = decide(f"{limits}\n    active: evening\n    outside: wait")

    assert said(later.reason) == said(later.note)
    assert said(later.reason).startswith("outside evening: ")
    assert said(later.reason).endswith("; once does not apply: its key event.parent.id: it is null")


def test_a_limit_is_read_with_its_numbers() -> None:
    limits = (
        "limits: {throttle: {key: event.actor.id, limit: 3, period: 90m},"
        " once: {key: event.actor.id, period: 1w}}"
    )

    (decision,) = decide(limits)

    assert decision.limits == (
        KeyedLimit(Once(key="event.actor.id", period_ms=7 * 86_400_000), '"2001"'),
        KeyedLimit(Throttle(key="event.actor.id", limit=3, period_ms=5_400_000), '"2001"'),
    )


def test_a_key_sees_vars_and_the_contact() -> None:
    rules = 'limits: {once: {key: "[vars.shop, contact.state.group]"}}'
    scope = {**a_scope(), "contact": {"state": {"group": "vip"}}}

    (decision,) = decide(rules, scope=scope, shop="Áo Đẹp")

    assert decision.limits[0].key == '["Áo Đẹp","vip"]'


def test_a_key_that_reads_the_contact_makes_it_be_looked_up() -> None:
    text = "rules:\n" + RULE.format(id="a", more="limits: {once: {key: contact.id}}")

    assert rule_set(text).needs_contact


def test_behind_a_limited_rule_that_stops_the_next_ones_are_decided_in_its_place() -> None:
    limited = "limits: {once: {key: event.actor.id}}\n    stop: true"

    decisions = decide("", limited, limited, "stop: true")

    assert [decision.instead_of for decision in decisions] == [None, None, 1, 2]


def test_a_limit_that_does_not_apply_lets_its_rule_stop_the_others() -> None:
    limited = "limits: {once: {key: event.parent.id}}\n    stop: true"

    assert len(decide(limited, "")) == 1


def test_what_the_calendar_holds_back_is_not_for_the_limits() -> None:
    (decision,) = decide("limits: {once: {key: event.actor.id}}\n    active: evening")

    assert decision.state is RunState.SUPPRESSED
    assert decision.limits == ()
