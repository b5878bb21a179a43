"""Look-ups at the provider: names of people, texts of posts and answers of leads."""

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(N_("{done}; the name was looked up: {name}"))
def name_looked_up(*, done: Reason, name: str) -> None: ...
@reason(
    N_("{done}; the name could not be looked up: {because}"),
    N_("Write default('…') behind the name; look_up_names: false in the connection asks no more."),
)
def name_not_looked_up(*, done: Reason, because: Reason) -> None: ...
@reason(N_("the provider did not give it"))
def name_not_given() -> None: ...
@reason(N_("the provider did not answer in time"))
def no_name_in_time() -> None: ...
@reason(
    N_("{done}; event.post.message is not known: {because}"),
    N_("Write default('…') behind it for posts whose text is not known."),
)
def post_not_read(*, done: Reason, because: Reason) -> None: ...
@reason(
    N_("it cannot be looked up"),
    N_("Give the connection its access token, and leave look_up_posts on."),
)
def post_not_asked() -> None: ...
@reason(
    N_("a test looks nothing up"),
    N_("Write event.post.message under `with`, or let the event of the post come before."),
)
def post_not_in_a_test() -> None: ...
@reason(N_("the provider did not answer in time"))
def no_post_in_time() -> None: ...
@reason(N_("its rules are decided once the text of the post can be read: {because}"))
def post_awaited(*, because: Reason) -> None: ...
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
