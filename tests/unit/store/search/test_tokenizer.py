"""Texts are searched by their words, whatever their case and accents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.store.search.tokenizer import Search, fold_text, words_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Đà Nẵng", "da nang"), ("GIÁ bao nhiêu?", "gia bao nhieu?"), ("ABC", "abc"), (None, "")],
)
def test_case_and_accents_are_folded_away(text: str | None, folded: str) -> None:
    assert fold_text(text) == folded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Giá bao-nhiêu, GIÁ?", ["gia", "bao", "nhieu"]),
        ("mã AB_123 100%", ["ma", "ab", "123", "100"]),
        ("價錢多少 ok", ["價", "錢", "多", "少", "ok"]),
        ("x" * 100, ["x" * 64]),
        ("\" * ( ) : ^ ' \\ & | !", []),
    ],
)
def test_words_are_letters_and_digits(text: str, words: list[str]) -> None:
    assert list(words_of(text)) == words


def test_all_words_must_be_there_in_whatever_text() -> None:
    search = Search.of("Lan giá")

    assert search.finds("Gia bao nhieu?", "LAN")
    assert not search.finds("Gia bao nhieu?", None)
    assert not Search.of("?!").finds("?!")


def test_a_word_of_two_letters_or_more_may_be_the_beginning_of_one() -> None:
    assert Search.of("gi").finds("Giảm giá")
    assert Search.of("khô").finds("còn không")
    assert not Search.of("am").finds("Giảm giá")
    assert not Search.of("g").finds("Giảm giá")
    assert Search.of("g").finds("vitamin g")


@given(st.text(max_size=40))
def test_a_text_is_found_by_itself_and_by_its_capitals(text: str) -> None:
    if words_of(text):
        assert Search.of(text).finds(text)
        assert all(letter.isalnum() for word in words_of(text) for letter in word)
