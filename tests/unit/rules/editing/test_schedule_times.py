"""The usual cron lines are days and a time in words; others stay lines."""

import pytest

from automator.rules.editing.notations import CRON_DAYS, cron_at, usual_times
from automator.rules.reading.cron import Cron, parse_cron


@pytest.mark.parametrize("days", CRON_DAYS)
def test_each_of_the_days_is_a_cron_line_and_comes_back(days: str) -> None:
    cron = cron_at(days, "08:05")

    assert isinstance(parse_cron(cron), Cron)
    assert usual_times(cron) == (days, "08:05")


@pytest.mark.parametrize(
    ("cron", "meant"),
    [
        ("0 9 * * 6", ("* * sat", "09:00")),
        ("00 21 * * MON-FRI", ("* * mon-fri", "21:00")),
        ("30 7 * * 1-5", ("* * mon-fri", "07:30")),
        ("30 7 l * *", ("L * *", "07:30")),
        ("0 9 * * 7", ("* * sun", "09:00")),
    ],
)
def test_other_spellings_mean_the_same_days(cron: str, meant: tuple[str, str]) -> None:
    assert usual_times(cron) == meant


@pytest.mark.parametrize(
    "cron", ["*/5 * * * *", "0 9 1 * mon", "0 24 * * *", "61 9 * * *", "@daily", "", None, 9]
)
def test_what_the_words_cannot_say_is_left_as_it_is(cron: object) -> None:
    assert usual_times(cron) is None


@pytest.mark.parametrize(("days", "time"), [("* * *", "9:00"), ("x", "09:00"), ("* * *", "25:00")])
def test_what_is_no_day_or_no_time_makes_no_line(days: str, time: str) -> None:
    assert cron_at(days, time) == ""
