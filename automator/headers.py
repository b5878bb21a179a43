"""Which headers may be sent: a name that is a token, a value that is one line of plain ASCII."""

import re
from collections.abc import Mapping
from functools import lru_cache

from automator.model import PermanentError

MAX_VALUE_LENGTH = 8192
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
#: What makes up the message itself: setting these by hand lets a request be read in two ways.
FRAMING = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade"}
)
_RESERVED = FRAMING | {"cookie", "accept-encoding", "keep-alive", "expect"}
_RESERVED_PREFIXES = ("webhook-", "proxy-")


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
