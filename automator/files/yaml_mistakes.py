"""Finds mistakes in YAML that cannot be parsed, or that is read otherwise than it is meant.

`explain_syntax` finds the mistake that caused an error of the YAML parser. Each later part of this
module finds one kind of mistake: texts between brackets that need quotes, unusual blanks, dashes
and colons, and typographic quotation marks.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from automator.files.limits import MAX_DEPTH
from automator.files.positions import Parsed, Path, Position
from automator.model import Reason, shortened
from automator.reasons.problems.files import characters, syntax

#: Characters with a special meaning in YAML at the beginning of a text.
SPECIAL = "![{`&*@%"
_VALUE = re.compile(r"^\s*(?:- +)*(?:[^\s'\"#\[{][^'\"#]*?: +)?(?:- +)*(?P<value>\S.*?)\s*$")
#: An item of a list that reads like an expression and has ': ' inside, as in `f(x, {a: 1})`.
_EXPRESSION_ITEM = re.compile(r"^\s*(?:- +)+(?P<value>[\w.]+\(.*: .*?)\s*$")
#: The rest of an expression that begins with a quoted text, as in `'giá' in event.text`.
_GOES_ON = re.compile(r"\s*(?:==|!=|<|>|&&|\|\||(?:not +)?in\b|like\b)")
#: The parser's messages about a part that has a beginning and no end.
_UNFINISHED = {
    "quoted scalar": syntax.syntax_quote_not_closed,
    "expected ':'": syntax.syntax_neither_name_nor_text,
}
#: The position of a problem, and its reason.
Explained = tuple[Position, Reason]


def quoted(text: str) -> str:
    """Puts a text between the quotes that change the text least."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def shown(text: str) -> str:
    """Shortens a text to one line for a fix."""
    return shortened(text.split("\n", 1)[0].rstrip(), 120)


def in_quotes(text: str) -> str:
    """Shortens a text to one line for a fix, and puts it between quotes."""
    return quoted(shown(without_curly_quotes(text)))


def explain_syntax(
    lines: Sequence[str], problem: str, mark: tuple[int, int], opened: tuple[int, int] | None
) -> Explained:
    """Explains an error at `mark` (line and column from 0).

    `problem` is the parser's message; `opened` is where an unfinished part begins, or None.
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
        return position, syntax.syntax_does_not_continue()
    if "',' or" in problem and opened:
        return begun, syntax.syntax_bracket_not_closed()
    return position, syntax.syntax_not_yaml(said=problem)


def _certain(
    lines: Sequence[str], problem: str, position: Position, begun: Position | None
) -> Explained | None:
    """Returns the mistake that the parser's message or the line itself proves; or None."""
    if "escape character" in problem:
        return _unknown_escape(lines, position, begun or position)
    if begun and "flow" in problem and begun.line < position.line and _is_open(lines, begun):
        # After an unclosed bracket, YAML misreads every following text: the bracket is the mistake.
        return begun, syntax.syntax_bracket_not_closed()
    mistake = mistake_around(lines, position.line)
    if mistake:
        return mistake
    unfinished = (kind for said, kind in _UNFINISHED.items() if said in problem and begun)
    kind = next(unfinished, None)
    return (begun, kind()) if begun and kind else None


def _is_open(lines: Sequence[str], begun: Position) -> bool:
    """Whether no later bracket closes the bracket at `begun`."""
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
    return place, syntax.syntax_unknown_escape(escape=escape, quotes=in_quotes(whole or escape))


def _surprise(lines: Sequence[str], number: int, column: int | None) -> Explained | None:
    line = lines[number] if number < len(lines) else ""
    item = _EXPRESSION_ITEM.match(line)
    if item:
        place = Position(number + 1, item.start("value") + 1, len(item["value"]))
        return place, syntax.syntax_text_with_colon(quotes=in_quotes(item["value"]))
    found = _VALUE.match(line)
    return _in_value(line, number, column, found) if found else None


def _in_value(line: str, number: int, column: int | None, found: re.Match[str]) -> Explained | None:
    value, start = found["value"], found.start("value")
    inner = flow_text(value)
    if inner is not None:
        place = Position(number + 1, start + inner[0] + 1, len(inner[1]))
        return place, syntax.syntax_text_between_brackets(quotes=in_quotes(inner[1]))
    if value[0] in SPECIAL and (column is None or column >= start):
        place = Position(number + 1, start + 1, len(value))
        return place, syntax.syntax_text_begins_with_sign(sign=value[0], quotes=in_quotes(value))
    if column is None or column <= start:
        return None
    place = Position(number + 1, column + 1)
    if value[0] in "'\"":
        if _GOES_ON.match(line[column:]):
            whole = Position(number + 1, start + 1, len(value))
            return whole, syntax.syntax_expression_begins_with_quote(quotes=in_quotes(value))
        return place, syntax.syntax_text_behind_quotes()
    has_colon = line[column : column + 2] in (": ", ":")
    return (place, syntax.syntax_text_with_colon(quotes=in_quotes(value))) if has_colon else None


