"""The short and playful spellings of frequent Vietnamese words, as buyers type them.

'còn hok', 'còn ko' and 'còn k' all mean 'còn không'. A phrase in its full form finds all of them. A
single word of three or more letters finds only spellings of two or more letters: 'k' alone may also
mean a thousand, and 'e' a size.
"""

from collections.abc import Sequence
from typing import Final

from automator.conditions.texts.fold import fold
from automator.conditions.texts.words import marks_of, may_be
from automator.model import record

#: The spellings of each full word, with the accents that a spelling may have. 'hông' is a spelling
#: of 'không'; 'hồng' (pink) and 'hỏng' (broken) have other accents, and are not.
_SPELLINGS: Final = {
    "không": "k ko kh k0 hok hông hem hk khum hum hơm khơm",
    "bao nhiêu": "bn bnh bnhiu bnhiêu",
    "nhiều": "nhiu nhìu",
    "như thế nào": "ntn",
    "được": "đc",
    "rồi": "r rùi",
    "chưa": "chx",
    "gì": "j ji",
    "vậy": "v z dz zậy dzậy",
    "với": "vs",
    "em": "e",
    "mình": "mik mk",
    "giờ": "h",
    "quá": "wá",
    "thích": "thík",
    "biết": "bít bik",
    "size": "sz siz",
    "ship": "sip",
    "hàng": "hg",
    "inbox": "ib inb",
    "sản phẩm": "sp",
    "chuyển khoản": "ck",
    "tài khoản": "tk",
}
_FULL: Final = {
    fold(spelling): (
        tuple(fold(full).split()),
        marks_of(spelling),
        tuple(map(marks_of, full.split())),
    )
    for full, spellings in _SPELLINGS.items()
    for spelling in spellings.split()
}
_OF_WORD: Final = {
    fold(full): tuple(map(fold, spellings.split())) for full, spellings in _SPELLINGS.items()
}
#: The single words, with their accents, that also match their spellings.
_ALONE: Final = {
    fold(full): marks_of(full) for full in _SPELLINGS if " " not in full and len(full) > 2
}


@record(kw_only=False)
class InFull:
    """The words of a folded text and the accents of each, with full words in place of their
    spellings.
    """

    words: tuple[str, ...]
    marks: tuple[str, ...]
    #: The full words that replace spellings of two or more letters.
    certain: frozenset[str]
    #: The index of the typed word that each of them comes from.
    places: tuple[int, ...]
    #: The accents that each of them has when it is written correctly.
    accents: tuple[str, ...]


def in_full(words: Sequence[str], marks: Sequence[str]) -> InFull | None:
    """The words in full, or None without a short spelling. Empty `marks` ignore accents."""
    if _FULL.keys().isdisjoint(words):
        return None
    full_words: list[str] = []
    full_marks: list[str] = []
    certain: set[str] = set()
    places: list[int] = []
    accents: list[str] = []
    for at, (word, typed) in enumerate(zip(words, marks or [""] * len(words), strict=True)):
        full, meant, correct = _FULL.get(word, ((word,), typed, (typed,)))
        if typed and not (meant and may_be(typed, meant)):
            full, correct = (word,), (typed,)
        full_words += full
        places += [at] * len(full)
        accents += correct
        full_marks += [typed] if full == (word,) else [""] * len(full)
        if len(word) > 1 and len(full) == 1 and full != (word,):
            certain.add(full[0])
    return InFull(
        tuple(full_words), tuple(full_marks), frozenset(certain), tuple(places), tuple(accents)
    )


def is_found_spelt(word: str, marks: str) -> bool:
    """Whether a single word, with these accents or without any, also matches its spellings."""
    return word in _ALONE and marks in ("", _ALONE[word])


def spellings_of(word: str) -> tuple[str, ...]:
    """The word and its spellings of one word, without accents."""
    return (word, *_OF_WORD.get(word, ()))
