"""All checks of what rules mean, and all mistakes that they find."""

from collections.abc import Callable, Iterator
from typing import Final

from automator.model import Severity
from automator.rules.meaning import (
    comparisons,
    conditions,
    event_paths,
    listening,
    platforms,
    scopes,
    searched_texts,
    sending,
    values,
)
from automator.rules.meaning.subject import MeaningCheck, Remark, Subject
from automator.rules.mending.fixes import Mistake

FAMILIES: Final = (
    platforms,
    listening,
    event_paths,
    conditions,
    scopes,
    comparisons,
    searched_texts,
    sending,
    values,
)
CHECKS = tuple(
    one for family in FAMILIES for one in vars(family).values() if isinstance(one, MeaningCheck)
)
#: The mistakes by the codes of their reasons, family by family.
MISTAKES: Final = {
    one.code: one
    for family in FAMILIES
    for one in vars(family).values()
    if isinstance(one, Mistake)
}


def remarks(
    subject: Subject, wants_warnings: Callable[[], bool]
) -> Iterator[tuple[Severity, Remark]]:
    """Everything that the checks find; warnings only as long as `wants_warnings` says so."""
    for check in CHECKS:
        is_error = check.severity is Severity.ERROR
        if is_error or wants_warnings():
            for remark in check.find(subject):
                yield check.severity, remark
                if not is_error and not wants_warnings():
                    break
