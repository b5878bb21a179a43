"""Checks texts and picture addresses that people of the shop type for others."""

import re
from typing import Final
from urllib.parse import urlsplit

from automator.files import refused_in_value
from automator.model import N_, UsageError, text_length
from automator.model.text_helpers import TextUnit

#: How many characters the address of a picture may have.
_LONGEST_ADDRESS: Final = 2_000

#: Line ends as browsers send them.
_LINE_END: Final = re.compile(r"\r\n?")


def with_plain_ends(text: str) -> str:
    """Returns the text with a line feed as every line end, whatever the browser sent."""
    return _LINE_END.sub("\n", text)


def checked_text(text: str, most: int, unit: TextUnit = "characters") -> str:
    """Returns the text, after checking that it can be sent and is not too long.

    Raises:
        UsageError: the text is empty or too long, or has a control character.
    """
    text = with_plain_ends(text)
    length = text_length(text, unit)
    if unit == "bytes" and length > most:
        raise UsageError(
            N_("the text has {length} bytes"),
            fix=N_("Write at most {most} bytes: a letter with accents has two or three."),
            length=length,
            most=most,
        )
    if not text.strip() or length > most:
        raise UsageError(
            N_("the text has {length} letters"),
            fix=N_("Write 1 to {most} letters."),
            length=length if text.strip() else 0,
            most=most,
        )
    if (character := refused_in_value(text)) is not None:
        raise UsageError(
            N_("the text has a control character, {character}"),
            fix=N_("Delete it: it cannot be seen, and no platform shows it."),
            character=character,
        )
    return text


def checked_picture(address: str) -> str:
    """Returns the address of a picture, after checking it; "" means no picture.

    Raises:
        UsageError: it is not an https address.
    """
    address = address.strip()
    if address and not _is_web_address(address):
        raise UsageError(
            N_("this is no address of a picture"),
            fix=N_(
                "Give the address at which the platform can fetch it, https://… with at most {most}"
                " characters."
            ),
            most=_LONGEST_ADDRESS,
        )
    return address


def _is_web_address(address: str) -> bool:
    if len(address) > _LONGEST_ADDRESS or refused_in_value(address) or len(address.split()) > 1:
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)
