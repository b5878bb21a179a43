"""Checks headers before they are sent: the name a token, the value one line of plain ASCII."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from automator.model import PermanentError

MAX_VALUE_LENGTH = 8192
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
#: Headers that frame a message: setting them by hand makes a request ambiguous.
FRAMING = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade"}
)
#: The header with the number of Automator servers that have passed a request on.
HOPS = "automator-hops"
#: A request that this many servers have passed on is refused, because it goes round in a ring.
MOST_HOPS = 5
_HOPS_VALUE = re.compile(r"[0-9]{1,4}")
_RESERVED = FRAMING | {"cookie", "accept-encoding", "keep-alive", "expect", HOPS}
_RESERVED_PREFIXES = ("webhook-", "proxy-")


def hops_in(headers: Iterable[tuple[str, str]]) -> int:
    """How many Automator servers have passed a request on; 0 without the header.

    The largest of several values counts; a value that is no number is ignored.
    """
    hops = 0
    for name, value in headers:
        if name == HOPS and _HOPS_VALUE.fullmatch(value):
            hops = max(hops, int(value))
    return hops


def next_hop(event: Mapping[str, Any]) -> dict[str, str]:
    """The header for a request that an event causes."""
    hops = event.get("hops")
    return {HOPS: str((hops if isinstance(hops, int) else 0) + 1)}


@lru_cache(maxsize=1024)
def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def header_problem(name: str, value: str) -> str:
    """Why this header cannot be sent, as a sentence; "" when it can."""
    if not _is_name(name):
        return f"'{name}' is not a header name; use letters, digits and '-'"
    if len(value) > MAX_VALUE_LENGTH:
        return f"the header {name} is longer than {MAX_VALUE_LENGTH} characters"
    if not _VALUE.fullmatch(value):
        return f"the header {name} has line breaks or letters that are not ASCII"
    return ""


def reserved_problem(name: str) -> str:
    """Why a rule or a target may not set this header; "" when it may."""
    lower = name.lower()
    if lower in _RESERVED or lower.startswith(_RESERVED_PREFIXES):
        return f"the header {name} is set by the server itself"
    return ""


def require_sendable(headers: Mapping[str, str], *, by_person: bool = False) -> None:
    """Refuses headers that cannot be sent, and with `by_person` those that are reserved.

    Raises:
        PermanentError: code `invalid_header`; names the first wrong one.
    """
    for name, value in headers.items():
        problem = header_problem(name, value) or (reserved_problem(name) if by_person else "")
        if problem:
            raise PermanentError(
                problem,
                fix="Change the header, or put the value into the body.",
                code="invalid_header",
            )
