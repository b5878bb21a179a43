"""Undoes the alterations that a body may have suffered on its way."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from automator.reasons import ReasonKind
from automator.reasons.alterations import (
    BODY_EMPTY,
    BODY_FORM,
    BODY_JSON,
    BODY_JSON_ESCAPED,
    BODY_JSON_INDENTED,
    BODY_JSON_SORTED,
    BODY_LINE_END_ADDED,
    BODY_LINE_END_LOST,
    BODY_LINE_ENDS,
    BODY_MARK,
    BODY_RECODED,
    BODY_TRIMMED,
)

#: Bytes of a body above which it is not parsed and written again.
MAX_REWRITTEN = 1_048_576
_MAX_FIELDS = 1000
_BOM = b"\xef\xbb\xbf"


def altered_bodies(body: bytes, content_type: str) -> Iterator[tuple[ReasonKind, bytes]]:
    """The bodies that may have been sent, each once, with the kind of the alteration."""
    seen = {body}
    for kind, make in _alterations(body, content_type):
        altered = make()
        if altered is not None and altered not in seen:
            seen.add(altered)
            yield kind, altered


def _alterations(
    body: bytes, content_type: str
) -> Iterator[tuple[ReasonKind, Callable[[], bytes | None]]]:
    yield BODY_LINE_END_LOST, lambda: body + b"\n"
    yield BODY_LINE_END_LOST, lambda: body + b"\r\n"
    yield BODY_LINE_END_ADDED, lambda: body.rstrip(b"\r\n")
    yield BODY_TRIMMED, body.strip
    yield BODY_LINE_ENDS, lambda: body.replace(b"\r\n", b"\n")
    yield BODY_LINE_ENDS, lambda: body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield BODY_MARK, lambda: body.removeprefix(_BOM)
    yield BODY_MARK, lambda: _BOM + body
    yield BODY_EMPTY, lambda: b""
    yield BODY_RECODED, lambda: _recoded(body, "utf-8", "latin-1")
    yield BODY_RECODED, lambda: _recoded(body, "latin-1", "utf-8")
    if len(body) > MAX_REWRITTEN:
        return
    if content_type.startswith("application/x-www-form-urlencoded") or (
        b"=" in body and body[:1] not in b"{["
    ):
        yield BODY_FORM, lambda: _form(body, quote_plus)
        yield BODY_FORM, lambda: _form(body, quote)
    yield from _json_alterations(body)


def _json_alterations(body: bytes) -> Iterator[tuple[ReasonKind, Callable[[], bytes | None]]]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    compact, spaced = (",", ":"), (", ", ": ")
    for separators in (compact, spaced):
        yield BODY_JSON, partial(_json, value, separators=separators, ensure_ascii=False)
        yield BODY_JSON_ESCAPED, partial(_json, value, separators=separators)
        yield (
            BODY_JSON_SORTED,
            partial(_json, value, separators=separators, ensure_ascii=False, sort_keys=True),
        )
    for is_ascii in (True, False):
        kind = BODY_JSON_ESCAPED if is_ascii else BODY_JSON
        yield kind, partial(_slashed, value, is_ascii)
        yield BODY_JSON_INDENTED, partial(_json, value, indent=2, ensure_ascii=is_ascii)
        yield BODY_JSON_INDENTED, partial(_json, value, indent=4, ensure_ascii=is_ascii)


def _json(value: Any, **how: Any) -> bytes | None:
    try:
        return json.dumps(value, **how).encode()
    except (ValueError, TypeError, RecursionError):
        # Lone surrogates cannot be written as UTF-8, keys of several kinds not be sorted.
        return None


def _slashed(value: Any, is_ascii: bool) -> bytes | None:
    r"""Some languages write every slash as `\/`."""
    written = _json(value, separators=(",", ":"), ensure_ascii=is_ascii)
    return written.replace(b"/", b"\\/") if written is not None else None


def _form(body: bytes, quoted: Callable[..., str]) -> bytes | None:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return None
    return urlencode(pairs, quote_via=quoted).encode() if pairs else None


def _recoded(body: bytes, was: str, became: str) -> bytes | None:
    """Undoes that text was read as one encoding and written as another."""
    try:
        return body.decode(was).encode(became)
    except UnicodeError:
        return None
