"""Refusals that only the Graph API of Meta has, with what to do about them."""

from automator.model import N_
from automator.reasons.kind import reason_kind

NOT_REPLIABLE = reason_kind(
    "not_repliable",
    N_("{platform} takes no private reply to this comment. {told}"),
    N_(
        "Look at the comment: it may be deleted, older than seven days, one of the account's own,"
        " or by somebody who takes no messages of Pages."
    ),
)
ATTACHMENT_REFUSED = reason_kind(
    "attachment_refused",
    N_("{platform} cannot take the attachment. {told}"),
    N_(
        "Open its address in a browser that is signed in nowhere: it has to give the file over"
        " https, quickly, in the size and of the type that the platform takes."
    ),
)
LED_BY_ANOTHER = reason_kind(
    "led_by_another",
    N_("another app leads this conversation now. {told}"),
    N_(
        "End it there, or make this app the default one under Conversation routing in the Page's"
        " settings."
    ),
)
MESSAGES_SHUT = reason_kind(
    "messages_shut",
    N_("the owner of the account lets no app read or write its messages. {told}"),
    N_(
        "In Instagram's app open Settings → Messages and story replies → Message controls →"
        " Connected tools, and allow access to messages."
    ),
)
SAID_BEFORE = reason_kind(
    "said_before",
    N_("{platform} does not publish the same text twice in a row. {told}"),
    N_("Give the step several texts with one_of."),
)
TALKS_TO_TESTERS = reason_kind(
    "talks_to_testers",
    N_("the app may write only to people with a role in it. {told}"),
    N_("Publish the app, and let Meta review {needed}; until then add the person as a tester."),
)
