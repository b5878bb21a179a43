"""A problem in its text, and the changes that mend it."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from automator.model import N_, Problem, record
from automator.rules.assistance.cursor import cursor_at


@record(kw_only=False)
class Edit:
    """The text from `start` to `end`, offsets in characters, becomes `insert`."""

    start: int
    end: int
    insert: str


@record(kw_only=False)
class QuickFix:
    """One way to mend a problem. `label` is a text of the catalogue with `values` in its places."""

    label: str
    edits: tuple[Edit, ...]
    values: Mapping[str, Any] = field(default_factory=dict)


@record(kw_only=False)
class Place:
    """A problem in its text."""

    text: str
    problem: Problem
    #: The offsets of the line, and of its underlined part.
    line_start: int
    line_end: int
    start: int
    end: int

    @property
    def line(self) -> str:
        return self.text[self.line_start : self.line_end]

    @property
    def underlined(self) -> str:
        return self.text[self.start : self.end]

    @property
    def params(self) -> Mapping[str, Any]:
        return self.problem.reason.params


def placed(text: str, problem: Problem) -> Place:
    """The place of a problem."""
    start = 0
    for _ in range(problem.line - 1):
        start = text.find("\n", start) + 1
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    first = min(start + problem.column - 1, end)
    return Place(text, problem, start, end, first, min(first + problem.length, end))


def changed(start: int, end: int, insert: str) -> QuickFix:
    """The fix that puts another text there."""
    shown = insert.strip()
    return QuickFix(N_("Change to {text}"), (Edit(start, end, insert),), {"text": shown})


def as_written(place: Place, insert: str) -> str | None:
    """A text as it stands within the quotes of its line; None where it cannot stand there."""
    quote = cursor_at(place.text, place.start).word[:1]
    if quote == "'":
        return insert.replace("'", "''")
    return None if quote == '"' and ('"' in insert or "\\" in insert) else insert
