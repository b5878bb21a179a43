"""Reasons of steps that a person approves before they send anything."""

from automator.model import N_
from automator.reasons.kind import reason_kind

AWAITS_APPROVAL = reason_kind(
    "awaits_approval",
    N_("{step} waits until {until:time} for somebody to approve it"),
    N_("Approve or decline it on the page To approve."),
)
APPROVALS_WAIT = reason_kind(
    "approvals_wait", N_("{count:number} steps wait for somebody to approve them")
)
APPROVED = reason_kind("approved", N_("approved by {by:author} on {at:time}: {done}"))
APPROVED_CHANGED = reason_kind(
    "approved_changed",
    N_("approved by {by:author} on {at:time}, with another text instead of '{was}': {done}"),
)
SENT_UNAPPROVED = reason_kind(
    "sent_unapproved",
    N_("nobody has decided within {within:duration}, so that the rule has sent it: {done}"),
)
DECLINED = reason_kind("declined", N_("declined by {by:author} on {at:time}"))
DECLINED_BECAUSE = reason_kind(
    "declined_because", N_("declined by {by:author} on {at:time}: {because}")
)
DECLINED_IN_TEST = reason_kind("declined_in_test", N_("declined, as the test says"))
NOT_APPROVED = reason_kind(
    "not_approved",
    N_("nobody has approved it within {within:duration}"),
    N_("Look at the page To approve more often, or give it more time with 'within'."),
)
APPROVALS_FULL = reason_kind(
    "approvals_full",
    N_("{count:number} steps wait for approval already, and at most {most:number} may"),
    N_("Decide about those on the page To approve, or let the rule act for fewer people."),
)
AFTER_APPROVAL = reason_kind(
    "after_approval", N_("once a person approves it, within {within:duration}: {done}")
)
