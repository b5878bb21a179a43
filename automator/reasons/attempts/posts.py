"""Texts of posts, which have to be looked up at the provider."""

from automator.model import N_, Reason
from automator.reasons.kind import reason


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
