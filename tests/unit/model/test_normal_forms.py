"""Texts are put into normal forms of Unicode in a time that grows with their length."""

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.model import normalized

_FORMS = ("NFC", "NFD", "NFKC", "NFKD")


@pytest.mark.parametrize("form", _FORMS)
@given(text=st.text(max_size=20), times=st.integers(1, 200))
def test_texts_of_any_length_have_the_normal_form_of_unicode(
    form: str, text: str, times: int
) -> None:
    long = f"{text} " * times

    assert normalized(form, long) == unicodedata.normalize(form, long)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", _FORMS)
def test_accents_in_a_row_take_linear_time(form: str) -> None:
    def seconds(size: int) -> float:
        began = time.thread_time()
        normalized(form, "\u0301\u0323" * size)  # type: ignore[arg-type]
        return time.thread_time() - began

    short, long = (min(seconds(size) for _ in range(3)) for size in (4_096, 32_768))

    assert long < 0.01 + 24 * short


def test_nothing_else_makes_normal_forms() -> None:
    package = Path(__file__).parents[3] / "automator"
    using = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "unicodedata.normalize(" in path.read_text(encoding="utf-8")
    }

    assert using == {"model/text_helpers.py"}
