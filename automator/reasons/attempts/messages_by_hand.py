"""Messages by hand that cannot be sent."""

from automator.model import N_
from automator.reasons.kind import reason

_AT_THE_PLATFORM = N_("Wait until the person writes again, or answer at the platform itself.")


@reason(
    N_("{connection} can send no message to this person"),
    N_(
        "Answer at the platform itself. If the connection has no token to answer with, give it one."
    ),
)
def no_way_to_write(*, connection: str) -> None: ...
@reason(N_("the person is blocked since {since:time}"), N_("Unblock the person first."))
def write_to_blocked(*, since: int) -> None: ...
@reason(
    N_("the person wants no private messages since {since:time}"),
    N_("Opt the person in once they ask for messages again."),
)
def write_to_opted_out(*, since: int) -> None: ...
@reason(
    N_(
        "the person was last heard of on {at:time}, and {platform} allows no message more than"
        " {within:duration} after that"
    ),
    _AT_THE_PLATFORM,
)
def write_too_late(*, at: int, platform: str, within: int) -> None: ...
@reason(
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
def write_too_late_for_app(*, at: int, platform: str, within: int, longer: int) -> None: ...
@reason(
    N_("{most} messages were written to this person within a minute"),
    N_("Wait a minute, and send it again."),
)
def written_too_often(*, most: int) -> None: ...
