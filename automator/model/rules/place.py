"""The place of a part of a rule in its file."""

from automator.model.record import record


@record(kw_only=False)
class Place:
    """A place in a rule file. Lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
