"""Finds characters that a file may not have, because they hide text or break readers."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from automator.files.positions import Position, problem_at
from automator.model import Problem, Reason
from automator.reasons.problems import syntax

_MOST = 20
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_REFUSED = re.compile(
    f"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffd-\uffff{_BIDI}]"
)
_REFUSED_IN_VALUES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def character_problems(file: str, lines: Sequence[str]) -> list[Problem]:
    """A problem for the first refused character of each line, for the first twenty such lines."""
    found: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        match = _REFUSED.search(line)
        if match:
            reason = _explain(match[0], line, match.start())
            position = Position(number, match.start() + 1)
            found.append(problem_at(file, lines, position, reason))
            if len(found) == _MOST:
                break
    # Text in another encoding, read as UTF-8, also has control characters; these mean nothing.
    is_utf8 = all(problem.reason.code != syntax.NOT_UTF8.code for problem in found)
    return found if is_utf8 else [one for one in found if one.reason.code == syntax.NOT_UTF8.code]


def _explain(character: str, line: str, index: int) -> Reason:
    if character == "\t":
        is_indentation = not line[:index].strip()
        return syntax.TAB_IN_INDENTATION() if is_indentation else syntax.TAB_IN_TEXT()
    name = f"U+{ord(character):04X}"
    if re.match(f"[{_BIDI}]", character):
        return syntax.BIDI_CHARACTER(character=name)
    if character == "\ufffd":
        return syntax.NOT_UTF8()
    return syntax.CONTROL_CHARACTER(character=name)


def refused_in_value(text: str) -> str | None:
    """The name of a control character that an escape such as `\\0` has put into a text."""
    found = _REFUSED_IN_VALUES.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def refused_in_name(text: str) -> str | None:
    """The name of the first invisible character of a key."""
    return next(_invisible(text), None)


def _invisible(text: str) -> Iterator[str]:
    for character in text:
        if unicodedata.category(character) in _INVISIBLE:
            yield f"U+{ord(character):04X}"
