"""Explanations of a rule and an event, with notes beside the conditions."""

from automator.model import N_
from automator.reasons.kind import reason_kind

# --- What the decision rests on ---

ALL_HOLD = reason_kind("all_hold", N_("every condition holds"))
NO_CONDITIONS = reason_kind("no_conditions", N_("the rule has no conditions"))
DOES_NOT_HOLD = reason_kind("does_not_hold", N_("{place}: {condition}: does not hold"))
GROUP_DOES_NOT_HOLD = reason_kind(
    "group_does_not_hold", N_("{place}: {condition}: {held} of {count} hold")
)
STOPPED = reason_kind(
    "stopped", N_("stopped by {rule}: no later rule is evaluated after it (stop: true)")
)
ANSWERED_BY = reason_kind(
    "answered_by", N_("{rule} answers: a rule with fallback: true acts only when no other one does")
)
DISABLED = reason_kind("disabled", N_("disabled: the rule says enabled: false"))
DISABLED_BECAUSE = reason_kind("disabled_because", N_("disabled: {reason}"))
ROLLED_OUT = reason_kind(
    "rolled_out",
    N_(
        "every condition holds, and {key} = {value} is in the {percent:number} % that this rule"
        " is rolled out to"
    ),
)
NOT_ROLLED_OUT = reason_kind(
    "not_rolled_out",
    N_("{key} = {value} is not in the {percent:number} % that this rule is rolled out to"),
)
ROLLOUT_WITHOUT_KEY = reason_kind(
    "rollout_without_key",
    N_(
        "this rule is rolled out to {percent:number} % by {key}, and it is unknown whether "
        "this is one of them: {problem}"
    ),
)
LEFT_OUT = reason_kind(
    "left_out",
    N_("over budget: the rules before it used up the time of one event ({limit:duration} for all)"),
)
SCHEDULE_OF_ANOTHER = reason_kind(
    "schedule_of_another", N_("trigger: this event is of the schedule of {rule}")
)
SCHEDULE_OF_NONE = reason_kind(
    "schedule_of_none", N_("trigger: this event is of the schedule of no rule")
)
FIRES_BY_ITSELF = reason_kind(
    "fires_by_itself", N_("trigger: fires by itself ({schedule}), not for an event")
)
FIRES_FOR_PEOPLE = reason_kind(
    "fires_for_people",
    N_("trigger: fires for contacts of {connection}, and acts on an event of each of them"),
)
ENDS_WAITS = reason_kind("ends_waits", N_("trigger: {event} ends its waits with the same {key}"))
OTHER_EVENT = reason_kind(
    "other_event", N_("trigger: listens to {wanted:alternatives}, this is {event}")
)
OTHER_CONNECTION = reason_kind(
    "other_connection",
    N_("trigger: listens to the connection {wanted:alternatives}, this came through {connection}"),
)
OTHER_PROVIDER = reason_kind(
    "other_provider", N_("trigger: listens to {wanted:alternatives}, this is from {provider}")
)
BY_OURSELVES = reason_kind(
    "by_ourselves",
    N_("trigger: our own page or bot did this; include_self: true would listen to it"),
)

# --- Groups of conditions, and hints ---

ALL_OF = reason_kind("all_of", N_("all of"))
ANY_OF = reason_kind("any_of", N_("any of"))
NONE_OF = reason_kind("none_of", N_("none of"))
SOME_HOLD = reason_kind("some_hold", N_("{held} of {count} hold"))
DID_YOU_MEAN = reason_kind("did_you_mean", N_("did you mean {path}?"))
OTHER_FORM = reason_kind(
    "other_unicode_form",
    N_("the same letters in another Unicode form; compare fold() of both, or use keywords()"),
)

POST_TEXT_LATER = reason_kind(
    "post_text_later",
    N_(
        "the text of a post is looked up when an event comes in; a test gives it as"
        " event.post.message under `with`"
    ),
)

