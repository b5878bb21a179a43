"""Folds texts to lower case without accents, which people leave out when they type in a hurry."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from automator.model import normalized

# --- Normalises a text to its visible letters: no styled letters, and no invisible characters ---
#
# To hide a number or a link from a rule, people write it in bold letters, as in ``𝐬𝐡𝐨𝐩.𝐯𝐧``, or put
# characters without width between its letters.


#: Invisible characters, for a character class of a pattern: joiners, fillers, writing directions,
#: variation selectors and tags. From Unicode's Default_Ignorable_Code_Point.
UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
#: Invisible characters, and the character that draws a box around a digit.
_UNSEEN: Final = re.compile(f"[\u20e3{UNSEEN}]+")
#: How many times as long as the original the result may be; ordinary texts do not grow.
_MOST_GROWN: Final = 4


def plain(text: str) -> str:
    """The text in plain characters, by NFKC; cut at a limit, since NFKC can turn one character into
    a sentence.
    """
    if text.isascii():
        return text
    # These characters end a part of a sentence; their NFKC form could become a part of a link.
    ended = text.replace("\u2026", " ").replace("\uff0c", ", ")
    return _UNSEEN.sub("", normalized("NFKC", ended))[: _MOST_GROWN * len(text)]


#: Marks that fold() removes: the accents of Latin, Greek and Cyrillic letters, and invisible signs.
#: The vowel signs of Thai or Hindi are letters and stay.
_MARKS: Final = re.compile(f"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff{UNSEEN}]+")
#: A character that is neither ASCII nor an accent: Vietnamese with its accents split off has none.
_UNUSUAL: Final = re.compile("[^\x00-\x7f\u0300-\u036f]")
_CACHED_TEXTS: Final = 128


def fold(text: str) -> str:
    """The text in lower case and plain letters, without accents; d replaces đ.

    Precomposed (NFC) and decomposed (NFD) texts fold alike, and folding twice changes nothing more.
    """
    if text.isascii():
        return text.lower()
    split = normalized("NFKD", text).casefold().replace("đ", "d")
    if not _UNUSUAL.search(split):
        return split.encode("ascii", "ignore").decode("ascii")
    # Lowering the case can produce letters whose accents have to be split off again.
    if not unicodedata.is_normalized("NFKD", split):
        split = normalized("NFKD", split)
    split = split.replace("ı", "i")
    return normalized("NFC", _MARKS.sub("", split))


#: Cached because many rules look at the text of one event.
fold_cached = lru_cache(maxsize=_CACHED_TEXTS)(fold)


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the index in `text` where it came from."""
    folded: list[str] = []
    places: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        # An accent belongs to the letter before it, so that both fold together.
        if end < len(text) and unicodedata.combining(text[end]):
            continue
        piece = fold(text[start:end])
        folded.append(piece)
        places += [start] * len(piece)
        start = end
    return "".join(folded), places
