"""The fields of a rule's limits: how often it acts, and whether it waits for more events."""

from collections.abc import Mapping
from typing import Any

from automator.files import Path
from automator.files.editing import put
from automator.model import N_
from automator.rules.editing.edits import RULE_KEYS
from automator.rules.editing.fields import (
    Edit,
    FormField,
    at,
    data_of,
    setter,
    shown,
    typed,
    without,
)

_PERSON, _PERSON_AND_POST = "event.actor.id", "[event.actor.id, event.post.id]"
_ONCE = (
    ("", N_("as often as it fits")),
    (_PERSON, N_("once for each person")),
    (_PERSON_AND_POST, N_("once for each person and post")),
)
#: The further values that a new limit gets.
_PERIOD, _LONGEST = "1h", "5m"
#: The keys of a limit, beside `key`, that a field shows.
_SHOWN = {
    "once": {"period"},
    "throttle": {"limit", "period"},
    "debounce": {"quiet", "max_wait"},
}


def is_shown(name: str | int, limit: Any) -> bool:
    """Whether fields show all of a limit; those of `once` show every key."""
    if not isinstance(limit, Mapping) or name not in _SHOWN:
        return False
    key = limit.get("key")
    return limit.keys() - {"key"} <= _SHOWN[name] and (name == "once" or key == _PERSON)


def limit_fields(rule: Path, data: Mapping[str, Any]) -> list[FormField]:
    """The fields of the limits of a rule with this data."""
    pause: Path = (*rule, "pause_on", "human_reply")
    return [
        *_once(rule, data),
        *_throttle(rule, data),
        *_debounce(rule, data),
        FormField(
            "pause",
            N_("Keeps quiet after one of you has answered, for example 12h"),
            "line",
            shown(at(data, ("pause_on", "human_reply"))),
            setter(pause, RULE_KEYS),
        ),
    ]


def _once(rule: Path, data: Mapping[str, Any]) -> list[FormField]:
    once = at(data, ("limits", "once"))
    key = shown(once.get("key")) if isinstance(once, dict) else ""
    choices = _ONCE if key in dict(_ONCE) else (*_ONCE, (key, key))
    place: Path = (*rule, "limits", "once")
    edit = _limit_setter(place, "key", {})
    fields = [FormField("once", N_("How often it acts"), "choice", key, edit, choices)]
    if key:
        never = N_("Empty means never again.")
        fields.append(
            _part(place, once, "period", "once_period", N_("Again after, as in 7d"), never)
        )
    return fields


def _throttle(rule: Path, data: Mapping[str, Any]) -> list[FormField]:
    place: Path = (*rule, "limits", "throttle")
    throttle = at(data, place[2:])
    limit = shown(at(throttle, ("limit",)))
    edit = _limit_setter(place, "limit", {"key": _PERSON, "period": _PERIOD})
    label, within = N_("Times for one person, at most"), N_("within a time, as in 1h")
    period = _part(place, throttle, "period", "throttle_period", within, usual=_PERIOD)
    return [FormField("throttle", label, "number", limit, edit), period]


def _debounce(rule: Path, data: Mapping[str, Any]) -> list[FormField]:
    place: Path = (*rule, "limits", "debounce")
    debounce = at(data, place[2:])
    quiet = shown(at(debounce, ("quiet",)))
    edit = _limit_setter(place, "quiet", {"key": _PERSON, "max_wait": _LONGEST})
    label = N_("Waits until one person has written nothing more for a while, as in 30s")
    longest = N_("but no longer than, as in 5m")
    most = _part(place, debounce, "max_wait", "debounce_longest", longest, usual=_LONGEST)
    return [FormField("debounce", label, "line", quiet, edit), most]


def _part(
    place: Path, limit: Any, key: str, name: str, label: str, hint: str = "", usual: str = ""
) -> FormField:
    """A further value of a limit; `usual` is what a limit that does not exist yet gets."""
    value = usual if limit is None else shown(at(limit, (key,)))
    return FormField(name, label, "line", value, setter((*place, key)), hint=hint)


def _limit_setter(place: Path, key: str, others: Mapping[str, Any]) -> Edit:
    """Puts a value of a limit, with what it needs beside it; an empty one takes the limit away."""

    def edit(text: str, value: str) -> str:
        if not value:
            return without(text, place)
        said = typed("number" if key == "limit" else "line", value)
        if at(data_of(text), place) is None:
            return put(text, place, {**others, key: said}, order=RULE_KEYS)
        return put(text, (*place, key), said)

    return edit
