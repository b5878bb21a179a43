"""Trace contexts are read as W3C Trace Context defines them, and follow from stored ids."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from automator.http.traceparent import (
    TraceContext,
    attempt_span_id,
    given_traceparent,
    is_sampled,
    parse_traceparent,
    span_id_of,
    trace_of,
    traceparent,
)

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADER = f"00-{TRACE}-{SPAN}-01"


def hexadecimal(digits: int) -> some.SearchStrategy[str]:
    return some.text("0123456789abcdef", min_size=digits, max_size=digits)


def test_the_example_of_the_specification_is_read() -> None:
    assert parse_traceparent(HEADER) == TraceContext(TRACE, SPAN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEADER.upper(),
        HEADER + "-more",
        HEADER + "\n",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f" {HEADER}",
        f"01-{TRACE}-{SPAN}-01x",
    ],
)
def test_what_is_not_valid_names_no_trace(text: str) -> None:
    assert parse_traceparent(text) is None


def test_a_later_version_may_have_more_fields() -> None:
    assert parse_traceparent(f"cc-{TRACE}-{SPAN}-01-what-comes") == TraceContext(TRACE, SPAN)


@given(some.text() | some.from_regex(r"[0-9a-f]{2}-[0-9a-f]{30,34}-[0-9a-f]{16}-[0-9a-f]{2}.*"))
def test_any_text_names_a_valid_trace_or_none(text: str) -> None:
    found = parse_traceparent(text)
    assert found is None or (
        re.fullmatch("[0-9a-f]{32}", found.trace_id)
        and re.fullmatch("[0-9a-f]{16}", found.parent_id)
        and int(found.trace_id, 16) > 0 < int(found.parent_id, 16)
    )


@given(hexadecimal(32), hexadecimal(16), some.booleans())
def test_a_context_that_is_sent_is_read_again(trace: str, span: str, sampled: bool) -> None:
    header = traceparent(trace, span, is_sampled=sampled)
    is_valid = int(trace, 16) > 0 < int(span, 16)
    assert parse_traceparent(header) == (TraceContext(trace, span) if is_valid else None)


@given(some.integers(1, 2**63 - 1), some.text())
def test_every_delivery_has_a_valid_trace_whatever_its_header_says(number: int, text: str) -> None:
    trace = trace_of(number, text)
    assert parse_traceparent(traceparent(trace.trace_id, span_id_of(number), is_sampled=True))
    assert trace == trace_of(number, text)


def test_a_doubled_header_names_no_trace() -> None:
    assert given_traceparent([("traceparent", HEADER)]) == HEADER
    assert given_traceparent([("traceparent", HEADER), ("traceparent", HEADER)]) == ""
    assert given_traceparent([("traceparent", "nonsense"), ("host", "x")]) == ""


def test_attempts_have_spans_of_their_own() -> None:
    spans = {attempt_span_id(run, step, number) for run in (1, 11) for step in ("a", "1 a")
             for number in (1, 2)}  # fmt: skip
    assert len(spans) == 8


def test_about_the_share_that_is_wanted_is_sampled() -> None:
    traces = [trace_of(number, "").trace_id for number in range(10_000)]
    taken = sum(is_sampled(trace, 0.1) for trace in traces)
    assert 850 < taken < 1150
    assert all(is_sampled(trace, 1.0) for trace in traces)
