"""When a follow-up may act, as a line of a form."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from automator.rules.editing.notations import (
    Hours,
    hours_in,
    picked_line,
    read_active,
    shown_active,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
SPANS = st.lists(st.tuples(CLOCKS, CLOCKS).filter(lambda one: one[0] < one[1]), max_size=3)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (None, ""),
        ("business_hours", "business_hours"),
        (["business_hours", "evening"], "business_hours evening"),
        ({"times": "08:00-21:00"}, "08:00-21:00"),
        ({"times": ["08:00-12:00", "13:00-21:00"]}, "08:00-12:00 13:00-21:00"),
        ({"days": "mon-sat", "times": "08:00-21:00"}, "mon-sat 08:00-21:00"),
        ({"days": ["mon-fri", "sun"], "times": "08:00-21:00"}, "mon-fri sun 08:00-21:00"),
        ({"days": "mon-sat"}, "mon-sat"),
    ],
)
def test_a_line_says_what_the_file_says(written: Any, line: str) -> None:
    assert shown_active(written) == line
    assert not line or shown_active(read_active(line)) == line


@pytest.mark.parametrize(
    "written",
    [
        {"times": "08:00-21:00", "timezone": "UTC"},
        {"times": 8},
        {"months": "jan"},
        7,
    ],
)
def test_what_a_line_cannot_say_stays_text(written: Any) -> None:
    assert shown_active(written) is None


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("08:00 - 21:00", {"times": "08:00-21:00"}),
        (" mon - sat,  08:00–21:00 ", {"days": "mon-sat", "times": "08:00-21:00"}),
        ("21:00 - 08:00", "21:00-08:00"),
        ("evening", "evening"),
    ],
)
def test_lines_are_read_as_people_write_them(line: str, meant: Any) -> None:
    assert read_active(line) == meant


@example(frozenset(DAYS), [("00:00", "00:00")])
@example(frozenset({"mon", "tue", "sun"}), [("08:00", "12:00"), ("22:00", "00:00")])
@given(st.frozensets(st.sampled_from(DAYS)), SPANS)
def test_ticked_days_and_times_are_shown_again(
    days: frozenset[str], spans: list[tuple[str, str]]
) -> None:
    rows = [*spans, ("", "")]
    given = {
        **{f"active.{day}": "1" for day in days},
        **{f"active.from{number}": first for number, (first, _) in enumerate(rows, 1)},
        **{f"active.until{number}": last for number, (_, last) in enumerate(rows, 1)},
    }

    line = picked_line(given, "active", "")

    assert line is not None
    shown = hours_in(read_active(line) if line else None)
    assert shown == Hours(days, tuple(spans))


@pytest.mark.parametrize(
    ("given", "before", "line"),
    [
        ({"from1": "08:00", "until1": ""}, "", "08:00-24:00"),
        ({"from1": "", "until1": "12:00", "sat": "1", "sun": "1"}, "", "sat-sun 00:00-12:00"),
        ({"from1": "", "until1": "", "mon": "1", "wed": "1"}, "", "mon wed"),
        ({"from1": "", "until1": ""}, "mon", ""),
        ({"from1": "", "until1": "", "named": "open"}, "open", "open"),
        ({"from1": "08:00", "until1": "", "named": "open"}, "open", "08:00-24:00"),
        ({"from1": "08:00", "until1": "", "named": "open"}, "08:00-24:00", "open"),
    ],
)
def test_boxes_and_clocks_make_a_line(given: dict[str, str], before: str, line: str) -> None:
    sent = {f"active.{name}": value for name, value in given.items()}

    assert picked_line(sent, "active", before) == line


def test_a_text_in_place_of_the_boxes_counts_and_nothing_changes_nothing() -> None:
    assert picked_line({"active": "open late"}, "active", "") == "open late"
    assert picked_line({}, "active", "") is None
