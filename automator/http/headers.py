"""Checks headers before they are sent: the name is a token, the value one line of plain ASCII."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from automator.http.traceparent import TRACEPARENT
from automator.model import PermanentError, Reason
from automator.reasons.attempts.outbound import (
    header_letters,
    header_name,
    header_reserved,
    header_too_long,
)

MAX_VALUE_LENGTH = 8192
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
#: Headers that say where a message ends. If a rule sets one, a request becomes ambiguous.
FRAMING = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade"}
)
#: The header that counts the Automator servers that have passed a request on.
HOPS = "automator-hops"
#: A request that this many servers have passed on is refused: it goes round in a ring.
MOST_HOPS = 5
_HOPS_VALUE = re.compile(r"[0-9]{1,4}")
_RESERVED = FRAMING | {"cookie", "accept-encoding", "keep-alive", "expect", HOPS}
_RESERVED_PREFIXES = ("webhook-", "proxy-")
#: Headers of an answer by which a browser would trust it, or that the server sets itself.
_OF_ANSWERS = re.compile(
    r"(?:content-security|access-control|cross-origin|x-automator|clear|service|www)-.*|alt-svc"
    r"|content-encoding|date|link|refresh|server|set-cookie|strict-transport-security"
    r"|x-content-type-options|x-frame-options"
)


def hops_in(headers: Iterable[tuple[str, str]]) -> int:
    """Returns how many Automator servers have passed a request on; 0 without the header.

    The largest of several values counts; a value that is no number is ignored.
    """
    hops = 0
    for name, value in headers:
        if name == HOPS and _HOPS_VALUE.fullmatch(value):
            hops = max(hops, int(value))
    return hops


def next_hop(event: Mapping[str, Any], traceparent: str = "") -> dict[str, str]:
    """Returns the headers for a request that an event causes: the next hop, and a trace context."""
    hops = event.get("hops")
    headers = {HOPS: str((hops if isinstance(hops, int) else 0) + 1)}
    if traceparent:
        headers[TRACEPARENT] = traceparent
    return headers


def header_fault(name: str, value: str) -> Reason | None:
    """Returns the reason why this header cannot be sent; None if it can."""
    if not _NAME.fullmatch(name):
        return header_name(header=name)
    if len(value) > MAX_VALUE_LENGTH:
        return header_too_long(header=name, most=MAX_VALUE_LENGTH)
    if not _VALUE.fullmatch(value):
        return header_letters(header=name)
    return None


def reserved_fault(name: str) -> Reason | None:
    """Returns the reason why a rule or a target may not set this header; None if it may."""
    lower = name.lower()
    if lower in _RESERVED or lower.startswith(_RESERVED_PREFIXES):
        return header_reserved(header=name)
    return None


def answer_fault(name: str) -> Reason | None:
    """Returns the reason if the settings may not set this header of an answer to a delivery."""
    is_taken = _OF_ANSWERS.fullmatch(name.lower()) is not None
    return header_reserved(header=name) if is_taken else reserved_fault(name)


def require_sendable(headers: Mapping[str, str], *, by_person: bool = False) -> None:
    """Refuses headers that cannot be sent; if a person has written them, also reserved ones.

    Raises:
        PermanentError: code `invalid_header`; names the first wrong header.
    """
    values = "".join(headers.values())
    is_plain = len(values) <= MAX_VALUE_LENGTH and values.isascii() and values.isprintable()
    if is_plain and not by_person and all(map(_NAME.fullmatch, headers)):
        # The usual case: one check of all headers together finds nothing wrong.
        return
    for name, value in headers.items():
        fault = header_fault(name, value) or (reserved_fault(name) if by_person else None)
        if fault is not None:
            raise PermanentError(fault, code="invalid_header")
