"""Problems of steps that read values, steps, outputs or fields that do not exist."""

import re

from automator.model import N_, Reason
from automator.reasons.kind import problem


@problem(
    "unknown-reference",
    N_("there is no {path}: neither this file nor automator.yaml nor a step before sets it"),
    N_("{suggestion}"),
)
def reference_unknown_value(*, path: str, suggestion: Reason) -> None: ...
@problem(
    "unknown-reference",
    N_("there is no {path}: no step before this one has that id"),
    N_("{suggestion}"),
)
def reference_unknown_step(*, path: str, suggestion: Reason) -> None: ...
@problem(
    "unknown-reference",
    N_("the step '{step}' has not been done yet when this is read"),
    N_("put '{step}' before this step, or read something else."),
)
def reference_step_not_done(*, step: str) -> None: ...
@problem(
    "unknown-reference",
    N_("'steps' is empty here: no step has been done when the conditions are looked at"),
    N_("ask for it in the 'if' of a later step."),
)
def reference_no_steps_yet() -> None: ...
@problem(
    "unknown-reference", N_("there is no {path}: the step leaves no such value"), N_("{suggestion}")
)
def reference_unknown_output(*, path: str, suggestion: Reason) -> None: ...
@problem("unknown-reference", N_("there is no {path}"), N_("{suggestion}"))
def reference_unknown_field(*, path: str, suggestion: Reason) -> None: ...
@problem(
    "unknown-reference",
    N_("'now' is one text, and there is no now.{name}"),
    N_("write now | date('%H') in a template, and between() or weekday() in an expression."),
)
def reference_no_part_of_time(*, name: str) -> None: ...
@problem(
    "unusable-name",
    N_("no rule can write vars.{name}: a name has letters, digits and _"),
    N_("call it {better}, and write vars.{better}."),
)
def reference_var_name(*, name: str, better: str) -> None: ...


_NAME = re.compile(r"[^\W\d]\w*")


def unusable_var(name: object) -> Reason | None:
    """The reason why no rule can write `vars.NAME` with this name; None if rules can."""
    if not isinstance(name, str) or _NAME.fullmatch(name):
        return None
    better = re.sub(r"\W+", "_", name.strip()).strip("_")
    return reference_var_name(
        name=name, better=better if _NAME.fullmatch(better) else f"var_{better}"
    )
