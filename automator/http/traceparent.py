"""Trace contexts (W3C Trace Context) of deliveries and of the requests that they cause.

If a sender names no trace, its delivery begins a trace, with an id made from the delivery's id. All
ids are hexadecimal texts. They are computed from stored ids, so no trace has to be stored.
"""

import hashlib
import re
from collections.abc import Iterable

from automator.model import record

TRACEPARENT = "traceparent"
#: The header in version 00. Later versions may add fields at the end.
_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[ -~]*)?", re.ASCII)
_NO_TRACE, _NO_SPAN, _NO_VERSION = "0" * 32, "0" * 16, "ff"
#: The last 56 bits of a trace id are random, as its specification says.
_RANDOM_DIGITS = 14
_OF_ALL = 1 << 4 * _RANDOM_DIGITS


@record(kw_only=False)
class TraceContext:
    """A trace, and the sender's span in it; `parent_id` is "" if this server began the trace."""

    trace_id: str
    parent_id: str = ""


def parse_traceparent(text: str) -> TraceContext | None:
    """Reads the trace context in a `traceparent` header; None if the header is not valid."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    version, trace_id, parent_id, more = found.groups()
    if version == _NO_VERSION or (version == "00" and more is not None):
        return None
    if trace_id == _NO_TRACE or parent_id == _NO_SPAN:
        return None
    return TraceContext(trace_id, parent_id)


def given_traceparent(headers: Iterable[tuple[str, str]]) -> str:
    """Finds the `traceparent` header of a request, unchanged; "" if it is missing, doubled or not
    valid.
    """
    found = [value for name, value in headers if name == TRACEPARENT]
    return found[0] if len(found) == 1 and parse_traceparent(found[0]) else ""


def trace_of(delivery_id: int, given: str) -> TraceContext:
    """Returns the trace of a delivery: its sender's trace, or a new one."""
    context = parse_traceparent(given) if given else None
    return context or TraceContext(_digest(f"delivery {delivery_id}", 16))


def is_sampled(trace_id: str, ratio: float) -> bool:
    """Whether a trace is among the share `ratio` to export; every node decides the same."""
    return int(trace_id[-_RANDOM_DIGITS:], 16) < ratio * _OF_ALL


def span_id_of(number: int) -> str:
    """Returns the span id of a delivery, an event or a run, made from its own id."""
    return f"{number:016x}"


def attempt_span_id(run_id: int, step: str, number: int) -> str:
    """Returns the span id of an attempt, which is known before the attempt is stored."""
    return _digest(f"attempt {run_id} {step} {number}", 8)


def traceparent(trace_id: str, span_id: str, *, is_sampled: bool) -> str:
    """Writes the `traceparent` header of a request that this server sends."""
    return f"00-{trace_id}-{span_id}-0{is_sampled:d}"


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
