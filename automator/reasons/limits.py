"""Reasons of limits, calendars and colleagues that hold a run back, or leave a contact out."""

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
WOULD_BE_OUTSIDE = reason_kind(
    "would_be_outside", N_("it would be due {at:moment}, which is outside {calendar}")
)
OUTSIDE_FOR_EVER = reason_kind(
    "outside_for_ever", N_("outside {calendar}: it was {at:moment}, and it never begins again")
)

# --- Contacts of a schedule, counted ---

CONTACT_BLOCKED = reason_kind("contact_blocked", N_("blocked"))
CONTACT_OPTED_OUT = reason_kind("contact_opted_out", N_("opted out of private messages"))
CONTACT_PAUSED = reason_kind(
    "contact_paused", N_("answered by hand within {pause:duration}, so that rules are paused")
)
CONTACT_TOO_LATE = reason_kind(
    "contact_too_late",
    N_("last heard of more than {within:duration} ago, after which {platform} allows no message"),
    N_("Only a message that is sent in time reaches these people, or one when they write again."),
)
CONTACT_NEEDS_TEMPLATE = reason_kind(
    "contact_needs_template",
    N_(
        "last heard of more than {within:duration} ago, after which {platform} allows approved"
        " templates only"
    ),
    N_("Say it with a template that the platform has approved."),
)
CONTACT_NEVER_WROTE = reason_kind(
    "contact_never_wrote", N_("has never written, which {platform} requires before a message")
)
CONTACT_WITHOUT_CHAT = reason_kind(
    "contact_without_chat",
    N_("only known by ids to which {platform} delivers no messages, such as those of leads"),
)
CONTACT_WITHOUT_TOKEN = reason_kind(
    "contact_without_token",
    N_("of {connection}, which has no token to answer with"),
    N_("Give the connection its token in automator.yaml."),
)
CONTACT_NOT_PICKED = reason_kind("contact_not_picked", N_("not picked by the rule's conditions"))
CONTACT_TAKEN = reason_kind(
    "contact_taken", N_("taken already under another id, which turned out to be theirs")
)
CONTACT_HELD_BACK = reason_kind(
    "contact_held_back", N_("held back by the rule's limit `{limit}`, though a firing takes them")
)
FIRING_RULE_GONE = reason_kind(
    "firing_rule_gone", N_("stopped: its rule is gone, off, or no longer fires for these people")
)
FIRING_STOPPED = reason_kind("firing_stopped", N_("stopped by {by:author}"))
FIRING_FULL = reason_kind(
    "firing_full", N_("{most:number} people were taken, which is as many as one firing takes")
)
