"""Refusals by the API of any platform."""

from automator.model import N_, Reason
from automator.reasons.kind import reason


#: `said` is the platform's own message, which is not translated, and `number` its own code.
@reason(N_("{platform} says: {said} (code {number})"))
def platform_says(*, platform: str, said: str, number: str) -> None: ...
@reason(N_("{platform} says: {said}"))
def platform_error(*, platform: str, said: str) -> None: ...
@reason(N_("{platform} says: {said} (needs {needed})"))
def platform_needs(*, platform: str, said: str, needed: str) -> None: ...
@reason(N_("{platform} answered {status}: {said}"))
def platform_answered(*, platform: str, status: int, said: str) -> None: ...
@reason(N_("{platform} answered {status}"))
def platform_status(*, platform: str, status: int) -> None: ...


@reason(
    N_("{platform} asks to slow down. {told}"),
    N_("The platform takes no more for now. It is tried again by itself."),
)
def rate_limit(*, platform: str, told: Reason) -> None: ...
@reason(
    N_("{platform} has a temporary problem. {told}"),
    N_("The platform has a fault of its own. It is tried again by itself."),
)
def provider_down(*, platform: str, told: Reason) -> None: ...
@reason(
    N_("{platform} failed with status {status}, but may have sent it. {told}"),
    N_("Look at the conversation before you send it again."),
)
def may_have_sent(*, platform: str, status: int, told: Reason) -> None: ...
@reason(
    N_("{platform}'s answer cannot be read; it may have been done"),
    N_("Look at the conversation before you send it again."),
)
def unreadable_answer(*, platform: str) -> None: ...
@reason(
    N_("{platform} has answered a request, but its answer cannot be read"),
    N_(
        "Nothing was changed, and it is asked again by itself. If it stays so, look at the answer"
        " in the log: a proxy may answer in the platform's place, or the address of its API may be"
        " wrong."
    ),
)
def unreadable_look_up(*, platform: str) -> None: ...
@reason(
    N_("the access of {connection} is no longer accepted. {told}"),
    N_(
        "Get a new token from the platform, and save it on the page of the connection. Then try"
        " again what has failed."
    ),
)
def token_expired(*, connection: str, told: Reason) -> None: ...
@reason(
    N_("the connection {connection} has no {option}"),
    N_("Add {option} on the page Connections, or in automator.yaml."),
)
def no_token(*, connection: str, option: str) -> None: ...
@reason(
    N_("the connection {connection} does not name {account}, so that it has no token for it"),
    N_("Add it with its token on the page Connections, or in automator.yaml."),
)
def account_not_named(*, connection: str, account: str) -> None: ...
@reason(
    N_("the access of {connection} may not do this. {told}"),
    N_(
        "Give the access the missing permission at the platform ({needed}). If that gives you a new"
        " token, save it on the page of the connection. Then try this run again."
    ),
)
def permission(*, connection: str, told: Reason, needed: str) -> None: ...
@reason(
    N_("{platform} has blocked the account of {connection} for now. {told}"),
    N_("Pause the rules, look at the account's support inbox, and answer more slowly."),
)
def page_blocked(*, platform: str, connection: str, told: Reason) -> None: ...
@reason(N_("{told}"), N_("The platform refuses this; its own words stand beside it."))
def provider_refused(*, told: Reason) -> None: ...
@reason(
    N_("the first {count} of the messages went out, then: {because}"),
    N_("Send the rest by hand; trying again would repeat the parts that have arrived."),
)
def partly_sent(*, count: int, because: Reason) -> None: ...
@reason(
    N_("the account has used up its quota. {told}"),
    N_("It goes on tomorrow; a larger package at the platform allows more."),
)
def quota(*, told: Reason) -> None: ...
@reason(
    N_("{platform} does not deliver this at night. {told}"),
    N_("It is sent in the morning by itself."),
)
def night(*, platform: str, told: Reason) -> None: ...


_WRITES_FIRST = N_(
    "The person has not written for too long: the platform takes no message any more until they"
    " write again."
)


