"""Encodes values for columns: exact JSON, and texts without characters that SQL refuses."""

import hashlib
import json
from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from automator.model import Reason, quoted

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

#: A dedupe key with more bytes is stored as its SHA-256.
MAX_KEY_BYTES = 64
#: How many codes of one reason can be filtered by, beginning with the outermost.
_MOST_CODES = 8
#: A space at the beginning marks JSON that only the standard library reads exactly.
_EXACT = b" "


def dump_json(value: Any) -> bytes:
    """Encodes a value for `load_json`: exactly, even integers beyond 64 bits and lone surrogates.

    Infinity and NaN become null, because JSON does not have them.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return _EXACT + _dump_exactly(value).encode()


def _dump_exactly(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"))
    if "Infinity" in text or "NaN" in text:
        finite = json.loads(text, parse_constant=lambda _: None)
        text = json.dumps(finite, separators=(",", ":"))
    return text


class IllegibleError(ValueError):
    """Stored JSON is damaged: the disk has returned other bytes than were written."""


def load_json(stored: bytes) -> Any:
    """Decodes a value from `dump_json`.

    Raises:
        IllegibleError: the JSON is damaged.
    """
    try:
        if stored[:1] == _EXACT:
            return json.loads(stored)
        return orjson.loads(stored)
    except ValueError as error:
        raise IllegibleError(f"stored JSON: {error}") from error


def load_legible_json(stored: bytes, otherwise: Any) -> Any:
    """Decodes a value for people who read the log; `otherwise` if damage left nothing legible."""
    try:
        return load_json(stored)
    except ValueError:
        return otherwise


def dump_reason(reason: Reason) -> bytes:
    """Encodes a reason for `load_reason`."""
    try:
        # orjson writes inner reasons, which are dataclasses, in the form of `to_json`. For the
        # outer one, a dictionary takes half the time.
        return orjson.dumps({"code": reason.code, "params": reason.params})
    except orjson.JSONEncodeError:
        return dump_json(reason.to_json())


def reason_columns(reason: Reason | None) -> tuple[str, bytes | None]:
    """The values of a run's columns `reason_codes`, which is for filters, and `reason`."""
    if reason is None:
        return "", None
    return " ".join(islice(dict.fromkeys(reason.codes()), _MOST_CODES)), dump_reason(reason)


def load_reason(stored: bytes | None) -> Reason | None:
    """Decodes a stored reason; None for NULL."""
    return None if stored is None else Reason.from_json(load_json(stored))


def load_legible_reason(code: str, stored: bytes | None) -> Reason | None:
    """Decodes a reason for people who read the log; only its code if damage left no more."""
    try:
        return load_reason(stored)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Reason(code)


def load_summary(stored: bytes) -> Reason:
    """Decodes the summary of an attempt; empty if damage left nothing legible."""
    try:
        return Reason.from_json(load_json(stored))
    except (ValueError, KeyError, TypeError, AttributeError):
        return quoted("")


def clean_text(text: str) -> str:
    """Replaces NUL and lone surrogates by U+FFFD, because SQL texts cannot contain them."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def clean_optional(text: str | None) -> str | None:
    """Does what `clean_text` does; returns None for None."""
    return None if text is None else clean_text(text)


def storable_key(key: str) -> str:
    """The dedupe key in its stored form: as it is if short and plain, else its SHA-256."""
    if key.isascii():
        if len(key) <= MAX_KEY_BYTES and "\0" not in key:
            return key
        raw = key.encode()
    else:
        raw = key.encode("utf-8", "surrogatepass")
        if len(raw) <= MAX_KEY_BYTES and clean_text(key) == key:
            return key
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def dataclass_of(kind: type[T], row: Any, **converted: Any) -> T:
    """Makes a dataclass from a row whose columns are named like its fields.

    The values in `converted` replace those of the row.
    """
    values = {**row._mapping, **converted}
    return kind(
        **{field.name: values[field.name] for field in fields(kind) if field.name in values}
    )
