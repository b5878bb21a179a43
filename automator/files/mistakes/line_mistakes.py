"""Finds typing mistakes in a line that YAML reads as something else: a blank or a colon.

A line is only looked at when it has a problem already, or the one behind it has: each of these may
also stand in a text.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from automator.files.positions import Parsed, Position
from automator.model import Reason
from automator.reasons.problems.files import characters, syntax

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


def mistake_in_line(lines: Sequence[str], number: int) -> tuple[Position, Reason] | None:
    """The mistake in a line, counted from 1, with its place; None where there is none."""
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    for pattern, reason in _MISTAKES:
        found = pattern.search(line)
        if found:
            return Position(number, found.start("sign") + 1), reason(found["key"], found["sign"])
    return None


def mistake_around(lines: Sequence[str], number: int) -> tuple[Position, Reason] | None:
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
