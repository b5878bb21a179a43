"""Finds characters that a file may not contain: tabs, control and invisible characters."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from automator.files.positions import Position, problem_at
from automator.model import Problem, Reason
from automator.reasons import ReasonKind
from automator.reasons.problems.files import characters

#: How many lines with refused characters a problem lists.
_MOST = 20
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
#: The characters that the text of a file may not contain; most may be written as escapes.
REFUSED = re.compile(
    f"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffd-\uffff{_BIDI}]"
)
_REFUSED_IN_VALUES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: The reason for several lines, by the code of the reason for one line.
_MANY: Final[Mapping[str, ReasonKind[...]]] = {
    characters.syntax_tab_in_indentation.code: characters.syntax_tabs_in_indentation,
    characters.syntax_tab_in_text.code: characters.syntax_tabs_in_text,
    characters.syntax_bidi_character.code: characters.syntax_bidi_characters,
    characters.syntax_control_character.code: characters.syntax_control_characters,
}
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def character_problems(file: str, lines: Sequence[str]) -> list[Problem]:
    """Makes a problem for each kind of refused character, with the first twenty affected lines.

    Only the first refused character of a line counts.
    """
    reasons: dict[str, Reason] = {}
    places: dict[str, list[Position]] = {}
    found = ((number, REFUSED.search(line)) for number, line in enumerate(lines, start=1))
    for number, match in islice(((at, one) for at, one in found if one), _MOST):
        reason = _explain(match[0], lines[number - 1], match.start())
        reasons[reason.key] = reason
        places.setdefault(reason.key, []).append(Position(number, match.start() + 1))
    # Text in another encoding also shows control characters if it is read as UTF-8: then only the
    # encoding is reported.
    foreign = characters.syntax_not_utf8()
    if foreign.key in places:
        return [problem_at(file, lines, places[foreign.key][0], foreign)]
    return [
        problem_at(file, lines, at[0], _in_lines(reasons[key], at)) for key, at in places.items()
    ]


def _in_lines(reason: Reason, places: Sequence[Position]) -> Reason:
    """Turns the reason for one line into a reason for several lines, if there are several."""
    many = _MANY.get(reason.code)
    if many is None or len(places) == 1:
        return reason
    return many(**reason.params, lines=[place.line for place in places])


def _explain(character: str, line: str, index: int) -> Reason:
    if character == "\t":
        is_indentation = not line[:index].strip()
        return (
            characters.syntax_tab_in_indentation()
            if is_indentation
            else characters.syntax_tab_in_text()
        )
    name = f"U+{ord(character):04X}"
    if re.match(f"[{_BIDI}]", character):
        return characters.syntax_bidi_character(character=name)
    if character == "\ufffd":
        return characters.syntax_not_utf8()
    return characters.syntax_control_character(character=name)


def refused_in_value(text: str) -> str | None:
    """Returns the first control character in a value, written as an escape such as `\\0`; or
    None.
    """
    found = _REFUSED_IN_VALUES.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def refused_in_name(text: str) -> str | None:
    """Returns the first invisible character of a key; None if there is none."""
    return next(_invisible(text), None)


def _invisible(text: str) -> Iterator[str]:
    for character in text:
        if unicodedata.category(character) in _INVISIBLE:
            yield f"U+{ord(character):04X}"
