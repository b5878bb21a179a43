"""Reads when a rule or a follow-up may act: names of time intervals, or times written in place."""

from collections.abc import Collection, Mapping
from typing import Any

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
    for number, name in enumerate(names):
        if _is_time(name):
            collector.at_value(collector.item(path, number), rules.TIME_AS_INTERVAL(text=name))
    if known is not None and not any(map(_is_time, names)):
        collector.unknown_names(path, names, known, rules.UNKNOWN_INTERVAL, WORD_TIME_INTERVALS)
    return active


def _is_time(name: str) -> bool:
    """Whether somebody has written `08:00-21:00` for the name of an interval."""
    try:
        parse_times(name)
    except ValueError:
        return False
    return True
