"""What is wrong with a connection: nothing arrives, or what arrives is refused."""

from automator.model import N_
from automator.reasons.kind import reason_kind

SILENT_AS_SET = reason_kind(
    "silent_as_set",
    N_("Nothing has arrived for {silence:duration}; expected at least every {allowed:duration}."),
)
SILENT_AS_USUAL = reason_kind(
    "silent_as_usual",
    N_(
        "Nothing has arrived for {silence:duration}; that is more than three times its usual"
        " longest pause, or {allowed:duration}."
    ),
)
REJECTING = reason_kind(
    "rejecting",
    N_(
        "{count} deliveries that look like the sender's own were refused, and nothing was taken in"
        " since. The doctor says why: automator doctor"
    ),
)
PAGE_UNSUBSCRIBED = reason_kind(
    "page_unsubscribed",
    N_(
        "The Page does not send to this app any more: subscribe it again, in the app's webhook"
        " settings or with POST /PAGE/subscribed_apps."
    ),
)
PAGE_FIELDS_MISSING = reason_kind(
    "page_fields_missing",
    N_("Rules need {names:all}, which the Page does not send to this app: subscribe to that."),
)
