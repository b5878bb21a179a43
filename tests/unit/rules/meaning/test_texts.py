"""Texts that nobody types or may read: garbled letters and secrets; and what runs can collect."""

import pytest

from tests.support.rules import check

COMMENT = "{event: comment.created, connection: shop-page}"


def codes(step: str, keys: str = "") -> list[str]:
    text = f"rules:\n  - id: a\n    trigger: {COMMENT}\n{keys}    actions:\n      - {step}\n"
    told = {"meaning_garbled", "meaning_typed_as_keys", "sending_secret_in_rule"}
    found = [item.reason.code for item in check(text).problems]
    return [code for code in found if code in told | {"meaning_contradiction"}]


@pytest.mark.parametrize("word", ["Ðơn hàng", "ðặt", "giÃ¡", "Ä‘áº·t", "ChÃ\u00a0o"])
def test_signs_that_nobody_types_are_told(word: str) -> None:
    assert codes(f"log: '{word}'") == ["meaning_garbled"]


@pytest.mark.parametrize("word", ["gias", "gia1", "Chaof", "nhieeu", "nhie6u", "ddawtj", "d9a85t"])
def test_the_bare_keys_of_a_frequent_word_are_told(word: str) -> None:
    assert codes(f"log: '{word}'") == ["meaning_typed_as_keys"]


@pytest.mark.parametrize(
    "text",
    [
        "Đơn hàng, đặt ngay",
        "það við Íslandi",
        "Élan, château, São Paulo, Ãnh, ângulo",
        "bus car max maxi gif ship has box tax conf these sheet rich",
        "gia re, mua ngay, ao1, size2, ib",
        "https://shop.example/gias/banj.png",
    ],
)
def test_a_text_that_may_be_meant_so_is_left_alone(text: str) -> None:
    assert codes(f"log: '{text}'") == []


KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


@pytest.mark.parametrize(
    "step",
    [
        f"reply: {KEY}",
        f"remember: {{k: {KEY}}}",
        f"{{log: a, if: \"event.text == '{KEY}'\"}}",
        "request: {url: 'https://a.example/', body: {password: hunter2hunter2}}",
        f"request: {{url: 'https://api.example/bot123456789:AA{'x' * 33}/send'}}",
        f"request: {{url: 'https://hooks.slack.com/services/T0/B0/{'x' * 24}'}}",
    ],
)
def test_a_secret_is_told_wherever_the_rule_has_it(step: str) -> None:
    assert codes(step) == ["sending_secret_in_rule"]


@pytest.mark.parametrize(
    ("condition", "is_told"),
    [
        ("length(events) >= `200`", True),
        ("length(events) > `100`", True),
        ("length(events) >= `100`", False),
        ("length(events) > `1`", False),
        ("length(events) != `200`", False),
    ],
)
def test_a_number_of_events_that_no_run_collects_is_told(condition: str, is_told: bool) -> None:
    limits = "    limits: {debounce: {key: event.actor.id, quiet: 1m, max_wait: 5m}}\n"

    assert bool(codes(f"{{log: x, if: {condition}}}", limits)) is is_told


def test_a_number_of_events_beyond_the_limit_of_the_rule_is_told() -> None:
    limits = "    limits: {debounce: {key: event.actor.id, quiet: 1m, max_wait: 5m, limit: 5}}\n"

    assert codes("{log: x, if: length(events) > `5`}", limits)
    assert not codes("{log: x, if: length(events) >= `5`}", limits)
