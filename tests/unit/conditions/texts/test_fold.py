"""Texts without capitals and accents."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.conditions import fold
from automator.conditions.texts.fold import fold_with_places


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đẹp Quá", "dep qua"),
        ("BAO NHIÊU ạ ❤️", "bao nhieu a ❤"),
        ("đồng ý", "dong y"),
        ("ＧＩÁ", "gia"),
        ("𝗚𝗶𝗮́", "gia"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("ราคาเท่าไหร่", "ราคาเท่าไหร่"),
        ("가격", "가격"),
        ("g\u200biá", "gia"),
        ("g\u200eí\u202ea\u3164", "gia"),
        ("", ""),
    ],
)
def test_capitals_and_accents_are_removed_and_other_letters_stay(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_every_vietnamese_letter_becomes_ascii_in_both_forms() -> None:
    letters = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵdđ"
    plain = "a" * 18 + "e" * 12 + "i" * 6 + "o" * 18 + "u" * 12 + "y" * 6 + "dd"

    assert fold(letters) == plain
    assert fold(letters.upper()) == plain
    assert fold(unicodedata.normalize("NFD", letters)) == plain


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(max_codepoint=0x1EFF)))
def test_composed_and_decomposed_texts_fold_alike(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)

    assert fold(unicodedata.normalize("NFD", composed)) == fold(composed)


@given(st.text(st.sampled_from("aáàĐđ Ệe\u0301\u0323xß❤")))
def test_each_folded_letter_knows_its_place(text: str) -> None:
    folded, places = fold_with_places(text)

    assert folded == fold(text)
    assert places == sorted(places)
    assert len(places) == len(folded)
