"""The letters and the colour that stand for a person in lists."""

import unicodedata
from zlib import crc32

#: The colours that stand behind initials.
_COLOURS = 6


def colour_of(key: str) -> int:
    """The number of the colour of a person, by their key."""
    return crc32(key.encode("utf-8", "replace")) % _COLOURS


def initials_of(name: str) -> str:
    """The first letters of the last two words of a name, as Vietnamese names are shortened."""
    words = [word for word in name.split() if unicodedata.category(word[0])[0] in "LN"]
    return "".join(word[0] for word in words[-2:]).upper()
