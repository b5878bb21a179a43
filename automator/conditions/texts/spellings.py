"""The short and playful spellings of frequent Vietnamese words, as buyers type them.

'còn hok', 'còn ko' and 'còn k' all say 'còn không'. A phrase that is written in full finds them; a
single word does not, because 'k' alone is also a thousand, and 'e' the letter of a size.
"""

from collections.abc import Sequence
from typing import Final

from automator.conditions.texts.accents import marks_of, may_be
from automator.conditions.texts.fold import fold

#: The full words, without accents, and their spellings, with the accents that these may have.
#: 'hông' is one of 'không'; 'hồng' (pink) and 'hỏng' (broken) have other accents, and are not.
_SPELLINGS: Final = {
    "khong": "k ko kh k0 hok hông hem hk khum hum hơm khơm",
    "bao nhieu": "bn bnh bnhiu bnhiêu",
    "nhieu": "nhiu nhìu",
    "nhu the nao": "ntn",
    "duoc": "đc",
    "roi": "r rùi",
    "chua": "chx",
    "gi": "j ji",
    "vay": "v z dz zậy dzậy",
    "voi": "vs",
    "em": "e",
    "minh": "mik mk",
    "gio": "h",
    "qua": "wá",
    "thich": "thík",
    "biet": "bít bik",
    "size": "sz siz",
    "ship": "sip",
    "hang": "hg",
    "inbox": "ib inb",
    "san pham": "sp",
    "chuyen khoan": "ck",
    "tai khoan": "tk",
}
_FULL: Final = {
    fold(spelling): (tuple(full.split()), marks_of(spelling))
    for full, spellings in _SPELLINGS.items()
    for spelling in spellings.split()
}


def in_full(
    words: Sequence[str], marks: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The words of a folded text and the accents of each, with full words in the place of their
    spellings; None when it has no spelling. Without `marks`, no accents are compared.
    """
    if _FULL.keys().isdisjoint(words):
        return None
    full_words: list[str] = []
    full_marks: list[str] = []
    for word, typed in zip(words, marks or [""] * len(words), strict=True):
        full, meant = _FULL.get(word, ((word,), typed))
        if typed and not (meant and may_be(typed, meant)):
            full, meant = (word,), typed
        full_words += full
        full_marks += [typed] if full == (word,) else [""] * len(full)
    return tuple(full_words), tuple(full_marks)


def spellings_of(word: str) -> tuple[str, ...]:
    """The word, and its spellings that are one word as well, without accents."""
    return (word, *map(fold, _SPELLINGS.get(word, "").split()))
