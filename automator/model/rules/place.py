"""The place of a part of a rule in its file."""

from automator.model.record import record


@record(kw_only=False)
class Place:
    """A place in a rule file. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    #: For a step of a snippet, whose place is its use: where the snippet writes it.
    written_at: "Place | None" = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return place if self.written_at is None else f"{place} ({self.written_at})"
