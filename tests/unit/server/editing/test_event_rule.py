"""A rule from an event looks for what the event says, and nothing of it breaks the file."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from automator.files import parse_yaml
from automator.language import Translator
from automator.rules.editing.expressions import read_conditions
from automator.server.editing.starter_rule import facts_of, rule_from_event, telling_words

say = Translator("en")


def made(text: Any, kind: str = "comment.created", can_send: tuple[str, ...] = ("reply",)) -> Any:
    event = {"type": kind, "text": text}
    written = rule_from_event(event, "shop-page", can_send=can_send, rule_id="mine", say=say)
    parsed = parse_yaml("x.yaml", written)
    assert not parsed.problems
    return parsed.data["rules"][0]


def test_an_intent_comes_before_single_words() -> None:
    assert made("Chào shop, GIA bao   nhiêu vậy?")["conditions"] == ["asks(event.text, 'price')"]
    assert made("chào shop")["conditions"] == ["asks(event.text, 'greeting')"]
    assert made("áo dài đỏ quá 123")["conditions"] == ["keywords(event.text, ['áo', 'dài', 'quá'])"]
    assert telling_words("ơi shop ạ!") == ()


def test_the_name_tells_rules_apart_that_were_made_so() -> None:
    assert made("giá bao nhiêu?")["name"] == "Answer: the price"
    assert made("áo dài")["name"] == "Answer: áo, dài"
    assert made(None)["name"] == "My rule"
    assert len(made("w" * 10_000)["name"]) < 80


def test_what_can_be_answered_is_answered_and_the_rest_noted() -> None:
    assert made("giá?")["actions"][0].keys() == {"reply"}
    assert made("giá?", can_send=())["actions"][0].keys() == {"log"}
    assert made(None, "github.push")["actions"][0].keys() == {"log"}
    assert "conditions" not in made(None)


@given(st.text())
def test_any_text_of_an_event_makes_a_rule_that_can_be_read(text: str) -> None:
    rule = made(text)

    for condition in rule.get("conditions", []):
        assert read_conditions([condition]).known


def test_what_an_event_has_is_named_by_its_paths_and_bounded() -> None:
    event = {"text": "x" * 500, "actor": {"id": "1", "name": None}, "data": {"a": 1}, "post": {}}

    assert [path for path, _ in facts_of(event)] == ["event.text", "event.actor.id"]
    assert len(facts_of(event)[0][1]) < 200
    assert facts_of({"actor": {"is_self": False}}) == [("event.actor.is_self", "false")]
    assert len(facts_of({f"k{number}": number for number in range(100)})) == 24
