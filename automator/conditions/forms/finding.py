"""One thing that is wrong with a text of a rule file, at its place in that text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing wrong with an expression, a template or a cron line; `offset` counts characters."""

    offset: int
    length: int
    message: str
    code: str
    fix: str
