"""The mistakes of a file that cannot be read, or is read otherwise than its author means.

`explain_syntax` names the mistake behind an error of the YAML parser. Each of the parts below knows
one mistake of writing: a text between brackets that needs quotes, a blank or a colon that YAML
reads as something else, and typographic quotation marks.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from automator.files.limits import MAX_DEPTH
from automator.files.positions import Parsed, Path, Position
from automator.model import Reason, shortened
from automator.reasons.problems.files import characters, syntax

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


# --- Texts between brackets that need quotes ---
#
# YAML takes their brackets and commas for its own: `[keywords(event.text, ['giá', 'bn'])]` is a
# list with one expression to its author.

_KEY: Final = re.compile(r"\s*[\w.-]+:(?:\s+|$)")
_BEFORE_VALUE: Final = re.compile(r"\s*(?:- +)*(?:[\w.-]+:\s+)?")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = "'\"`"
#: The signs that YAML does not take for a part of a text between brackets.
_NEEDS_QUOTES: Final = re.compile(r"[\[\]{},]|: | #|^[!&*%@`|>]")


def flow_text(value: str) -> tuple[int, str] | None:
    """The first text in a list or mapping between brackets that needs quotes, with its offset.

    None where the value is neither, or no bracket of it ends where it ends.
    """
    return next(_texts(value, 0), None) if _is_collection(value) else None


def flow_text_at(line: str, column: int) -> tuple[int, str] | None:
    """The text between brackets that needs quotes and has this column, counted from 0."""
    found = _BEFORE_VALUE.match(line)
    start = found.end() if found else 0
    value = line[start:].rstrip()
    for offset, text in _texts(value, start) if _is_collection(value) else ():
        if offset <= column < offset + len(text):
            return offset, text
    return None


def text_between_brackets(lines: Sequence[str], position: Position) -> Explained | None:
    """The text between brackets around a position, which YAML has cut at a comma; None for none."""
    line = lines[position.line - 1] if lines else ""
    found = flow_text_at(line, position.column - 1)
    if found is None:
        return None
    place = Position(position.line, found[0] + 1, len(found[1]))
    return place, syntax.TEXT_BETWEEN_BRACKETS(quotes=in_quotes(found[1]))


def _texts(value: str, start: int, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Every text that needs quotes, with its place, in a value that begins at `start`.

    Values deeper than a file may be are skipped.
    """
    if depth > MAX_DEPTH:
        return
    if not _is_collection(value):
        is_quoted = value[:1] in ("'", '"') and value.find(value[0], 1) == len(value) - 1
        if value and not is_quoted and _NEEDS_QUOTES.search(value):
            yield start, value
        return
    for offset, item in _joined(value) if value[0] == "{" else _items(value):
        key = _KEY.match(item) if value[0] == "{" else None
        skipped = key.end() if key else len(item) - len(item.lstrip())
        yield from _texts(item[skipped:].rstrip(), start + offset + skipped, depth + 1)


def _joined(value: str) -> Iterator[tuple[int, str]]:
    """The items of a mapping; an item without a key belongs to the text before it."""
    found: list[tuple[int, str]] = []
    for offset, item in _items(value):
        if found and not _KEY.match(item):
            begun = found.pop()[0]
            item, offset = value[begun : offset + len(item)], begun
        found.append((offset, item))
    yield from found


def _is_collection(value: str) -> bool:
    """Whether a value is a list or a mapping between brackets, and no template."""
    if value[:1] not in ("[", "{") or value.startswith("{{"):
        return False
    return value[0] == "[" or _KEY.match(value[1:]) is not None


def _items(value: str) -> Iterator[tuple[int, str]]:
    """The items between the outer brackets, with their offsets; commas of expressions part none.

    Nothing where a bracket or a quotation mark is left open, or closes too early.
    """
    found: list[tuple[int, str]] = []
    open_: list[str] = []
    quote, begun = "", 1
    for place, sign in enumerate(value):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in _QUOTES:
            quote = sign
        elif sign in _CLOSING:
            open_.append(_CLOSING[sign])
        elif open_ and sign == open_[-1]:
            open_.pop()
            if not open_:
                found.append((begun, value[begun:place]))
                begun = place + 1
        elif sign in ")]}":
            return
        elif sign == "," and len(open_) == 1:
            found.append((begun, value[begun:place]))
            begun = place + 1
    if not open_ and not quote and begun == len(value):
        yield from found


