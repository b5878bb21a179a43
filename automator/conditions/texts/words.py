"""Cuts texts into words: runs of letters and digits.

Thai, Lao, Khmer, Burmese, Chinese and Japanese have no spaces between words, and in Korean
particles are attached to words. In these scripts every character becomes a word, so that a word is
found anywhere in a sentence as a sequence of its characters.
"""

import re
from functools import cache
from typing import Final

from automator.model import record

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
