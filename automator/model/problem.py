"""A problem in a file: its position, what is wrong, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum

#: Characters of a line that are shown, at most.
_SHOWN = 160


class Severity(StrEnum):
    """An error keeps a rule set from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One problem, sorted by its place. Lines and columns count from 1, columns in characters."""

    file: str
    line: int
    column: int
    message: str
    code: str
    fix: str = ""
    #: The text of the line, without its end, so that the marker can be drawn anywhere.
    source: str = ""
    #: How many characters the marker underlines.
    length: int = 1
    severity: Severity = Severity.ERROR

    def render(self) -> str:
        """`file:line:column: message [code]`, the line with a marker, and the fix."""
        kind = "warning: " if self.severity is Severity.WARNING else ""
        lines = [f"{self.file}:{self.line}:{self.column}: {kind}{self.message} [{self.code}]"]
        if self.source:
            number = str(self.line)
            source, offset, length = self._excerpt()
            lines.append(f"{number} | {source}")
            lines.append(f"{' ' * len(number)} | {' ' * offset}^{'~' * (length - 1)}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)

    def _excerpt(self) -> tuple[str, int, int]:
        """The line as it is shown, and the marker's offset and length in it.

        Of a very long line only the surroundings of the word are shown.
        """
        offset, length = self.column - 1, max(1, self.length)
        if len(self.source) <= _SHOWN:
            return self.source, offset, length
        start = max(0, offset - _SHOWN // 2)
        part = self.source[start : start + _SHOWN]
        before, after = "…" if start else "", "…" if start + _SHOWN < len(self.source) else ""
        shown_offset = len(before) + offset - start
        return f"{before}{part}{after}", shown_offset, min(length, _SHOWN - (offset - start))


def render_problems(problems: list[Problem]) -> str:
    """All problems, in the order of their places, with an empty line between two."""
    return "\n\n".join(problem.render() for problem in sorted(problems))
