"""Texts as they are shown."""

from hypothesis import given
from hypothesis import strategies as st

from automator.model import shortened


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_a_shortened_text_is_never_wider_than_asked(text: str, width: int) -> None:
    assert len(shortened(text, width)) <= width