# --- A blank or a colon in a line that YAML reads as something else ---
#
# A line is only looked at when it has a problem already, or the one behind it has: each of these
# may also stand in a text.

#: Blanks other than the ordinary space.
ODD_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
#: Signs without any width, which no text begins with: those that join letters stand inside of one.
_UNSEEN = "\u00ad\u180e\u200b-\u200d\u2060\u3164"
#: Signs with which word processors and messengers begin the items of a list.
_ODD_DASHES = "*+\u2010-\u2015\u2022\u2023\u2043\u2212\u25aa\u25cf\u25e6\u00b7"
#: The number of lines above a problem in which an odd indentation is looked for.
_FAR_ABOVE = 50
_ITEM = r"(?:^|[{,\[])\s*(?:- +)*"


def _odd_sign(_: str, sign: str) -> Reason:
    name = f"U+{ord(sign):04X}"
    is_blank = re.match(f"[{ODD_BLANKS}]", sign)
    return (characters.ODD_BLANK if is_blank else characters.UNSEEN_IN_INDENTATION)(character=name)


_MISTAKES: Sequence[tuple[re.Pattern[str], Callable[[str, str], Reason]]] = (
    (
        re.compile(rf"^[ ]*(?:- *)*(?:[\w-]+:)?(?P<key>)(?P<sign>[{ODD_BLANKS}{_UNSEEN}])"),
        _odd_sign,
    ),
    (
        re.compile(rf"[{{,] *[\w-]+:(?P<key>)(?P<sign>[{ODD_BLANKS}{_UNSEEN}])"),
        _odd_sign,
    ),
    (
        re.compile(rf"{_ITEM}(?P<key>[\w-]+) *(?P<sign>\uff1a)"),
        lambda key, _: characters.WIDE_COLON(key=key),
    ),
    (
        re.compile(rf"{_ITEM}(?P<key>[a-z_]+)(?P<sign>:)(?=[^\s:/])"),
        lambda key, _: syntax.COLON_WITHOUT_BLANK(key=key),
    ),
    (
        re.compile(r"^ *(?P<sign>-)(?P<key>[a-z_]+)(?=: |:$)"),
        lambda key, _: syntax.DASH_WITHOUT_BLANK(key=key),
    ),
    (re.compile(r"^ *(?P<key>)(?P<sign>```)"), lambda *_: syntax.CODE_FENCE()),
    (
        re.compile(rf"^ *(?P<key>)(?P<sign>[{_ODD_DASHES}])(?= )"),
        lambda _, sign: characters.ODD_DASH(character=f"U+{ord(sign):04X}"),
    ),
)
_ODD_INDENTATION = re.compile(rf"^[ ]*[{ODD_BLANKS}{_UNSEEN}]")
#: The beginning of a line with a sign among its blanks that is no space.
_ODD_BEGINNING = re.compile(
    rf"^(?=[ -]*(?:[\w-]+:)?[{ODD_BLANKS}{_UNSEEN}])[ {ODD_BLANKS}{_UNSEEN}-]*"
    rf"(?:[\w-]+:[ {ODD_BLANKS}{_UNSEEN}]*)?"
)
_ODD_CODES = frozenset(
    kind.code
    for kind in (
        characters.ODD_BLANK,
        characters.UNSEEN_IN_INDENTATION,
        characters.INVISIBLE_IN_NAME,
    )
)
_ODD_SIGN = re.compile(f"[{ODD_BLANKS}{_UNSEEN}]")
#: Lines that a problem lists, at most.
_MOST_LISTED = 20


def mistake_in_line(lines: Sequence[str], number: int) -> Explained | None:
    """The mistake in a line, counted from 1, with its place; None where there is none."""
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    for pattern, reason in _MISTAKES:
        found = pattern.search(line)
        if found:
            return Position(number, found.start("sign") + 1), reason(found["key"], found["sign"])
    return None


