"""Approvals: steps that wait for a person's consent."""

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(
    N_("{step} waits until {until:time} for somebody to approve it"),
    N_("Approve or decline it on the page To approve."),
)
def awaits_approval(*, step: str, until: int) -> None: ...
@reason(N_("{count:number} steps wait for somebody to approve them"))
def approvals_wait(*, count: int) -> None: ...
@reason(N_("approved by {by:author} on {at:time}: {done}"))
def approved(*, by: str, at: int, done: Reason) -> None: ...
@reason(N_("approved by {by:author} on {at:time}, with another text instead of '{was}': {done}"))
def approved_changed(*, by: str, at: int, was: str, done: Reason) -> None: ...
@reason(N_("nobody has decided within {within:duration}, so that the rule has sent it: {done}"))
def sent_unapproved(*, within: int, done: Reason) -> None: ...
@reason(N_("declined by {by:author} on {at:time}"))
def declined(*, by: str, at: int) -> None: ...
@reason(N_("declined by {by:author} on {at:time}: {because}"))
def declined_because(*, by: str, at: int, because: Reason) -> None: ...
@reason(N_("declined, as the test says"))
def declined_in_test() -> None: ...
@reason(
    N_("nobody has approved it within {within:duration}"),
    N_("Look at the page To approve more often, or give it more time with 'within'."),
)
def not_approved(*, within: int) -> None: ...
@reason(
    N_("{count:number} steps wait for approval already, and at most {most:number} may"),
    N_("Decide about those on the page To approve, or let the rule act for fewer people."),
)
def approvals_full(*, count: int, most: int) -> None: ...
@reason(N_("once a person approves it, within {within:duration}: {done}"))
def after_approval(*, within: int, done: Reason) -> None: ...
