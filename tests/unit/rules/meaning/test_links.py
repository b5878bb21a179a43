"""Tracked links that cannot work are refused before a rule is in force."""

from dataclasses import replace

import pytest

from automator.rules import load_rules
from tests.support.rules import real_rule_context
from tests.support.words import rendered

LINK = "{{ 'https://shop.example/ao' | tracked }}"


def problems(action: str, *, event: str = "message.received", has_url: bool | None = True) -> str:
    text = f"rules:\n  - id: a\n    trigger: {{event: {event}}}\n    actions:\n      - {action}\n"
    around = replace(real_rule_context(), has_public_url=has_url)
    return rendered(load_rules(around, {"rules.yaml": text}).problems)


@pytest.mark.parametrize(
    "action",
    [
        f'message: "Xem: {LINK}"',
        f'ask: {{text: "Xem: {LINK} rồi chọn ạ", expect: text}}',
        f'message: {{one_of: ["A {LINK}", "B {LINK}"]}}',
        f'message: {{text: Xem, buttons: [{{text: Mở, url: "{LINK}"}}]}}',
        f'follow_up: {{after: 1h, actions: [{{message: "{LINK}"}}]}}',
    ],
)
def test_a_message_may_have_tracked_links(action: str) -> None:
    assert problems(action) == ""


def test_a_private_reply_may_have_tracked_links_and_a_public_one_should_not() -> None:
    public = problems(f'reply: "Xem: {LINK}"', event="comment.created")

    assert problems(f'private_reply: "Xem: {LINK}"', event="comment.created") == ""
    assert "[tracked-in-public]" in public
    assert "send the link with private_reply" in public


def test_without_an_address_of_the_server_it_says_how_to_set_one() -> None:
    refused = problems(f'message: "Xem: {LINK}"', has_url=False)

    assert "[no-public-url]" in refused
    assert "set `public_url` in automator.yaml" in refused
    assert problems(f'message: "Xem: {LINK}"', has_url=None) == ""


@pytest.mark.parametrize("action", [f'log: "{LINK}"', f'forward: {{to: crm, body: ["{LINK}"]}}'])
def test_a_step_that_sends_no_message_has_none(action: str) -> None:
    assert "[tracked-not-sent]" in problems(action)


def test_a_target_that_is_too_long_is_found_before_it_is_sent() -> None:
    long = LINK.replace("/ao", f"/{'a' * 500}")

    assert "more than 500 characters" in problems(f'message: "{long}"')


def test_a_misspelt_part_of_the_event_is_found() -> None:
    text = """\
rules:
  - id: a
    trigger: {event: link.clicked}
    conditions: ["event.link.adress == 'x'"]
    actions: [{log: x}]
"""

    assert "event.link.adress" in rendered(
        load_rules(real_rule_context(), {"a.yaml": text}).problems
    )
