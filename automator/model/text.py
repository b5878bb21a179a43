"""Texts in their displayed form, on one line and shortened; their normal forms of Unicode; and
numbers in texts.
"""

import re
import unicodedata
from typing import Final, Literal

TextUnit = Literal["characters", "utf16", "bytes"]
#: The largest page, count or revision, for which every database has room.
_MOST = 999_999_999
#: The end of the year 9999, in milliseconds since 1970: no calendar has a later time.
LAST_MS = 253_402_300_799_999
#: How many characters outside ASCII in a row are normalized together.
_LONGEST_ROW: Final = 1_024
_ROWS: Final = re.compile(rf"[\x00-\x7f]*[^\x00-\x7f]{{1,{_LONGEST_ROW}}}|[\x00-\x7f]+")


def shortened(text: str, most: int) -> str:
    """Returns the text, or its beginning followed by `…`, with at most `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def in_one_line(text: str, most: int) -> str:
    """Returns the text on one line, with single blanks as white space, shortened to `most`."""
    return shortened(" ".join(text.split()), most)


def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Returns the text in a normal form of Unicode, in a time that grows with its length.

    Before Python 3.13, `unicodedata.normalize` sorts the accents in a row in a time that grows with
    the square of their number: a second for 32,768 accents. A longer row is normalized in parts.
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
    """Returns the number from 0 to `most` that a stranger writes in digits; None for any other
    text.
    """
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    number = int(text) if is_number else None
    return number if number is not None and number <= most else None
