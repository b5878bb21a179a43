"""Reasons of limits, calendars and colleagues that hold a run back."""

from automator.model import N_
from automator.reasons.kind import reason_kind

ONCE = reason_kind("once", N_("once: already started for {key} on {last:time}, run {run:id}"))
ONCE_UNTIL = reason_kind(
    "once_within",
    N_("once: already started for {key} on {last:time}, run {run:id}; again from {again:time}"),
)
THROTTLED = reason_kind(
    "throttled",
    N_(
        "throttle: runs within {period:duration} for {key}: {count}, the last on {last:time},"
        " run {run:id}; again from {again:time}"
    ),
)
DEBOUNCING = reason_kind(
    "debouncing",
    N_(
        "debounce: acts {quiet:duration} after the last event with {key}, {longest:duration}"
        " after the first"
    ),
)
DEBOUNCED_UNTIL = reason_kind(
    "debounced_until",
    N_("debounce: events so far: {count}; acts at {at:time}, or later if more come"),
)
DEBOUNCED_FOR_PLACE = reason_kind(
    "debounced_for_place", N_("debounce: events so far: {count}; acts when it gets its place")
)
COLLECTED_UNTIL = reason_kind(
    "collected",
    N_(
        "debounce: collected into run {run:id} as event {count} with {key}; it acts at {at:time},"
        " or later if more come"
    ),
)
COLLECTED_FOR_PLACE = reason_kind(
    "collected_for_place",
    N_(
        "debounce: collected into run {run:id} as event {count} with {key}; it acts when it gets"
        " its place"
    ),
)
CONCURRENCY_FULL = reason_kind(
    "concurrency_full", N_("concurrency: {count} of {limit} under way for {key}: {runs:runs}")
)
CONCURRENCY_WAITS = reason_kind(
    "concurrency_waits",
    N_("concurrency: waits for its place; {count} of {limit} under way for {key}: {runs:runs}"),
)
CONCURRENCY_WAITED = reason_kind(
    "concurrency_waited", N_("concurrency: waited for its place with {key}")
)
CONCURRENCY_REPLACED = reason_kind(
    "concurrency_replaced", N_("concurrency: run {run:id} for {key} has taken its place")
)
LIMIT_WITHOUT_KEY = reason_kind(
    "limit_without_key", N_("{limit} does not apply: its key {key}: {problem}")
)
ANSWERED_BY_HAND = reason_kind(
    "answered_by_hand",
    N_("a person answered on {at:time}: paused for {pause:duration}, until {until:time}"),
)
BLOCKED = reason_kind(
    "blocked", N_("the person is blocked since {since:time}, noted by {by:author}")
)
OUTSIDE = reason_kind("outside", N_("outside {calendar}: it was {at:moment}"))
OUTSIDE_UNTIL = reason_kind(
    "outside_until", N_("outside {calendar}: it was {at:moment}; put off until {until:moment}")
)
DUE_OUTSIDE = reason_kind(
    "due_outside",
    N_("due {at:moment}, which is outside {calendar}: waits until {until:moment}"),
)
OUTSIDE_FOR_EVER = reason_kind(
    "outside_for_ever", N_("outside {calendar}: it was {at:moment}, and it never begins again")
)
