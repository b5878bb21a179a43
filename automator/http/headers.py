"""Checks headers before they are sent: the name a token, the value one line of plain ASCII."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from automator.model import PermanentError

MAX_VALUE_LENGTH = 8192
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
#: What makes up the message itself: setting these by hand lets a request be read in two ways.
FRAMING = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade"}
)
#: How many servers of ours have passed on what a request is about; each adds one.
HOPS = "automator-hops"
#: What has come through this many is not taken in any more: it goes round in a ring.
MOST_HOPS = 5
_HOPS_VALUE = re.compile(r"[0-9]{1,4}")
_RESERVED = FRAMING | {"cookie", "accept-encoding", "keep-alive", "expect", HOPS}
_RESERVED_PREFIXES = ("webhook-", "proxy-")


def hops_in(headers: Iterable[tuple[str, str]]) -> int:
    """Through how many servers of ours a request has come; 0 when it does not say.

    Of several values the largest counts, and what is no number counts for nothing.
    """
    hops = 0
    for name, value in headers:
        if name == HOPS and _HOPS_VALUE.fullmatch(value):
            hops = max(hops, int(value))
    return hops


def next_hop(event: Mapping[str, Any]) -> dict[str, str]:
    """The header of what is sent on because of an event."""
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
        PermanentError: code `invalid_header`, naming the first one that is wrong.
    """
    for name, value in headers.items():
        problem = header_problem(name, value) or (reserved_problem(name) if by_person else "")
        if problem:
            raise PermanentError(
                problem,
                fix="Change the header, or put the value into the body.",
                code="invalid_header",
            )
