"""Turns the errors of the YAML parser into problems that name the mistake."""

import re
from collections.abc import Sequence

from automator.files.mistakes.curly_quotes import without_curly_quotes
from automator.files.mistakes.flow_texts import flow_text
from automator.files.mistakes.line_mistakes import mistake_around
from automator.files.positions import Position
from automator.model import Reason, shortened
from automator.reasons.problems.files import syntax

#: Characters that mean something else to YAML when a text begins with them.
SPECIAL = "![{`&*@%"
_VALUE = re.compile(r"^\s*(?:- +)*(?:[^\s'\"#\[{][^'\"#]*?: +)?(?:- +)*(?P<value>\S.*?)\s*$")
#: An item of a list that reads like an expression and has ': ' inside, as in `f(x, {a: 1})`.
_EXPRESSION_ITEM = re.compile(r"^\s*(?:- +)+(?P<value>[\w.]+\(.*: .*?)\s*$")
#: An expression that begins with a quoted text and goes on behind it.
_GOES_ON = re.compile(r"\s*(?:==|!=|<|>|&&|\|\||(?:not +)?in\b|like\b)")
#: Messages of the parser about a part that was begun and not finished.
_UNFINISHED = {
    "quoted scalar": syntax.QUOTE_NOT_CLOSED,
    "expected ':'": syntax.NEITHER_NAME_NOR_TEXT,
}
#: The place of a problem, and its reason.
Explained = tuple[Position, Reason]


def quoted(text: str) -> str:
    """The text between the quotes that need the fewest changes."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def shown(text: str) -> str:
    """The text as it may stand in a fix: on one line and not long."""
    return shortened(text.split("\n", 1)[0].rstrip(), 120)


def in_quotes(text: str) -> str:
    """A text between quotes, as a fix shows it."""
    return quoted(shown(without_curly_quotes(text)))


def explain_syntax(
    lines: Sequence[str], problem: str, mark: tuple[int, int], opened: tuple[int, int] | None
) -> Explained:
    """Explains an error at `mark` (line and column from 0).

    `opened` is where the part began that could not be finished.
    """
    position = Position(mark[0] + 1, mark[1] + 1)
    begun = Position(opened[0] + 1, opened[1] + 1) if opened else position
    found = _certain(lines, problem, position, begun if opened else None)
    if found:
        return found
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


def _certain(
    lines: Sequence[str], problem: str, position: Position, begun: Position | None
) -> Explained | None:
    """The mistake that is certain from the parser's message or from one in the line."""
    if "escape character" in problem:
        return _unknown_escape(lines, position, begun or position)
    if begun and "flow" in problem and begun.line < position.line and _is_open(lines, begun):
        # Text behind an open bracket does not mean what it seems to.
        return begun, syntax.BRACKET_NOT_CLOSED()
    mistake = mistake_around(lines, position.line)
    if mistake:
        return mistake
    unfinished = (kind for said, kind in _UNFINISHED.items() if said in problem and begun)
    kind = next(unfinished, None)
    return (begun, kind()) if begun and kind else None


def _is_open(lines: Sequence[str], begun: Position) -> bool:
    """Whether no bracket behind this one closes it."""
    rest = "\n".join([lines[begun.line - 1][begun.column - 1 :], *lines[begun.line :]])
    depth = 0
    for sign in re.findall(r"[{}\[\]]", rest):
        depth += 1 if sign in "{[" else -1
        if depth == 0:
            return False
    return True


def _unknown_escape(lines: Sequence[str], position: Position, begun: Position) -> Explained:
    line = lines[position.line - 1] if position.line <= len(lines) else ""
    at = line.rfind("\\", 0, position.column) + 1
    whole = ""
    if begun.line == position.line:
        found = re.match(r'"((?:\\.|[^"\\])*)', line[begun.column - 1 :])
        whole = found[1] if found else ""
    escape = line[at - 1 : at + 1]
    place = Position(position.line, max(1, at), len(escape))
    return place, syntax.UNKNOWN_ESCAPE(escape=escape, quotes=in_quotes(whole or escape))


def _surprise(lines: Sequence[str], number: int, column: int | None) -> Explained | None:
    line = lines[number] if number < len(lines) else ""
    item = _EXPRESSION_ITEM.match(line)
    if item:
        place = Position(number + 1, item.start("value") + 1, len(item["value"]))
        return place, syntax.TEXT_WITH_COLON(quotes=in_quotes(item["value"]))
    found = _VALUE.match(line)
    return _in_value(line, number, column, found) if found else None


def _in_value(line: str, number: int, column: int | None, found: re.Match[str]) -> Explained | None:
    value, start = found["value"], found.start("value")
    inner = flow_text(value)
    if inner is not None:
        place = Position(number + 1, start + inner[0] + 1, len(inner[1]))
        return place, syntax.TEXT_BETWEEN_BRACKETS(quotes=in_quotes(inner[1]))
    if value[0] in SPECIAL and (column is None or column >= start):
        place = Position(number + 1, start + 1, len(value))
        return place, syntax.TEXT_BEGINS_WITH_SIGN(sign=value[0], quotes=in_quotes(value))
    if column is None or column <= start:
        return None
    place = Position(number + 1, column + 1)
    if value[0] in "'\"":
        if _GOES_ON.match(line[column:]):
            whole = Position(number + 1, start + 1, len(value))
            return whole, syntax.EXPRESSION_BEGINS_WITH_QUOTE(quotes=in_quotes(value))
        return place, syntax.TEXT_BEHIND_QUOTES()
    has_colon = line[column : column + 2] in (": ", ":")
    return (place, syntax.TEXT_WITH_COLON(quotes=in_quotes(value))) if has_colon else None
