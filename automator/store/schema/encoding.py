"""Encoding of values for columns: exact JSON, and texts without characters that SQL refuses."""

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

#: Longer dedupe keys are stored as their SHA-256.
MAX_KEY_BYTES = 64
#: Codes of one reason that can be filtered by, the outer ones first.
_MOST_CODES = 8
#: JSON that only the standard library reads exactly is marked by a space at its start.
_EXACT = b" "


def dump_json(value: Any) -> bytes:
    """JSON for `load_json`, exact also for integers beyond 64 bits and lone surrogates.

    Infinity and NaN, which JSON does not have, become null.
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
    """Stored JSON is no longer JSON: the disk returned other bytes than were written."""


def load_json(stored: bytes) -> Any:
    """The value that `dump_json` was given.

    Raises:
        IllegibleError: it is damaged.
    """
    try:
        if stored[:1] == _EXACT:
            return json.loads(stored)
        return orjson.loads(stored)
    except ValueError as error:
        raise IllegibleError(f"stored JSON: {error}") from error


def load_legible_json(stored: bytes, otherwise: Any) -> Any:
    """Like `load_json`, for people who read the log; `otherwise` if damage left nothing legible."""
    try:
        return load_json(stored)
    except ValueError:
        return otherwise


def dump_reason(reason: Reason) -> bytes:
    """A reason for `load_reason`."""
    try:
        # orjson writes a dataclass as its fields, just as `to_json` writes the reasons inside this
        # one; a dictionary takes half the time.
        return orjson.dumps({"code": reason.code, "params": reason.params})
    except orjson.JSONEncodeError:
        return dump_json(reason.to_json())


def reason_columns(reason: Reason | None) -> tuple[str, bytes | None]:
    """The columns `reason_codes` and `reason` of a run: the codes are for filtering."""
    if reason is None:
        return "", None
    return " ".join(islice(dict.fromkeys(reason.codes()), _MOST_CODES)), dump_reason(reason)


def load_reason(stored: bytes | None) -> Reason | None:
    """The reason that was stored, or None."""
    return None if stored is None else Reason.from_json(load_json(stored))


def load_legible_reason(code: str, stored: bytes | None) -> Reason | None:
    """Like `load_reason`, for people who read the log; the code alone if damage left no more."""
    try:
        return load_reason(stored)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Reason(code)


def load_summary(stored: bytes) -> Reason:
    """The summary of an attempt; empty if damage left nothing legible."""
    try:
        return Reason.from_json(load_json(stored))
    except (ValueError, KeyError, TypeError, AttributeError):
        return quoted("")


def clean_text(text: str) -> str:
    """The text with U+FFFD in place of NUL and lone surrogates, which SQL texts cannot hold."""
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
    """`clean_text`, for a text that may be missing."""
    return None if text is None else clean_text(text)


def storable_key(key: str) -> str:
    """The dedupe key as it is stored: unchanged if it is short and plain, else its SHA-256."""
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
    """A dataclass made from a row with columns named like its fields; `converted`
    overrides them.
    """
    values = {**row._mapping, **converted}
    return kind(
        **{field.name: values[field.name] for field in fields(kind) if field.name in values}
    )
