"""Reads values from payloads of unreliable form; the `as_…` functions never raise."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from automator.http.json_body import MAX_ELEMENTS, dump_json
from automator.http.types import InboundRequest
from automator.model import UnparsableDelivery, whole_number
from automator.model.own_events import OWN_EVENTS
from automator.model.text_helpers import LAST_MS
from automator.reasons.bodies import not_an_object

_MAX_ID = 200
_MAX_TYPE = 100
#: Times before this number are in seconds (as milliseconds: September 2001).
_FIRST_MILLISECOND = 1_000_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_IN_A_TYPE = re.compile(r"[^a-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAX_QUERY_FIELDS = 50


def json_object(
    request: InboundRequest, part: bytes | None = None, *, max_elements: int = MAX_ELEMENTS
) -> dict[str, Any]:
    """Reads the JSON object in the body of a request, or in a part of it such as a form's field.

    Raises:
        UnparsableDelivery: not JSON, or not an object.
    """
    value = request.json(part, max_elements=max_elements)
    if not isinstance(value, dict):
        raise UnparsableDelivery(not_an_object())
    return value


def as_dict(value: Any) -> dict[str, Any]:
    """Returns `value` if it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Returns `value` if it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str | None:
    """Returns `value` if it is a text, otherwise None."""
    return value if isinstance(value, str) else None


def as_id(value: Any) -> str | None:
    """Returns an id as text (some senders send numbers); None for anything that cannot be an id."""
    if value.__class__ is int:
        value = str(value)
    elif value.__class__ is not str:
        return None
    if not 0 < len(value) <= _MAX_ID:
        return None
    return value if value.isprintable() or not _CONTROL.search(value) else None


def id_in(event: Mapping[str, Any], part: str) -> str | None:
    """Returns the id of a part of an event, such as its comment; None if it has none."""
    return as_id(as_dict(event.get(part)).get("id"))


def as_milliseconds(value: Any) -> int | None:
    """Reads a time in seconds or milliseconds since 1970, from a number or digits."""
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
    """Reads a time from a number, digits, or an ISO 8601 text, as milliseconds since 1970.

    A text without a zone is read as UTC.
    """
    if isinstance(value, str) and "-" in value[1:]:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        # Integers, because a float of this size would lose milliseconds.
        value = (moment - _EPOCH) // timedelta(milliseconds=1)
        return value if 0 < value <= LAST_MS else None
    return as_milliseconds(value)


def first_time(value: Mapping[str, Any], *names: str) -> int | None:
    """Finds the first of these fields that holds a time, in milliseconds since 1970."""
    times = (as_time(value.get(name)) for name in names)
    return next((time for time in times if time is not None), None)


def event_type(*parts: Any) -> str:
    """Makes the name of an event from the sender's own words: `event_type("github", "push")`."""
    words = (_NOT_IN_A_TYPE.sub("_", str(part).lower()[:_MAX_TYPE]) for part in parts if part)
    return ".".join(word or "unknown" for word in words)[:_MAX_TYPE]


def names_of(text: str) -> dict[str, str]:
    """Reads names of events that only this sender has, as in `push; star: created deleted`."""
    subjects = (one.partition(":") for one in text.split(";"))
    return {
        event_type(*subject.strip().split("."), *word.split(".")): ""
        for subject, _, words in subjects
        for word in words.split() or [""]
    }


def dotted_type(value: Any) -> str | None:
    """Makes an event's name from a text with dots, as in `order.paid`; None for other values."""
    words = value.split(".") if isinstance(value, str) else []
    return event_type(*words) or None


def protocol_type(provider: str, value: Any, otherwise: str = "event") -> str:
    """Makes the name of an event of a protocol that many senders use, from the sender's own name.

    A sender cannot use the names of this server's own events.
    """
    name = dotted_type(value)
    if name is None:
        return f"{provider}.{otherwise}"
    return f"{provider}.{name}" if name in OWN_EVENTS else name


def join_key(*parts: Any) -> str:
    """Makes a dedupe key out of ids; a long key is replaced by its digest."""
    key = ":".join([str(part) for part in parts])
    if len(key) <= _MAX_ID:
        return key
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def content_key(*parts: Any, value: Any) -> str:
    """Makes a dedupe key for something without an id, from the digest of its content."""
    return join_key(*parts, hashlib.sha256(dump_json(value)).hexdigest())


def query_values(query: str) -> dict[str, str]:
    """Returns the first value of each query parameter; nothing if the query cannot be read."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))
