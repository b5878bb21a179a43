"""Normalises a text to its visible letters: no styled letters, and no invisible characters.

To hide a number or a link from a rule, people write it in bold letters, as in ``𝐬𝐡𝐨𝐩.𝐯𝐧``, or put
characters without width between its letters.
"""

import re
from typing import Final

from automator.model import normalized

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