# --- Texts between brackets that need quotes ---
#
# YAML takes the brackets and commas of an expression for its own: the author of
# `[keywords(event.text, ['giá', 'bn'])]` means a list of one expression.

_KEY: Final = re.compile(r"\s*[\w.-]+:(?:\s+|$)")
_BEFORE_VALUE: Final = re.compile(r"\s*(?:- +)*(?:[\w.-]+:\s+)?")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = "'\"`"
#: The signs that YAML does not read as parts of a text between brackets.
_NEEDS_QUOTES: Final = re.compile(r"[\[\]{},]|: | #|^[!&*%@`|>]")


def flow_text(value: str) -> tuple[int, str] | None:
    """Finds the first text that needs quotes in a list or mapping between brackets, and its offset.

    None if the value is neither a list nor a mapping, or if its last bracket is not its end.
    """
    return next(_texts(value, 0), None) if _is_collection(value) else None


def flow_text_at(line: str, column: int) -> tuple[int, str] | None:
    """Finds the text between brackets that needs quotes at this column (from 0); or None."""
    found = _BEFORE_VALUE.match(line)
    start = found.end() if found else 0
    value = line[start:].rstrip()
    for offset, text in _texts(value, start) if _is_collection(value) else ():
        if offset <= column < offset + len(text):
            return offset, text
    return None


def text_between_brackets(lines: Sequence[str], position: Position) -> Explained | None:
    """Finds the text between brackets at a position, which YAML has cut at a comma."""
    line = lines[position.line - 1] if lines else ""
    found = flow_text_at(line, position.column - 1)
    if found is None:
        return None
    place = Position(position.line, found[0] + 1, len(found[1]))
    return place, syntax.syntax_text_between_brackets(quotes=in_quotes(found[1]))


