"""Explains the codes of attempts: what each means for a shop, and what to do about it.

The log keeps one line as it was written then, with the names and numbers of that attempt. This is
said beside it, in the language of the page.
"""

from collections.abc import Mapping

from automator.model import N_

#: By the code of an attempt; others speak for themselves.
MEANINGS: Mapping[str, str] = {
    "opted_out": N_("The person does not want to be written to, so that nothing was sent."),
    "contact_budget": N_(
        "The person has been answered often enough for now. The budget is set in automator.yaml."
    ),
    "connection_budget": N_(
        "This connection says no more at once, so that the platform does not"
        " block it. It goes on by itself."
    ),
    "outside_window": N_(
        "The person has not written for too long: the platform takes no message"
        " any more until they write again."
    ),
    "private_reply_taken": N_("A comment can have one private reply, and it has had it."),
    "token_expired": N_(
        "The access has ended. Get a new token from the platform, put it where"
        " automator.yaml says, start again, and try this run again."
    ),
    "permission": N_(
        "The access may not do that. Give it the missing permission at the platform, and"
        " try this run again."
    ),
    "rate_limit": N_("The platform takes no more for now. It is tried again by itself."),
    "quota": N_("The platform's quota is used up."),
    "night": N_("The platform takes no such message at night."),
    "provider_down": N_("The platform has a fault of its own. It is tried again by itself."),
    "provider_refused": N_("The platform refuses this; what it says stands beside it."),
    "gone": N_(
        "The person, chat or post is not reached any more, so that there is nothing to answer."
    ),
    "endpoint_gone": N_(
        "The address says that it is gone for good. Put its new address in place of"
        " the old one, and try this run again."
    ),
    "page_blocked": N_(
        "The platform takes what was sent for abuse. Send less alike, and look at the"
        " page's quality there."
    ),
    "timeout": N_(
        "The other side did not answer in time, so that nobody knows whether it was done."
    ),
    "disconnected": N_("The connection broke off, so that nobody knows whether it was done."),
    "dns": N_("The name of the other side is not found. Compare the address."),
    "no_token": N_(
        "This connection has no access token, so that it cannot answer. Put one into"
        " automator.yaml."
    ),
    "no_recipient": N_("The event has nobody who could be written to."),
    "nothing_to_say": N_("There was nothing to say: the text came out empty."),
    "not_possible": N_("This platform cannot do that. Use another action, or narrow the trigger."),
    "bad_template": N_("The platform does not know this template as it was filled."),
    "too_much_kept": N_(
        "The step makes more than is kept for a run or a contact. Let the rule keep less of it."
    ),
    "retry_budget": N_("The other side fails often, so that it is tried again later."),
}


def meaning(code: str) -> str:
    """The sentence of a code, in English; "" where there is none."""
    return MEANINGS.get(code, "")
