"""Texts as they are shown, on one line and cut where they are long; and the numbers in texts."""

#: No page, count or revision is larger; every database has room for it.
_MOST = 999_999_999
#: The end of the year 9999, in milliseconds since 1970: no calendar has a later time.
LAST_MS = 253_402_300_799_999


def shortened(text: str, most: int) -> str:
    """The text, or its beginning with `…` behind it, so that it has at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def in_one_line(text: str, most: int) -> str:
    """The text on one line, with single blanks for its white space, and cut as by `shortened`."""
    return shortened(" ".join(text.split()), most)


def whole_number(text: str, most: int = _MOST) -> int | None:
    """The number from 0 to `most` that a stranger writes in digits; None for anything else."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    number = int(text) if is_number else None
    return number if number is not None and number <= most else None
