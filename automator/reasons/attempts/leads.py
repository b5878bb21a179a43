"""Reasons about the answers to the forms of leads, which events only name."""

from automator.model import N_
from automator.reasons.kind import reason_kind

LEAD_NOT_ASKED = reason_kind(
    "lead_not_asked",
    N_("the answers of the lead cannot be looked up"),
    N_("Give the connection the access token of its Page."),
)
LEAD_NOT_IN_A_TEST = reason_kind(
    "lead_not_in_a_test",
    N_("the answers of the lead are looked up when this is live, but not here"),
    N_("In a test of rules, write event.lead.phone_number and so on under `with`."),
)
LEAD_REFUSED = reason_kind(
    "lead_refused",
    N_("the answers of the lead {lead} cannot be read: {because}"),
    N_(
        "Give the token {needed}, and the app access under Leads access in the settings of the"
        " business; then replay the event. Facebook keeps a lead for 90 days."
    ),
)
LEAD_AWAITED = reason_kind(
    "lead_awaited",
    N_("its rules are decided once the answers of the lead can be read: {because}"),
)
LEAD_HAS_NO_CHAT = reason_kind(
    "lead_has_no_chat",
    N_("{platform} does not say who has filled in the form, so nobody can be written to"),
    N_("Call the phone number, or tell somebody of yours with `notify`."),
)
