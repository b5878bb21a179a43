"""The value of its own that a condition looks for, for explanations of one that does not hold."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from automator.conditions.forms.values import Node, constant, show
from automator.conditions.functions.time_functions import clock_at
from automator.model import Reason
from automator.reasons import ReasonKind
from automator.reasons.conditions import (
    LIST_WITH,
    LOOKS_FOR,
    LOOKS_FOR_ANOTHER,
    LOOKS_FOR_AT_LEAST,
    LOOKS_FOR_AT_MOST,
    LOOKS_FOR_LESS,
    LOOKS_FOR_MORE,
    LOOKS_FOR_ONE_OF,
    NOT_BETWEEN,
    THE_CONTACT,
    THE_POST,
    THE_POST_ID,
    THE_SENDER,
    THE_TAGS,
    THE_TEXT,
)

_COMPARISONS: Final[Mapping[str, ReasonKind]] = {
    "eq": LOOKS_FOR,
    "ne": LOOKS_FOR_ANOTHER,
    "gt": LOOKS_FOR_MORE,
    "gte": LOOKS_FOR_AT_LEAST,
    "lt": LOOKS_FOR_LESS,
    "lte": LOOKS_FOR_AT_MOST,
}
_NAMES: Final[Mapping[str, ReasonKind]] = {
    "event.text": THE_TEXT,
    "event.post.message": THE_POST,
    "event.post.id": THE_POST_ID,
    "event.actor.name": THE_SENDER,
    "contact.name": THE_CONTACT,
    "contact.tags": THE_TAGS,
}
_SEARCHES: Final = frozenset({"contains", "matches", "starts_with", "ends_with", "one_of"})
#: Texts of a list that are shown, at most.
_MOST_TEXTS: Final = 5


def wanted_by(node: Node) -> Reason | None:
    """The text or the number that a comparison or a search looks for; None without one."""
    is_comparison = node["type"] == "comparator"
    if not is_comparison and node["value"] not in _SEARCHES:
        return None
    kind = _COMPARISONS.get(node["value"], LOOKS_FOR) if is_comparison else LOOKS_FOR
    (of_left, _), (is_written, wanted) = map(constant, node["children"])
    if of_left or not is_written or wanted is None or isinstance(wanted, bool):
        return None
    if not is_comparison and isinstance(wanted, list):
        more = ["…"] if len(wanted) > _MOST_TEXTS else []
        return LOOKS_FOR_ONE_OF(wanted=[*map(show, wanted[:_MOST_TEXTS]), *more])
    return kind(wanted=shown(wanted))


def named(because: Reason) -> Reason:
    """A reason about a path, with the name that people know for it."""
    name = _NAMES.get(str(because.params.get("what")))
    return replace(because, params={**because.params, "what": name()}) if name else because


def not_between(values: list[Any]) -> Reason | None:
    """The time of day that between() has found, and the times that it looks for."""
    time, first, last, zone = values
    clock = clock_at(time, zone)
    return None if clock is None else NOT_BETWEEN(first=first, last=last, time=clock, zone=zone)


def shown(value: Any) -> str | Reason:
    """A value for a sentence, with the texts of a short list."""
    is_short = isinstance(value, list) and 0 < len(value) <= _MOST_TEXTS
    if is_short and all(isinstance(item, str) for item in value):
        return LIST_WITH(values=[show(item) for item in value])
    return show(value)
