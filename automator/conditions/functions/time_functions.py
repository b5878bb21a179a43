"""The additional functions over times, which are texts such as `2026-11-24T06:01:01.250Z`.

A time without a zone is read as UTC. A question about a null time is false.
"""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from automator.conditions.forms.budget import Context
from automator.conditions.forms.calls import (
    TEXT,
    Argument,
    BadArgument,
    Function,
    LiteralProblem,
    mismatch,
)
from automator.conditions.forms.values import show
from automator.conditions.forms.writer import Truth
from automator.configuration.everyday_times import meant_duration, meant_time_of_day
from automator.configuration.time_intervals import DAYS
from automator.configuration.values import parse_duration
from automator.reasons.conditions import not_a_time, too_long_to_read
from automator.reasons.problems import functions

#: The longest text of a time, a duration or a zone; a longer text is invalid.
_LONGEST: Final = 64


def _moment(text: str) -> datetime | None:
    if len(text) > _LONGEST:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_moment(function: str, value: Any) -> datetime | None:
    """The moment in a text; None for null."""
    if value is None:
        return None
    moment = _moment(value) if isinstance(value, str) else None
    if moment is None:
        raise BadArgument(function, value, not_a_time(value=show(value)))
    return moment


def read_duration(text: Any) -> timedelta:
    """The duration in a text such as `2h`.

    Raises:
        LiteralProblem: it is no duration.
    """
    try:
        return timedelta(seconds=parse_duration(text))
    except (ValueError, AttributeError, OverflowError) as error:
        better = meant_duration(text) if isinstance(text, str) else None
        spelt_out = (
            functions.condition_span_spelt_out(value=repr(text), better=better) if better else None
        )
        raise LiteralProblem(
            spelt_out or functions.condition_not_a_span(value=repr(text))
        ) from error


def read_zone(name: Any) -> ZoneInfo:
    """The time zone with a name such as `Asia/Ho_Chi_Minh`.

    Raises:
        LiteralProblem: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LiteralProblem(functions.condition_no_such_zone(value=repr(name))) from error


def read_time_of_day(text: Any) -> time:
    """The time of day in a text such as `08:00`.

    Raises:
        LiteralProblem: it is no time of day.
    """
    # Any other text is refused below, with a correction if there is one.
    with contextlib.suppress(ValueError, AttributeError):
        hours, minutes = text.split(":")
        if len(hours) == len(minutes) == 2 and text.isascii():
            return time(int(hours), int(minutes))
    better = meant_time_of_day(text) if isinstance(text, str) else None
    if better and len(better) == len("00:00"):
        raise LiteralProblem(
            functions.condition_time_of_day_spelt_out(value=repr(text), better=better)
        )
    raise LiteralProblem(functions.condition_not_a_time_of_day(value=repr(text)))


def _setting(function: str, arg: Argument, read: Any) -> Callable[[Any], Any]:
    """Makes the reader of an argument: a literal is read once, any other value each time."""
    if arg.is_literal:
        ready = read(arg.literal)
        return lambda _found: ready

    def read_found(found: Any) -> Any:
        if isinstance(found, str) and len(found) > _LONGEST:
            raise BadArgument(function, found, too_long_to_read(value=show(found)))
        if isinstance(found, list | dict):
            raise mismatch(function, found, TEXT)
        try:
            return read(found)
        except LiteralProblem as problem:
            raise BadArgument(function, found, problem.reason) from None

    return read_found


def _is_duration(value: Any) -> bool:
    try:
        read_duration(value)
    except (LiteralProblem, TypeError):
        return False
    return True


def _ago(args: tuple[Argument, ...]) -> Callable[..., bool]:
    if args[0].is_literal and _is_duration(args[0].literal):
        raise LiteralProblem(functions.condition_time_comes_first())
    span = _setting("ago", args[1], read_duration)

    def call(context: Context, time_text: Any, span_text: Any) -> bool:
        moment = _read_moment("ago", time_text)
        now = _read_moment("ago", (context.scope or {}).get("now"))
        duration = span(span_text)
        return moment is not None and now is not None and now - moment >= duration

    return call


def _between(args: tuple[Argument, ...]) -> Callable[..., bool]:
    first = _setting("between", args[1], read_time_of_day)
    last = _setting("between", args[2], read_time_of_day)
    zone = _setting("between", args[3], read_zone)

    def call(time_text: Any, first_text: Any, last_text: Any, zone_name: Any) -> bool:
        moment = _read_moment("between", time_text)
        start, end, place = first(first_text), last(last_text), zone(zone_name)
        if moment is None:
            return False
        clock = moment.astimezone(place).time()
        if start < end:
            return bool(start <= clock < end)
        return bool(clock >= start or clock < end)

    return call


def clock_at(time: Any, zone: Any) -> str | None:
    """The time of day, such as 08:30, of a moment in a zone; None if `time` is no moment."""
    try:
        moment = _read_moment("between", time)
        return None if moment is None else f"{moment.astimezone(read_zone(zone)):%H:%M}"
    except (BadArgument, LiteralProblem, TypeError):
        return None


def _weekday(args: tuple[Argument, ...]) -> Callable[..., str | None]:
    zone = _setting("weekday", args[1], read_zone)

    def call(time_text: Any, zone_name: Any) -> str | None:
        moment = _read_moment("weekday", time_text)
        place = zone(zone_name)
        return None if moment is None else DAYS[moment.astimezone(place).weekday()]

    return call


TIME_FUNCTIONS: Final[tuple[Function, ...]] = (
    Function(
        "ago(time, '2h')",
        "Whether the time lies at least that long before now.",
        prepare=_ago,
        takes_context=True,
        truth=Truth.BOOL,
    ),
    Function(
        "between(time, '08:00', '21:00', zone)",
        "Whether the clock in that zone shows a time from the first up to, not including, "
        "the second; over midnight when the second is not later.",
        prepare=_between,
        truth=Truth.BOOL,
    ),
    Function(
        "weekday(time, zone)",
        "The day in that zone: mon, tue, wed, thu, fri, sat or sun.",
        prepare=_weekday,
        truth=Truth.PLAIN,
    ),
)
