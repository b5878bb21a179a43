from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.clock import iso_time
from automator.providers.shared.payloads import (
    as_id,
    as_milliseconds,
    as_time,
    dotted_type,
    event_type,
    join_key,
    protocol_type,
    query_values,
)

ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


@pytest.mark.parametrize(
    ("value", "text"),
    [("1_2", "1_2"), (5, "5"), (2**70, str(2**70)), (0, "0"), ("m_đ", "m_đ")],
)
def test_an_id_is_text_whether_it_came_as_text_or_as_a_number(value: Any, text: str) -> None:
    assert as_id(value) == text


@pytest.mark.parametrize(
    "value", [None, "", True, 1.5, [], {}, "a\x00b", "a\n", "x" * 201, 10**201]
)
def test_what_cannot_be_an_id_is_none(value: Any) -> None:
    assert as_id(value) is None


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        (1795500461, 1795500461000),
        (1795500470901, 1795500470901),
        ("1795500461", 1795500461000),
        (1795500461.25, 1795500461250),
        (0, None),
        (-5, None),
        (True, None),
        ("", None),
        ("１７９５", None),
        (10**30, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_a_time_may_be_in_seconds_or_milliseconds(value: Any, milliseconds: int | None) -> None:
    assert as_milliseconds(value) == milliseconds


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        ("2026-11-24T06:01:01Z", 1795500061000),
        ("2026-11-24T13:01:01.250+07:00", 1795500061250),
        ("2026-11-24T06:01:01", 1795500061000),
        ("2026-11-24", 1795478400000),
        ("0001-01-01", None),
        ("24-11-2026", None),
        ("-5", None),
    ],
)
def test_a_time_may_be_written_out(value: str, milliseconds: int | None) -> None:
    assert as_time(value) == milliseconds


@given(st.integers(min_value=1, max_value=253_402_300_799_999))
def test_a_time_that_we_write_is_read_back(milliseconds: int) -> None:
    assert as_time(iso_time(milliseconds)) == milliseconds


@given(ANYTHING)
def test_nothing_makes_reading_fail(value: Any) -> None:
    as_id(value)
    as_time(value)
    dotted_type(value)
    event_type("x", value)
    join_key("x", value)


def test_a_type_is_made_of_lower_case_letters_and_dots() -> None:
    assert event_type("github", "Issue Comment", "created") == "github.issue_comment.created"
    assert event_type("facebook", "", None) == "facebook"
    assert dotted_type("Order.Paid/v2") == "order.paid_v2"
    assert dotted_type("") is None
    assert len(event_type("x" * 500, "y")) == 100


def test_a_key_that_is_too_long_is_replaced_by_its_digest() -> None:
    long = join_key("page", "x" * 500)

    assert join_key("page", 1, None) == "page:1:None"
    assert len(long) == 64
    assert long != join_key("page", "x" * 501)


def test_of_a_doubled_query_parameter_the_first_counts() -> None:
    assert query_values("a=1&a=2&b=") == {"a": "1", "b": ""}
    assert query_values("&".join(["a=1"] * 100)) == {}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("invoice.paid", "invoice.paid"),
        ("com.Example.Order", "com.example.order"),
        (None, "cloudevents.event"),
        ("connection.silent", "cloudevents.connection.silent"),
        ("approval.waiting", "cloudevents.approval.waiting"),
        ("Schedule.Fired", "cloudevents.schedule.fired"),
    ],
)
def test_what_a_protocol_carries_keeps_its_name_unless_that_is_one_of_ours(
    written: object, read: str
) -> None:
    assert protocol_type("cloudevents", written) == read
