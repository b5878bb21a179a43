"""One thing that is wrong with a text of a rule file, at its place in that text."""

from dataclasses import dataclass

from automator.model import AutomatorError


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing wrong with an expression, a template or a cron line; `offset` counts characters."""

    offset: int
    length: int
    message: str
    code: str
    fix: str


class ExpressionError(AutomatorError):
    """The text is not an expression."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message, fix=finding.fix, code=finding.code)
        #: What is wrong, at its place in the text.
        self.finding = finding
