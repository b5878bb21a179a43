"""Helpers for texts: shortening, one line, normal forms of Unicode, lengths, and digits."""

import re
import unicodedata
from typing import Final, Literal

TextUnit = Literal["characters", "utf16", "bytes"]
#: The largest page, count or revision that people can give: every database has room for it.
_MOST = 999_999_999
#: The last millisecond of the year 9999. No calendar has a later time.
LAST_MS = 253_402_300_799_999
#: How many non-ASCII characters in a row are normalized at once.
_LONGEST_ROW: Final = 1_024
_ROWS: Final = re.compile(rf"[\x00-\x7f]*[^\x00-\x7f]{{1,{_LONGEST_ROW}}}|[\x00-\x7f]+")


def shortened(text: str, most: int) -> str:
    """Returns the text, cut to `most` characters if it is longer; a cut text ends with `…`."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def in_one_line(text: str, most: int) -> str:
    """Returns the text on one line, with every white space as one blank, cut to `most`."""
    return shortened(" ".join(text.split()), most)


def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Returns the text in a normal form of Unicode, in time proportional to its length.

    Before Python 3.13, `unicodedata.normalize` takes time quadratic in the number of accents in a
    row: a second for 32,768 accents. So a longer row is normalized in parts.
    """
    if len(text) <= _LONGEST_ROW:
        return unicodedata.normalize(form, text)
    return "".join([unicodedata.normalize(form, row) for row in _ROWS.findall(text)])


def text_length(text: str, unit: TextUnit = "characters") -> int:
    """Returns the length of a text in code points, code units of UTF-16, or bytes of UTF-8."""
    if unit == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    if unit == "utf16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text)


def whole_number(text: str, most: int = _MOST) -> int | None:
    """Reads digits that a stranger wrote as a number from 0 to `most`; None for any other text."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    number = int(text) if is_number else None
    return number if number is not None and number <= most else None
