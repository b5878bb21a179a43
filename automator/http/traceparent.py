"""Trace contexts as W3C Trace Context defines them, for deliveries and for what they cause.

A delivery whose sender names no trace begins one, whose id is made of the delivery's. All ids are
hexadecimal text, and follow from what the store keeps, so that nothing has to be remembered.
"""

import hashlib
import re
from collections.abc import Iterable

from automator.model import record

TRACEPARENT = "traceparent"
#: Version 00. Later versions may have more fields behind these.
_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[ -~]*)?", re.ASCII)
_NO_TRACE, _NO_SPAN, _NO_VERSION = "0" * 32, "0" * 16, "ff"
#: The last 56 bits of a trace id are random, as its specification says.
_RANDOM_DIGITS = 14
_OF_ALL = 1 << 4 * _RANDOM_DIGITS


@record(kw_only=False)
class TraceContext:
    """A trace, and the span of the sender in it; "" where there is none."""

    trace_id: str
    parent_id: str = ""


def parse_traceparent(text: str) -> TraceContext | None:
    """The context that a header names; None when it is not valid."""
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
    """The header of a request as it came; "" when it is missing, doubled or not valid."""
    found = [value for name, value in headers if name == TRACEPARENT]
    return found[0] if len(found) == 1 and parse_traceparent(found[0]) else ""


def trace_of(delivery_id: int, given: str) -> TraceContext:
    """The trace of a delivery: the one that its sender has begun, or its own."""
    context = parse_traceparent(given) if given else None
    return context or TraceContext(_digest(f"delivery {delivery_id}", 16))


def is_sampled(trace_id: str, ratio: float) -> bool:
    """Whether a trace is among those that are exported; every node decides alike."""
    return int(trace_id[-_RANDOM_DIGITS:], 16) < ratio * _OF_ALL


def span_id_of(number: int) -> str:
    """The span of a delivery, an event or a run: its id."""
    return f"{number:016x}"


def attempt_span_id(run_id: int, step: str, number: int) -> str:
    """The span of an attempt, which is known before the attempt has an id."""
    return _digest(f"attempt {run_id} {step} {number}", 8)


def traceparent(trace_id: str, span_id: str, *, is_sampled: bool) -> str:
    """The header for what is sent."""
    return f"00-{trace_id}-{span_id}-0{is_sampled:d}"


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
