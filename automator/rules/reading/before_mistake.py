"""The errors of a file with a mistake in its YAML: the rules that end before it are whole."""

import re
from collections.abc import Iterator, Sequence

from automator.files import Parsed, parse_yaml
from automator.model import Problem

_ITEM = re.compile(r"( *)- ")
#: Keys of a file that may follow the rules and apply to all of them.
_FOR_ALL = re.compile(r"(?:vars|enabled)\s*:")
#: A quote or a bracket that is never closed shows far below its place.
_MOST_TRIES = 4


def before_mistake(name: str, text: str, problems: Sequence[Problem]) -> Parsed | None:
    """The part of the file with its first rules, where there is one that stands for itself."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = min(problem.line for problem in problems) - 1
    for begin in list(_begins(lines[:first]))[: -_MOST_TRIES - 1 : -1]:
        if any(_FOR_ALL.match(line) for line in lines[begin:]):
            return None
        parsed = parse_yaml(name, "\n".join(lines[:begin]))
        if not parsed.problems:
            return parsed
    return None


def _begins(lines: Sequence[str]) -> Iterator[int]:
    """The lines with which a rule begins, apart from the first."""
    indent: str | None = None
    is_below_rules = False
    for number, line in enumerate(lines):
        if not is_below_rules:
            is_below_rules = line.rstrip() == "rules:"
            continue
        item = _ITEM.match(line)
        if item is None:
            continue
        if indent is None:
            indent = item[1]
        elif item[1] == indent:
            yield number
