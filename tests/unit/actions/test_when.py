from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.actions.follow_up import next_moment_ms, parse_when, zone_named

ZONES = (
    "Asia/Ho_Chi_Minh",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "UTC",
)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "now", "when", "expected"),
    [
        ("Asia/Ho_Chi_Minh", "2026-11-24T08:00+07:00", "09:00", "2026-11-24T09:00+07:00"),
        ("Asia/Ho_Chi_Minh", "2026-11-24T09:00+07:00", "09:00", "2026-11-24T09:00+07:00"),
        ("Asia/Ho_Chi_Minh", "2026-11-24T10:00+07:00", "9:00", "2026-11-25T09:00+07:00"),
        ("Asia/Ho_Chi_Minh", "2026-11-24T10:00+07:00", "09:00 +1d", "2026-11-25T09:00+07:00"),
        ("Asia/Ho_Chi_Minh", "2026-11-24T08:00+07:00", "09:00  +0d", "2026-11-24T09:00+07:00"),
        ("Asia/Ho_Chi_Minh", "2026-11-24T10:00+07:00", "09:00 +0d", "2026-11-24T10:00+07:00"),
        # Just after midnight there, still the day before in UTC.
        ("Asia/Ho_Chi_Minh", "2026-11-24T00:30+07:00", "09:00 +1d", "2026-11-25T09:00+07:00"),
        # The hour from 02:00 to 03:00 does not exist.
        ("Europe/Berlin", "2026-03-28T12:00+01:00", "02:30 +1d", "2026-03-29T03:00+02:00"),
        ("Europe/Berlin", "2026-03-28T12:00+01:00", "02:00 +1d", "2026-03-29T03:00+02:00"),
        # 02:30 comes twice: the first counts.
        ("Europe/Berlin", "2026-10-24T12:00+02:00", "02:30 +1d", "2026-10-25T02:30+02:00"),
        # Between the two, the next 02:30 is tomorrow's.
        ("Europe/Berlin", "2026-10-25T02:10+01:00", "02:30", "2026-10-26T02:30+01:00"),
        ("America/New_York", "2026-03-07T12:00-05:00", "02:30 +1d", "2026-03-08T03:00-04:00"),
        ("America/New_York", "2026-10-31T12:00-04:00", "01:30 +1d", "2026-11-01T01:30-04:00"),
        # The whole of 30 December 2011 was skipped.
        ("Pacific/Apia", "2011-12-29T12:00-10:00", "09:00 +1d", "2011-12-31T00:00+14:00"),
        # Half an hour is skipped.
        ("Australia/Lord_Howe", "2026-10-03T12:00+10:30", "02:15 +1d", "2026-10-04T02:30+11:00"),
    ],
)
def test_a_time_of_day_is_found_in_its_zone(zone: str, now: str, when: str, expected: str):
    found = next_moment_ms(when, ZoneInfo(zone), ms(now))

    assert datetime.fromtimestamp(found / 1000, ZoneInfo(zone)).isoformat()[:16] == expected[:16]
    assert found == ms(expected)


@given(
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001 - UTC is put on below
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    days=st.one_of(st.none(), st.integers(0, 400)),
)
def test_a_time_of_day_is_never_past_and_never_days_off(
    zone: str, now: datetime, hour: int, minute: int, days: int | None
):
    start = now.replace(tzinfo=UTC)
    now_ms = round(start.timestamp() * 1000)
    when = f"{hour:02d}:{minute:02d}" + ("" if days is None else f" +{days}d")

    found = next_moment_ms(when, ZoneInfo(zone), now_ms)

    assert (
        now_ms
        <= found
        <= now_ms + round(timedelta(days=(days or 0) + 3) / timedelta(milliseconds=1))
    )


@given(
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001 - UTC is put on below
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    days=st.integers(1, 400),
)
def test_a_day_and_its_time_are_never_earlier_than_asked_and_the_first_that_is_not(
    zone: str, now: datetime, hour: int, minute: int, days: int
):
    place = ZoneInfo(zone)
    now_ms = round(now.replace(tzinfo=UTC).timestamp() * 1000)
    today = datetime.fromtimestamp(now_ms / 1000, place).date()
    asked = datetime.combine(today + timedelta(days=days), time(hour, minute))

    found = datetime.fromtimestamp(
        next_moment_ms(f"{hour:02d}:{minute:02d} +{days}d", place, now_ms) / 1000, place
    )

    assert found.replace(tzinfo=None) >= asked
    # A minute before, the zone's clock showed less: neither a later twin nor a needless wait.
    before = (found.astimezone(UTC) - timedelta(minutes=1)).astimezone(place)
    assert before.replace(tzinfo=None) < asked


@pytest.mark.parametrize(
    "text", ["", "25:00", "9", "09:60", "9h tối qua", "09:00 +d", "09:00+1d", "０９:00"]
)
def test_what_is_no_time_of_day_is_refused(text: str):
    with pytest.raises(ValueError, match="value_not_a_clock_time"):
        parse_when(text)


def test_a_time_of_day_in_another_form_is_refused_with_ours() -> None:
    with pytest.raises(ValueError, match=r"value_clock_time_spelt_out.*09:30"):
        parse_when("9h30")


@pytest.mark.parametrize("name", ["Hanoi", "", "../etc/passwd", "Asia/Ho Chi Minh", "Asia"])
def test_what_is_no_zone_is_refused(name: str):
    with pytest.raises(ValueError, match="value_zone_misspelt"):
        zone_named(name)
