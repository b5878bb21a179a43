"""Computes the times at which a schedule fires, without reading a clock."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from automator.clock import instant_ms, iso_time
from automator.model import Schedule, record

#: How many missed times are counted one by one.
MOST_COUNTED = 1_000


def fires_after(schedule: Schedule, after_ms: int) -> Iterator[int]:
    """Yields the times at which a schedule fires, in milliseconds, ascending.

    If the zone skips a local time, the schedule fires at the first moment after it. If a local time
    occurs twice, the schedule fires the first time.
    """
    if schedule.every_ms:
        at = after_ms - after_ms % schedule.every_ms
        while True:
            at += schedule.every_ms
            yield at
    zone = ZoneInfo(schedule.timezone)
    wall = datetime.fromtimestamp(after_ms // 1000, zone).replace(tzinfo=None, fold=0)
    last = after_ms
    for local in _cron_times(schedule.cron, wall):
        at = instant_ms(local, zone)
        if at > last:
            last = at
            yield at


def _cron_times(lines: Sequence[Sequence[str]], wall: datetime) -> Iterator[datetime]:
    """Yields times of a wall clock, from `wall` on, at which any of these cron lines fires.

    A line has five fields: minute, hour, day, month, day of the week. The caller handles hours that
    the time zone skips or has twice.
    """
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 - 1.2 MB, for cron lines alone.

    triggers = [
        CronTrigger(
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week=weekday,
            second=0,
            timezone=UTC,
        )
        for minute, hour, day, month, weekday in lines
    ]
    after = wall.replace(tzinfo=UTC)
    while True:
        found = [trigger.get_next_fire_time(None, after) for trigger in triggers]
        times = [time for time in found if time is not None]
        if not times:
            return
        yield min(times).replace(tzinfo=None)
        after = min(times) + timedelta(seconds=1)


def next_fire(schedule: Schedule, after_ms: int) -> int | None:
    """The first time after `after_ms`; None if there is none."""
    return next(fires_after(schedule, after_ms), None)


def schedule_facts(rule: str, schedule: Schedule, at: int) -> dict[str, Any]:
    """The values in an event of a schedule that describe the time for which it fires."""
    return {
        "rule": rule,
        "schedule": schedule.written,
        "timezone": schedule.timezone,
        "scheduled_at": iso_time(at),
        "local_time": _on_its_clock(schedule, at).isoformat(),
    }


@record(kw_only=False)
class Due:
    """The latest due time, and how many earlier times did not fire."""

    at: int
    missed: int


def due_by(schedule: Schedule, done_until: int, now_ms: int) -> Due | None:
    """The times that became due after `done_until`, up to now; counts MOST_COUNTED at most."""
    if schedule.every_ms:
        first = done_until - done_until % schedule.every_ms + schedule.every_ms
        at = now_ms - now_ms % schedule.every_ms
        return (
            Due(at, min((at - first) // schedule.every_ms, MOST_COUNTED)) if at >= first else None
        )
    found: int | None = None
    counted = 0
    for at in fires_after(schedule, done_until):
        if at > now_ms:
            return None if found is None else Due(found, counted - 1)
        found, counted = at, counted + 1
        if counted > MOST_COUNTED:
            return Due(_newest_by(schedule, found, now_ms), MOST_COUNTED)
    return None if found is None else Due(found, counted - 1)


def _newest_by(schedule: Schedule, known: int, now_ms: int) -> int:
    """The latest time up to now, found by looking back further and further."""
    step = 60_000
    while now_ms - step > known:
        newest = 0
        for at in fires_after(schedule, now_ms - step):
            if at > now_ms:
                break
            newest = at
        if newest:
            return newest
        step *= 2
    return known


def shown_fire(schedule: Schedule, at: int) -> str:
    """Shows a time on the schedule's clock: `2026-11-24 09:00`, with seconds if not zero."""
    form = "%Y-%m-%d %H:%M:%S" if schedule.every_ms % 60_000 else "%Y-%m-%d %H:%M"
    return f"{_on_its_clock(schedule, at):{form}}"


def first_fires(schedule: Schedule, after_ms: int, count: int) -> list[str]:
    """The next `count` times with their days of the week: `Tue 2026-11-24 09:00`."""
    times = islice(fires_after(schedule, after_ms), count)
    return [f"{_on_its_clock(schedule, at):%a} {shown_fire(schedule, at)}" for at in times]


def _on_its_clock(schedule: Schedule, at: int) -> datetime:
    return datetime.fromtimestamp(at // 1000, ZoneInfo(schedule.timezone))
