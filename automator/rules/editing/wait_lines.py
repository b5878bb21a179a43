"""The wait of a follow-up as a line of a form: `20h`, or `20s - 90s` for one that is drawn."""

import re
from collections.abc import Mapping
from typing import Any

_SPAN = re.compile(r"\s*(\S+)\s+[-–]\s+(\S+)\s*")


def shown_wait(after: Any) -> str | None:
    """The line; None when a line cannot say what the file says."""
    if after is None or isinstance(after, str):
        return after or ""
    span = after.get("between") if isinstance(after, Mapping) else None
    if not isinstance(span, list) or len(span) != 2:
        return None
    line = f"{span[0]} - {span[1]}"
    return line if read_wait(line) == after else None


def read_wait(line: str) -> Any:
    """The wait that a line means."""
    found = _SPAN.fullmatch(line)
    return {"between": [found[1], found[2]]} if found else line
