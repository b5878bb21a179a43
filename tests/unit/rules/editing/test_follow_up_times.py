"""When a follow-up may act, as a line of a form."""

from typing import Any

import pytest

from automator.rules.editing.notations.follow_up_times import read_active, shown_active


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
    ],
)
def test_a_line_says_what_the_file_says(written: Any, line: str) -> None:
    assert shown_active(written) == line
    assert not line or shown_active(read_active(line)) == line


@pytest.mark.parametrize(
    "written",
    [
        {"days": "mon-sat"},
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
