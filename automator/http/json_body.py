"""Parses JSON from outside exactly and within bounds, or refuses it with a reason.

orjson reads almost every body. But it rounds integers beyond 64 bits, and silently drops the first
of two equal keys. An outline of the body shows cheaply whether it may have either; then the
standard library reads the body again. All work is linear in the size of the body.
"""

import json
import re
from typing import Any, NoReturn

import orjson

from automator.model import UnparsableDelivery, record
from automator.reasons import bodies

MAX_DEPTH = 64
MAX_ELEMENTS = 50_000
#: How many repeated keys a document names, and how many characters of each.
MAX_NAMED_KEYS, MAX_NAMED_LENGTH = 10, 64

#: The translation of a body to its outline: 0 for each digit, [ for each opening bracket, no
#: blanks.
_OUTLINE = bytes.maketrans(b"123456789{", b"000000000[")
#: The outline of an escaped quote or colon.
_ESCAPE = b"\\u000"
#: A number beyond 64 bits has at least 19 digits: the nearest to zero is -9223372036854775809.
_LONG_NUMBER = b"0" * 19
_BLANKS = b" \t\r\n"
#: Digits directly after a quote do not count: many senders write ids as texts.
_BARE_LONG_NUMBER = re.compile(rb'(?<![0-9"])[0-9]{19}')


@record(kw_only=False)
class Document:
    """A JSON value, and the names of keys that occurred more than once in one of its objects."""

    value: Any
    repeated_keys: tuple[str, ...] = ()


def parse_json(body: bytes) -> Any:
    """Returns the value of a JSON body, parsed by `parse_document`.

    Raises:
        UnparsableDelivery: as `parse_document`.
    """
    return parse_document(body).value


def parse_document(body: bytes, max_elements: int = MAX_ELEMENTS) -> Document:
    """Parses a JSON body: integers are exact, and the last of equal keys counts.

    A lone surrogate, as in a text that was cut in the middle of an emoji, becomes U+FFFD.

    Raises:
        UnparsableDelivery: not JSON in UTF-8, NaN or Infinity, deeper than MAX_DEPTH, or more than
            `max_elements` values.
    """
    # The outline has no blanks, so `":` also counts a key with a blank before its colon. A text
    # that contains these two characters counts too, which only costs a second reading.
    outline = body.translate(_OUTLINE, _BLANKS)
    if _LONG_NUMBER in outline and _BARE_LONG_NUMBER.search(body):
        return _parse_exactly(body, max_elements)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "surrogate in string" in str(error):
            return _parse_exactly(body, max_elements)
        raise UnparsableDelivery(bodies.not_json(error=str(error))) from error
    if len(body) > max_elements or outline.count(b"[") > MAX_DEPTH or _ESCAPE in outline:
        keys = _count_keys(value, max_elements)
    else:
        # The body cannot be too deep or have too many values. orjson writes `":` inside a text only
        # if the body has it there, so a lost key always changes the count.
        keys = orjson.dumps(value).count(b'":')
    return Document(value) if outline.count(b'":') == keys else _parse_exactly(body, max_elements)


def dump_json(value: Any) -> bytes:
    """Writes a value of `parse_json` as compact JSON in UTF-8, with integers beyond 64 bits."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()


def _count_keys(value: Any, max_elements: int) -> int:
    """Counts the keys of all objects together, level by level.

    Raises:
        UnparsableDelivery: too deep or too many values.
    """
    level = [value]
    keys = 0
    seen = 0
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for item in level:
            if item.__class__ is dict:
                keys += len(item)
                inner += item.values()
            elif item.__class__ is list:
                inner += item
        seen += len(inner)
        if seen > max_elements:
            raise UnparsableDelivery(bodies.too_many_values(limit=max_elements))
        if not inner:
            return keys
        level = inner
    if not any(item.__class__ in (dict, list) for item in level):
        return keys
    raise UnparsableDelivery(bodies.too_deep(limit=MAX_DEPTH))


def _parse_exactly(body: bytes, max_elements: int) -> Document:
    """Reads the body with the standard library: slower than orjson, but it reports every key."""
    repeated: dict[str, None] = {}

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            _note_repeated(pairs, repeated)
        return found

    try:
        text = body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=object_of, parse_constant=_refuse_constant)
        if "\\ud" in text.lower():
            value = _without_lone_surrogates(value)
        _count_keys(value, max_elements)
        # A number such as 1e999 is read as infinity and cannot be written again.
        json.dumps(value, allow_nan=False)
    except RecursionError as error:
        raise UnparsableDelivery(bodies.too_deep(limit=MAX_DEPTH)) from error
    except ValueError as error:
        raise UnparsableDelivery(bodies.not_json(error=str(error))) from error
    return Document(value, tuple(_without_lone_surrogates(list(repeated))))


def _note_repeated(pairs: list[tuple[str, Any]], repeated: dict[str, None]) -> None:
    """Adds the names that occur more than once among `pairs`, up to MAX_NAMED_KEYS in all."""
    seen: set[str] = set()
    for name, _ in pairs:
        if len(repeated) >= MAX_NAMED_KEYS:
            return
        if name in seen:
            repeated[name[:MAX_NAMED_LENGTH]] = None
        seen.add(name)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _without_lone_surrogates(value: Any) -> Any:
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
