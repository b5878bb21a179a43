"""Reads when a rule or a follow-up may act: names of time intervals, or times written in place."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from automator.configuration.spelt_out import meant_times
from automator.configuration.time_intervals import names_meant
from automator.files import Path
from automator.reasons.problems import rules
from automator.reasons.problems.words import WORD_TIME_INTERVALS
from automator.rules.reading.collector import Collector

_TIMES: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}")


def read_active(
    collector: Collector,
    path: Path,
    active: Any,
    timezone: str | None,
    known: Collection[str] | None,
) -> Any:
    """The value, where times have the zone of automator.yaml, with its names checked; `known` are
    those of the time intervals there.
    """
    if isinstance(active, Mapping):
        return active if timezone is None else {"timezone": timezone, **active}
    names = names_meant(active)
    times = [None if name in (known or ()) else _time_in(name) for name in names]
    for number, (name, time) in enumerate(zip(names, times, strict=True)):
        if time is not None:
            reason = rules.TIME_AS_INTERVAL(text=name, better=time)
            collector.at_value(collector.item(path, number), reason)
    if known is not None and not any(times):
        collector.unknown_names(path, names, known, rules.UNKNOWN_INTERVAL, WORD_TIME_INTERVALS)
    return active


def _time_in(name: str) -> str | None:
    """The time that somebody has written for the name of an interval, as `times` takes it:
    `08:00-21:00` and `8h-21h` in quotes, `21h-8h` as two.
    """
    times = name if _TIMES.fullmatch(name) else meant_times(name)
    if times is None:
        return None
    first, last = times.split("-")
    is_over_midnight = first.zfill(5) >= last.zfill(5)
    return f'["{first}-24:00", "00:00-{last}"]' if is_over_midnight else f'"{times}"'
