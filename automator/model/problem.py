"""A problem in a file: its position, and the reason with the mistake and its fix."""

from dataclasses import field
from enum import StrEnum

from automator.model.reason import Reason
from automator.model.record import record

#: How many characters of a line are shown.
_SHOWN = 160


class Severity(StrEnum):
    """An error keeps the rule set or the settings from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@record
class Problem:
    """One problem, sorted by its position. Lines and columns count from 1, columns in
    characters.
    """

    file: str
    line: int
    column: int
    #: The mistake; its advice is the fix. Not hashed, because its values may be unhashable.
    reason: Reason = field(hash=False)
    #: The code for people to look up, such as `wrong-kind`; several reasons can share a code.
    code: str
    #: The text of the line, without its end, so that the mistake can be underlined.
    source: str = ""
    #: How many characters the marker underlines.
    length: int = 1
    severity: Severity = Severity.ERROR

    def __lt__(self, other: "Problem") -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[str, int, int, str, str]:
        return self.file, self.line, self.column, self.code, str(self.reason)

    def excerpt(self) -> tuple[str, int, int]:
        """Returns the part of the line to show, and the marker's offset and length in this part.

        For a very long line this is only the text around the mistake.
        """
        offset, length = self.column - 1, max(1, self.length)
        if len(self.source) <= _SHOWN:
            return self.source, offset, length
        start = max(0, offset - _SHOWN // 2)
        part = self.source[start : start + _SHOWN]
        before, after = "…" if start else "", "…" if start + _SHOWN < len(self.source) else ""
        shown_offset = len(before) + offset - start
        return f"{before}{part}{after}", shown_offset, min(length, _SHOWN - (offset - start))


class WrongValue(ValueError):
    """Raised by pydantic's validators for a value that a file cannot have, with the reason.

    `at` is the path from the validated model to the wrong value: the keys that lead to it.
    `stretch` is the offset and the length of the wrong part within a text.
    """

    def __init__(
        self,
        reason: Reason,
        at: tuple[str | int, ...] = (),
        stretch: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.at = at
        self.stretch = stretch
