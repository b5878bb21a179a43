"""Answers of leads, which have to be looked up at the provider."""

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(
    N_("the answers of the lead cannot be looked up"),
    N_("Give the connection the access token of its Page."),
)
def lead_not_asked() -> None: ...
@reason(
    N_("the answers of the lead are looked up when this is live, but not here"),
    N_("In a test of rules, write event.lead.phone_number and so on under `with`."),
)
def lead_not_in_a_test() -> None: ...
@reason(
    N_("the answers of the lead {lead} cannot be read: {because}"),
    N_(
        "Give the token {needed}, and the app access under Leads access in the settings of the"
        " business; then replay the event. Facebook keeps a lead for 90 days."
    ),
)
def lead_refused(*, lead: str, because: Reason, needed: str) -> None: ...
@reason(N_("its rules are decided once the answers of the lead can be read: {because}"))
def lead_awaited(*, because: Reason) -> None: ...
@reason(
    N_("{platform} does not say who has filled in the form, so nobody can be written to"),
    N_("Call the phone number, or tell somebody of yours with `notify`."),
)
def lead_has_no_chat(*, platform: str) -> None: ...