LEAD_LATER = reason_kind(
    "lead_later",
    N_(
        "the answers of a lead are looked up when an event comes in; a test gives them as"
        " event.lead.phone_number and so on under `with`"
    ),
)

# --- Notes beside the conditions ---

CONTACT_AS_NOW = reason_kind(
    "contact_as_now", N_("contact is shown as it is now, not as it was when this was decided")
)
VARS_AS_NOW = reason_kind(
    "vars_as_now",
    N_("vars of automator.yaml are shown as they are now, not as they were then"),
)
CONTACT_AS_THEN = reason_kind(
    "contact_as_then", N_("contact is shown as it was when this was decided")
)
VARS_AS_THEN = reason_kind(
    "vars_as_then", N_("vars of automator.yaml are shown as they were when this was decided")
)
PATHS_AS_NOW = reason_kind(
    "paths_as_now",
    N_(
        "{paths:list}: shown as it is now, because it was not kept when this was decided"
        " (too large, or with a secret in it)"
    ),
)
OF_REPLAY = reason_kind(
    "of_replay", N_("explained by revision {revision}, with which a replay has started a run")
)
OF_NEWER = reason_kind(
    "of_newer",
    N_("explained by revision {revision}; revision {decided} decided about the event"),
)
DECIDED_IN_TURN = reason_kind(
    "decided_after_others",
    N_("decided in its turn, after the earlier events of the conversation"),
)
WAITS_FOR_TURN = reason_kind(
    "waits_for_turn",
    N_("not decided yet: its turn comes after the earlier events of the conversation"),
)
POST_LOOKED_UP = reason_kind(
    "post_looked_up",
    N_("event.post.message is shown as it was found when this was decided"),
)
POST_NOT_KEPT = reason_kind(
    "post_not_kept",
    N_("event.post.message was known when this was decided, and is too long to be shown"),
)
POST_UNKNOWN = reason_kind(
    "post_unknown",
    N_("event.post.message was not known when this was decided: {because}"),
)
LEAD_LOOKED_UP = reason_kind(
    "lead_looked_up",
    N_("the answers of the lead are shown as they were found when this was decided"),
)
LEAD_NOT_KEPT = reason_kind(
    "lead_not_kept",
    N_("the answers of the lead were known when this was decided, and are too long to be shown"),
)
LEAD_UNKNOWN = reason_kind(
    "lead_unknown",
    N_("the answers of the lead were not known when this was decided: {because}"),
)
STOPS = reason_kind("stops", N_("stop: true: it acted, so no later rule was evaluated"))
STOPS_NOTHING = reason_kind(
    "stops_nothing", N_("stop: true: it did not act, so it stopped nothing")
)
STOPS_UNLESS = reason_kind(
    "stops_unless",
    N_("stop: true: if it is held back when it begins, the later rules are decided then"),
)

# --- Findings about a set of rules, from the events that have come in ---

NOT_LISTENED = reason_kind("not_listened", N_("its trigger fits none of the {count:number} events"))
NEVER_MATCHED = reason_kind(
    "never_matched", N_("none of the {count:number} events that it listens to met its conditions")
)
HIDDEN = reason_kind(
    "hidden_by_stop",
    N_("{rule} stands above it with stop: true and took all {count:number} events for itself"),
    N_("Give this rule a higher priority, or add a condition to {rule}."),
)
ALWAYS_TRUE = reason_kind(
    "always_true", N_("{place}: {condition}: held for all {count:number} events that came to it")
)
ALWAYS_FALSE = reason_kind(
    "always_false", N_("{place}: {condition}: held for none of {count:number} events")
)
NEVER_EVALUATED = reason_kind(
    "never_evaluated",
    N_("{place}: {condition}: never looked at, because one before it did not hold each time"),
)
PATH_ABSENT = reason_kind(
    "path_absent",
    N_(
        "{path} was in {present:number} earlier events of {event} and is missing from the newest"
        " {count:number}, since {since:time}"
    ),
    N_("The sender has changed its events. Look at a newer event, and read another path."),
)
