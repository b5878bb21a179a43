"""Detects the language of a short text such as a comment; None if the text does not tell it.

`language_signs.py` has the signs, and is loaded with the first text: few rules ask.
"""

from functools import lru_cache
from typing import Final

#: Characters of a text that are looked at.
MOST_READ: Final = 1_000
#: The languages that a text can be found to be in.
LANGUAGES: Final = ("vi", "en", "th", "km", "lo", "ko", "ja", "zh")

#: What people call them, in small letters without accents.
OTHER_NAMES: Final = {
    name: language
    for language, names in {
        "vi": "vn, vie, viet, vietnamese, tieng viet, vi-vn, vi_vn",
        "en": "eng, english, anh, tieng anh, en-us, en_us, en-gb, en_gb",
        "th": "tha, thai, tieng thai",
        "km": "kh, khmer, tieng khmer",
        "lo": "la, lao, tieng lao",
        "ko": "kr, korean, han, tieng han",
        "ja": "jp, japanese, nhat, tieng nhat",
        "zh": "cn, chinese, trung, tieng trung, zh-cn, zh_cn, zh-tw, zh_tw",
    }.items()
    for name in (*names.split(", "), language)
}


@lru_cache(maxsize=128)
def _language_of(text: str) -> str | None:
    from automator.conditions.texts.language_signs import told_language

    return told_language(text)


def language_of(text: str) -> str | None:
    """The language of a text, as in `vi`; None where the text does not say."""
    return _language_of(text[:MOST_READ])
