"""Finds typing mistakes in a line that YAML reads as something else: a blank or a colon.

A line is only looked at when it has a problem already, or the one behind it has: each of these may
also stand in a text.
"""

import re
from collections.abc import Callable, Sequence

from automator.files.positions import Position
from automator.model import Reason
from automator.reasons.problems import syntax

#: Blanks other than the ordinary space.
ODD_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
#: Signs with which word processors and messengers begin the items of a list.
_ODD_DASHES = "*+\u2010-\u2015\u2022\u2023\u2043\u2212\u25aa\u25cf\u25e6\u00b7"
#: The number of lines above a problem in which an odd indentation is looked for.
_FAR_ABOVE = 50
_ITEM = r"(?:^|[{,\[])\s*(?:- +)*"
_MISTAKES: Sequence[tuple[re.Pattern[str], Callable[[str, str], Reason]]] = (
    (
        re.compile(rf"^[ ]*(?:- *)*(?:[\w-]+:)?(?P<key>)(?P<sign>[{ODD_BLANKS}])"),
        lambda _, sign: syntax.ODD_BLANK(character=f"U+{ord(sign):04X}"),
    ),
    (
        re.compile(rf"[{{,] *[\w-]+:(?P<key>)(?P<sign>[{ODD_BLANKS}])"),
        lambda _, sign: syntax.ODD_BLANK(character=f"U+{ord(sign):04X}"),
    ),
    (
        re.compile(rf"{_ITEM}(?P<key>[\w-]+) *(?P<sign>\uff1a)"),
        lambda key, _: syntax.WIDE_COLON(key=key),
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
        lambda _, sign: syntax.ODD_DASH(character=f"U+{ord(sign):04X}"),
    ),
)
_ODD_INDENTATION = re.compile(rf"^[ ]*[{ODD_BLANKS}]")


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
