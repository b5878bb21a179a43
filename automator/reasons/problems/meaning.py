"""Warnings about rules that are well formed and most likely not meant so."""

from automator.model import N_
from automator.reasons.kind import problem_kind

NEVER_FIRES = problem_kind(
    "meaning_never_fires",
    "never-fires",
    N_("'{rule}' never fires: '{first}' comes before it and always stops"),
    N_("give it a higher priority than '{first}', or take stop: true away there."),
)
NOT_POSSIBLE = problem_kind(
    "meaning_not_possible",
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("use another action, or let events of another connection trigger the rule."),
)
NOT_POSSIBLE_FOR_SOME = problem_kind(
    "meaning_not_possible_for_some",
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("give the step an 'if' that asks for connection.provider, or make two rules."),
)
CONTRADICTION = problem_kind(
    "meaning_contradiction",
    "never-holds",
    N_("this never holds: another condition wants {name} to be {wanted:alternatives}"),
    N_("remove one, or put both in any:."),
)
EVENTS_TOO_EARLY = problem_kind(
    "meaning_events_too_early",
    "events-too-early",
    N_("'events' is empty here: this is asked for each event on its own"),
    N_("write event; steps see as events what debounce has collected."),
)
CONSTANT_COMPARISON = problem_kind(
    "meaning_constant_comparison",
    "constant-comparison",
    N_("this compares two values that are written out, whatever the event is"),
    N_("name a field on one side, as in event.text; a field has no quotes around it."),
)
NOT_A_TEXT = problem_kind(
    "meaning_not_a_text",
    "never-holds",
    N_("this never holds: {name} is a text or null, and {written} is neither"),
    N_("write {name} == '{written}'."),
)
NOT_A_FLAG = problem_kind(
    "meaning_not_a_flag",
    "never-holds",
    N_("this never holds: {name} is true or false"),
    N_("write {name}, or !{name}."),
)
EVENT_IN_CAPITALS = problem_kind(
    "meaning_event_in_capitals",
    "never-holds",
    N_("this never holds: event.type is in lower case"),
    N_("write '{lower}'."),
)
NOT_LISTENED_TO = problem_kind(
    "meaning_not_listened_to",
    "never-holds",
    N_("this never holds: the trigger listens to {listened:alternatives}"),
    N_("write one of those, or add '{value}' to the trigger."),
)
UNKNOWN_PATH = problem_kind(
    "meaning_unknown_path",
    "unknown-path",
    N_("no sample of {events:all} has {path}"),
    N_("look at an event in the log."),
)
MISSPELT_PATH = problem_kind(
    "meaning_misspelt_path",
    "unknown-path",
    N_("no sample of {events:all} has {path}"),
    N_("did you mean {nearest}?"),
)
REPLY_TOO_LATE = problem_kind(
    "meaning_reply_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no reply"
        " more than {most:span} after it"
    ),
    N_("send it earlier, or write with `message`."),
)
MESSAGE_TOO_LATE = problem_kind(
    "meaning_message_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no message"
        " more than {most:span} after that"
    ),
    N_("send it earlier."),
)
TEXT_TOO_LATE = problem_kind(
    "meaning_text_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no message"
        " but an approved template more than {most:span} after that"
    ),
    N_("send it earlier, or send a template."),
)
PRIVATE_REPLY_TOO_LATE = problem_kind(
    "meaning_private_reply_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no private"
        " reply more than {most:span} after the comment"
    ),
    N_("send it earlier."),
)
SECOND_PRIVATE_REPLY = problem_kind(
    "meaning_second_private_reply",
    "second-private-reply",
    N_("{platform} allows one private reply for each comment, and this is the second"),
    N_("send the rest with `message` when the person has answered."),
)
