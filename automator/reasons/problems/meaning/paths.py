"""Warnings about paths that are null where an expression or a template reads them."""

from automator.model import N_
from automator.reasons.kind import problem_kind

HEADER_NOT_SEEN = problem_kind(
    "meaning_header_not_seen",
    "unknown-path",
    N_("rules do not see the header {name} of these events"),
    N_("they see {known:list}; the provider generic takes more of them in its option headers."),
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
EVENTS_TOO_EARLY = problem_kind(
    "meaning_events_too_early",
    "events-too-early",
    N_("'events' is empty here: this is evaluated for each event separately"),
    N_("write event; steps see as events what debounce has collected."),
)
POST_TOO_EARLY = problem_kind(
    "meaning_post_too_early",
    "post-too-early",
    N_("{path} is not known here: {where} is evaluated before the text of a post is looked up"),
    N_("compare event.post.id, or ask for the text in the if of a step."),
)
LEAD_TOO_EARLY = problem_kind(
    "meaning_lead_too_early",
    "lead-too-early",
    N_("{path} is not known here: {where} is evaluated before the answers of a lead are looked up"),
    N_("compare event.lead.form_id, or ask for the answers in the if of a step."),
)
OUT_OF_SIGHT = problem_kind(
    "meaning_out_of_sight",
    "unknown-path",
    N_("{name} is null here: inside of [? … ] and behind | only the one value is seen"),
    N_("ask outside of it, or look for the item in a template, as in {example}."),
)
PATH_AS_TEXT = problem_kind(
    "meaning_path_as_text",
    "constant-comparison",
    N_("'{path}' between quotes is a text, and not the field"),
    N_("write {path} without quotes."),
)
OUT_OF_SIGHT_OTHERWISE = problem_kind(
    "meaning_out_of_sight_otherwise",
    "unknown-path",
    N_("{name} is null here: inside of [? … ] and behind | only the one value is seen"),
    N_("write {better}."),
)
