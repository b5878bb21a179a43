"""asks(): what people want is told by their words, and questions from other comments."""

import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.conditions import (
    INTENTS,
    cancelled_by,
    check_expression,
    compile_expression,
    is_question,
    wanted_in,
)
from automator.conditions.functions.intents import why
from tests.intents.measure import PARTS, false_alarms, languages, scores_of
from tests.support.work import calls_of


@pytest.mark.parametrize(
    "text",
    [
        "Giá bao nhiêu vậy shop?",
        "gia sao shop",
        "ib",
        "còn hàng ko ạ",
        "Ship khong b",
        "Bn tiền",
        "shop ở đâu",
        "ship HN không",
        "áo này giặt máy được k ạ",
        "hàng về chưa shop",
        "ship đi Cần Thơ mất mấy ngày ạ",
        "bao lâu thì nhận được hàng",
        "áo này mấy tiền v shop",
        "nhiu vậy shop",
        "Bn vậy ạ",
        "chất vải ntn",
        "cho em hỏi với",
        "ship về Huế giúp mình",
        "mình muốn đặt 2 cái",
        "xin link shop ơi",
        "cái này làm bằng gì vậy",
        "How much is it",
        "is it available",
        "？",
    ],
)
def test_a_question_is_known(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "Đẹp quá!",
        "Cảm ơn shop nhé",
        "ok",
        "",
        "❤️❤️",
        "gian hàng đẹp",
        "may mắn quá",
        "áo may kỹ",
    ],
)
def test_other_comments_are_none(text: str) -> None:
    assert not is_question(text)


# --- asks(): the words that decide, and words that a file adds ---


@pytest.mark.parametrize("part", PARTS)
def test_intents_are_found_and_nothing_else(part: str) -> None:
    """Below what `make intents` prints, so that a change that makes it worse is seen."""
    scores = scores_of(part)

    assert {name for name, one in scores.items() if one.precision < 0.85} == set()
    assert {name for name, one in scores.items() if one.recall < 0.85} == set()
    alarms, reviews = false_alarms(part)
    assert alarms * 1_400 <= 40 * reviews


def test_english_is_told_from_vietnamese_in_short_texts() -> None:
    seen = languages("development") + languages("untouched")
    english = sum(count for (language, _), count in seen.items() if language == "en")

    assert seen["en", "en"] >= 0.88 * english
    assert seen["vi", "en"] == seen["en", "vi"] == 0


def held(expression: str, text: object) -> bool:
    return compile_expression(expression).holds({"event": {"text": text}})


def test_a_stretch_that_means_something_else_does_not_count_and_the_rest_does() -> None:
    assert not held("asks(event.text, 'price')", "mình đánh giá 5 sao")
    assert held("asks(event.text, 'price')", "mình đánh giá 5 sao, giá bao nhiêu vậy")
    assert not held("asks(event.text, 'price')", "ship bao nhiêu")
    assert held("asks(event.text, ['price', 'delivery cost'])", "ship bao nhiêu")


def test_what_names_a_thing_asks_for_it_only_in_a_question_or_in_few_words() -> None:
    assert held("asks(event.text, 'delivery_cost')", "ship?")
    assert held("asks(event.text, 'delivery_cost')", "bên mình ship Huế giúp em được không")
    assert not held("asks(event.text, 'delivery_cost')", "áo đẹp lắm bạn ơi, shop ship nhanh nữa")


def test_accents_count_where_a_text_has_them() -> None:
    assert held("asks(event.text, 'availability')", "con mau den khong")
    assert not held("asks(event.text, 'availability')", "con mình đẹp mặc được không")


@pytest.mark.parametrize("text", [None, "", " ", "?!", "\u0300" * 50, "😍", "ạ" * 5_000])
def test_a_text_without_words_asks_for_nothing(text: object) -> None:
    assert not held(f"asks(event.text, {json.dumps([*INTENTS])})".replace('"', "'"), text)


@given(st.text())
def test_any_text_is_read_and_explained(text: str) -> None:
    for name, one in wanted_in(text).items():
        assert name in INTENTS
        assert one.typed
    assert why(text, list(INTENTS)).code.startswith("intent_")


@pytest.mark.parametrize(
    "text", ["shop ơi giá ship size còn bao nhiêu không", "sz", "bn", "size", "cod", "đánh giá"]
)
def test_the_work_for_a_text_grows_with_its_length_alone(text: str) -> None:
    wanted_in("giá")  # The first text makes what all others use.

    few, many = (calls_of(partial(wanted_in, f"{text} " * times)) for times in (10, 40))

    assert many < 5 * few


def test_words_are_added_and_excepted() -> None:
    own = "{price: {add: ['xin menu'], except: ['giá vé']}}"

    assert held(f"asks(event.text, 'price', {own})", "xin menu c")
    assert not held("asks(event.text, 'price')", "xin menu c")
    assert held("asks(event.text, 'price')", "giá vé?")
    assert not held(f"asks(event.text, 'price', {own})", "giá vé?")
    assert cancelled_by("giá vé tường", ["giá vé"]) == "giá vé"
    assert cancelled_by("giá", ["giá vé"]) is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("'prices'", "condition_unknown_intent"),
        ("[]", "condition_intent_not_written"),
        ("event.type", "condition_intent_not_written"),
        ("'price', {price: ['a']}", "condition_not_own_words"),
        ("'price', {price: {also: ['a']}}", "condition_not_own_words"),
        ("'price', {cost: {add: ['a']}}", "condition_unknown_intent"),
    ],
)
def test_a_call_that_cannot_work_is_refused(arguments: str, code: str) -> None:
    (finding,) = check_expression(f"asks(event.text, {arguments})")

    assert finding.reason.code == code


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("Shop ơi GIÁ sao", "intent_shown", "GIÁ sao"),
        ("mình đánh giá 5 sao", "intent_kept", "đánh giá"),
        ("áo này giá shop để hơi khác bên kia chút xíu", "intent_not_asked", "giá"),
        ("đẹp", "intent_not_shown", "đẹp"),
    ],
)
def test_the_explanation_names_the_words_that_decided(text: str, code: str, said: str) -> None:
    trace = compile_expression("asks(event.text, 'price')").explain({"event": {"text": text}})

    assert trace.because[0].code == code
    assert said in str(trace.because[0].params)
