"""Refusals by the API of a platform, with what to do about them."""

from automator.model import N_
from automator.reasons.kind import reason_kind

#: The platform's own words, which are not translated, with its own code.
PLATFORM_SAYS = reason_kind("platform_says", N_("{platform} says: {said} (code {number})"))
PLATFORM_ERROR = reason_kind("platform_error", N_("{platform} says: {said}"))
PLATFORM_NEEDS = reason_kind("platform_needs", N_("{platform} says: {said} (needs {needed})"))
PLATFORM_ANSWERED = reason_kind("platform_answered", N_("{platform} answered {status}: {said}"))
PLATFORM_STATUS = reason_kind("platform_status", N_("{platform} answered {status}"))

RATE_LIMIT = reason_kind(
    "rate_limit",
    N_("{platform} asks to slow down. {told}"),
    N_("The platform takes no more for now. It is tried again by itself."),
)
PROVIDER_DOWN = reason_kind(
    "provider_down",
    N_("{platform} has a temporary problem. {told}"),
    N_("The platform has a fault of its own. It is tried again by itself."),
)
MAY_HAVE_SENT = reason_kind(
    "may_have_sent",
    N_("{platform} failed with status {status}, but may have sent it. {told}"),
    N_("Look at the conversation before you send it again."),
)
UNREADABLE_ANSWER = reason_kind(
    "unreadable_answer",
    N_("{platform}'s answer cannot be read; it may have been done"),
    N_("Look at the conversation before you send it again."),
)
UNREADABLE_LOOK_UP = reason_kind(
    "unreadable_look_up",
    N_("{platform} has answered a request, but its answer cannot be read"),
    N_(
        "Nothing was changed, and it is asked again by itself. If it stays so, look at the answer"
        " in the log: a proxy may answer in the platform's place, or the address of its API may be"
        " wrong."
    ),
)
TOKEN_EXPIRED = reason_kind(
    "token_expired",
    N_("the access of {connection} is no longer accepted. {told}"),
    N_(
        "Get a new token from the platform, save it as {option} on the page Connections (or in"
        " automator.yaml, and start again), and try this run again."
    ),
)
NO_TOKEN = reason_kind(
    "no_token",
    N_("the connection {connection} has no {option}"),
    N_("Add {option} on the page Connections, or in automator.yaml."),
)
ACCOUNT_NOT_NAMED = reason_kind(
    "account_not_named",
    N_("the connection {connection} does not name {account}, so that it has no token for it"),
    N_("Add it with its token on the page Connections, or in automator.yaml."),
)
PERMISSION = reason_kind(
    "permission",
    N_("the access of {connection} may not do this. {told}"),
    N_(
        "Give the access the missing permission at the platform ({needed}), and try this run again."
    ),
)
PAGE_BLOCKED = reason_kind(
    "page_blocked",
    N_("{platform} has blocked the account of {connection} for now. {told}"),
    N_("Pause the rules, look at the account's support inbox, and answer more slowly."),
)
PROVIDER_REFUSED = reason_kind(
    "provider_refused",
    N_("{told}"),
    N_("The platform refuses this; its own words stand beside it."),
)
PARTLY_SENT = reason_kind(
    "partly_sent",
    N_("the first {count} of the messages went out, then: {because}"),
    N_("Send the rest by hand; trying again would repeat the parts that have arrived."),
)
QUOTA = reason_kind(
    "quota",
    N_("the account has used up its quota. {told}"),
    N_("It goes on tomorrow; a larger package at the platform allows more."),
)
NIGHT = reason_kind(
    "night",
    N_("{platform} does not deliver this at night. {told}"),
    N_("It is sent in the morning by itself."),
)

