"""Writes a request as the bytes that go over a connection."""

from collections.abc import Mapping
from functools import lru_cache

from automator.engine.network.connection_pool import Place
from automator.http.headers import FRAMING, require_sendable
from automator.model import PermanentError, record
from automator.reasons.attempts.outbound import HEADER_RESERVED

#: Methods whose body has a length, even if it is empty.
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@record(kw_only=False)
class RequestAddress:
    """The address of a request, with the lines of the request that follow from it."""

    place: Place
    target: str
    host_line: str


def request_bytes(
    method: str, address: RequestAddress, headers: Mapping[str, str] | None, body: bytes
) -> bytes:
    """The bytes of a request.

    Raises:
        PermanentError: a header cannot be sent (code `invalid_header`).
    """
    text = _lines_of(headers) if headers else _BASE_LINES
    length = f"Content-Length: {len(body)}\r\n" if body or method in _WITH_BODY else ""
    first = f"{method} {address.target} HTTP/1.1\r\n{address.host_line}"
    return f"{first}{text}{length}\r\n".encode() + body


def _lines_of(headers: Mapping[str, str]) -> str:
    """The lines of all headers, with lower-case names, when they can be sent.

    Raises:
        PermanentError: code `invalid_header`.
    """
    require_sendable(headers)
    lines = {_line_start(name): value for name, value in headers.items()}
    if _BASE.keys().isdisjoint(lines):
        return f"{_BASE_LINES}{_joined(lines)}"
    return _joined({**_BASE, **lines})


@lru_cache(maxsize=1024)
def _line_start(name: str) -> str:
    """The start of a header's line, up to its value.

    Raises:
        PermanentError: it frames the message (code `invalid_header`).
    """
    lower = name.lower()
    if lower in FRAMING:
        raise PermanentError(HEADER_RESERVED(header=lower), code="invalid_header")
    return f"{lower}: "


def _joined(lines: Mapping[str, str]) -> str:
    return "".join([f"{start}{value}\r\n" for start, value in lines.items()])


#: The headers of every request that sets no others, by the starts of their lines.
_BASE = {"accept: ": "*/*", "accept-encoding: ": "identity", "user-agent: ": "automator"}
_BASE_LINES = _joined(_BASE)
