"""Warnings about triggers: rules that never fire, and rules that fire for the wrong events."""

from automator.model import N_
from automator.reasons.kind import problem_kind

NEVER_FIRES = problem_kind(
    "meaning_never_fires",
    "never-fires",
    N_("'{rule}' never fires: '{first}' comes before it and always stops"),
    N_("give it a higher priority than '{first}', or take stop: true away there."),
)
ANSWERS_RECEIPTS = problem_kind(
    "meaning_answers_receipts",
    "answers-receipts",
    N_("this answers every event of the connection, also {events:all}, when nobody has written"),
    N_("name the events, as in event: message.received."),
)
ANSWERS_ITSELF = problem_kind(
    "meaning_answers_itself",
    "answers-itself",
    N_("with include_self the rule answers its own '{action}', which comes back as {event}"),
    N_("leave include_self out, or add a condition that tells its own texts apart."),
)
NOBODY_IN_SCHEDULE = problem_kind(
    "meaning_nobody_in_schedule",
    "no-person",
    N_("a schedule triggers this rule, so that {path} says nothing of a person"),
    N_("read event.data, vars or now; or let an event of a person trigger the rule."),
)
NO_SUMMARY_IN_SCHEDULE = problem_kind(
    "meaning_no_summary_in_schedule",
    "unknown-path",
    N_("the schedule makes no summary, so that {path} is empty"),
    N_("write summary: 7d below 'schedule:'."),
)
