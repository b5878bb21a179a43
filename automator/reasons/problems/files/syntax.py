"""Problems of YAML: a file cannot be parsed, or means something else than it says."""

from automator.model import N_
from automator.reasons.kind import problem_kind

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
UNKNOWN_ESCAPE = problem_kind(
    "syntax_unknown_escape",
    "yaml-quotes",
    N_("'{escape}' means nothing between double quotes"),
    N_("put single quotes around the whole text: {quotes}"),
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
