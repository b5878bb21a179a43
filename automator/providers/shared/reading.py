"""Readers of loosely shaped JSON: each takes any value, and those named `as_…` never raise."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from automator.http.json_body import MAX_ELEMENTS, dump_json
from automator.http.types import InboundRequest
from automator.model import UnparsableDelivery, whole_number
from automator.model.own_events import OWN_EVENTS
from automator.model.text import LAST_MS
from automator.reasons.bodies import NOT_AN_OBJECT

_MAX_ID = 200
_MAX_TYPE = 100
#: Times before this number are seconds: it is September 2001 in milliseconds.
_FIRST_MILLISECOND = 1_000_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_IN_A_TYPE = re.compile(r"[^a-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAX_QUERY_FIELDS = 50


def json_object(
    request: InboundRequest, part: bytes | None = None, *, max_elements: int = MAX_ELEMENTS
) -> dict[str, Any]:
    """The JSON object that the body of a request is, or a part of it such as a form's field.

    Raises:
        UnparsableDelivery: not JSON, or something else than an object.
    """
    value = request.json(part, max_elements=max_elements)
    if not isinstance(value, dict):
        raise UnparsableDelivery(NOT_AN_OBJECT())
    return value


def as_dict(value: Any) -> dict[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str | None:
    """`value` if it is a text, else None."""
    return value if isinstance(value, str) else None


def as_id(value: Any) -> str | None:
    """An id as text: senders write some as numbers. None for anything that cannot be an id."""
    if value.__class__ is int:
        value = str(value)
    elif value.__class__ is not str:
        return None
    if not 0 < len(value) <= _MAX_ID:
        return None
    return value if value.isprintable() or not _CONTROL.search(value) else None


def id_in(event: Mapping[str, Any], part: str) -> str | None:
    """The id of a part of an event, such as its comment; None where it has none."""
    return as_id(as_dict(event.get(part)).get("id"))


def as_milliseconds(value: Any) -> int | None:
    """A time in seconds or milliseconds since 1970, as a number or as digits."""
    if isinstance(value, str):
        value = whole_number(value, LAST_MS)
    if value.__class__ is float and 0 < value <= LAST_MS:
        value = int(value * 1000) if value < _FIRST_MILLISECOND else int(value)
    if value.__class__ is not int or value <= 0:
        return None
    if value < _FIRST_MILLISECOND:
        value *= 1000
    return value if value <= LAST_MS else None


def as_time(value: Any) -> int | None:
    """Milliseconds since 1970 of a number, of digits, or of an ISO 8601 text.

    A text without a zone is UTC.
    """
    if isinstance(value, str) and "-" in value[1:]:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        # Integer arithmetic: a float of this size loses milliseconds.
        value = (moment - _EPOCH) // timedelta(milliseconds=1)
        return value if 0 < value <= LAST_MS else None
    return as_milliseconds(value)


def first_time(value: Mapping[str, Any], *names: str) -> int | None:
    """The first of these fields that holds a time, in milliseconds since 1970."""
    times = (as_time(value.get(name)) for name in names)
    return next((time for time in times if time is not None), None)


def event_type(*parts: Any) -> str:
    """A type name out of the sender's own words: `event_type("github", "push")`."""
    words = (_NOT_IN_A_TYPE.sub("_", str(part).lower()[:_MAX_TYPE]) for part in parts if part)
    return ".".join(word or "unknown" for word in words)[:_MAX_TYPE]


def dotted_type(value: Any) -> str | None:
    """A type name that the sender writes with dots of its own, as in `order.paid`."""
    words = value.split(".") if isinstance(value, str) else []
    return event_type(*words) or None


def protocol_type(provider: str, value: Any, otherwise: str = "event") -> str:
    """The type of an event of a protocol that many senders speak: the sender's own name for it.

    The names that this server gives its own events are not for others to use.
    """
    name = dotted_type(value)
    if name is None:
        return f"{provider}.{otherwise}"
    return f"{provider}.{name}" if name in OWN_EVENTS else name


def join_key(*parts: Any) -> str:
    """A dedupe key out of ids; a long one is replaced by its digest."""
    key = ":".join([str(part) for part in parts])
    if len(key) <= _MAX_ID:
        return key
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def content_key(*parts: Any, value: Any) -> str:
    """A dedupe key for something without an id: the digest of its contents."""
    return join_key(*parts, hashlib.sha256(dump_json(value)).hexdigest())


def pick_headers(request: InboundRequest, names: Iterable[str]) -> dict[str, str]:
    """The headers that rules may see."""
    headers = request.headers
    return {name: headers[name] for name in names if name in headers}


def query_values(query: str) -> dict[str, str]:
    """The first value of each query parameter; nothing of a query that cannot be read."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))
