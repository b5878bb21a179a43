"""Writes values on one line of YAML so that `source.py` reads the same values again."""

import json
import re
from collections.abc import Mapping
from typing import Any

from automator.files.characters import REFUSED
from automator.files.scalars import read_plain

#: The first characters of texts that may be written without quotes.
_FIRST = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=~]")
_NOT_PLAIN = re.compile(r": |:$| #|^\s|\s$|\n|\{\{")
_IN_BRACKETS = re.compile(r"[,\[\]{}]")
#: Lone surrogates, which JSON can escape and YAML cannot read.
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def scalar_text(value: Any, *, in_brackets: bool = False, style: str = "") -> str:
    """Writes a single value on one line; `style` is the preferred quotation mark.

    Raises:
        ValueError: it cannot be written.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = repr(value)
        if read_plain(text) != value:
            raise ValueError(f"{text} cannot be written as a number")
        return text
    text = str(value)
    if not style and _may_be_plain(text, in_brackets):
        return text
    return _quoted(text, style)


def inline(value: Any) -> str:
    """Writes a value on one line, collections in brackets."""
    if isinstance(value, Mapping):
        pairs = (f"{key_text(key)}: {inline(inner)}" for key, inner in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(inner) for inner in value) + "]"
    return scalar_text(value, in_brackets=True)


def key_text(key: str) -> str:
    return scalar_text(key, in_brackets=True)


def _may_be_plain(text: str, in_brackets: bool) -> bool:
    if read_plain(text) != text or not _FIRST.match(text) or _NOT_PLAIN.search(text):
        return False
    if REFUSED.search(text):
        return False
    return not (in_brackets and _IN_BRACKETS.search(text)) and text not in ("---", "...")


def _quoted(text: str, style: str) -> str:
    if _SURROGATES.search(text):
        raise ValueError("half a character cannot be written")
    is_as_it_is = "\n" not in text and not REFUSED.search(text)
    if is_as_it_is and (style == "'" or '"' in text or "\\" in text):
        return "'" + text.replace("'", "''") + "'"
    written = json.dumps(text, ensure_ascii=False)
    return REFUSED.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
