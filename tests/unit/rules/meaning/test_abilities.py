"""Steps that the provider of a rule's events cannot do are told before they fail."""

from typing import Any

import pytest

from automator.actions import builtin_actions
from automator.model import Severity
from automator.providers import ProviderAttribute
from automator.rules import RuleContext, load_rules

CONNECTIONS = {
    "page": "facebook",
    "gram": "instagram",
    "repo": "github",
    "pay": "stripe",
    "oa": "zalo",
    "orders": "generic",
}


def problems(trigger: str, step: str, **more: Any) -> list[tuple[str, Severity]]:
    text = f"rules:\n  - id: a\n    trigger: {trigger}\n    actions:\n      - {step}\n"
    given = {"connections": CONNECTIONS, "abilities": ProviderAttribute("can_send"), **more}
    rule_context = RuleContext(actions=builtin_actions(), **given)
    loaded = load_rules(rule_context, {"a.yaml": text})
    return [(problem.code, problem.severity) for problem in loaded.problems]


ERROR = [("not-possible", Severity.ERROR)]
WARNING = [("not-possible", Severity.WARNING)]


@pytest.mark.parametrize(
    ("trigger", "step", "found"),
    [
        ("{connection: repo}", "message: x", ERROR),
        ("{connection: repo}", "reply: x", []),
        ("{connection: pay}", "reply: x", ERROR),
        ("{provider: stripe}", "reply: {text: x}", ERROR),
        ("{event: stripe.charge.failed}", "reply: x", ERROR),
        ("{event: github.issues.opened}", "reply: x", []),
        ("{connection: oa}", "private_reply: x", ERROR),
        ("{connection: oa}", "moderate: hide", ERROR),
        ("{connection: page}", "moderate: hide", []),
        ("{connection: gram, event: comment.created}", "moderate: ban", ERROR),
        ("{connection: page, event: message.received}", "moderate: {do: unban}", []),
        ("{connection: page}", 'moderate: "{{ contact.state.do }}"', []),
        ("{connection: pay}", "forward: {to: 'https://a.example/'}", []),
        ("{connection: [page, pay]}", "reply: x", WARNING),
        ("{connection: [page, pay]}", "{reply: x, if: connection.provider == 'facebook'}", []),
        ("{connection: [repo, pay]}", "{message: x, if: event.data.paid}", ERROR),
        ("{connection: pay}", "follow_up: {after: 1h, actions: [{reply: x}]}", ERROR),
        ("{absence: {of: a, after: b, within: 1h, key: event.id}, connection: pay}", "reply: x",
         ERROR),
        ("{event: message.received}", "reply: x", []),
        ("{connection: nowhere}", "log: x", [("unknown-connection", Severity.ERROR)]),
    ],
)  # fmt: skip
def test_a_step_that_its_provider_cannot_do_is_told(
    trigger: str, step: str, found: list[tuple[str, Severity]]
) -> None:
    assert problems(trigger, step) == found


def test_a_rule_for_any_sender_is_refused_where_no_sender_can_do_it() -> None:
    only = {"pay": "stripe", "orders": "generic"}

    assert problems("{event: message.received}", "reply: x", connections=only) == ERROR


def test_nothing_is_said_where_nobody_knows_the_connections() -> None:
    assert problems("{connection: pay}", "reply: x", connections=None) == []


UNKNOWN = [("unknown-connection", Severity.ERROR)]


@pytest.mark.parametrize(
    ("via", "found"),
    [
        ("page", []),
        ("oa", []),
        ("pay", ERROR),
        ("repo", ERROR),
        ("pages", ERROR),
        ("pages.1029384756", []),
        ("pages.5647382910", UNKNOWN),
        ("pgae", UNKNOWN),
        ("'{{ event.data.page }}'", UNKNOWN),
    ],
)
def test_a_connection_through_which_nobody_can_be_written_to_is_told(
    via: str, found: list[tuple[str, Severity]]
) -> None:
    connections = {**CONNECTIONS, "pages": "facebook", "pages.1029384756": "facebook"}
    step = f"message: {{via: {via}, to: '24601', text: x}}"
    accounts = {"pages": ["pages.1029384756"]}
    for trigger in ("{connection: pay}", "{schedule: {every: 1d}}"):
        known = problems(trigger, step, connections=connections, accounts=accounts)
        assert known == found


