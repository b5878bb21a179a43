"""Tokenizer: splits texts into words without case and accents, so that `gia` finds `Giá`.

Both databases find the same words, because the rules for words are here. SQLite splits a document
only at ASCII characters that are neither letters nor digits. So does `words_in`.
"""

import re
from collections.abc import Collection
from functools import cache

from automator.model import normalized, record

#: How many letters of a word count, in texts and in searches; below, how many words of a search.
_MAX_LETTERS = 64
_MAX_QUERY_WORDS = 16
_MARKS = re.compile("[\u0300-\u036f]")
# Chinese and Japanese have no spaces between words, so each letter counts as a word.
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
#: Matches words in folded ASCII texts. Nearly all texts are ASCII, and this is three times as fast.
_ASCII_WORD = re.compile("[a-z0-9]+")
#: Up to how many letters an ASCII text goes into a document as it is, with long words not cut.
_MOST_AS_IT_STANDS = 1_024
#: Matches a word of a document, in the same way as SQLite's tokenizer `ascii`.
_IN_DOCUMENT = re.compile(r"[^\x00-/:-`{-\x7f]+")


@cache
def _any_word() -> re.Pattern[str]:
    """The pattern for words of any text. It is compiled when first needed, which takes 2 ms."""
    return re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")


def fold_text(text: str | None) -> str:
    """Returns the text in lower case and without accents; "" for None."""
    if not text:
        return ""
    if text.isascii():
        return text.lower()
    plain = normalized("NFD", text.casefold().replace("đ", "d"))
    return _MARKS.sub("", plain)


def words_of(*texts: str | None) -> dict[str, None]:
    """The different words of texts, with letters and digits only, in their order."""
    return _words_in_folded(fold_text(" ".join(filter(None, texts))))


def _words_in_folded(folded: str) -> dict[str, None]:
    found = (_ASCII_WORD if folded.isascii() else _any_word()).findall(folded)
    return dict.fromkeys([word[:_MAX_LETTERS] for word in found])


def document_of(*texts: str | None) -> str:
    """The words of texts as a document for an index.

    Between the words are ASCII characters that are neither letters nor digits.
    """
    folded = fold_text(" ".join(filter(None, texts)))
    if folded.isascii() and len(folded) <= _MOST_AS_IT_STANDS:
        return folded
    return " ".join(_words_in_folded(folded))


def words_in(document: str) -> set[str]:
    """The words and terms in a document."""
    return set(_IN_DOCUMENT.findall(document))


#: How many letters a word of a search needs to match all words that begin with it.
_SHORTEST_BEGINNING = 2
#: Marks a word that matches all words that begin with it. No word contains this character.
BEGINS = "*"


def is_among(wanted: str, words: Collection[str]) -> bool:
    """Whether a word of a search is one of the words of a text, or the beginning of one."""
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
        """The search for a text that a person typed. No character in it has a special meaning."""
        words = list(words_of(text))[:_MAX_QUERY_WORDS]
        return cls(
            tuple(
                [f"{word}{BEGINS}" if len(word) >= _SHORTEST_BEGINNING else word for word in words]
            )
        )

    def finds(self, *texts: str | None) -> bool:
        """Whether these texts together have all words. A search without words finds nothing."""
        words = words_of(*texts)
        return bool(self.words) and all(is_among(wanted, words) for wanted in self.words)
