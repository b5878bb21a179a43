"""Whether a rule takes what people can tap in a menu, as far as it is known beforehand."""

from typing import Any

import pytest

from automator.plugins import Press, Provider
from automator.rules import unhandled_presses
from tests.support.providers import a_provider
from tests.support.rules import CONNECTIONS, rule_set

PRESS = Press(("ice_breakers", 0), "Xem giá", "PRICE")


def a_page(**options: Any) -> Provider:
    question = {"text": "Xem giá", "payload": "PRICE"}
    return a_provider("facebook", "shop-page", profile={"ice_breakers": [question]}, **options)


def a_rule(trigger: str, conditions: list[str]) -> str:
    lines = "".join(f"      - {text}\n" for text in conditions)
    return (
        f"vars: {{tap: other}}\nrules:\n  - id: taps\n    trigger: {trigger}\n"
        + (f"    conditions:\n{lines}" if lines else "")
        + "    actions: [{reply: x}]\n"
    )


@pytest.mark.parametrize(
    ("trigger", "conditions", "taken"),
    [
        ("{event: button.clicked}", [], True),
        ("{event: 'button.*', connection: shop-page}", [], True),
        ("{event: '*'}", [], True),
        ("{event: button.clicked, provider: facebook}", [], True),
        ("{event: button.clicked, provider: github}", [], False),
        ("{event: button.clicked, connection: orders}", [], False),
        ("{event: message.received}", [], False),
        ("{event: button.clicked}", ["event.button.id == 'PRICE'"], True),
        ("{event: button.clicked}", ["event.button.id == 'price'"], False),
        ("{event: button.clicked}", ["keywords(event.text, ['gia'])"], True),
        ("{event: button.clicked}", ["event.button.id == vars.tap"], False),
        ("{event: button.clicked}", ["contact.state.vip"], True),
        ("{event: button.clicked}", ["event.referral.ref == 'web'"], True),
        ("{event: button.clicked}", ["contact.state.vip", "event.button.id == 'X'"], False),
    ],
)
def test_a_rule_takes_a_tap_unless_what_is_known_of_it_speaks_against_it(
    trigger: str, conditions: list[str], taken: bool
) -> None:
    rules = rule_set(a_rule(trigger, conditions))

    assert unhandled_presses(rules, a_page()) == ([] if taken else [PRESS])


@pytest.mark.parametrize("off", ["enabled: false", "mode: shadow"])
def test_a_rule_that_does_not_act_takes_nothing(off: str) -> None:
    text = (
        "rules:\n  - id: taps\n    trigger: {event: button.clicked}\n"
        f"    {off}\n    actions: [{{reply: x}}]\n"
    )

    assert unhandled_presses(rule_set(text), a_page()) == [PRESS]


def test_a_rule_of_one_page_of_an_app_takes_it_for_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(CONNECTIONS, "shop-page.1", "facebook")
    pages = {"1": {"access_token": "token-of-hanoi"}}
    text = (
        "rules:\n  - id: taps\n    trigger: {event: button.clicked, connection: shop-page.1}\n"
        "    actions: [{reply: x}]\n"
    )

    page = a_page(page_access_token=None, pages=pages)
    assert unhandled_presses(rule_set(text), page) == []


@pytest.mark.parametrize(
    ("trigger", "conditions", "taken"),
    [
        ("{event: message.received}", ["event.command.id == '/gia'"], True),
        ("{event: message.received}", ["event.command.id == '/size'"], False),
        ("{event: message.received}", ["event.text == '/gia'"], True),
        ("{event: button.clicked}", ["event.command.id == '/gia'"], False),
    ],
)
def test_a_rule_for_messages_takes_a_command(
    trigger: str, conditions: list[str], taken: bool
) -> None:
    bot = a_provider("telegram", "bot", profile={"menu": [{"text": "Xem giá", "payload": "gia"}]})

    found = unhandled_presses(rule_set(a_rule(trigger, conditions)), bot)
    assert found == ([] if taken else [*bot.presses])
