"""Texts are searched by their words, whatever their case and accents."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.store.search.tokenizer import Search, document_of, fold_text, words_in, words_of


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


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    """An index as SQLite's are, and what it has found in its documents."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE documents USING fts5(words, tokenize='ascii')")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5vocab(documents, row)")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "text",
    [
        "Giá bao-nhiêu, GIÁ? mã AB_123 100%",
        "Đà Nẵng…“đẹp” 👍🏽giá😀rẻ",
        "ราคาเท่าไหร่ครับ 價錢多少 ok",
        "e\u0301te\u0301 \u0111\u0110 İstanbul ẞ ﬁ",
        "a\x00b\tc\x7fd`e{f@g[h/i:j",
        "\" * ( ) : ^ ' \\ & | !",
        "",
        f"{'lời ' * 900}{'x' * 100}",
    ],
)
def test_both_databases_find_the_words_of_a_text_in_its_document(
    index: sqlite3.Connection, text: str
) -> None:
    document = document_of(text, "Lan")

    index.execute("DELETE FROM documents")
    index.execute("INSERT INTO documents VALUES (?)", (document,))

    assert {term for (term,) in index.execute("SELECT term FROM found")} == words_in(document)
    assert words_in(document) == set(words_of(text, "Lan"))


LETTERS = st.text(st.sampled_from("abĐđGgẵéà_-/:`{ \x00\x7f…😀価ก\u0301\u0323İßΣς²１"), max_size=12)


@given(LETTERS | st.text(max_size=40), LETTERS)
def test_a_document_has_the_words_of_its_texts(text: str, other: str) -> None:
    assert words_in(document_of(text, other)) == set(words_of(text, other))


def test_a_word_that_is_longer_than_others_is_found_by_its_beginning() -> None:
    for letters in (100, 5_000):
        (word,) = words_in(document_of("x" * letters))
        assert Search.of("x" * letters).words == ("x" * 64 + "*",)
        assert word.startswith("x" * 64)
        assert len(word) <= 1_024