def _texts(value: str, start: int, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Finds every text that needs quotes, with its offset, in a value that begins at `start`.

    Values that are nested more deeply than a file may be are skipped.
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
    """Finds the items of a mapping; an item without a key is a part of the text before it."""
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
    """Finds the items between the outer brackets, with their offsets.

    A comma within an expression does not separate items. There are no items if a bracket or a
    quotation mark is not closed, or is closed too early.
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
# Each of these signs may also be an ordinary part of a text. So a line is examined only if the line
# itself or the next line has a problem.

#: Blanks other than the ordinary space.
ODD_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
#: Characters without width. No ordinary text begins with one; some join letters within a text.
_UNSEEN = "\u00ad\u180e\u200b-\u200d\u2060\u3164"
#: Signs that word processors and messengers put before the items of a list.
_ODD_DASHES = "*+\u2010-\u2015\u2022\u2023\u2043\u2212\u25aa\u25cf\u25e6\u00b7"
#: How many lines above a problem are searched for an odd indentation.
_FAR_ABOVE = 50
_ITEM = r"(?:^|[{,\[])\s*(?:- +)*"


def _odd_sign(_: str, sign: str) -> Reason:
    name = f"U+{ord(sign):04X}"
    is_blank = re.match(f"[{ODD_BLANKS}]", sign)
    return (characters.syntax_odd_blank if is_blank else characters.syntax_unseen_in_indentation)(
        character=name
    )


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
        lambda key, _: characters.syntax_wide_colon(key=key),
    ),
    (
        re.compile(rf"{_ITEM}(?P<key>[a-z_]+)(?P<sign>:)(?=[^\s:/])"),
        lambda key, _: syntax.syntax_colon_without_blank(key=key),
    ),
    (
        re.compile(r"^ *(?P<sign>-)(?P<key>[a-z_]+)(?=: |:$)"),
        lambda key, _: syntax.syntax_dash_without_blank(key=key),
    ),
    (re.compile(r"^ *(?P<key>)(?P<sign>```)"), lambda *_: syntax.syntax_code_fence()),
    (
        re.compile(rf"^ *(?P<key>)(?P<sign>[{_ODD_DASHES}])(?= )"),
        lambda _, sign: characters.syntax_odd_dash(character=f"U+{ord(sign):04X}"),
    ),
)
_ODD_INDENTATION = re.compile(rf"^[ ]*[{ODD_BLANKS}{_UNSEEN}]")
#: The blanks at the beginning of a line, if one of them is not an ordinary space.
_ODD_BEGINNING = re.compile(
    rf"^(?=[ -]*(?:[\w-]+:)?[{ODD_BLANKS}{_UNSEEN}])[ {ODD_BLANKS}{_UNSEEN}-]*"
    rf"(?:[\w-]+:[ {ODD_BLANKS}{_UNSEEN}]*)?"
)
_ODD_CODES = frozenset(
    kind.code
    for kind in (
        characters.syntax_odd_blank,
        characters.syntax_unseen_in_indentation,
        characters.syntax_invisible_in_name,
    )
)
_ODD_SIGN = re.compile(f"[{ODD_BLANKS}{_UNSEEN}]")
#: How many lines one problem lists.
_MOST_LISTED = 20


def mistake_in_line(lines: Sequence[str], number: int) -> Explained | None:
    """Finds the mistake in a line (counted from 1), with its position."""
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    for pattern, reason in _MISTAKES:
        found = pattern.search(line)
        if found:
            return Position(number, found.start("sign") + 1), reason(found["key"], found["sign"])
    return None


def mistake_around(lines: Sequence[str], number: int) -> Explained | None:
    """Finds the mistake in a line, in the nearest line above that is not empty, or in an
    indentation further up.

    If an indentation has an odd blank, YAML takes the line for the continuation of a text, and
    reports an error far below.
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
    """Replaces the problems of all lines that begin with odd signs by a single problem.

    This happens only if such a line has a problem. YAML takes an odd sign for a part of a name or a
    text, and therefore misreads the next lines too.
    """
    odd = [number for number, line in enumerate(parsed.lines, 1) if _ODD_BEGINNING.match(line)]
    if not odd or not _misled(parsed):
        return parsed
    reason = _of_lines(parsed.lines, odd)
    problem = parsed.problem(Position(odd[0], _odd_place(parsed.lines[odd[0] - 1])), reason)
    return Parsed(parsed.file, parsed.lines, None, parsed.positions, [problem])


def _misled(parsed: Parsed) -> bool:
    """Whether an odd sign has caused a problem, or has become a part of a name."""
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
    return characters.syntax_odd_indentations(lines=list(odd[:_MOST_LISTED]), characters=names)


def _beginning(lines: Sequence[str], number: int) -> str:
    found = _ODD_BEGINNING.match(lines[number - 1])
    return found[0] if found else ""


def _odd_place(line: str) -> int:
    found = _ODD_SIGN.search(line)
    return found.start() + 1 if found else 1


def without_odd_beginnings(text: str) -> Iterator[tuple[int, int, str]]:
    """Yields start, end and replacement (ordinary spaces) for each beginning of a line with odd
    signs.
    """
    start = 0
    for line in text.split("\n"):
        found = _ODD_BEGINNING.match(line)
        if found:
            plain = re.sub(f"[{_UNSEEN}]", "", found[0])
            yield start, start + found.end(), re.sub(f"[{ODD_BLANKS}]", " ", plain)
        start += len(line) + 1


# --- Typographic quotation marks around a value: YAML takes them for a part of the text ---
#
# Word processors write such marks instead of straight quotes. A text that was pasted from one would
# be sent with its quotation marks.

_MARKS: Final = "“”„‟‘’‚‛«»"
_CURLY: Final = re.compile(f"[{_MARKS}]")
#: A whole text between typographic marks; the last mark may be straight.
_WHOLE: Final = re.compile(rf"[{_MARKS}](?P<inside>[^{_MARKS}]*)[{_MARKS}\"']", re.DOTALL)
#: The first part of a text between typographic marks that YAML has cut at a comma: `[“a, b”]`.
_BEGUN: Final = re.compile(rf"[“„‟‘‚‛«][^{_MARKS}\"']*", re.DOTALL)


def curly_quotes(parsed: Parsed) -> Iterator[tuple[Path, Reason]]:
    """Finds the values between typographic quotation marks, each with its reason."""
    if not any(map(_CURLY.search, parsed.lines)):
        return
    for path in parsed.positions.paths():
        value = parsed.at(path)
        if isinstance(value, str) and (_WHOLE.fullmatch(value) or _BEGUN.fullmatch(value)):
            place = parsed.positions.value(path)
            # The author means the marks if they are within straight quotes or in a block.
            if parsed.lines[place.line - 1][place.column - 1 :].startswith(value[0]):
                yield path, characters.syntax_curly_quotes(sign=value[0])


def without_curly_quotes(text: str) -> str:
    """Removes the typographic marks around a text; returns any other text unchanged."""
    whole = _WHOLE.fullmatch(text)
    return whole["inside"] if whole else text