_WRITES_FIRST = N_(
    "The person has not written for too long: the platform takes no message any more until they"
    " write again."
)
WROTE_A_DAY_AGO = reason_kind(
    "wrote_a_day_ago",
    N_(
        "{platform} allows a message only within 24 hours after the person's own last one, and they"
        " have not written since; a comment, and a private reply to it, do not count"
    ),
    _WRITES_FIRST,
)
WROTE_TOO_LONG_AGO = reason_kind(
    "wrote_too_long_ago",
    N_("the person was last heard of too long ago for a message. {told}"),
    _WRITES_FIRST,
)
_NOT_REACHED = N_(
    "The person, chat or post can no longer be reached, so there is nothing to answer."
)
OBJECT_GONE = reason_kind(
    "object_gone", N_("the comment or the person is no longer there"), _NOT_REACHED
)
ID_UNKNOWN = reason_kind("id_unknown", N_("nobody is known by this id any more"), _NOT_REACHED)
LEFT_PLATFORM = reason_kind(
    "left_platform",
    N_("the person takes no messages, or has left {platform}"),
    _NOT_REACHED,
)
NOT_WRITABLE = reason_kind(
    "not_writable", N_("the bot cannot write there any more. {told}"), _NOT_REACHED
)
NOT_FOLLOWING = reason_kind(
    "not_following", N_("the person does not follow the account. {told}"), _NOT_REACHED
)
BLOCKED_BY_PERSON = reason_kind(
    "blocked_by_person", N_("the person has blocked the account. {told}"), _NOT_REACHED
)
INACTIVE_PERSON = reason_kind(
    "inactive_person", N_("the person has not used Zalo for 45 days. {told}"), _NOT_REACHED
)
TAKES_NO_SUCH_MESSAGES = reason_kind(
    "takes_no_such_messages",
    N_("the person does not take such messages from the account. {told}"),
    _NOT_REACHED,
)
ZALO_ACCESS = reason_kind(
    "zalo_access",
    N_("the app or the account of {connection} may not do this. {told}"),
    N_(
        "Look at both in Zalo's consoles: they must be active and verified, the account's package"
        " must include it, and the account must have granted the app its rights."
    ),
)
NO_REFRESH_TOKEN = reason_kind(
    "no_refresh_token", N_("There is no refresh_token to renew it with.")
)
WA_UNDELIVERABLE = reason_kind(
    "wa_undeliverable",
    N_("the message cannot be delivered to this number. {told}"),
    N_("Check the number; the person may have no WhatsApp, or an old version of it."),
)
WA_TEST_NUMBER = reason_kind(
    "wa_test_number",
    N_("the number is not among those that a test number may write to. {told}"),
    N_("Add it to the test number's list of recipients, or use a real number."),
)
WA_LOCKED = reason_kind(
    "wa_locked",
    N_("WhatsApp has locked the business account. {told}"),
    N_("Look at the account's quality and policy notices in WhatsApp Manager."),
)
WA_LIMITED = reason_kind(
    "wa_limited",
    N_(
        "WhatsApp limits this number: too many people have blocked or reported its messages. {told}"
    ),
    N_("Pause the rules and look at the number's quality rating in WhatsApp Manager."),
)
WA_NO_SUCH_KIND = reason_kind(
    "wa_no_such_kind",
    N_("WhatsApp takes no message of this kind. {told}"),
    N_("Send a text, an attachment or a template."),
)
WA_NUMBER_UNKNOWN = reason_kind(
    "wa_number_unknown",
    N_("this message cannot go to a person whose number is not known. {told}"),
    N_("Ask the person for the number, or send another kind of message."),
)
ECOSYSTEM_LIMIT = reason_kind(
    "ecosystem_limit",
    N_("WhatsApp keeps this person from getting more marketing messages for now. {told}"),
)
WROTE_A_DAY_AGO_TEMPLATE = reason_kind(
    "wrote_a_day_ago_template",
    N_("the person wrote more than 24 hours ago, and WhatsApp takes only a template then"),
    _WRITES_FIRST,
)
TEMPLATE_REFUSED = reason_kind(
    "template_refused",
    N_("WhatsApp does not take the template. {told}"),
    N_("Compare its name, language and components with the approved one in WhatsApp Manager."),
)
BOT_RIGHTS = reason_kind(
    "bot_rights",
    N_("the bot may not write there. {told}"),
    N_("Give the bot the right to write there, in the settings of the group."),
)
