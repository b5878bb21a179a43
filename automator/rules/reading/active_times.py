"""Reads when a rule or a follow-up may act: names of time intervals, or times written in place."""

from collections.abc import Collection, Mapping
from typing import Any

from automator.configuration.spelt_out import meant_times
from automator.configuration.time_intervals import names_meant, parse_times
from automator.files import Path
from automator.reasons.problems import rules
from automator.reasons.problems.words import WORD_TIME_INTERVALS
from automator.rules.reading.collector import Collector


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
    """The time that somebody has written for the name of an interval: `08:00-21:00`, `8h-21h`."""
    try:
        parse_times(name)
    except ValueError:
        return meant_times(name)
    return name
