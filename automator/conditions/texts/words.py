"""Cuts texts into words: runs of letters and digits.

Thai, Lao, Khmer, Burmese, Chinese and Japanese have no spaces between words, and in Korean
particles are attached to words. In these scripts every character becomes a word, so that a word is
found anywhere in a sentence as a sequence of its characters.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from automator.conditions.texts.fold import UNSEEN, fold
from automator.model import normalized, record

#: Scripts in which a word needs no space around it.
_DENSE: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
#: Characters of these scripts that belong to words, although Python does not count them as letters.
_SIGNS: Final = (
    "\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0900-\u0963\u0966-\u0dff"
)
#: A word of a text in other scripts; this pattern takes a third of the time.
_PLAIN_WORD: Final = re.compile("[^\\W_]+")


@record
class _Scripts:
    """The patterns that find the words of texts in any script."""

    word: re.Pattern[str]
    is_special: re.Pattern[str]
    is_dense: re.Pattern[str]


@cache
def _scripts() -> _Scripts:
    """Compiles the patterns when a text first needs them: it takes as long as importing ten
    modules.

    The folded texts of a Vietnamese shop are ASCII, and need none of these patterns.
    """
    return _Scripts(
        word=re.compile(f"[{_DENSE}]|(?:(?![{_DENSE}])(?:[^\\W_]|[{_SIGNS}]))+"),
        is_special=re.compile(f"[{_DENSE}{_SIGNS}]"),
        is_dense=re.compile(f"[{_DENSE}]"),
    )


def word_in(folded: str) -> re.Pattern[str]:
    """The pattern that finds the words of this text."""
    if folded.isascii():
        return _PLAIN_WORD
    scripts = _scripts()
    return scripts.word if scripts.is_special.search(folded) else _PLAIN_WORD


def words_of(folded: str) -> list[str]:
    """The words of a folded text."""
    found: list[str] = word_in(folded).findall(folded)
    return found


def runs_on(text: str, at: int) -> bool:
    """Whether the characters on both sides of this index belong to one word."""
    if at in (0, len(text)):
        return False
    both = text[at - 1 : at + 1]
    if both.isascii():
        return both.isalnum()
    word, is_dense = _scripts().word, _scripts().is_dense
    return all(word.match(sign) and not is_dense.match(sign) for sign in both)


# --- Compares the accents of words that are equal without them ---
#
# People leave out some or all accents: 'gia' may be 'giá', and so may 'gía', with the accent on the
# wrong letter. A word with other accents is another word: 'giả' (fake) is not 'giá' (price), and
# 'hồng' (pink) is not 'hỏng' (broken). Hook and tilde count as one, because many people pronounce
# them alike and mix them up.


_MARK: Final = re.compile("[\u0300-\u036f]")
_TILDE: Final = "\u0303"
_HOOK: Final = "\u0309"
_STROKE: Final = "\u0335"
_UNSEEN: Final = re.compile(f"[{UNSEEN}]+")
#: Letters of the longest words whose accents are kept.
_LONGEST_KNOWN: Final = 16
#: How many occurrences of a word are compared; a word that occurs more often counts as found.
_MOST_PLACES: Final = 64


@lru_cache(maxsize=4_096)
def _marks_of(word: str) -> str:
    split = normalized("NFKD", word).casefold().replace("đ", f"d{_STROKE}")
    return "".join(sorted(_MARK.findall(split.replace(_TILDE, _HOOK))))


def marks_of(word: str) -> str:
    """The accents of a word in a fixed order, whichever letters they are on."""
    if word.isascii():
        return ""
    # No word of a language with these accents is longer, so the cache stays small.
    return _marks_of(word) if len(word) <= _LONGEST_KNOWN else _marks_of.__wrapped__(word)


def may_be(typed: str, meant: str) -> bool:
    """Whether a word with the accents `typed` may be the wanted word with the accents `meant`. A
    wanted word without accents may be typed with any.
    """
    return not meant or all(typed.count(mark) <= meant.count(mark) for mark in typed)


@record(kw_only=False)
class Typed:
    """The words of a text without accents, with the accents of each."""

    words: tuple[str, ...]
    marks: tuple[str, ...]
    places: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, words: tuple[str, ...], marks: tuple[str, ...]) -> "Typed":
        """These words with these accents."""
        places: dict[str, list[int]] = {}
        for at, word in enumerate(words):
            places.setdefault(word, []).append(at)
        return cls(words, marks, places)

    def has(self, words: tuple[str, ...], marks: tuple[str, ...]) -> bool:
        """Whether these words follow each other in the text, with accents that fit."""
        places = self.places.get(words[0], ())
        size = len(words)
        return len(places) > _MOST_PLACES or any(
            self.words[at : at + size] == words
            and all(map(may_be, self.marks[at : at + size], marks))
            for at in places
        )


def marks_in(text: str, words: Sequence[str]) -> tuple[str, ...]:
    """The accents of each word of a text; () if they cannot be told apart."""
    typed = words_of(_UNSEEN.sub("", normalized("NFKC", text)).casefold())
    return tuple(map(marks_of, typed)) if len(typed) == len(words) else ()


def _typed(text: str) -> Typed | None:
    """The words of a text with their accents; None if these cannot be told apart."""
    words = tuple(words_of(fold(text)))
    marks = marks_in(text, words)
    return Typed.of(words, marks) if marks else None


#: Cached, because the text of an event is compared with the words of many rules.
typed_in = lru_cache(maxsize=16)(_typed)
