"""Terms: words of two letters that no text has, one for each value of a column."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from automator.store.search.terms import term
from automator.store.search.tokenizer import words_of

_PRIVATE = "Co"


@given(st.text(max_size=300))
def test_a_term_is_two_letters_for_private_use(value: str) -> None:
    value = value.encode(errors="replace").decode()

    made = term("rule", value)

    assert [unicodedata.category(letter) for letter in made] == [_PRIVATE, _PRIVATE]
    assert not words_of(made)


def test_values_and_columns_have_terms_of_their_own() -> None:
    columns = ("rule", "contact", "type")

    made = {term(column, f"value-{number}") for column in columns for number in range(20_000)}

    assert len(made) == 60_000


def test_terms_use_both_planes_for_private_use() -> None:
    first = {ord(term("rule", f"value-{number}")[0]) >> 16 for number in range(100)}

    assert first == {0xF, 0x10}
