"""When schedules fire: on the clock of their zone, each time once, summer time or not."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from automator.clock import instant_ms
from automator.engine.schedule.fire_times import (
    MOST_COUNTED,
    due_by,
    fires_after,
    next_fire,
    shown_fire,
)
from automator.model import Schedule
from automator.rules.reading.cron import Cron, parse_cron

ZONES = (
    "UTC",
    "Asia/Ho_Chi_Minh",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
)
LINES = (
    "0 9 * * mon-fri",
    "30 2 * * *",
    "*/20 * * * *",
    "0 */3 * * *",
    "15 0 l * *",
    "0 0 29 2 *",
    "45 23 1 * sun",
    "5,50 1-3 * mar,oct,nov *",
)
TIMES = st.integers(1_000_000, 4_000_000_000).map(lambda seconds: seconds * 1000 + 137)


def cron(text: str, zone: str = "UTC") -> Schedule:
    found = parse_cron(text)
    assert isinstance(found, Cron)
    return Schedule(written=text, cron=found.lines, timezone=zone)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


def shown(schedule: Schedule, after: str, count: int) -> list[str]:
    times = islice(fires_after(schedule, ms(after)), count)
    zone = ZoneInfo(schedule.timezone)
    return [datetime.fromtimestamp(at / 1000, zone).isoformat() for at in times]


@pytest.mark.parametrize(
    ("zone", "line", "after", "fires"),
    [
        # The hour from two to three does not exist, then comes twice.
        (
            "Europe/Berlin",
            "30 2 * * *",
            "2026-03-28T12:00+01:00",
            ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
        ),
        (
            "Europe/Berlin",
            "30 2 * * *",
            "2026-10-24T12:00+02:00",
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
        ),
        (
            "America/New_York",
            "30 1,2 * * *",
            "2026-03-08T00:00-05:00",
            ["2026-03-08T01:30:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-09T01:30:00-04:00"],
        ),
        (
            "America/New_York",
            "0 1 * * *",
            "2026-11-01T01:00-04:00",
            ["2026-11-02T01:00:00-05:00"],
        ),
        # From the middle of the hour's second time nothing is fired again.
        (
            "Europe/Berlin",
            "*/30 2 * * *",
            "2026-10-25T02:10+01:00",
            ["2026-10-26T02:00:00+01:00"],
        ),
        (
            "Asia/Ho_Chi_Minh",
            "0 9 * * mon-fri",
            "2026-11-27T09:00+07:00",
            ["2026-11-30T09:00:00+07:00", "2026-12-01T09:00:00+07:00"],
        ),
        # Apia went from the 29th to the 31st.
        (
            "Pacific/Apia",
            "0 12 * * *",
            "2011-12-29T12:00-10:00",
            ["2011-12-31T00:00:00+14:00", "2011-12-31T12:00:00+14:00"],
        ),
        (
            "Australia/Lord_Howe",
            "15 2 * * *",
            "2026-10-03T12:00+10:30",
            ["2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"],
        ),
        (
            "UTC",
            "0 0 29 2 *",
            "2026-01-01T00:00+00:00",
            ["2028-02-29T00:00:00+00:00", "2032-02-29T00:00:00+00:00"],
        ),
        (
            "UTC",
            "0 0 l * *",
            "2026-01-31T00:00+00:00",
            ["2026-02-28T00:00:00+00:00", "2026-03-31T00:00:00+00:00"],
        ),
        (
            "UTC",
            "0 0 1 * mon",
            "2026-11-28T00:00+00:00",
            ["2026-11-30T00:00:00+00:00", "2026-12-01T00:00:00+00:00", "2026-12-07T00:00:00+00:00"],
        ),
    ],
)
def test_a_line_fires_on_its_zones_clock(
    zone: str, line: str, after: str, fires: list[str]
) -> None:
    assert shown(cron(line, zone), after, len(fires)) == fires


@given(st.sampled_from(LINES), st.sampled_from(ZONES), TIMES)
def test_fires_are_the_minutes_of_the_zones_clock_that_the_line_names(
    line: str, zone: str, after: int
) -> None:
    schedule = cron(line, zone)
    first = next_fire(schedule, after)
    assume(first is not None and first - after < 2 * 86_400_000)
    assert first is not None

    walked = _by_walking(schedule, after, first)

    assert first > after
    assert first == walked


def _by_walking(schedule: Schedule, after: int, until: int) -> int | None:
    """Every minute of the wall clock, asked by itself: the slow way to the first fire."""
    zone = ZoneInfo(schedule.timezone)
    wall = datetime.fromtimestamp(after // 1000, zone).replace(tzinfo=None, second=0, fold=0)
    found = []
    for minute in range(-180, 2 * 1440 + 1500):
        local = wall + timedelta(minutes=minute)
        if any(_names(line, local) for line in schedule.cron):
            at = instant_ms(local, zone)
            if after < at <= until:
                found.append(at)
    return min(found, default=None)


def _names(line: tuple[str, ...], local: datetime) -> bool:
    minute, hour, day, month, weekday = line
    is_last = (local + timedelta(days=1)).month != local.month
    days = [item for item in day.split(",") if item != "last"]
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return (
        (minute == "*" or str(local.minute) in minute.split(","))
        and (hour == "*" or str(local.hour) in hour.split(","))
        and (day == "*" or str(local.day) in days or ("last" in day and is_last))
        and (month == "*" or str(local.month) in month.split(","))
        and (weekday == "*" or names[local.weekday()] in weekday.split(","))
    )


EVERY = st.integers(10, 90_000).map(lambda s: Schedule(written="", every_ms=s * 1000))
ANY = st.one_of(
    EVERY, st.tuples(st.sampled_from(LINES[:5]), st.sampled_from(ZONES)).map(lambda two: cron(*two))
)


@given(ANY, TIMES, st.integers(0, 200_000))
def test_what_is_due_is_the_newest_of_all_times_since_and_the_others_are_counted(
    schedule: Schedule, done_until: int, seconds: int
) -> None:
    now = done_until + seconds * 1000
    times: list[int] = []
    for at in fires_after(schedule, done_until):
        if at > now or len(times) > 30_000:
            break
        times.append(at)

    due = due_by(schedule, done_until, now)

    if not times:
        assert due is None
    else:
        assert due is not None
        assert due.at == times[-1]
        assert due.missed == min(len(times) - 1, MOST_COUNTED)


def test_years_of_downtime_are_not_counted_one_by_one() -> None:
    schedule = cron("* * * * *")
    done_until, now = ms("2020-01-01T00:00+00:00"), ms("2026-11-24T08:30:30+00:00")

    due = due_by(schedule, done_until, now)

    assert due is not None
    assert due.at == ms("2026-11-24T08:30:00+00:00")
    assert due.missed == MOST_COUNTED


@given(EVERY, TIMES)
def test_equal_distances_are_the_same_wherever_one_begins_to_count(
    schedule: Schedule, after: int
) -> None:
    first, second = islice(fires_after(schedule, after), 2)

    assert first > after
    assert first - after <= schedule.every_ms
    assert first % schedule.every_ms == 0
    assert second - first == schedule.every_ms


@pytest.mark.parametrize(
    ("every_s", "shown"), [(900, "1970-01-01 00:00"), (10, "1970-01-01 00:00:00")]
)
def test_seconds_are_shown_where_there_are_any(every_s: int, shown: str) -> None:
    assert shown_fire(Schedule(written="", every_ms=every_s * 1000), 0) == shown
