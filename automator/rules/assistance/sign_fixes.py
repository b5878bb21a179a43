"""Quick fixes for signs that nobody sees: tabs, odd blanks, and characters without any width.

Each mends all lines at once.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from automator.files import parse_yaml
from automator.files.mistakes.line_mistakes import without_odd_beginnings
from automator.model import N_
from automator.reasons.problems.files import characters
from automator.rules.assistance.fix_place import Edit, Place, QuickFix

#: Spaces for one tab that are tried, in this order.
_TAB_WIDTHS: Final = (2, 4, 8)


def _spaces(place: Place) -> Iterator[QuickFix]:
    """Spaces for the tabs before all lines, as wide as makes the file YAML again."""
    tabs = list(re.finditer(r"^[ ]*\t[ \t]*", place.text, re.MULTILINE))
    for width in _TAB_WIDTHS:
        edits = tuple(
            Edit(tab.start(), tab.end(), tab[0].replace("\t", " " * width)) for tab in tabs
        )
        if width == _TAB_WIDTHS[-1] or not _is_misread(_edited(place.text, edits)):
            yield QuickFix(N_("Use spaces"), edits)
            return


def _is_misread(text: str) -> bool:
    """Whether lines do not stand below what they stood below before."""
    parsed = parse_yaml("", text)
    return parsed.data is None or bool(parsed.problems)


def _edited(text: str, edits: Sequence[Edit]) -> str:
    for edit in reversed(edits):
        text = text[: edit.start] + edit.insert + text[edit.end :]
    return text


def _plain_beginnings(place: Place) -> Iterator[QuickFix]:
    """Spaces before all lines that begin with signs of another kind."""
    edits = tuple(Edit(*found) for found in without_odd_beginnings(place.text))
    if edits:
        yield QuickFix(N_("Use spaces"), edits)
    elif "character" in place.params:
        yield from _plain_blanks(place)


def _removed(place: Place) -> Iterator[QuickFix]:
    yield QuickFix(N_("Remove it"), (Edit(place.start, place.start + 1, ""),))


def _removed_everywhere(place: Place) -> Iterator[QuickFix]:
    """The same character in all lines."""
    edits = tuple(Edit(at, at + 1, "") for at in _places_of(place, _named_sign(place)))
    yield QuickFix(N_("Remove it"), edits)


def _spaces_in_texts(place: Place) -> Iterator[QuickFix]:
    """A space for every tab that stands behind other signs."""
    edits = tuple(
        Edit(at, at + 1, " ")
        for at in _places_of(place, "\t")
        if place.text[place.text.rfind("\n", 0, at) + 1 : at].strip()
    )
    yield QuickFix(N_("Use spaces"), edits)


def _named_sign(place: Place) -> str:
    return chr(int(str(place.params["character"]).removeprefix("U+"), 16))


def _places_of(place: Place, sign: str) -> Iterator[int]:
    return (found.start() for found in re.finditer(re.escape(sign), place.text))


def _plain_blanks(place: Place) -> Iterator[QuickFix]:
    """Spaces for blanks of another kind, before the text of the line and within it."""
    odd = _named_sign(place)
    found = [at for at, sign in enumerate(place.line, place.line_start) if sign == odd]
    if found:
        yield QuickFix(N_("Use spaces"), tuple(Edit(at, at + 1, " ") for at in found))


SIGN_FIXES: Final[Mapping[str, Callable[[Place], Iterator[QuickFix]]]] = {
    characters.TAB_IN_INDENTATION.code: _spaces,
    characters.TABS_IN_INDENTATION.code: _spaces,
    characters.TAB_IN_TEXT.code: _spaces_in_texts,
    characters.TABS_IN_TEXT.code: _spaces_in_texts,
    characters.BIDI_CHARACTER.code: _removed,
    characters.BIDI_CHARACTERS.code: _removed_everywhere,
    characters.CONTROL_CHARACTER.code: _removed,
    characters.CONTROL_CHARACTERS.code: _removed_everywhere,
    characters.INVISIBLE_IN_NAME.code: _removed,
    characters.ODD_BLANK.code: _plain_beginnings,
    characters.UNSEEN_IN_INDENTATION.code: _plain_beginnings,
    characters.ODD_INDENTATIONS.code: _plain_beginnings,
}
