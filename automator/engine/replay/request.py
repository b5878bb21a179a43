"""The request for a replay: the runs or events to repeat, the first step, and the rules.

A request contains everything that the plan depends on, and its id is computed from this content. So
confirming the same plan twice starts nothing twice.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any, Literal

from automator.engine.replay.filter_syntax import event_filter, event_words, run_filter, run_words
from automator.model import N_, UsageError, record
from automator.model.log_filters import EVENT_WORDS, RUN_WORDS, EventFilter, RunFilter

#: How many runs a replay starts per second by default; below, at most.
DEFAULT_RATE = 20
MAX_RATE = 500
#: What is replayed. Messages show these words in the reader's language.
_OVER = (N_("runs"), N_("events"))
_CHOICES = {"over": _OVER, "from": ("step", "start"), "rules": ("now", "then")}
_FIELDS = (*_CHOICES, "filters", "again", "rate", "revision")


@record
class ReplayRequest:
    """One replay, as it was planned."""

    over: Literal["runs", "events"] = "runs"
    #: The filters by word, with fixed times; `until` is not after the time of the plan.
    filters: Mapping[str, str]
    #: `step`: dead and unknown runs continue at the step that failed, and keep earlier results.
    begin: Literal["step", "start"] = "step"
    #: `now`: by the rules of `revision`. `then`: by the rules that decided at the time.
    rules: Literal["now", "then"] = "now"
    revision: int
    #: Whether to replay again what was replayed before, or what rules have acted on.
    again: bool = False
    #: How many runs to start per second at most.
    rate: int = DEFAULT_RATE

    @property
    def id(self) -> int:
        """The id of the replay. Equal requests have the same id."""
        text = json.dumps(self.as_data(), sort_keys=True)
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1

    @property
    def run_filter(self) -> RunFilter:
        """The filter that selects the runs to replay."""
        return run_filter(self.filters, 0)

    @property
    def event_filter(self) -> EventFilter:
        """The filter that selects the events to replay."""
        return event_filter(self.filters, 0)

    def as_data(self) -> dict[str, Any]:
        """The request as plain data, in the form that `read_request` reads."""
        return {
            "over": self.over,
            "filters": dict(self.filters),
            "from": self.begin,
            "rules": self.rules,
            "revision": self.revision,
            "again": self.again,
            "rate": self.rate,
        }


def read_request(
    data: Mapping[str, Any], *, now_ms: int, revision: int, zone: tzinfo = UTC
) -> ReplayRequest:
    """Reads a request, with defaults for missing fields.

    `revision` is the revision of the rules in force.

    Raises:
        UsageError: a field is unknown or has a wrong value.
    """
    for name in data:
        if name not in _FIELDS:
            raise UsageError(
                N_("a replay has no '{name}'"),
                fix=N_("It may have: {fields:list}."),
                name=name,
                fields=list(_FIELDS),
            )
    choices = {name: _chosen(data, name) for name in _CHOICES}
    filters = data.get("filters", {})
    if not isinstance(filters, Mapping) or not all(
        isinstance(text, str) for text in filters.values()
    ):
        raise UsageError(
            N_("filters is no object of texts"), fix=N_('Write {"state": "dead", "since": "2d"}.')
        )
    return ReplayRequest(
        over="events" if choices["over"] == "events" else "runs",
        filters=_settled(choices["over"], filters, now_ms, zone),
        begin="start" if choices["from"] == "start" else "step",
        rules="then" if choices["rules"] == "then" else "now",
        revision=_number(data, "revision", revision, revision),
        again=_yes(data, "again"),
        rate=_number(data, "rate", DEFAULT_RATE, MAX_RATE),
    )


def _settled(over: str, filters: Mapping[str, str], now_ms: int, zone: tzinfo) -> dict[str, str]:
    """Replaces times that depend on now, such as `2d`, by fixed times."""
    names = EVENT_WORDS if over == "events" else RUN_WORDS
    words = {name: text for name, text in filters.items() if text.strip()}
    if not set(words) - {"until"}:
        raise UsageError(
            N_("which {over:text}? all of them are too many"),
            fix=N_("Name one at least of: {names:list}; as in since=2d."),
            over=over,
            names=list(names),
        )
    # The plan must not cover events that come in later: this is the first millisecond after it.
    end_ms = now_ms + 1
    if over == "events":
        events = event_filter(words, now_ms, zone)
        return event_words(replace(events, until_ms=min(events.until_ms or end_ms, end_ms)))
    runs = run_filter(words, now_ms, zone)
    return run_words(replace(runs, until_ms=min(runs.until_ms or end_ms, end_ms)))


def _chosen(data: Mapping[str, Any], name: str) -> str:
    choices = _CHOICES[name]
    value = data.get(name, choices[0])
    if value not in choices:
        raise UsageError(
            N_("{name} is not '{value}'"),
            fix=N_("{choices:alternatives}."),
            name=name,
            value=value,
            choices=list(choices),
        )
    return str(value)


def _number(data: Mapping[str, Any], name: str, default: int, most: int) -> int:
    value = data.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise UsageError(
            N_("{name} is a number from 1 to {most}"),
            fix=N_("Leave it out for the usual."),
            name=name,
            most=most,
        )
    return value


def _yes(data: Mapping[str, Any], name: str) -> bool:
    value = data.get(name, False)
    if not isinstance(value, bool):
        raise UsageError(
            N_("{name} is true or false"), fix=N_("Write it without quotes."), name=name
        )
    return value
