"""Turns the errors of the YAML parser into problems that name the mistake."""

import re
from collections.abc import Sequence

from automator.files.positions import Position

#: Characters that mean something else to YAML when a text begins with them.
SPECIAL = "![{`&*@%"
_VALUE = re.compile(r"^\s*(?:- +)*(?:[^\s'\"#\[{][^'\"#]*?: +)?(?:- +)*(?P<value>\S.*?)\s*$")
#: An item of a list that reads like an expression and has ': ' inside, as in `f(x, {a: 1})`.
_EXPRESSION_ITEM = re.compile(r"^\s*(?:- +)+(?P<value>[\w.]+\(.*: .*?)\s*$")
_SYNTAX = "yaml-syntax"
#: Position, message, code and fix of a problem.
Explained = tuple[Position, str, str, str]


def quoted(text: str) -> str:
    """The text between the quotes that need the fewest changes."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def shown(text: str) -> str:
    """The text as it may stand in a fix: on one line and not long."""
    line = text.split("\n", 1)[0].rstrip()
    return line if len(line) <= 120 else line[:119] + "…"


def quotes_fix(text: str) -> str:
    """The order to put a text between quotes."""
    return f"put quotes around the whole text: {quoted(shown(text))}"


def explain_syntax(
    lines: Sequence[str], problem: str, mark: tuple[int, int], opened: tuple[int, int] | None
) -> Explained:
    """Explains an error at `mark` (line and column from 0).

    `opened` is where the part began that could not be finished.
    """
    position = Position(mark[0] + 1, mark[1] + 1)
    begun = Position(opened[0] + 1, opened[1] + 1) if opened else position
    if "quoted scalar" in problem and opened:
        message = "the quotation mark that opens here is never closed"
        return begun, message, _SYNTAX, "close it, or double it if it belongs to the text."
    if "expected ':'" in problem and opened:
        message = "this is neither a name with ':' nor a part of the text above it"
        fix = "write 'name: value', or indent the line if it continues the text above it."
        return begun, message, _SYNTAX, fix
    for number in dict.fromkeys([position.line, begun.line]):
        column = mark[1] if number == position.line else None
        surprise = _surprise(lines, number - 1, column)
        if surprise:
            return surprise
    if "block" in problem or "mapping values" in problem:
        message = "this does not continue what stands above it"
        fix = "check the indentation: items and keys of one level begin in the same column."
        return position, message, _SYNTAX, fix
    if "',' or" in problem and opened:
        message = "the bracket that opens here is never closed"
        return (
            begun,
            message,
            _SYNTAX,
            "close it, or put quotes around the whole text if it is one.",
        )
    fix = "check the line and the one above it; put quotes around texts with special characters."
    return position, f"this is not YAML: {problem}", _SYNTAX, fix


def _surprise(lines: Sequence[str], number: int, column: int | None) -> Explained | None:
    line = lines[number] if number < len(lines) else ""
    with_colon = "a text with ': ' inside needs quotes"
    item = _EXPRESSION_ITEM.match(line)
    if item:
        place = Position(number + 1, item.start("value") + 1, len(item["value"]))
        return place, with_colon, "yaml-quotes", quotes_fix(item["value"])
    found = _VALUE.match(line)
    if not found:
        return None
    value, start = found["value"], found.start("value")
    if value[0] in SPECIAL and (column is None or column >= start):
        place = Position(number + 1, start + 1, len(value))
        message = f"a text cannot begin with '{value[0]}' here"
        return place, message, "yaml-quotes", quotes_fix(value)
    if column is None or column <= start:
        return None
    place = Position(number + 1, column + 1)
    if value[0] in "'\"":
        message = "the text goes on behind its closing quotation mark"
        fix = "put quotes around the whole text; double a quotation mark that belongs to it."
        return place, message, "yaml-quotes", fix
    has_colon = line[column : column + 2] in (": ", ":")
    return (place, with_colon, "yaml-quotes", quotes_fix(value)) if has_colon else None
