"""Reads the limits of a rule, and for whom it is rolled out."""

from collections.abc import Mapping, Sequence
from typing import Any

from automator.conditions import Finding, compile_expression
from automator.files import Path
from automator.model import Limits, Once, Rollout, Severity, Trigger
from automator.model.limits import LIMIT_NAMES
from automator.reasons.problems.rules import (
    KEY_OF_EVERYBODY,
    KEY_OF_ONE_EVENT,
    RESTART_WITH_LIMIT,
    SHORT_MAX_WAIT,
)
from automator.reasons.problems.triggers import BESIDE_SCHEDULE
from automator.rules.reading.check_meaning import KnownPaths, check_paths, paths_read
from automator.rules.reading.collector import Collector
from automator.rules.reading.limits_schema import (
    LimitsSource,
)
from automator.rules.reading.read_conditions import check_text
from automator.rules.reading.schema import RolloutSource

#: Paths whose value is the same for all people who meet one rule.
_OF_EVERYBODY = ("event.post", "event.type", "event.connection", "event.provider", "connection")
#: Paths whose value is different for every event.
_OF_ONE_EVENT = ("event.id", "event.received_at", "now")


def read_limits(collector: Collector, path: Path, written: Any) -> Limits:
    """The limits at `path`; empty when there are none, or when something is wrong with them."""
    if written is None:
        return Limits()
    keys_are_right = not isinstance(written, Mapping) or _check_keys(collector, path, written)
    source = collector.model(LimitsSource, path, written)
    if source is None or not keys_are_right:
        return Limits()
    debounce = source.debounce
    if debounce is not None and debounce.max_wait < debounce.quiet:
        collector.at_value((*path, "debounce", "max_wait"), SHORT_MAX_WAIT())
    concurrency = source.concurrency
    if concurrency is not None and concurrency.mode == "restart" and concurrency.limit > 1:
        collector.at_value((*path, "concurrency", "limit"), RESTART_WITH_LIMIT())
    return Limits(**{name: one.as_limit() for name, one in source if one is not None})


def read_rollout(
    collector: Collector,
    path: Path,
    source: RolloutSource | None,
    trigger: Trigger,
    assumed: bool | None,
) -> Rollout | None:
    """The rollout at `path`; None when there is none, or when something is wrong with it."""
    if source is None:
        return None
    if trigger.schedule is not None:
        collector.at_key(path, BESIDE_SCHEDULE(key="rollout"))
        return None
    if "key" in source.model_fields_set and not check_text(collector, (*path, "key"), source.key):
        return None
    place = collector.place(path)
    return Rollout(percent=source.percent, key=source.key, place=place, assumed=assumed)


def _check_keys(collector: Collector, path: Path, written: Mapping[str, Any]) -> bool:
    """Whether every `key` is an expression; reports those that are not, whatever else is wrong."""
    keys = {
        name: limit["key"]
        for name, limit in written.items()
        if isinstance(limit, Mapping) and isinstance(limit.get("key"), str)
    }
    wrong = [
        name for name, key in keys.items() if not check_text(collector, (*path, name, "key"), key)
    ]
    return not wrong


def check_limits(
    collector: Collector, path: Path, limits: Limits, trigger: Trigger, known: KnownPaths
) -> None:
    """Warns of keys that are valid and most likely not meant so."""
    for limit in limits:
        name = LIMIT_NAMES[type(limit)]
        here: Path = (*path, name, "key")
        check_paths(collector, here, limit.key, trigger, known)
        paths = [".".join(names) for names in paths_read(limit.key)]
        for single in paths:
            if single in _OF_ONE_EVENT:
                place = limit.key.find(single), len(single)
                found = Finding(*place, KEY_OF_ONE_EVENT(path=single))
                collector.inside(here, found, Severity.WARNING)
        if isinstance(limit, Once) and _is_of_everybody(limit.key, paths):
            found = Finding(0, len(limit.key), KEY_OF_EVERYBODY())
            collector.inside(here, found, Severity.WARNING)


def _is_of_everybody(key: str, paths: Sequence[str]) -> bool:
    """Whether nothing in a key tells one person from another."""
    if {path.split(".")[0] for path in paths} != compile_expression(key).roots:
        # It also reads other things than plain paths.
        return False
    return all(f"{path}.".startswith(tuple(f"{one}." for one in _OF_EVERYBODY)) for path in paths)