def test_a_rule_that_pauses_wants_to_hear_of_answers_where_it_writes() -> None:
    text = """\
rules:
  - id: a
    trigger: {event: order.paid, connection: pay}
    pause_on: {human_reply: 1h}
    actions: [{follow_up: {after: 1h, actions: [{message: {via: page, to: '1', text: x}}]}}]
"""
    given = {"connections": CONNECTIONS, "abilities": ProviderAttribute("can_send")}
    rule_context = RuleContext(actions=builtin_actions(), **given)
    rules = load_rules(rule_context, {"a.yaml": text}).rule_set

    assert rules.names("message.sent", "page", "facebook")
    assert not rules.names("message.received", "page", "facebook")
    assert not rules.names("message.sent", "oa", "zalo")


WRONG = [("wrong-address", Severity.WARNING)]


@pytest.mark.parametrize(
    ("trigger", "to", "found"),
    [
        ("{connection: page}", "'24601'", []),
        ("{connection: page}", "' 24601 '", []),
        ("{connection: page}", "'@lan.shop'", WRONG),
        ("{connection: page}", "lan@shop.example", WRONG),
        ("{connection: page}", "'{{ event.data.psid }}'", []),
        ("{connection: page}", "'24601{{ event.data.rest }}'", []),
        ("{connection: wa}", "'+14155550100'", []),
        ("{connection: wa}", "VN.1349abc", []),
        ("{connection: wa}", "lan", WRONG),
        ("{connection: tele}", "'@shop_news'", []),
        ("{connection: [page, tele]}", "'@shop_news'", []),
        ("{connection: [page, gram]}", "'@shop_news'", WRONG),
        # Slack's ids have no single form.
        ("{connection: desk}", "'@lan'", []),
    ],
)
def test_a_receiver_who_cannot_be_one_on_any_platform_is_told(
    trigger: str, to: str, found: list[tuple[str, Severity]]
) -> None:
    connections = {
        "page": "facebook",
        "gram": "instagram",
        "wa": "whatsapp",
        "tele": "telegram",
        "desk": "slack",
    }
    step = f"message: {{to: {to}, text: x}}"

    told = problems(
        trigger,
        step,
        connections=connections,
        ids=ProviderAttribute("receivers"),
        policies=ProviderAttribute("policy"),
    )
    assert told == found


@pytest.mark.parametrize(
    ("trigger", "found"),
    [
        ("{connection: page}", []),
        ("{connection: [page, tele]}", []),
        ("{connection: tele}", [("not-possible", Severity.WARNING)]),
    ],
)
def test_an_answer_that_can_name_nobody_is_told(
    trigger: str, found: list[tuple[str, Severity]]
) -> None:
    told = problems(
        trigger,
        "reply: {text: x, mention: true}",
        connections={"page": "facebook", "tele": "telegram"},
        policies=ProviderAttribute("policy"),
    )
    assert told == found


@pytest.mark.parametrize(
    ("connection", "text", "found"),
    [
        ("gram", "ạ" * 333, []),
        ("gram", "ạ" * 334, [("too-much", Severity.WARNING)]),
        ("gram", "{{ event.text }}" + "ạ" * 334, [("too-much", Severity.WARNING)]),
        ("page", "ạ" * 2_000, []),
        ("page", "ạ" * 2_001, [("too-much", Severity.WARNING)]),
    ],
)
def test_a_text_is_too_long_as_its_platform_counts(
    connection: str, text: str, found: list[tuple[str, Severity]]
) -> None:
    trigger = f"{{event: message.received, connection: {connection}}}"
    policies = ProviderAttribute("policy")

    assert problems(trigger, f'message: "{text}"', policies=policies) == found