@reason(
    N_(
        "{platform} allows a message only within 24 hours after the person's own last one, and they"
        " have not written since; a comment, and a private reply to it, do not count"
    ),
    _WRITES_FIRST,
)
def wrote_a_day_ago(*, platform: str) -> None: ...
@reason(N_("the person was last heard of too long ago for a message. {told}"), _WRITES_FIRST)
def wrote_too_long_ago(*, told: Reason) -> None: ...


_NOT_REACHED = N_(
    "The person, chat or post can no longer be reached, so there is nothing to answer."
)


@reason(N_("the comment or the person is no longer there"), _NOT_REACHED)
def object_gone() -> None: ...
@reason(N_("nobody is known by this id any more"), _NOT_REACHED)
def id_unknown() -> None: ...
@reason(N_("the person takes no messages, or has left {platform}"), _NOT_REACHED)
def left_platform(*, platform: str) -> None: ...
@reason(N_("the bot cannot write there any more. {told}"), _NOT_REACHED)
def not_writable(*, told: Reason) -> None: ...
@reason(N_("the person does not follow the account. {told}"), _NOT_REACHED)
def not_following(*, told: Reason) -> None: ...
@reason(N_("the person has blocked the account. {told}"), _NOT_REACHED)
def blocked_by_person(*, told: Reason) -> None: ...
@reason(N_("the person has not used Zalo for 45 days. {told}"), _NOT_REACHED)
def inactive_person(*, told: Reason) -> None: ...
@reason(N_("the person does not take such messages from the account. {told}"), _NOT_REACHED)
def takes_no_such_messages(*, told: Reason) -> None: ...
@reason(
    N_("the app or the account of {connection} may not do this. {told}"),
    N_(
        "Look at both in Zalo's consoles: they must be active and verified, the account's package"
        " must include it, and the account must have granted the app its rights."
    ),
)
def zalo_access(*, connection: str, told: Reason) -> None: ...
@reason(N_("There is no refresh_token to renew it with."))
def no_refresh_token() -> None: ...
@reason(
    N_("the message cannot be delivered to this number. {told}"),
    N_("Check the number; the person may have no WhatsApp, or an old version of it."),
)
def wa_undeliverable(*, told: Reason) -> None: ...
@reason(
    N_("the number is not among those that a test number may write to. {told}"),
    N_("Add it to the test number's list of recipients, or use a real number."),
)
def wa_test_number(*, told: Reason) -> None: ...
@reason(
    N_("WhatsApp has locked the business account. {told}"),
    N_("Look at the account's quality and policy notices in WhatsApp Manager."),
)
def wa_locked(*, told: Reason) -> None: ...
@reason(
    N_(
        "WhatsApp limits this number: too many people have blocked or reported its messages. {told}"
    ),
    N_("Pause the rules and look at the number's quality rating in WhatsApp Manager."),
)
def wa_limited(*, told: Reason) -> None: ...
@reason(
    N_("WhatsApp takes no message of this kind. {told}"),
    N_("Send a text, an attachment or a template."),
)
def wa_no_such_kind(*, told: Reason) -> None: ...
@reason(
    N_("this message cannot go to a person whose number is not known. {told}"),
    N_("Ask the person for the number, or send another kind of message."),
)
def wa_number_unknown(*, told: Reason) -> None: ...
@reason(N_("WhatsApp keeps this person from getting more marketing messages for now. {told}"))
def ecosystem_limit(*, told: Reason) -> None: ...
@reason(
    N_("the person wrote more than 24 hours ago, and WhatsApp takes only a template then"),
    _WRITES_FIRST,
)
def wrote_a_day_ago_template() -> None: ...
@reason(
    N_("WhatsApp does not take the template. {told}"),
    N_("Compare its name, language and components with the approved one in WhatsApp Manager."),
)
def template_refused(*, told: Reason) -> None: ...
@reason(
    N_("the bot may not write there. {told}"),
    N_("Give the bot the right to write there, in the settings of the group."),
)
def bot_rights(*, told: Reason) -> None: ...
