"""Reasons of the states of a run, and of rules that wait for an absence."""

from automator.model import N_, Reason
from automator.reasons.kind import reason_kind

#: Stored names of authors that are not accounts; `{name:author}` says them in words.
COMMAND_LINE = N_("command line")
CHANGED_ON_DISK = N_("changed on disk")
RESTORED_BACKUP = N_("a restored backup")

IN_TURN = reason_kind(
    "decided_in_turn",
    N_("its rules are decided in its turn, after the earlier events of the conversation"),
)
STEP = reason_kind("step", N_("{step}: {because}"))
TOGETHER = reason_kind("together", N_("{first}; {second}"))
NOT_SENT = reason_kind("not_sent", N_("{step} sent nothing: {because}"))
AWAITS_ECHO = reason_kind("awaits_echo", N_("{step}: {because}; the provider's echo is waited for"))
NO_ECHO = reason_kind("no_echo", N_("{step}: {because}; no echo has come"))
INTERRUPTED = reason_kind("interrupted", N_("the server stopped during an attempt"))
QUARANTINED = reason_kind("quarantined", N_("quarantined after {crashes} crashes"))
RESTORED = reason_kind("restored", N_("held: restored from a backup"))
RESTORED_FROM = reason_kind("restored_from", N_("held: restored from a backup of {at:time}"))
CANCELLED_BY_EVENT = reason_kind("cancelled_by_event", N_("cancelled by {event} {id:id}"))
CANCELLED_BY_RULE = reason_kind("cancelled_by_rule", N_("cancelled by {rule}, run {run:id}"))
CANCELLED_BY_PERSON = reason_kind("cancelled_by_person", N_("cancelled by {who:author}"))
CANCELLED_AFTER_RESTORE = reason_kind(
    "cancelled_after_restore", N_("cancelled by {who:author}, held after a backup was restored")
)
MARKED_DONE = reason_kind("marked_done", N_("marked done by {who:author}"))
RULE_CHANGED = reason_kind(
    "rule_changed", N_("its rule was changed, switched off or removed while it waited")
)
RULE_MISSING = reason_kind(
    "rule_missing", N_("the rule {rule} is not in rule-set revision {revision} any more")
)
RULES_MISSING = reason_kind("rules_missing", N_("its rules cannot be decided any more: {because}"))
NOT_REACHED = reason_kind("not_reached", N_("its step was not reached"))
NO_STEP = reason_kind("no_step", N_("the rule {rule} has no step for this run"))
TOO_LATE_TO_ACT = reason_kind("too_late_to_act", N_("too late: it could act until {until:moment}"))
TOO_LATE = reason_kind("too_late", N_("too late: {because}"))
TOO_LATE_TO_RETRY = reason_kind(
    "too_late_to_retry", N_("too late for another try: {step}: {because}")
)

# --- Rules that wait for an absence: they act, wait, or do nothing ---

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


def together(first: Reason | None, second: Reason) -> Reason:
    """Two reasons as one; the second alone where there is no first."""
    return second if first is None else TOGETHER(first=first, second=second)
