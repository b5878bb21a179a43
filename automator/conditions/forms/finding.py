"""A mistake at a place within a text of a rule file."""

from dataclasses import field

from automator.model import AutomatorError, Reason, record
from automator.reasons import problem_code


@record(kw_only=False)
class Finding:
    """A mistake in an expression, a template or a cron line; `offset` counts characters."""

    offset: int
    length: int
    #: What is wrong. Not hashed, because its values may be unhashable.
    reason: Reason = field(hash=False)

    def __lt__(self, other: "Finding") -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[int, int, str]:
        return self.offset, self.length, str(self.reason)

    @property
    def code(self) -> str:
        """The code of the problem, such as `condition-syntax`."""
        return problem_code(self.reason)


class ExpressionError(AutomatorError):
    """The text is not an expression."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.reason, code=finding.code)
        #: The mistake, at its place in the text.
        self.finding = finding