def mistake_around(lines: Sequence[str], number: int) -> Explained | None:
    """The mistake in a line, in the last line above it that is not empty, or in an indentation.

    YAML takes a line that is indented by an odd blank for the continuation of a text, and reports
    an error far below.
    """
    above = number - 1
    while above > 0 and not lines[above - 1].split("#")[0].strip():
        above -= 1
    indented = range(above - 1, max(above - _FAR_ABOVE, 0), -1)
    odd = next((one for one in indented if _ODD_INDENTATION.match(lines[one - 1])), 0)
    return (
        mistake_in_line(lines, number)
        or mistake_in_line(lines, above)
        or mistake_in_line(lines, odd)
    )


def with_odd_lines_at_once(parsed: Parsed) -> Parsed:
    """The file with one problem for all lines that begin with odd signs, where one of them is one.

    YAML takes such signs for a part of a name or a text, so that nothing is read right behind them.
    """
    odd = [number for number, line in enumerate(parsed.lines, 1) if _ODD_BEGINNING.match(line)]
    if not odd or not _misled(parsed):
        return parsed
    reason = _of_lines(parsed.lines, odd)
    problem = parsed.problem(Position(odd[0], _odd_place(parsed.lines[odd[0] - 1])), reason)
    return Parsed(parsed.file, parsed.lines, None, parsed.positions, [problem])


def _misled(parsed: Parsed) -> bool:
    """Whether an odd sign has become a problem, or a part of a name."""
    told = (problem.reason.code in _ODD_CODES for problem in parsed.problems)
    return any(told) or any(
        isinstance(part, str) and _ODD_SIGN.match(part)
        for path in parsed.positions.paths()
        for part in path[-1:]
    )


def _of_lines(lines: Sequence[str], odd: Sequence[int]) -> Reason:
    found = {sign: None for number in odd for sign in _ODD_SIGN.findall(_beginning(lines, number))}
    names = [f"U+{ord(sign):04X}" for sign in found]
    if len(odd) == 1:
        return _odd_sign("", next(iter(found)))
    return characters.ODD_INDENTATIONS(lines=list(odd[:_MOST_LISTED]), characters=names)


def _beginning(lines: Sequence[str], number: int) -> str:
    found = _ODD_BEGINNING.match(lines[number - 1])
    return found[0] if found else ""


def _odd_place(line: str) -> int:
    found = _ODD_SIGN.search(line)
    return found.start() + 1 if found else 1


def without_odd_beginnings(text: str) -> Iterator[tuple[int, int, str]]:
    """The beginnings of lines that have odd signs, by their offsets, with ordinary spaces."""
    start = 0
    for line in text.split("\n"):
        found = _ODD_BEGINNING.match(line)
        if found:
            plain = re.sub(f"[{_UNSEEN}]", "", found[0])
            yield start, start + found.end(), re.sub(f"[{ODD_BLANKS}]", " ", plain)
        start += len(line) + 1


# --- Typographic quotation marks around a value: YAML takes them for a part of the text ---
#
# Word processors put them in place of the straight ones, so that what is pasted from there is sent
# with them.

_MARKS: Final = "“”„‟‘’‚‛«»"
_CURLY: Final = re.compile(f"[{_MARKS}]")
#: A whole text between marks, of which the last one may have stayed straight.
_WHOLE: Final = re.compile(rf"[{_MARKS}](?P<inside>[^{_MARKS}]*)[{_MARKS}\"']", re.DOTALL)
#: The first part of a text that YAML has cut, as at the comma of `[“a, b”]`.
_BEGUN: Final = re.compile(rf"[“„‟‘‚‛«][^{_MARKS}\"']*", re.DOTALL)


def curly_quotes(parsed: Parsed) -> Iterator[tuple[Path, Reason]]:
    """The values between typographic quotation marks alone, each with the reason to report."""
    if not any(map(_CURLY.search, parsed.lines)):
        return
    for path in parsed.positions.paths():
        value = parsed.at(path)
        if isinstance(value, str) and (_WHOLE.fullmatch(value) or _BEGUN.fullmatch(value)):
            place = parsed.positions.value(path)
            # Between straight ones, or in a block, they are meant.
            if parsed.lines[place.line - 1][place.column - 1 :].startswith(value[0]):
                yield path, characters.CURLY_QUOTES(sign=value[0])


def without_curly_quotes(text: str) -> str:
    """The text that stands between typographic marks; the text itself where it does not."""
    whole = _WHOLE.fullmatch(text)
    return whole["inside"] if whole else text
