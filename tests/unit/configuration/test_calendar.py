"""When an interval is open, and when it opens next: over zones, and when clocks are changed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from automator.configuration.calendar import Calendar
from automator.configuration.time_intervals import TimeInterval
from automator.model.problem import WrongValue
from tests.support.words import advice_on, said

MINUTE = 60_000


def at(text: str, zone: str = "UTC", fold: int = 0) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(local.astimezone(UTC).timestamp() * 1000)


def calendar(**interval: Any) -> Calendar:
    return Calendar({"hours": TimeInterval.model_validate({"timezone": "UTC", **interval})})


@pytest.mark.parametrize(
    ("interval", "moment", "is_open"),
    [
        ({}, "2026-11-24 03:00", True),
        ({"times": "08:00-21:00"}, "2026-11-24 08:00", True),
        ({"times": "08:00-21:00"}, "2026-11-24 20:59:59.999", True),
        ({"times": "08:00-21:00"}, "2026-11-24 21:00", False),
        ({"times": "08:00-24:00"}, "2026-11-24 23:59", True),
        ({"times": ["00:00-06:00", "22:00-24:00"]}, "2026-11-24 23:00", True),
        ({"days": "mon-fri"}, "2026-11-24 08:00", True),
        ({"days": "monday-friday"}, "2026-11-28 08:00", False),
        ({"days": ["wed", "Sat-Sun"]}, "2026-11-28 08:00", True),
        ({"months": "nov"}, "2026-11-28 08:00", True),
        ({"months": ["1-3", "december"]}, "2026-11-28 08:00", False),
        ({"days_of_month": "1-7"}, "2026-11-08 00:00", False),
        ({"days_of_month": 24}, "2026-11-24 00:00", True),
        ({"days_of_month": "-1"}, "2026-11-30 00:00", True),
        ({"days_of_month": "-1"}, "2028-02-29 00:00", True),
        ({"days_of_month": "-7:-1"}, "2026-11-24 00:00", True),
        ({"days_of_month": "-7:-1"}, "2026-11-23 00:00", False),
        ({"days_of_month": "20:-1"}, "2026-11-23 00:00", True),
        ({"years": 2026}, "2026-11-23 00:00", True),
        ({"years": "2027-2028"}, "2026-11-23 00:00", False),
        ({"days": "mon", "times": "08:00-09:00"}, "2026-11-24 08:30", False),
        ({"times": "08:00-09:00", "timezone": "Asia/Ho_Chi_Minh"}, "2026-11-24 01:30", True),
    ],
)
def test_every_key_that_is_there_has_to_fit(
    interval: dict[str, Any], moment: str, is_open: bool
) -> None:
    assert calendar(**interval).is_open(at(moment)) is is_open


def test_any_of_several_intervals_is_enough() -> None:
    both = Calendar(
        {
            "mornings": TimeInterval(times=("06:00-09:00",), timezone="UTC"),
            "evenings": TimeInterval(times=("18:00-20:00",), timezone="UTC"),
        }
    )

    assert both.is_open(at("2026-11-24 19:00"))
    assert not both.is_open(at("2026-11-24 12:00"))
    assert both.next_opening(at("2026-11-24 12:00")) == at("2026-11-24 18:00")
    assert both.name == "mornings or evenings"


@pytest.mark.parametrize(
    ("interval", "moment", "opening"),
    [
        ({"times": "08:00-21:00", "timezone": "Asia/Ho_Chi_Minh"}, "2026-11-24 15:00", "25 01:00"),
        ({"days": "mon-sat", "times": "08:00-21:00"}, "2026-11-28 22:00", "30 08:00"),
        ({"days": "wed"}, "2026-11-24 12:34:56", "25 00:00"),
    ],
)
def test_the_next_opening_is_the_beginning_of_an_interval(
    interval: dict[str, Any], moment: str, opening: str
) -> None:
    assert calendar(**interval).next_opening(at(moment)) == at(f"2026-11-{opening}")


def test_an_open_interval_opens_now() -> None:
    now = at("2026-11-24 12:34:56.789")

    assert calendar(times="08:00-21:00").next_opening(now) == now


def test_what_lies_in_the_past_never_opens() -> None:
    assert calendar(years=2020).next_opening(at("2026-11-24 00:00")) is None


def test_the_leap_day_is_found() -> None:
    leap = calendar(months="feb", days_of_month=29)

    assert leap.next_opening(at("2096-03-01 00:00")) == at("2104-02-29 00:00")


def test_a_beginning_that_the_clock_skips_is_where_it_goes_on() -> None:
    berlin = calendar(times="02:30-05:00", timezone="Europe/Berlin")

    assert berlin.next_opening(at("2026-03-29 01:00", "Europe/Berlin")) == at("2026-03-29 01:00")


def test_an_hour_that_the_clock_shows_twice_opens_twice() -> None:
    berlin = calendar(times="02:00-02:30", timezone="Europe/Berlin")
    first_end = at("2026-10-25 02:30", "Europe/Berlin", fold=0)

    assert berlin.next_opening(first_end) == at("2026-10-25 02:00", "Europe/Berlin", fold=1)


ZONES = [
    "UTC",
    "Asia/Ho_Chi_Minh",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "Pacific/Apia",
]
clock_changes = st.sampled_from(
    [
        "2026-03-29 00:00",
        "2026-10-25 00:00",
        "2026-03-08 06:00",
        "2026-11-01 05:00",
        "2018-11-04 02:00",
        "2018-02-18 01:00",
        "2026-04-04 15:00",
        "2026-10-03 15:00",
        "2024-03-30 22:00",
        "2011-12-30 09:00",
        "2026-11-24 00:00",
    ]
)
minutes_of_day = st.integers(0, 95).map(lambda quarter: quarter * 15)


@st.composite
def intervals(draw: st.DrawFn) -> dict[str, Any]:
    first = draw(minutes_of_day)
    last = draw(st.integers(first // 15 + 1, 96)) * 15
    found: dict[str, Any] = {
        "timezone": draw(st.sampled_from(ZONES)),
        "times": f"{first // 60:02}:{first % 60:02}-{last // 60:02}:{last % 60:02}",
    }
    if draw(st.booleans()):
        found["days"] = draw(st.sampled_from(["mon-fri", "sat-sun", ["tue", "thu"]]))
    if draw(st.booleans()):
        found["days_of_month"] = draw(st.sampled_from(["1-7", "-3:-1", "15", "20:-1"]))
    return found


@given(intervals(), clock_changes, st.integers(-48 * 60, 48 * 60))
@example({"times": "00:30-01:30", "timezone": "Europe/Berlin"}, "2026-10-25 00:00", 0)
@example({"times": "00:00-02:45", "timezone": "Australia/Lord_Howe"}, "2026-10-03 15:00", -91)
@example({"times": "23:30-24:00", "timezone": "America/St_Johns"}, "2010-11-07 02:30", 0)
def test_nothing_is_open_between_a_closed_moment_and_the_next_opening(
    interval: dict[str, Any], near: str, shift: int
) -> None:
    tried = calendar(**interval)
    now = at(near) + shift * MINUTE + 17

    opening = tried.next_opening(now)

    assert opening is not None
    assert tried.is_open(opening)
    assert opening == now or not tried.is_open(opening - 1)
    # Clocks change at whole quarters of an hour, and the intervals begin at such.
    between = range(now, min(opening, now + 10 * 86_400_000), 5 * MINUTE)
    assert opening == now or not any(tried.is_open(moment) for moment in between)


@given(intervals(), clock_changes, st.integers(-48 * 60, 48 * 60))
def test_open_means_what_a_clock_in_the_zone_shows(
    interval: dict[str, Any], near: str, shift: int
) -> None:
    times = {key: interval[key] for key in ("times", "timezone")}
    now = at(near) + shift * MINUTE
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now)
    shown = f"{local.astimezone(ZoneInfo(interval['timezone'])):%H:%M}"
    first, last = interval["times"].split("-")

    assert calendar(**times).is_open(now) is (first <= shown < last)


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ({"times": "22:00-06:00"}, 'goes over midnight; write two: ["22:00-24:00'),
        ({"times": "8-21"}, "is not a range of times"),
        ({"times": "08:00-25:00"}, "is not a range of times"),
        ({"days": "sun-mon"}, "ends before it begins"),
        ({"days": "montag-x"}, "is not a day or a range of days"),
        ({"months": "13"}, "is not a month"),
        ({"days_of_month": "0"}, "is not a day of the month"),
        ({"days_of_month": "-1:7"}, "counts from the end first"),
        ({"years": "26"}, "is not a year"),
        ({"timezone": "Asia/Hanoi"}, "there is no time zone 'Asia/Hanoi'"),
        ({"hours": "8-9"}, "Extra inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused(interval: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TimeInterval.model_validate(interval)

    (error,) = refused.value.errors()
    wrong = error.get("ctx", {}).get("error")
    is_ours = isinstance(wrong, WrongValue)
    text = f"{said(wrong.reason)}; {advice_on(wrong.reason)}" if is_ours else error["msg"]
    assert expected in text


@pytest.mark.parametrize(
    ("interval", "hours"),
    [
        ({}, 0),
        ({"times": "08:00-21:00"}, 11),
        ({"times": ["08:00-12:00", "13:00-21:00"]}, 11),
        ({"times": ["08:00-20:00", "19:00-21:00", "09:00-10:00"]}, 11),
        ({"times": ["00:00-06:00", "22:00-24:00"]}, 16),
        ({"days": "mon-sat", "times": "08:00-21:00"}, 35),
        ({"days": "mon-fri"}, 48),
        ({"days": "wed", "times": "08:00-09:00"}, 167),
        ({"days": "mon-fri", "months": "dec"}, 48),
    ],
)
def test_the_longest_time_that_a_calendar_is_closed_in_any_week(
    interval: dict[str, Any], hours: int
) -> None:
    assert calendar(**interval).longest_closed_ms == hours * 60 * MINUTE


def test_what_waits_for_an_opening_is_spread_behind_it_and_not_beyond_the_closing() -> None:
    night, opening = at("2026-11-24 23:00"), at("2026-11-25 08:00")

    assert calendar(times="08:00-21:00").spread_opening(night, 0) == opening
    assert calendar(times="08:00-21:00").spread_opening(night, 0.5) == opening + 5 * MINUTE
    assert calendar(times="08:00-08:05").spread_opening(night, 0.5) == opening
    assert calendar(years=2025).spread_opening(night, 0.5) is None


def test_an_opening_that_the_change_of_clocks_skips_is_the_first_moment_after_it() -> None:
    berlin = calendar(times="02:30-05:00", timezone="Europe/Berlin")

    assert berlin.spread_opening(at("2026-03-28 12:00"), 0) == at("2026-03-29 01:00")


def test_days_that_no_month_has_are_refused() -> None:
    for wrong in (
        {"months": "feb", "days_of_month": 30},
        {"months": ["apr", "jun"], "days_of_month": "31"},
        {"months": "feb", "days_of_month": "-31--30"},
    ):
        with pytest.raises(ValidationError):
            TimeInterval.model_validate(wrong)
    TimeInterval.model_validate({"months": "feb-mar", "days_of_month": [30, 31]})
    TimeInterval.model_validate({"months": "feb", "days_of_month": "28-31"})
