"""Reasons about the texts of posts that events only name."""

from automator.model import N_
from automator.reasons.kind import reason_kind

POST_NOT_READ = reason_kind(
    "post_not_read",
    N_("{done}; event.post.message is not known: {because}"),
    N_("Write default('…') behind it for posts whose text is not known."),
)
POST_NOT_ASKED = reason_kind(
    "post_not_asked",
    N_("it cannot be looked up"),
    N_("Give the connection its access token, and leave look_up_posts on."),
)
POST_NOT_IN_A_TEST = reason_kind(
    "post_not_in_a_test",
    N_("a test looks nothing up"),
    N_("Write event.post.message under `with`, or let the event of the post come before."),
)
NOT_FOUND_IN_TIME = reason_kind("no_post_in_time", N_("the provider did not answer in time"))
POST_AWAITED = reason_kind(
    "post_awaited",
    N_("its rules are decided once the text of the post can be read: {because}"),
)
