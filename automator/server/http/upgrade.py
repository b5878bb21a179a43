"""Requests that ask for another protocol, as Java's HTTP client does with each: HTTP/2 over TCP.

This server speaks HTTP/1.1 alone and answers as if nothing had been asked. The parser ends such a
request behind its headers and leaves the rest to the other protocol: its body would be lost, or
taken for the next request. So the head is read once more, without the wish.
"""

from collections.abc import Iterable
from typing import Any

import httptools

_WISH = b"upgrade"


def new_parser(protocol: Any) -> httptools.HttpRequestParser:
    """A parser that is set as uvicorn sets its own."""
    parser = httptools.HttpRequestParser(protocol)
    # Data after a request with `Connection: close` are ignored, and the request is answered.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def head_without_wish(
    parser: httptools.HttpRequestParser, url: bytes, headers: Iterable[tuple[bytes, bytes]]
) -> bytes:
    """The bytes of a request's head as they would be without the header `Upgrade`.

    Raises:
        HttpParserError: it is a CONNECT, which is nothing else than such a wish.
    """
    method = parser.get_method()
    if method == b"CONNECT":
        raise httptools.HttpParserError("this is no proxy")
    lines = [b"%b: %b\r\n" % header for header in headers if header[0] != _WISH]
    version = parser.get_http_version().encode()
    return b"%b %b HTTP/%b\r\n%b\r\n" % (method, url, version, b"".join(lines))
