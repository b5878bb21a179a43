"""Warnings about conditions that hold for every event."""

from automator.model import N_
from automator.reasons.kind import problem_kind

LIST_ALWAYS_HOLDS = problem_kind(
    "meaning_list_always_holds",
    "always-holds",
    N_("this always holds: a list with something in it counts as true"),
    N_("leave the brackets out, as in {better}."),
)
NUMBER_ALWAYS_HOLDS = problem_kind(
    "meaning_number_always_holds",
    "always-holds",
    N_("this always holds: every number counts as true, 0 as well"),
    N_("write {better}."),
)
MISSING_SIDE = problem_kind(
    "meaning_missing_side",
    "always-holds",
    N_("this always holds: a value that stands alone is compared with nothing"),
    N_("write {better}."),
)
VALUE_ALWAYS_HOLDS = problem_kind(
    "meaning_value_always_holds",
    "always-holds",
    N_("this always holds: there is always a value here, and nothing that it is compared with"),
    N_("compare it, as in event.text == 'giá'."),
)
UNEQUAL_TO_ONE = problem_kind(
    "meaning_unequal_to_one",
    "always-holds",
    N_("this always holds: {name} always differs from one of the two"),
    N_("write && in place of ||."),
)
