"""Problems of inputs that are accepted and do something else than they seem to say."""

from automator.model import N_
from automator.reasons.kind import problem_kind, reason_kind

WORD_KINDS = reason_kind("word_kinds", N_("kinds"))
ATTACHMENT_OF_NO_KIND = problem_kind(
    "slips_attachment_of_no_kind",
    "unknown-value",
    N_("'{value}' is no kind of attachment: it is sent as a file, or not at all"),
    N_("{suggestion}"),
)
TAG_AS_VALUE = problem_kind(
    "slips_tag_as_value",
    "tag-as-value",
    N_("this remembers a value, contact.state.{key}, and gives the person no tag"),
    N_("write tags: {{add: [vip]}}."),
)
UNTAGGING_AS_VALUE = problem_kind(
    "slips_untagging_as_value",
    "tag-as-value",
    N_("this remembers a value, contact.state.{key}, and takes no tag away"),
    N_("write tags: {{remove: [vip]}}."),
)
OPT_OUT_AS_VALUE = problem_kind(
    "slips_opt_out_as_value",
    "opt-out-as-value",
    N_(
        "this remembers a value, contact.state.{key}: the person gets private messages all the same"
    ),
    N_("write {nearest}."),
)
