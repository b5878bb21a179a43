"""Reads the fields of bodies that are forms."""

import binascii
from typing import Any
from urllib.parse import parse_qsl

from automator.http.types import InboundRequest, decoded
from automator.model import UnparsableDelivery
from automator.reasons.bodies import not_a_form

MAX_FIELDS = 100
#: How many escapes the standard library, which is slow, may decode; few forms need it.
MAX_SLOW_ESCAPES = 50_000
_FORM = "application/x-www-form-urlencoded"


def is_form(request: InboundRequest) -> bool:
    """Whether the sender declares the body as a form."""
    return request.headers.get("content-type", "").lower().startswith(_FORM)


def form_fields(body: bytes) -> dict[str, str]:
    """Reads the fields of a form; the first one of a repeated field.

    Raises:
        UnparsableDelivery: not UTF-8, or more than MAX_FIELDS fields.
    """
    try:
        return dict(reversed(form_pairs(body, MAX_FIELDS)))
    except ValueError as error:
        raise UnparsableDelivery(not_a_form(error=str(error))) from error


def form_pairs(body: bytes, limit: int, charset: str = "utf-8") -> list[tuple[str, str]]:
    """Reads name and value of each field in order, as `parse_qsl` does, with blank values.

    Raises:
        ValueError: not text in this character set, more than `limit` fields, or too many escapes
            with broken ones among them.
    """
    plain = _plain_pairs(body, limit) if charset == "utf-8" else []
    if plain:
        return plain
    if body.count(b"%") > MAX_SLOW_ESCAPES:
        raise ValueError(f"more than {MAX_SLOW_ESCAPES:,} escapes, and not all of them are whole")
    text = decoded(body, charset)
    # A form in UTF-16, or with a byte order mark, contains only ASCII; its escapes encode UTF-8.
    escaped = "utf-8" if charset.startswith("utf-") else charset
    return parse_qsl(
        text, keep_blank_values=True, max_num_fields=limit, encoding=escaped, errors="strict"
    )


def _plain_pairs(body: bytes, limit: int) -> list[tuple[str, str]]:
    """Reads the fields of a form as browsers write it; empty for any other form."""
    if not body.isascii():
        return []
    fields = body.replace(b"+", b" ").decode().split("&")
    if len(fields) > limit:
        return []
    pairs = []
    for field in fields:
        name, _, value = field.partition("=")
        if "%" in field:
            known, said = _unescaped(name), _unescaped(value)
            if known is None or said is None:
                return []
            name, value = known, said
        elif not field:
            return []
        pairs.append((name, value))
    return pairs


def _unescaped(text: str) -> str | None:
    """Undoes percent-encoding; None if an escape is incomplete.

    The standard library decodes letter by letter, which would take most of a delivery's time.
    Quoted-printable is the same with `=` for `%`, and is decoded in C; a broken escape leaves its
    `=` in the result.
    """
    if "%" not in text:
        return text
    if "=" in text:
        text = text.replace("=", "%3D")
    if "%%" in text or "\n" in text or "\r" in text or text[-1] == "%":
        return None
    signs = text.count("%3D") + text.count("%3d")
    plain = binascii.a2b_qp(text.replace("%", "="))
    return plain.decode() if plain.count(b"=") == signs else None


def add_field(fields: dict[str, Any], name: str, value: Any) -> None:
    """Sets a field; the values of a repeated name are collected in a list."""
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]
