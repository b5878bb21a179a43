"""What a plain scalar means: YAML 1.2, and narrower where people mean text.

Whole numbers have at most 18 digits, no leading zero and no plus sign: phone numbers
(`0701234567`, `+84701234567`) and long ids stay the text that was typed. `on`, `no`, `22:30`,
dates, `0x10`, `.inf` and `1e5` are text as well.
"""

import re

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
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
    """The value of a scalar that is written without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text
