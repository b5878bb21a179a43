"""JSON at the edge: exact, bounded, and unambiguous, or refused with a reason.

orjson reads almost everything. It is not exact for integers beyond 64 bits, and it keeps the last
of two equal keys in silence; both are noticed cheaply, and the standard library then has the say.
"""

import json
import re
from typing import Any, NoReturn

import orjson

from automator.model import UnparsableDelivery

MAX_DEPTH = 64
MAX_ELEMENTS = 50_000

_DIGIT_MAP = bytes(0x30 if 0x30 <= code <= 0x39 else 0x20 for code in range(256))
#: -9223372036854775809 is the shortest number that leaves 64 bits.
_LONG_NUMBER = b"0" * 19
#: Digits right behind a quote are an id in a text, which many senders write.
_BARE_LONG_NUMBER = re.compile(rb'(?<![0-9"])[0-9]{19}')


def parse_json(body: bytes) -> Any:
    """The value that a JSON body writes: integers are exact, keys are unique.

    A lone surrogate, as in a text that was cut in the middle of an emoji, becomes U+FFFD.

    Raises:
        UnparsableDelivery: not JSON in UTF-8, a key twice in one object, NaN or Infinity, deeper
            than MAX_DEPTH, or more than MAX_ELEMENTS values.
    """
    if _LONG_NUMBER in body.translate(_DIGIT_MAP) and _BARE_LONG_NUMBER.search(body):
        return _parse_exactly(body)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "surrogate in string" in str(error):
            return _parse_exactly(body)
        raise UnparsableDelivery(f"the body is not JSON: {error}", code="not_json") from error
    keys = _count_keys(value)
    if body.count(b'":') != keys or _has_loose_colon(body):
        return _parse_exactly(body)
    return value


def dump_json(value: Any) -> bytes:
    """Compact JSON in UTF-8 for a value of `parse_json`, integers beyond 64 bits included."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()


def _has_loose_colon(body: bytes) -> bool:
    """Whether a blank stands before a colon: such a key would escape the count of `":`."""
    return b" :" in body or b"\n:" in body or b"\r:" in body or b"\t:" in body


def _count_keys(value: Any) -> int:
    """How many keys all objects have together, level by level.

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
        if seen > MAX_ELEMENTS:
            raise UnparsableDelivery(
                f"the body holds more than {MAX_ELEMENTS:,} values", code="too_many_values"
            )
        if not inner:
            return keys
        level = inner
    if not any(item.__class__ in (dict, list) for item in level):
        return keys
    raise UnparsableDelivery(f"the body is nested deeper than {MAX_DEPTH}", code="too_deep")


def _parse_exactly(body: bytes) -> Any:
    """The slow way: the standard library with every check spelled out."""
    try:
        text = body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        if "\\ud" in text.lower():
            value = _without_lone_surrogates(value)
        _count_keys(value)
        # A number such as 1e999 is read as infinity and cannot be written again.
        json.dumps(value, allow_nan=False)
    except RecursionError as error:
        raise UnparsableDelivery(
            f"the body is nested deeper than {MAX_DEPTH}", code="too_deep"
        ) from error
    except ValueError as error:
        raise UnparsableDelivery(f"the body is not JSON: {error}", code="not_json") from error
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise UnparsableDelivery(
            f"the body has the key {doubled[:64]!r} twice in one object", code="duplicate_key"
        )
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _without_lone_surrogates(value: Any) -> Any:
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
