"""Writes values as YAML that `source.py` reads as the same values, in the style of rule files."""

import re
from collections.abc import Mapping
from typing import Any

from automator.files.one_line import inline, key_text, scalar_text

#: Two more for each level.
STEP = "  "
_FLOW_WIDTH = 72
_WORD = re.compile(r"[\w.*/@-]+(?: [\w.*/@-]+)*")


def is_short(value: Any) -> bool:
    """Whether a value stands on the line of its key: a scalar, or a few words in brackets."""
    if isinstance(value, Mapping):
        return not value or (
            all(_is_word(inner) for inner in value.values()) and len(inline(value)) <= _FLOW_WIDTH
        )
    if isinstance(value, list | tuple):
        return not value or (
            all(_is_word(inner) for inner in value) and len(inline(value)) <= _FLOW_WIDTH
        )
    return not _has_lines(value)


def entry_text(key: str, value: Any, indent: str) -> str:
    """`key: value`, without the indent of its first line, with as many lines as it needs."""
    name = key_text(key)
    if _has_lines(value):
        return f"{name}: {_lines_of(value, indent + STEP)}"
    if is_short(value):
        shown = inline(value) if isinstance(value, Mapping | list | tuple) else scalar_text(value)
        return f"{name}: {shown}"
    return f"{name}:\n{indent}{STEP}{block(value, indent + STEP)}"


def block(value: Any, indent: str) -> str:
    """A value in lines, without the indent of its first line."""
    if isinstance(value, Mapping) and value:
        return f"\n{indent}".join(entry_text(key, inner, indent) for key, inner in value.items())
    if isinstance(value, list | tuple) and value:
        return f"\n{indent}".join(item_text(inner, indent) for inner in value)
    if _has_lines(value):
        return _lines_of(value, indent)
    return inline(value) if isinstance(value, Mapping | list | tuple) else scalar_text(value)


def item_text(value: Any, indent: str) -> str:
    """`- value`, without the indent of its first line."""
    if isinstance(value, list | tuple) and is_short(value):
        return f"- {inline(value)}"
    return f"- {block(value, indent + STEP)}"


def _is_word(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(not isinstance(item, list | tuple) and _is_word(item) for item in value)
    return not isinstance(value, str | Mapping) or (
        isinstance(value, str) and _WORD.fullmatch(value) is not None
    )


def _has_lines(value: Any) -> bool:
    """Whether a value is written as a block: a text of ordinary lines."""
    return (
        isinstance(value, str)
        and "\n" in value.strip("\n")
        and not value.startswith((" ", "\n"))
        and not value.endswith("\n\n")
        and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]|[ ]\n|[ ]$", value)
    )


def _lines_of(text: str, indent: str) -> str:
    sign = "|" if text.endswith("\n") else "|-"
    lines = text.removesuffix("\n").split("\n")
    return "\n".join([sign, *(f"{indent}{line}" if line else "" for line in lines)])
