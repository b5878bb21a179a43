"""Problems of YAML: a file cannot be parsed, or is read otherwise than its author means."""

from automator.model import N_
from automator.reasons.kind import problem


@problem("yaml-syntax", N_("a space is missing behind '{key}:'"), N_("write '{key}: '."))
def syntax_colon_without_blank(*, key: str) -> None: ...
@problem("yaml-syntax", N_("a space is missing behind '-'"), N_("write '- {key}: …'."))
def syntax_dash_without_blank(*, key: str) -> None: ...
@problem(
    "yaml-syntax",
    N_("``` frames the file in a chat and is no part of it"),
    N_("remove this line, the other one with ```, and all text outside of the two."),
)
def syntax_code_fence() -> None: ...
@problem(
    "yaml-quotes",
    N_("'{escape}' means nothing between double quotes"),
    N_("put single quotes around the whole text: {quotes}"),
)
def syntax_unknown_escape(*, escape: str, quotes: str) -> None: ...
@problem(
    "yaml-directive",
    N_("directives are not used here"),
    N_("remove the lines that begin with '%'."),
)
def syntax_directive() -> None: ...
@problem(
    "several-documents",
    N_("a second document begins here"),
    N_("put each document into a file of its own."),
)
def syntax_second_document() -> None: ...
@problem(
    "yaml-anchor",
    N_("an alias ('*') points somewhere else, which is not used here"),
    N_("write it out, or put quotes around the whole text: {quotes}"),
)
def syntax_alias(*, quotes: str) -> None: ...
@problem(
    "yaml-anchor",
    N_("an anchor ('&') gives this a name, which is not used here"),
    N_("write it out, or put quotes around the whole text: {quotes}"),
)
def syntax_anchor(*, quotes: str) -> None: ...
@problem(
    "duplicate-key",
    N_("'{key}' is already set on line {line}"),
    N_("remove one of them; YAML would silently keep the last."),
)
def syntax_set_twice(*, key: str, line: int) -> None: ...
@problem("yaml-key", N_("a name is missing before the ':'"), N_("write the name."))
def syntax_name_missing() -> None: ...
@problem(
    "yaml-key",
    N_("a name is expected before the ':'"),
    N_("put quotes around the whole text: {quotes}"),
)
def syntax_name_expected(*, quotes: str) -> None: ...
@problem(
    "yaml-quotes",
    N_("a text that begins with '{{{{' needs quotes"),
    N_("put quotes around the whole text: {quotes}"),
)
def syntax_template_without_quotes(*, quotes: str) -> None: ...
@problem(
    "yaml-quotes",
    N_("a text that begins with '!' needs quotes"),
    N_("put quotes around the whole text: {quotes}"),
)
def syntax_tag_without_quotes(*, quotes: str) -> None: ...
@problem(
    "yaml-quotes",
    N_("tags ('!!') are not used here"),
    N_("put quotes around the whole text: {quotes}"),
)
def syntax_tag(*, quotes: str) -> None: ...
@problem(
    "yaml-quotes",
    N_("a text with ': ' inside needs quotes"),
    N_("put quotes around the whole text: {quotes}"),
)
def syntax_text_with_colon(*, quotes: str) -> None: ...
@problem(
    "yaml-quotes",
    N_("a text with ': ' inside needs quotes"),
    N_("put double quotes around the whole line behind '- '."),
)
def syntax_condition_with_colon() -> None: ...
@problem(
    "yaml-quotes",
    N_("between brackets a text with brackets, commas or ': ' of its own needs quotes"),
    N_("put quotes around this text alone: {quotes}"),
)
def syntax_text_between_brackets(*, quotes: str) -> None: ...
@problem(
    "yaml-quotes",
    N_("a text cannot begin with '{sign}' here"),
    N_("put quotes around the whole text: {quotes}"),
)
def syntax_text_begins_with_sign(*, sign: str, quotes: str) -> None: ...
@problem(
    "yaml-quotes",
    N_("the text goes on behind its closing quotation mark"),
    N_("put quotes around the whole text; double a quotation mark that belongs to it."),
)
def syntax_text_behind_quotes() -> None: ...
@problem(
    "yaml-quotes",
    N_("an expression that begins with a quotation mark needs quotes around it"),
    N_("put quotes around the whole text: {quotes}"),
)
def syntax_expression_begins_with_quote(*, quotes: str) -> None: ...
@problem(
    "yaml-comment",
    N_("everything behind ' #' is a comment and not part of the text"),
    N_("put quotes around the whole text: {quotes}, or put a space behind '#' if it is a comment."),
)
def syntax_cut_by_comment(*, quotes: str) -> None: ...
@problem(
    "yaml-syntax",
    N_("the quotation mark that opens here is never closed"),
    N_("close it, or double it if it belongs to the text."),
)
def syntax_quote_not_closed() -> None: ...
@problem(
    "yaml-syntax",
    N_("this is neither a name with ':' nor a part of the text above it"),
    N_("write 'name: value', or indent the line if it continues the text above it."),
)
def syntax_neither_name_nor_text() -> None: ...
@problem(
    "yaml-syntax",
    N_("this does not continue the line above it"),
    N_("check the indentation: items and keys of one level begin in the same column."),
)
def syntax_does_not_continue() -> None: ...
@problem(
    "yaml-syntax",
    N_("the bracket that opens here is never closed"),
    N_("close it, or put quotes around the whole text if it is one."),
)
def syntax_bracket_not_closed() -> None: ...
@problem(
    "yaml-syntax",
    N_("this is not YAML: {said}"),
    N_("check the line and the one above it; put quotes around texts with special characters."),
)
def syntax_not_yaml(*, said: str) -> None: ...
@problem("yaml-syntax", N_("this is not YAML: {said}"), N_("check the file."))
def syntax_unreadable_yaml(*, said: str) -> None: ...
