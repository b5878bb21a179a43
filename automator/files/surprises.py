"""Turns the errors of the YAML parser into problems that name the mistake."""

import re
from collections.abc import Sequence

from automator.files.positions import Position
from automator.model import Reason
from automator.reasons.problems import syntax

#: Characters that mean something else to YAML when a text begins with them.
SPECIAL = "![{`&*@%"
_VALUE = re.compile(r"^\s*(?:- +)*(?:[^\s'\"#\[{][^'\"#]*?: +)?(?:- +)*(?P<value>\S.*?)\s*$")
#: An item of a list that reads like an expression and has ': ' inside, as in `f(x, {a: 1})`.
_EXPRESSION_ITEM = re.compile(r"^\s*(?:- +)+(?P<value>[\w.]+\(.*: .*?)\s*$")
#: What the parser says of a part that was begun and is not finished.
_UNFINISHED = {
    "quoted scalar": syntax.QUOTE_NOT_CLOSED,
    "expected ':'": syntax.NEITHER_NAME_NOR_TEXT,
}
#: Where a problem is, and what it is.
Explained = tuple[Position, Reason]


def quoted(text: str) -> str:
    """The text between the quotes that need the fewest changes."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def shown(text: str) -> str:
    """The text as it may stand in a fix: on one line and not long."""
    line = text.split("\n", 1)[0].rstrip()
    return line if len(line) <= 120 else line[:119] + "…"


def in_quotes(text: str) -> str:
    """A text between quotes, as a fix shows it."""
    return quoted(shown(text))


def explain_syntax(
    lines: Sequence[str], problem: str, mark: tuple[int, int], opened: tuple[int, int] | None
) -> Explained:
    """Explains an error at `mark` (line and column from 0).

    `opened` is where the part began that could not be finished.
    """
    position = Position(mark[0] + 1, mark[1] + 1)
    begun = Position(opened[0] + 1, opened[1] + 1) if opened else position
    for said, kind in _UNFINISHED.items():
        if said in problem and opened:
            return begun, kind()
    for number in dict.fromkeys([position.line, begun.line]):
        column = mark[1] if number == position.line else None
        surprise = _surprise(lines, number - 1, column)
        if surprise:
            return surprise
    if "block" in problem or "mapping values" in problem:
        return position, syntax.DOES_NOT_CONTINUE()
    if "',' or" in problem and opened:
        return begun, syntax.BRACKET_NOT_CLOSED()
    return position, syntax.NOT_YAML(said=problem)


def _surprise(lines: Sequence[str], number: int, column: int | None) -> Explained | None:
    line = lines[number] if number < len(lines) else ""
    item = _EXPRESSION_ITEM.match(line)
    if item:
        place = Position(number + 1, item.start("value") + 1, len(item["value"]))
        return place, syntax.TEXT_WITH_COLON(quotes=in_quotes(item["value"]))
    found = _VALUE.match(line)
    if not found:
        return None
    value, start = found["value"], found.start("value")
    if value[0] in SPECIAL and (column is None or column >= start):
        place = Position(number + 1, start + 1, len(value))
        return place, syntax.TEXT_BEGINS_WITH_SIGN(sign=value[0], quotes=in_quotes(value))
    if column is None or column <= start:
        return None
    place = Position(number + 1, column + 1)
    if value[0] in "'\"":
        return place, syntax.TEXT_BEHIND_QUOTES()
    has_colon = line[column : column + 2] in (": ", ":")
    return (place, syntax.TEXT_WITH_COLON(quotes=in_quotes(value))) if has_colon else None
