"""Tokenizer: splits texts into words without case and accents, so that `gia` finds `Giá`.

Both databases find the same words, because the rules are here. SQLite splits a document only at
ASCII characters that are neither letters nor digits, and `words_in` splits it there too.
"""

import re
from collections.abc import Collection
from functools import cache

from automator.model import normalized, record

#: Longer words are cut, in texts and in queries alike; further words of a query are ignored.
_MAX_LETTERS = 64
_MAX_QUERY_WORDS = 16
_MARKS = re.compile("[\u0300-\u036f]")
# Chinese and Japanese are written without spaces, so each letter counts as a word.
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
#: Words of folded ASCII texts, which nearly all are: this takes two thirds of the time.
_ASCII_WORD = re.compile("[a-z0-9]+")
#: An ASCII text of up to this many letters goes into a document unchanged, with words uncut.
_MOST_AS_IT_STANDS = 1_024
#: A word of a document, as SQLite's tokenizer `ascii` finds it in a folded text.
_IN_DOCUMENT = re.compile(r"[^\x00-/:-`{-\x7f]+")


@cache
def _any_word() -> re.Pattern[str]:
    """The pattern that finds the words of any text; compiled when first needed, which takes
    2 ms.
    """
    return re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")


def fold_text(text: str | None) -> str:
    """The text in lower case, without accents."""
    if not text:
        return ""
    if text.isascii():
        return text.lower()
    plain = normalized("NFD", text.casefold().replace("đ", "d"))
    return _MARKS.sub("", plain)


def words_of(*texts: str | None) -> dict[str, None]:
    """The different words of texts, letters and digits only, in order."""
    return _words_in_folded(fold_text(" ".join(filter(None, texts))))


def _words_in_folded(folded: str) -> dict[str, None]:
    found = (_ASCII_WORD if folded.isascii() else _any_word()).findall(folded)
    return dict.fromkeys([word[:_MAX_LETTERS] for word in found])


def document_of(*texts: str | None) -> str:
    """The words of texts as a document of an index, separated by ASCII characters that are neither
    letters nor digits.
    """
    folded = fold_text(" ".join(filter(None, texts)))
    if folded.isascii() and len(folded) <= _MOST_AS_IT_STANDS:
        return folded
    return " ".join(_words_in_folded(folded))


def words_in(document: str) -> set[str]:
    """The words and terms of a document."""
    return set(_IN_DOCUMENT.findall(document))


#: Letters that a word of a search needs before it matches all words that begin with it.
_SHORTEST_BEGINNING = 2
#: Marks a word that matches beginnings; no word contains it.
BEGINS = "*"


def is_among(wanted: str, words: Collection[str]) -> bool:
    """Whether a word of a search is among the words of a text, or begins one of them."""
    if not wanted.endswith(BEGINS):
        return wanted in words
    beginning = wanted[:-1]
    return any(word.startswith(beginning) for word in words)


@record(kw_only=False)
class Search:
    """A search for texts that contain all of these words, or words that begin with them."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Search":
        """The search for what a person typed; no typed character has a special meaning."""
        words = list(words_of(text))[:_MAX_QUERY_WORDS]
        return cls(
            tuple(
                [f"{word}{BEGINS}" if len(word) >= _SHORTEST_BEGINNING else word for word in words]
            )
        )

    def finds(self, *texts: str | None) -> bool:
        """Whether all words are in these texts together; a search without words finds nothing."""
        words = words_of(*texts)
        return bool(self.words) and all(is_among(wanted, words) for wanted in self.words)
