"""Warnings about values that a step remembers, and that do something else than they seem to."""

from automator.model import N_
from automator.reasons.kind import problem_kind

NOTHING_REMEMBERED = problem_kind(
    "sending_nothing_remembered",
    "unknown-reference",
    N_("{path} is missing the first time, so that this step fails and never remembers it"),
    N_("write {path} | default(0)."),
)
TAG_AS_VALUE = problem_kind(
    "sending_tag_as_value",
    "tag-as-value",
    N_("this remembers a value, contact.state.{key}, and gives the person no tag"),
    N_("write tags: {{add: [vip]}}."),
)
UNTAGGING_AS_VALUE = problem_kind(
    "sending_untagging_as_value",
    "tag-as-value",
    N_("this remembers a value, contact.state.{key}, and takes no tag away"),
    N_("write tags: {{remove: [vip]}}."),
)
OPT_OUT_AS_VALUE = problem_kind(
    "sending_opt_out_as_value",
    "opt-out-as-value",
    N_("this remembers a value, contact.state.{key}: the person still gets private messages"),
    N_("write {nearest}."),
)
BLOCK_AS_VALUE = problem_kind(
    "sending_block_as_value",
    "block-as-value",
    N_("this remembers a value, contact.state.{key}: rules still act for the person"),
    N_("write blocked: true."),
)
