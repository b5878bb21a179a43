"""Reads the limits and the rollout of a rule."""

from collections.abc import Mapping
from typing import Any

from automator.files import Path
from automator.model import Limits, Rollout, Trigger
from automator.reasons.problems.rules import RESTART_WITH_LIMIT, SHORT_MAX_WAIT
from automator.reasons.problems.triggers import BESIDE_SCHEDULE
from automator.rules.reading.collector import Collector
from automator.rules.reading.read_conditions import check_text
from automator.rules.schema.limits import LimitsSource
from automator.rules.schema.rule_file import RolloutSource


def read_limits(collector: Collector, path: Path, written: Any) -> Limits:
    """The limits at `path`; empty if there are none, or if they have a mistake."""
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
    """The rollout at `path`; None if there is none, or if it has a mistake."""
    if source is None:
        return None
    if trigger.has_nobody:
        collector.at_key(path, BESIDE_SCHEDULE(key="rollout"))
        return None
    if "key" in source.model_fields_set and not check_text(collector, (*path, "key"), source.key):
        return None
    place, percent = collector.place(path), source.percent
    percent = int(percent) if percent == int(percent) else percent
    return Rollout(percent=percent, key=source.key, place=place, assumed=assumed)


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
