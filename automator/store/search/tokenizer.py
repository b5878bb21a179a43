"""Tokenizer: splits texts into words without case and accents, so that `gia` finds `Giá`.

Both databases are given the same words, made here; neither reads a text or a query by rules of
its own.
"""

import re
import unicodedata
from collections.abc import Collection

from automator.model import record

#: Longer words are cut, in texts and in queries alike; more words of a query are not looked at.
_MAX_LETTERS = 64
_MAX_QUERY_WORDS = 16
_MARKS = re.compile("[\u0300-\u036f]")
# Chinese and Japanese write no spaces: there each letter is a word.
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")
#: The same for folded texts in ASCII, as nearly all are, which takes two thirds of the time.
_ASCII_WORD = re.compile("[a-z0-9]+")


def fold_text(text: str | None) -> str:
    """Lower case without accents."""
    if not text:
        return ""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return _MARKS.sub("", plain)


def words_of(*texts: str | None) -> dict[str, None]:
    """The different words of texts, letters and digits only, in the order in which they come."""
    folded = fold_text(" ".join(filter(None, texts)))
    found = (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)
    return dict.fromkeys([word[:_MAX_LETTERS] for word in found])


#: Letters that a word of a search needs to stand for all words that begin with it.
_SHORTEST_BEGINNING = 2
#: Ends such a word; no word has it.
BEGINS = "*"


def is_among(wanted: str, words: Collection[str]) -> bool:
    """Whether a word of a search is among the words of a text, or begins one of them."""
    if not wanted.endswith(BEGINS):
        return wanted in words
    beginning = wanted[:-1]
    return any(word.startswith(beginning) for word in words)


@record(kw_only=False)
class Search:
    """What somebody looks for: texts that have all of these words, or words that begin so."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Search":
        """The search for what a person typed; nothing that is typed has a special meaning."""
        words = list(words_of(text))[:_MAX_QUERY_WORDS]
        return cls(
            tuple(
                [f"{word}{BEGINS}" if len(word) >= _SHORTEST_BEGINNING else word for word in words]
            )
        )

    def finds(self, *texts: str | None) -> bool:
        """All the words are in these texts together; a search without words finds nothing."""
        words = words_of(*texts)
        return bool(self.words) and all(is_among(wanted, words) for wanted in self.words)
