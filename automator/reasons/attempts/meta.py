"""Refusals by Meta's Graph API."""

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(
    N_("{platform} takes no private reply to this comment. {told}"),
    N_(
        "Look at the comment: it may be deleted, older than seven days, one of the account's own,"
        " or by somebody who takes no messages of Pages."
    ),
)
def not_repliable(*, platform: str, told: Reason) -> None: ...
@reason(
    N_("{platform} cannot take the attachment. {told}"),
    N_(
        "Open its address in a browser that is signed in nowhere: it has to give the file over"
        " https, quickly, in the size and of the type that the platform takes."
    ),
)
def attachment_refused(*, platform: str, told: Reason) -> None: ...
@reason(
    N_("another app leads this conversation now. {told}"),
    N_(
        "End it there, or make this app the default one under Conversation routing in the Page's"
        " settings."
    ),
)
def led_by_another(*, told: Reason) -> None: ...
@reason(
    N_("the owner of the account lets no app read or write its messages. {told}"),
    N_(
        "In Instagram's app open Settings → Messages and story replies → Message controls →"
        " Connected tools, and allow access to messages."
    ),
)
def messages_shut(*, told: Reason) -> None: ...
@reason(
    N_("{platform} does not publish the same text twice in a row. {told}"),
    N_("Give the step several texts with one_of."),
)
def said_before(*, platform: str, told: Reason) -> None: ...
@reason(
    N_("the app may write only to people with a role in it. {told}"),
    N_("Publish the app, and let Meta review {needed}; until then add the person as a tester."),
)
def talks_to_testers(*, told: Reason, needed: str) -> None: ...
