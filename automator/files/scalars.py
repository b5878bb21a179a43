"""Reads values without quotes: by YAML 1.2, or as text if people usually mean text.

Whole numbers have at most 18 digits, no leading zero and no plus sign, so phone numbers
(`0701234567`, `+84701234567`) and long ids stay text. `250.000` is text too: a shop writes 250000
đồng like this, and would not recognise the number 250.0. `on`, `no`, `22:30`, dates, `0x10`, `.inf`
and `1e5` are also text.
"""

import re

from automator.files.positions import Span

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{2}0")
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def read_plain(text: str) -> str | int | float | bool | None:
    """Returns the value of a scalar that is written without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and not _THOUSANDS.fullmatch(text):
        return float(text)
    return text


def has_odd_blank(text: str) -> bool:
    """Whether a plain text begins with a blank other than the ordinary space."""
    return text[:1].isspace()


def is_cut_by_comment(text: str, span: Span) -> bool:
    """Whether the '#' after the plain scalar at `span` was probably meant as a part of the text."""
    end = text.find("\n", span.end)
    rest = text[span.end : len(text) if end < 0 else end].strip()
    value = text[span.start : span.end]
    if not rest.startswith("#") or not isinstance(read_plain(value), str):
        return False
    hashtag = len(rest) > 1 and (rest[1].isalnum() or rest[1] == "#")
    return bool(
        hashtag
        or value.count("'") % 2
        or value.count("(") > value.count(")")
        or value.count("{{") > value.count("}}")
    )
