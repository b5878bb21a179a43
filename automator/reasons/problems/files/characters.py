"""Problems of single characters: tabs, invisible characters, and look-alikes of YAML's signs."""

from collections.abc import Sequence

from automator.model import N_
from automator.reasons.kind import problem


@problem("tab-character", N_("the indentation has a tab"), N_("use spaces, two for each level."))
def syntax_tab_in_indentation() -> None: ...
@problem(
    "tab-character",
    N_("the indentation of lines {lines:list} has tabs"),
    N_("use spaces in all of them, two for each level."),
)
def syntax_tabs_in_indentation(*, lines: Sequence[int]) -> None: ...
@problem(
    "tab-character",
    N_("the text has a tab"),
    N_('use a space, or write \\t between double quotes ("…").'),
)
def syntax_tab_in_text() -> None: ...
@problem(
    "tab-character",
    N_("texts in lines {lines:list} have tabs"),
    N_('use a space, or write \\t between double quotes ("…").'),
)
def syntax_tabs_in_text(*, lines: Sequence[int]) -> None: ...
@problem(
    "bidi-character",
    N_("an invisible character ({character}) changes the direction of the text"),
    N_("remove it; type the line anew if you cannot see it."),
)
def syntax_bidi_character(*, character: str) -> None: ...
@problem(
    "bidi-character",
    N_(
        "an invisible character ({character}) changes the direction of the text in lines"
        " {lines:list}"
    ),
    N_("remove it there; type a line anew if you cannot see it."),
)
def syntax_bidi_characters(*, character: str, lines: Sequence[int]) -> None: ...
@problem("wrong-encoding", N_("this is not UTF-8 text"), N_("save the file as UTF-8."))
def syntax_not_utf8() -> None: ...
@problem("control-character", N_("a control character ({character}) stands here"), N_("remove it."))
def syntax_control_character(*, character: str) -> None: ...
@problem(
    "control-character",
    N_("a control character ({character}) stands in lines {lines:list}"),
    N_("remove it there; type a line anew if you cannot see it."),
)
def syntax_control_characters(*, character: str, lines: Sequence[int]) -> None: ...
@problem(
    "control-character",
    N_("an escape puts the control character {character} into the text"),
    N_("remove it, or put single quotes around the whole text: {quotes}"),
)
def syntax_escaped_control_character(*, character: str, quotes: str) -> None: ...
@problem(
    "invisible-character",
    N_("this blank ({character}) is not the one of the space bar"),
    N_("type a space in its place."),
)
def syntax_odd_blank(*, character: str) -> None: ...
@problem(
    "invisible-character",
    N_("a character that cannot be seen ({character}) stands before the text of this line"),
    N_("delete the beginning of the line, and indent it anew with the space bar."),
)
def syntax_unseen_in_indentation(*, character: str) -> None: ...
@problem(
    "invisible-character",
    N_(
        "lines {lines:list} have signs before their text that only look like spaces, or cannot"
        " be seen ({characters:list})"
    ),
    N_("delete the beginning of each of these lines, and indent it anew with the space bar."),
)
def syntax_odd_indentations(*, lines: Sequence[int], characters: Sequence[str]) -> None: ...
@problem(
    "yaml-syntax",
    N_("this colon (U+FF1A) is wider than the one that YAML knows"),
    N_("write '{key}: ' with the colon of an English keyboard and a space."),
)
def syntax_wide_colon(*, key: str) -> None: ...
@problem(
    "yaml-syntax",
    N_("this sign ({character}) begins no item: YAML knows the hyphen alone"),
    N_("write '- ' with the hyphen of the keyboard."),
)
def syntax_odd_dash(*, character: str) -> None: ...
@problem(
    "invisible-character",
    N_("a name has an invisible character ({character})"),
    N_("type the name anew."),
)
def syntax_invisible_in_name(*, character: str) -> None: ...
@problem(
    "curly-quotes",
    N_("{sign} is no quotation mark of YAML, but a part of the text"),
    N_(
        "write straight quotation marks in place of these; a text that is to have them stands"
        " between straight ones."
    ),
)
def syntax_curly_quotes(*, sign: str) -> None: ...
