"""Problems of what steps read: values, steps, outputs and fields that are not there."""

import re

from automator.model import N_, Reason
from automator.reasons.kind import problem_kind

VALUE_MISSING_HERE = problem_kind(
    "reference_unknown_value",
    "unknown-reference",
    N_("there is no {path}: neither this file nor automator.yaml nor a step before sets it"),
    N_("{suggestion}"),
)
STEP_MISSING_HERE = problem_kind(
    "reference_unknown_step",
    "unknown-reference",
    N_("there is no {path}: no step before this one has that id"),
    N_("{suggestion}"),
)
STEP_NOT_DONE = problem_kind(
    "reference_step_not_done",
    "unknown-reference",
    N_("the step '{step}' has not been done yet when this is read"),
    N_("put '{step}' before this step, or read something else."),
)
NO_STEPS_YET = problem_kind(
    "reference_no_steps_yet",
    "unknown-reference",
    N_("'steps' is empty here: no step has been done when the conditions are looked at"),
    N_("ask for it in the 'if' of a later step."),
)
OUTPUT_MISSING_HERE = problem_kind(
    "reference_unknown_output",
    "unknown-reference",
    N_("there is no {path}: the step leaves no such value"),
    N_("{suggestion}"),
)
FIELD_MISSING_HERE = problem_kind(
    "reference_unknown_field",
    "unknown-reference",
    N_("there is no {path}"),
    N_("{suggestion}"),
)
NO_PART_OF_TIME = problem_kind(
    "reference_no_part_of_time",
    "unknown-reference",
    N_("'now' is one text, and there is no now.{name}"),
    N_("write now | date('%H') in a template, and between() or weekday() in an expression."),
)
VAR_NAME = problem_kind(
    "reference_var_name",
    "unusable-name",
    N_("no rule can write vars.{name}: a name has letters, digits and _"),
    N_("call it {better}, and write vars.{better}."),
)

_NAME = re.compile(r"[^\W\d]\w*")


def unusable_var(name: object) -> Reason | None:
    """The reason why `vars.NAME` cannot be written with this name; None where it can."""
    if not isinstance(name, str) or _NAME.fullmatch(name):
        return None
    better = re.sub(r"\W+", "_", name.strip()).strip("_")
    return VAR_NAME(name=name, better=better if _NAME.fullmatch(better) else f"var_{better}")
