"""A rule from an event looks for what the event says, and nothing of it breaks the file."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from automator.files import parse_yaml
from automator.language import Translator
from automator.rules.editing.event_rule import facts_of, rule_from_event, telling_words
from automator.rules.editing.expressions import read_words

say = Translator("en")
PHRASES = ["giá", "bao nhiêu", "how much"]


def made(text: Any, kind: str = "comment.created", can_send: tuple[str, ...] = ("reply",)) -> Any:
    event = {"type": kind, "text": text}
    written = rule_from_event(
        event, "shop-page", can_send=can_send, phrases=PHRASES, rule_id="mine", say=say
    )
    parsed = parse_yaml("x.yaml", written)
    assert not parsed.problems
    return parsed.data["rules"][0]


def test_known_phrases_come_before_single_words() -> None:
    assert telling_words("Shop ơi GIA bao   nhiêu vậy?", PHRASES) == ("giá", "bao nhiêu")
    assert telling_words("Shop còn áo dài đỏ không 123", PHRASES)[:3] == ("còn", "áo", "dài")
    assert telling_words("ơi shop ạ!", PHRASES) == ()


def test_the_name_tells_rules_apart_that_were_made_so() -> None:
    assert made("giá bao nhiêu?")["name"] == "Answer: giá, bao nhiêu"
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
        assert read_words(condition)


def test_what_an_event_has_is_named_by_its_paths_and_bounded() -> None:
    event = {"text": "x" * 500, "actor": {"id": "1", "name": None}, "data": {"a": 1}, "post": {}}

    assert [path for path, _ in facts_of(event)] == ["event.text", "event.actor.id"]
    assert len(facts_of(event)[0][1]) < 200
    assert facts_of({"actor": {"is_self": False}}) == [("event.actor.is_self", "false")]
    assert len(facts_of({f"k{number}": number for number in range(100)})) == 24
