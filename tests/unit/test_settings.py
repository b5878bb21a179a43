"""Durations as files write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.written import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("90s", 90), ("15m", 900), ("2h", 7200), ("3d", 259_200), ("1w", 604_800)],
)
def test_a_duration_is_read_in_its_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "20", "h", "20 h", "-1h", "1h30m", "１h", "1e9s", "nan"])
def test_what_is_not_a_duration_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write 90s, 15m, 2h, 3d or 1w"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (90, "1m 30s"), (72_000, "20h"), (93_600, "1d 2h"), (788_645, "1w 2d")],
)
def test_a_duration_is_written_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(min_value=1, max_value=3600))
def test_what_is_written_adds_up_to_what_it_was(seconds: int) -> None:
    parts = format_duration(seconds).split()

    assert sum(parse_duration(part) for part in parts) == seconds
