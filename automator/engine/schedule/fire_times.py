"""The times at which a schedule fires: pure functions of the schedule and the time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from automator.clock import instant_ms, iso_time
from automator.model import Schedule, record

#: Missed times that are counted one by one, at most.
MOST_COUNTED = 1_000


def fires_after(schedule: Schedule, after_ms: int) -> Iterator[int]:
    """The times at which a schedule fires, in milliseconds and ascending.

    If the zone skips a local time, the schedule fires at the first moment after it; if a local time
    comes twice, it fires the first time.
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
    """The times on a wall clock, from `wall` on, at which any of these cron lines fires.

    A line has five fields: minute, hour, day, month, day of the week. The caller handles the hours
    that a time zone skips or has twice.
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
    """The first time after this one, or None after the last."""
    return next(fires_after(schedule, after_ms), None)


def schedule_facts(rule: str, schedule: Schedule, at: int) -> dict[str, Any]:
    """The data about the fire's time that events of a schedule contain."""
    return {
        "rule": rule,
        "schedule": schedule.written,
        "timezone": schedule.timezone,
        "scheduled_at": iso_time(at),
        "local_time": _on_its_clock(schedule, at).isoformat(),
    }


@record(kw_only=False)
class Due:
    """The newest due time, and the number of earlier times that did not fire."""

    at: int
    missed: int


def due_by(schedule: Schedule, done_until: int, now_ms: int) -> Due | None:
    """The times due after `done_until` up to now; at most MOST_COUNTED are counted."""
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
    """The newest time up to now, found by looking back in steps that double."""
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
    """A time on the schedule's clock: `2026-11-24 09:00`, with seconds if it has any."""
    form = "%Y-%m-%d %H:%M:%S" if schedule.every_ms % 60_000 else "%Y-%m-%d %H:%M"
    return f"{_on_its_clock(schedule, at):{form}}"


def first_fires(schedule: Schedule, after_ms: int, count: int) -> list[str]:
    """The next times with their days of the week: `Tue 2026-11-24 09:00`."""
    times = islice(fires_after(schedule, after_ms), count)
    return [f"{_on_its_clock(schedule, at):%a} {shown_fire(schedule, at)}" for at in times]


def _on_its_clock(schedule: Schedule, at: int) -> datetime:
    return datetime.fromtimestamp(at // 1000, ZoneInfo(schedule.timezone))
