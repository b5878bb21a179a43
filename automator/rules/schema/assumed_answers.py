"""The answers of other systems that a test or a try assumes for steps."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from automator.model import record

_PARTS = frozenset({"status", "headers", "body"})


@record(kw_only=False)
class AssumedAnswer:
    """The assumed answer to the request of a step."""

    body: Any
    #: None = a status that the step counts as a success.
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def assumed_answer(written: Any) -> AssumedAnswer:
    """Reads `{status: 404, body: …}` as a whole answer, and any other value as a body."""
    if _has_only_parts(written):
        status, headers = written.get("status"), written.get("headers", {})
        is_status = type(status) is int and 100 <= status <= 599
        if is_status and isinstance(headers, Mapping):
            named = {str(name).lower(): str(value) for name, value in headers.items()}
            return AssumedAnswer(written.get("body"), status, named)
    return AssumedAnswer(written)


def lacks_status(written: Any) -> bool:
    """Whether a value looks like a whole answer, but is read as a body because it has no status."""
    is_like_one = _has_only_parts(written) and "body" in written
    return is_like_one and assumed_answer(written).status is None


def _has_only_parts(written: Any) -> bool:
    return isinstance(written, Mapping) and written.keys() <= _PARTS
