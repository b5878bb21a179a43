"""Answers to questions: the value in its one form, or why there is none."""

from typing import Any

import pytest

from automator.conditions import judge_answer
from automator.model import Question, Reason


def judged(text: object, expect: str, **more: Any) -> object:
    question = Question(expect=expect, retries=0, retry_text="?", within_ms=1, **more)
    found = judge_answer(question, text)
    return found.code if isinstance(found, Reason) else found


@pytest.mark.parametrize(
    ("expect", "text", "value"),
    [
        ("text", "  Lan ạ ", "Lan ạ"),
        ("text", " \n", "answer_without_text"),
        ("text", None, "answer_without_text"),
        ("text", "\u200b\u2060 \u202e", "answer_without_text"),
        ("text", {"a": 1}, "answer_without_text"),
        ("number", "3", 3),
        ("number", "dạ khoảng 3 cái ạ", 3),
        ("number", "-2", -2),
        ("number", "1.500.000đ", "answer_without_number"),
        ("number", "1.500.000 đ", 1_500_000),
        ("number", "1,500", 1500),
        ("number", "1,5", 1.5),
        ("number", "1.5 kg", 1.5),
        ("number", "０３", 3),
        ("number", "2 hay 3", "answer_without_number"),
        ("number", "250k", "answer_without_number"),
        ("number", "1.2.3", "answer_without_number"),
        ("number", "5-7 người", "answer_without_number"),
        ("number", "2026-11-27", "answer_without_number"),
        ("number", "2+1", "answer_without_number"),
        ("number", "9" * 400, "answer_without_number"),
        ("number", "ba", "answer_without_number"),
        ("phone", "sđt 0901 234 567 nhé", "+84901234567"),
        ("phone", "84901234567", "+84901234567"),
        ("phone", "12345", "answer_without_phone"),
        ("email", "Lan@Example.com ạ", "lan@example.com"),
        ("email", "lan@", "answer_without_email"),
        ("address", "dạ 45 phan đình giót nha shop", "45 phan đình giót"),
        ("address", "ship về  ngõ 5 Hàng Bột nhé", "ngõ 5 Hàng Bột"),
        ("address", "thôn 3 xã Hòa Tiến", "thôn 3 xã Hòa Tiến"),
        ("address", "Hà Nội", "answer_without_address"),
        ("address", "mai em gửi", "answer_without_address"),
        ("address", "5 nhé shop ơi", "answer_without_address"),
    ],
)
def test_an_answer_gives_its_value_in_one_form(expect: str, text: object, value: object) -> None:
    found = judged(text, expect)

    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("M", "M"),
        ("size m ạ", "M"),
        ("den", "Đen"),
        ("ĐEN nhé", "Đen"),
        ("s hay m", "answer_without_choice"),
        ("me", "answer_without_choice"),
        ("", "answer_without_text"),
    ],
)
def test_a_choice_is_taken_without_accents_and_out_of_a_sentence(text: str, value: str) -> None:
    assert judged(text, "choice", choices=("S", "M", "Đen")) == value


def test_a_pattern_is_somewhere_in_a_good_answer() -> None:
    assert judged("mã GHN123 ạ", "pattern", pattern=r"GHN\d+") == "mã GHN123 ạ"
    assert judged("mã GHN", "pattern", pattern=r"GHN\d+") == "answer_without_pattern"
    assert judged("x", "pattern", pattern="(") == "answer_without_pattern"


def test_a_long_answer_takes_little_time() -> None:
    for text in ("1." * 50_000, "a@" * 50_000, "+84" * 50_000, "-" * 100_000):
        for expect in ("number", "phone", "email", "address", "text"):
            assert judged(text, expect) is not None
