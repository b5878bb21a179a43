"""Texts as they are shown, and the numbers in texts of strangers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.model import shortened, whole_number


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_a_shortened_text_is_never_wider_than_asked(text: str, width: int) -> None:
    assert len(shortened(text, width)) <= width


@given(st.integers(0, 1000))
def test_digits_are_the_number_that_they_write(number: int) -> None:
    assert whole_number(str(number), 1000) == number


@given(st.text() | st.from_regex(r"[0-9]{1,30}", fullmatch=True), st.integers(0, 10**15))
def test_no_text_gives_a_number_beyond_the_largest(text: str, most: int) -> None:
    number = whole_number(text, most)

    assert number is None or 0 <= number <= most


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1_0", "1.0", "１", "²", "٣", "001001"])
def test_anything_but_a_few_plain_digits_is_no_number(text: str) -> None:
    assert whole_number(text, 1000) is None
