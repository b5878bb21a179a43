"""Durations and rates as files write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from automator.configuration.values import (
    Duration,
    Expected,
    KeptFor,
    Number,
    Rate,
    StrictModel,
    WholeNumber,
    parse_duration,
    parse_rate,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("90s", 90), ("15m", 900), ("2h", 7200), ("3d", 259_200), ("1w", 604_800)],
)
def test_a_duration_is_read_in_its_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "20", "h", "-1h", "1h 90m", "１h", "1e9s", "nan"])
def test_what_is_not_a_duration_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="value_not_a_duration"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "better"), [("20 h", "20h"), ("1h30m", "90m"), ("day", "1d")])
def test_a_duration_in_another_form_is_refused_with_ours(text: str, better: str) -> None:
    with pytest.raises(ValueError, match=f"value_duration_spelt_out.*{better}"):
        parse_duration(text)


@pytest.mark.parametrize("flag", [True, False])
def test_true_and_false_are_neither_durations_nor_numbers(flag: bool) -> None:
    class Values(StrictModel):
        wait: Duration = 0.0
        count: WholeNumber = 0
        share: Number = 0.0

    for name in ("wait", "count", "share"):
        with pytest.raises(ValueError, match=name):
            Values.model_validate({name: flag})


@pytest.mark.parametrize(("text", "per_second"), [("50/s", 50), ("90/m", 1.5), ("36 / h", 0.01)])
def test_a_rate_is_a_number_of_times_in_a_unit(text: str, per_second: float) -> None:
    assert parse_rate(text) == pytest.approx(per_second)


@pytest.mark.parametrize("text", ["", "50", "/s", "0/s", "-1/s", "1.5/s", "50/w", "50/s/s"])
def test_what_is_not_a_rate_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="value_not_a_rate"):
        parse_rate(text)


@pytest.mark.parametrize("kind", [Duration, KeptFor, Expected, Rate])
@given(number=st.integers(min_value=1) | st.floats(min_value=0.001, allow_infinity=False))
def test_a_number_without_a_unit_is_refused(kind: object, number: float) -> None:
    with pytest.raises(ValidationError, match="without_unit"):
        TypeAdapter(kind).validate_python(number)


def test_no_time_at_all_needs_no_unit() -> None:
    assert TypeAdapter(Duration).validate_python(0) == 0
