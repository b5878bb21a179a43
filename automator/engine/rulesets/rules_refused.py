"""Errors in rule files that keep the files out of force: raised for the author, and logged."""

import logging
from collections.abc import Collection, Iterable

from automator.model import N_, AutomatorError, Problem, Severity

logger = logging.getLogger(__name__)


class RulesRefusedError(AutomatorError):
    """Rule files have errors. Nothing was written, and the earlier versions stay in force."""

    code = "rules_refused"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            N_("errors in the rules: {count}"),
            fix=N_("Mend the problems; `automator check` lists them."),
            count=len(problems),
        )
        self.problems = problems


def errors_of(files: Collection[str], problems: Iterable[Problem]) -> list[Problem]:
    """The errors among `problems` that are in one of `files`."""
    return [
        problem
        for problem in problems
        if problem.file in files and problem.severity is Severity.ERROR
    ]


def log_errors(problems: Iterable[Problem]) -> None:
    """Logs a line for each file with errors, with its first error."""
    errors: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.severity is Severity.ERROR:
            errors.setdefault(problem.file, []).append(problem)
    for name, own in sorted(errors.items()):
        logger.warning(
            "rules.refused file=%s problems=%d first: %s",
            name,
            len(own),
            own[0],
        )
