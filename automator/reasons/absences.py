"""Reasons of rules that wait for an absence: they act, wait, or do nothing."""

from automator.model import N_
from automator.reasons.kind import reason_kind

WAITS_FOR_ABSENCE = reason_kind(
    "waits_for_absence",
    N_("acts unless {events:alternatives} with {key} = {value} comes within {within:duration}"),
)
WAITS_FOR_NOTHING = reason_kind(
    "waits_for_nothing", N_("waits for nothing: its key {key}: {problem}")
)
NOT_ABSENT = reason_kind("not_absent", N_("not absent: {event} {id:id} came"))
NOT_ABSENT_BEFORE = reason_kind(
    "not_absent_before",
    N_("not absent: {event} {id:id} came before this event, and happened after it"),
)
