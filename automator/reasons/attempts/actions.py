"""Results of the actions: what was done, and why it could not be."""

from automator.model import N_
from automator.reasons.kind import reason_kind

REMEMBERED = reason_kind("remembered", N_("remembered {names:list}"))
REMEMBERED_NOTHING = reason_kind("remembered_nothing", N_("remembered nothing"))
NOTED_OPT_OUT = reason_kind("noted_opt_out", N_("noted that the person has opted out"))
NOTED_OPT_IN = reason_kind("noted_opt_in", N_("noted that the person has opted in again"))
NOTED_BLOCK = reason_kind("noted_block", N_("blocked the person"))
NOTED_UNBLOCK = reason_kind("noted_unblock", N_("blocks the person no more"))
LOGGED_WARNING = reason_kind("logged_warning", N_("warning: {text}"))
LOGGED_ERROR = reason_kind("logged_error", N_("error: {text}"))
VALUES_SET = reason_kind("values_set", N_("set {names:list}"))
FORWARDED = reason_kind("forwarded", N_("sent to {target}: {status}"))
REQUESTED = reason_kind("requested", N_("{method} {place}: {status}"))
FOLLOWS_UP = reason_kind("follows_up", N_("follows up in {wait:duration}, on {at:moment}"))
FOLLOWS_UP_UNTIL = reason_kind(
    "follows_up_until",
    N_("follows up in {wait:duration}, on {at:moment} or up to {late:duration} later"),
)
FOLLOWS_UP_DRAWN = reason_kind(
    "follows_up_drawn",
    N_(
        "follows up in {wait:duration}, drawn from {least:duration} to {most:duration}, on"
        " {at:moment}"
    ),
)
FOLLOWS_UP_DRAWN_UNTIL = reason_kind(
    "follows_up_drawn_until",
    N_(
        "follows up in {wait:duration}, drawn from {least:duration} to {most:duration}, on"
        " {at:moment} or up to {late:duration} later"
    ),
)
FOLLOWS_UP_LATER = reason_kind("follows_up_later", N_("{planned}; {because}"))
FOLLOWS_UP_IN_SEQUENCE = reason_kind("follows_up_in_sequence", N_("{number} of {count}: {planned}"))
FOLLOW_UP_TOO_LATE = reason_kind(
    "follow_up_too_late",
    N_(
        "nothing is planned: {due:moment} is outside {calendar}, which begins {opens:moment}, and"
        " the window ends {until:moment}"
    ),
    N_("Give the follow-up a longer window, or more times in which it may act."),
)
FOLLOW_UP_NEVER = reason_kind(
    "follow_up_never",
    N_("nothing is planned: {due:moment} is outside {calendar}, which never begins again"),
    N_("Give the follow-up other times in which it may act."),
)
CANCELS_ALL = reason_kind("cancels_all", N_("cancels the waiting follow-ups"))
CANCELS_OF_RULE = reason_kind("cancels_of_rule", N_("cancels the waiting follow-ups of {rule}"))
CANCELS_WITH_KEY = reason_kind(
    "cancels_with_key", N_("cancels the waiting follow-ups with the key {key}")
)
CANCELS_OF_RULE_WITH_KEY = reason_kind(
    "cancels_of_rule_with_key",
    N_("cancels the waiting follow-ups of {rule} with the key {key}"),
)

EMITS = reason_kind("emits", N_("raised the event {type}"))
EMITS_TOO_DEEP = reason_kind(
    "emits_too_deep",
    N_("this event follows from events that rules have raised, {most} levels deep"),
    N_("Look for a ring among the rules that raise events, and break it."),
)
EMITS_TOO_MANY = reason_kind(
    "emits_too_many",
    N_("rules have raised {most} events because of one that came in"),
    N_("Let fewer rules raise events, or raise them under narrower conditions."),
)

NO_FOLLOW_UPS = reason_kind(
    "no_follow_ups", N_("this event has no contact, so no follow-up waits for them")
)
NO_CONTACT = reason_kind(
    "no_contact",
    N_("this event has no contact to remember anything about"),
    N_("Add the condition: event.actor.id != null."),
)
CONTACT_KEEPS_TOO_MUCH = reason_kind(
    "contact_keeps_too_much",
    N_("{kib} KiB would be remembered about the contact, and at most {most} are kept"),
    N_("Remember smaller values, and take tags away that are no longer used."),
)
NOTHING_TO_SAY = reason_kind(
    "nothing_to_say",
    N_("there is nothing to say: the rendered text is empty"),
    N_("Give the template a default, as in {{{{ event.actor.name | default('bạn') }}}}."),
)
HOST_NOT_LITERAL = reason_kind(
    "host_not_literal",
    N_("the address does not begin with a literal host"),
    N_(
        "Write scheme, host and port as they are, as in https://api.example.com/… ; {{{{ … }}}}"
        " may stand only in the path and after '?'."
    ),
)
EXPRESSION_FAILED = reason_kind(
    "expression",
    N_("{input}: {expression} cannot be evaluated: {problem}"),
    N_("Try the expression on this event in the editor."),
)
NO_TARGET = reason_kind(
    "no_target",
    N_("there is no target '{target}'"),
    N_("Add it under targets: in automator.yaml. Targets: {known:list}."),
)
NO_SECRET = reason_kind(
    "no_secret",
    N_("there is no secret '{name}'"),
    N_("Add it under secrets: in automator.yaml, with the hosts that it may go to."),
)
SECRET_NOT_FOR_HOST = reason_kind(
    "secret_not_for_host",
    N_("the secret '{name}' may not go to {host}"),
    N_("If it belongs there, add the host to its hosts in automator.yaml; HTTP needs a port."),
)
NOTIFIED = reason_kind("notified", N_("told {name}"))
NO_RECEIVER = reason_kind(
    "no_receiver",
    N_("there is nobody called '{name}' to tell"),
    N_("Add the name under notify: in automator.yaml. Names: {known:list}."),
)
NOTICE_REFUSED = reason_kind(
    "notice_refused",
    N_("{name} was not told; the service says: {said}"),
    N_("Compare the address under notify: in automator.yaml with the one that the service shows."),
)

_WROTE_TOO_LONG_AGO = N_(
    "The person has not written for too long: the platform takes no message any more until they"
    " write again."
)
TOO_LATE_FOR_REPLY = reason_kind(
    "reply_too_late",
    N_(
        "the event is of {at:time}, and {platform} allows no reply more than {within:duration}"
        " after it"
    ),
    _WROTE_TOO_LONG_AGO,
)
TOO_LATE_FOR_PRIVATE_REPLY = reason_kind(
    "private_reply_too_late",
    N_(
        "the comment is of {at:time}, and {platform} allows no private reply more than"
        " {within:duration} after it"
    ),
    _WROTE_TOO_LONG_AGO,
)
TOO_LATE_FOR_MESSAGE = reason_kind(
    "message_too_late",
    N_(
        "the person was last heard of on {at:time}, and {platform} allows no message more than"
        " {within:duration} after that"
    ),
    _WROTE_TOO_LONG_AGO,
)
ONLY_A_TEMPLATE = reason_kind(
    "only_a_template",
    N_(
        "the person was last heard of on {at:time}, and {platform} allows no message but an"
        " approved template more than {within:duration} after that"
    ),
    _WROTE_TOO_LONG_AGO,
)
