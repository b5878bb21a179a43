"""The reasons why nothing can be written to a person by hand."""

from automator.model import N_
from automator.reasons.kind import reason_kind

_AT_THE_PLATFORM = N_("Wait until the person writes again, or answer at the platform itself.")

NO_WAY_TO_WRITE = reason_kind(
    "no_way_to_write",
    N_("{connection} can send no message to this person"),
    N_(
        "Answer at the platform itself. If the connection has no token to answer with, give it one."
    ),
)
WRITE_TO_BLOCKED = reason_kind(
    "write_to_blocked",
    N_("the person is blocked since {since:time}"),
    N_("Unblock the person first."),
)
WRITE_TO_OPTED_OUT = reason_kind(
    "write_to_opted_out",
    N_("the person wants no private messages since {since:time}"),
    N_("Opt the person in once they ask for messages again."),
)
WRITE_TOO_LATE = reason_kind(
    "write_too_late",
    N_(
        "the person was last heard of on {at:time}, and {platform} allows no message more than"
        " {within:duration} after that"
    ),
    _AT_THE_PLATFORM,
)
WRITE_TOO_LATE_FOR_APP = reason_kind(
    "write_too_late_for_app",
    N_(
        "the person was last heard of on {at:time}, and {platform} allows no message more than"
        " {within:duration} after that, or {longer:duration} for an app with the feature Human"
        " Agent"
    ),
    N_(
        "Answer at the platform itself. If Meta has granted your app that feature, set"
        " human_agent: true for the connection."
    ),
)
WRITTEN_TOO_OFTEN = reason_kind(
    "written_too_often",
    N_("{most} messages were written to this person within a minute"),
    N_("Wait a minute, and send it again."),
)
