"""Problems of single characters: nobody sees them, or they only look like those of YAML."""

from automator.model import N_
from automator.reasons.kind import problem_kind

TAB_IN_INDENTATION = problem_kind(
    "syntax_tab_in_indentation",
    "tab-character",
    N_("the indentation has a tab"),
    N_("use spaces, two for each level."),
)
TABS_IN_INDENTATION = problem_kind(
    "syntax_tabs_in_indentation",
    "tab-character",
    N_("the indentation of lines {lines:list} has tabs"),
    N_("use spaces in all of them, two for each level."),
)
TAB_IN_TEXT = problem_kind(
    "syntax_tab_in_text",
    "tab-character",
    N_("the text has a tab"),
    N_('use a space, or write \\t between double quotes ("…").'),
)
TABS_IN_TEXT = problem_kind(
    "syntax_tabs_in_text",
    "tab-character",
    N_("texts in lines {lines:list} have tabs"),
    N_('use a space, or write \\t between double quotes ("…").'),
)
BIDI_CHARACTER = problem_kind(
    "syntax_bidi_character",
    "bidi-character",
    N_("an invisible character ({character}) changes the direction of the text"),
    N_("remove it; type the line anew if you cannot see it."),
)
BIDI_CHARACTERS = problem_kind(
    "syntax_bidi_characters",
    "bidi-character",
    N_(
        "an invisible character ({character}) changes the direction of the text in lines"
        " {lines:list}"
    ),
    N_("remove it there; type a line anew if you cannot see it."),
)
NOT_UTF8 = problem_kind(
    "syntax_not_utf8", "wrong-encoding", N_("this is not UTF-8 text"), N_("save the file as UTF-8.")
)
CONTROL_CHARACTER = problem_kind(
    "syntax_control_character",
    "control-character",
    N_("a control character ({character}) stands here"),
    N_("remove it."),
)
CONTROL_CHARACTERS = problem_kind(
    "syntax_control_characters",
    "control-character",
    N_("a control character ({character}) stands in lines {lines:list}"),
    N_("remove it there; type a line anew if you cannot see it."),
)
ESCAPED_CONTROL_CHARACTER = problem_kind(
    "syntax_escaped_control_character",
    "control-character",
    N_("an escape puts the control character {character} into the text"),
    N_("remove it, or put single quotes around the whole text: {quotes}"),
)
ODD_BLANK = problem_kind(
    "syntax_odd_blank",
    "invisible-character",
    N_("this blank ({character}) is not the one of the space bar"),
    N_("type a space in its place."),
)
UNSEEN_IN_INDENTATION = problem_kind(
    "syntax_unseen_in_indentation",
    "invisible-character",
    N_("a character that cannot be seen ({character}) stands before the text of this line"),
    N_("delete the beginning of the line, and indent it anew with the space bar."),
)
ODD_INDENTATIONS = problem_kind(
    "syntax_odd_indentations",
    "invisible-character",
    N_(
        "lines {lines:list} have signs before their text that only look like spaces, or cannot"
        " be seen ({characters:list})"
    ),
    N_("delete the beginning of each of these lines, and indent it anew with the space bar."),
)
WIDE_COLON = problem_kind(
    "syntax_wide_colon",
    "yaml-syntax",
    N_("this colon (U+FF1A) is wider than the one that YAML knows"),
    N_("write '{key}: ' with the colon of an English keyboard and a space."),
)
ODD_DASH = problem_kind(
    "syntax_odd_dash",
    "yaml-syntax",
    N_("this sign ({character}) begins no item: YAML knows the hyphen alone"),
    N_("write '- ' with the hyphen of the keyboard."),
)
INVISIBLE_IN_NAME = problem_kind(
    "syntax_invisible_in_name",
    "invisible-character",
    N_("a name has an invisible character ({character})"),
    N_("type the name anew."),
)
CURLY_QUOTES = problem_kind(
    "syntax_curly_quotes",
    "curly-quotes",
    N_("{sign} is no quotation mark of YAML, but a part of the text"),
    N_(
        "write straight quotation marks in place of these; a text that is to have them stands"
        " between straight ones."
    ),
)
