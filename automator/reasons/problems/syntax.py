"""Problems of YAML: a file cannot be read, or means something else than it says."""

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
COLON_WITHOUT_BLANK = problem_kind(
    "syntax_colon_without_blank",
    "yaml-syntax",
    N_("a space is missing behind '{key}:'"),
    N_("write '{key}: '."),
)
DASH_WITHOUT_BLANK = problem_kind(
    "syntax_dash_without_blank",
    "yaml-syntax",
    N_("a space is missing behind '-'"),
    N_("write '- {key}: …'."),
)
CODE_FENCE = problem_kind(
    "syntax_code_fence",
    "yaml-syntax",
    N_("``` frames the file in a chat and is no part of it"),
    N_("remove this line, the other one with ```, and all text outside of the two."),
)
ODD_DASH = problem_kind(
    "syntax_odd_dash",
    "yaml-syntax",
    N_("this sign ({character}) begins no item: YAML knows the hyphen alone"),
    N_("write '- ' with the hyphen of the keyboard."),
)
UNKNOWN_ESCAPE = problem_kind(
    "syntax_unknown_escape",
    "yaml-quotes",
    N_("'{escape}' means nothing between double quotes"),
    N_("put single quotes around the whole text: {quotes}"),
)
INVISIBLE_IN_NAME = problem_kind(
    "syntax_invisible_in_name",
    "invisible-character",
    N_("a name has an invisible character ({character})"),
    N_("type the name anew."),
)
FILE_TOO_LARGE = problem_kind(
    "syntax_file_too_large",
    "file-too-large",
    N_("the file has more than {most:number} bytes, which is the most that is read"),
    N_("split it into several files."),
)
FILE_NOT_WHOLE = problem_kind(
    "syntax_file_not_whole",
    "file-too-large",
    N_("only the first {most:number} bytes of the file are shown: saving would lose the rest"),
    N_("split it into several files on the machine of the server."),
)
FILE_TOO_DEEP = problem_kind(
    "syntax_file_too_deep",
    "too-deep",
    N_("this is nested more than {most} levels deep"),
    N_("put quotes around it if it is a text; write it flatter otherwise."),
)
FILE_HAS_TOO_MANY_VALUES = problem_kind(
    "syntax_file_has_too_many_values",
    "too-many-values",
    N_("the file has more than {most:number} values"),
    N_("split it into several files."),
)
DIRECTIVE = problem_kind(
    "syntax_directive",
    "yaml-directive",
    N_("directives are not used here"),
    N_("remove the lines that begin with '%'."),
)
SECOND_DOCUMENT = problem_kind(
    "syntax_second_document",
    "several-documents",
    N_("a second document begins here"),
    N_("put each document into a file of its own."),
)
ALIAS = problem_kind(
    "syntax_alias",
    "yaml-anchor",
    N_("an alias ('*') points somewhere else, which is not used here"),
    N_("write it out, or put quotes around the whole text: {quotes}"),
)
ANCHOR = problem_kind(
    "syntax_anchor",
    "yaml-anchor",
    N_("an anchor ('&') gives this a name, which is not used here"),
    N_("write it out, or put quotes around the whole text: {quotes}"),
)
SET_TWICE = problem_kind(
    "syntax_set_twice",
    "duplicate-key",
    N_("'{key}' is already set on line {line}"),
    N_("remove one of them; YAML would silently keep the last."),
)
NAME_MISSING = problem_kind(
    "syntax_name_missing", "yaml-key", N_("a name is missing before the ':'"), N_("write the name.")
)
NAME_EXPECTED = problem_kind(
    "syntax_name_expected",
    "yaml-key",
    N_("a name is expected before the ':'"),
    N_("put quotes around the whole text: {quotes}"),
)
TEMPLATE_WITHOUT_QUOTES = problem_kind(
    "syntax_template_without_quotes",
    "yaml-quotes",
    N_("a text that begins with '{{{{' needs quotes"),
    N_("put quotes around the whole text: {quotes}"),
)
TAG_WITHOUT_QUOTES = problem_kind(
    "syntax_tag_without_quotes",
    "yaml-quotes",
    N_("a text that begins with '!' needs quotes"),
    N_("put quotes around the whole text: {quotes}"),
)
TAG = problem_kind(
    "syntax_tag",
    "yaml-quotes",
    N_("tags ('!!') are not used here"),
    N_("put quotes around the whole text: {quotes}"),
)
TEXT_WITH_COLON = problem_kind(
    "syntax_text_with_colon",
    "yaml-quotes",
    N_("a text with ': ' inside needs quotes"),
    N_("put quotes around the whole text: {quotes}"),
)
CONDITION_WITH_COLON = problem_kind(
    "syntax_condition_with_colon",
    "yaml-quotes",
    N_("a text with ': ' inside needs quotes"),
    N_("put double quotes around the whole line behind '- '."),
)
TEXT_BETWEEN_BRACKETS = problem_kind(
    "syntax_text_between_brackets",
    "yaml-quotes",
    N_("between brackets a text with brackets, commas or ': ' of its own needs quotes"),
    N_("put quotes around this text alone: {quotes}"),
)
TEXT_BEGINS_WITH_SIGN = problem_kind(
    "syntax_text_begins_with_sign",
    "yaml-quotes",
    N_("a text cannot begin with '{sign}' here"),
    N_("put quotes around the whole text: {quotes}"),
)
TEXT_BEHIND_QUOTES = problem_kind(
    "syntax_text_behind_quotes",
    "yaml-quotes",
    N_("the text goes on behind its closing quotation mark"),
    N_("put quotes around the whole text; double a quotation mark that belongs to it."),
)
EXPRESSION_BEGINS_WITH_QUOTE = problem_kind(
    "syntax_expression_begins_with_quote",
    "yaml-quotes",
    N_("an expression that begins with a quotation mark needs quotes around it"),
    N_("put quotes around the whole text: {quotes}"),
)
CUT_BY_COMMENT = problem_kind(
    "syntax_cut_by_comment",
    "yaml-comment",
    N_("everything behind ' #' is a comment and not part of the text"),
    N_("put quotes around the whole text: {quotes}, or put a space behind '#' if it is a comment."),
)
QUOTE_NOT_CLOSED = problem_kind(
    "syntax_quote_not_closed",
    "yaml-syntax",
    N_("the quotation mark that opens here is never closed"),
    N_("close it, or double it if it belongs to the text."),
)
NEITHER_NAME_NOR_TEXT = problem_kind(
    "syntax_neither_name_nor_text",
    "yaml-syntax",
    N_("this is neither a name with ':' nor a part of the text above it"),
    N_("write 'name: value', or indent the line if it continues the text above it."),
)
DOES_NOT_CONTINUE = problem_kind(
    "syntax_does_not_continue",
    "yaml-syntax",
    N_("this does not continue the line above it"),
    N_("check the indentation: items and keys of one level begin in the same column."),
)
BRACKET_NOT_CLOSED = problem_kind(
    "syntax_bracket_not_closed",
    "yaml-syntax",
    N_("the bracket that opens here is never closed"),
    N_("close it, or put quotes around the whole text if it is one."),
)
NOT_YAML = problem_kind(
    "syntax_not_yaml",
    "yaml-syntax",
    N_("this is not YAML: {said}"),
    N_("check the line and the one above it; put quotes around texts with special characters."),
)
UNREADABLE_YAML = problem_kind(
    "syntax_unreadable_yaml", "yaml-syntax", N_("this is not YAML: {said}"), N_("check the file.")
)
UNREADABLE_FILE = problem_kind(
    "syntax_unreadable_file",
    "unreadable-file",
    N_("this cannot be read: {said}"),
    N_("see that it is there, and let the user that runs the server read it."),
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
LINK_LEADS_OUT = problem_kind(
    "syntax_link_leads_out",
    "link-left-out",
    N_("this link leads out of the rules folder, to {target}, and is left out"),
    N_("put the file itself in its place."),
)
LINK_TO_NO_FILE = problem_kind(
    "syntax_link_to_no_file",
    "link-left-out",
    N_("this link leads to no file that can be read ({target}), and is left out"),
    N_("let it lead to a rule file in the rules folder, or delete it."),
)
LINK_TO_FOLDER = problem_kind(
    "syntax_link_to_folder",
    "link-left-out",
    N_("links to folders are not followed: the rule files in {target} are left out"),
    N_("put the files themselves into a folder of this name."),
)
MORE_PROBLEMS = problem_kind(
    "syntax_more_problems",
    "too-many-problems",
    N_("the file has more than {most} problems; the others are not listed"),
    N_("mend those that are listed, then check the file again."),
)
MORE_WARNINGS = problem_kind(
    "syntax_more_warnings",
    "too-many-problems",
    N_("the file has more than {most} warnings; the others are not listed"),
    N_("mend those that are listed, then check the file again."),
)
