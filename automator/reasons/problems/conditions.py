"""Problems of expressions: wrong syntax, and mistakes that JMESPath does not report."""

from automator.model import N_
from automator.reasons.kind import problem


@problem(
    "condition-syntax",
    N_("the expression is empty"),
    N_("write a condition, as in event.type == 'comment.created'."),
)
def condition_expression_empty() -> None: ...
@problem(
    "condition-too-large",
    N_("the expression has {count:number} characters, {most:number} are allowed"),
    N_("split it into several conditions, or keep long lists in vars."),
)
def condition_expression_too_long(*, count: int, most: int) -> None: ...
@problem(
    "condition-too-large",
    N_("the expression is nested deeper than {most} levels"),
    N_("split it into several conditions, or keep long lists in vars."),
)
def condition_expression_too_deep(*, most: int) -> None: ...
@problem(
    "condition-too-large",
    N_("the expression has more than {most} parts"),
    N_("split it into several conditions, or keep long lists in vars."),
)
def condition_expression_has_too_many_parts(*, most: int) -> None: ...
@problem(
    "condition-syntax",
    N_("this is not JMESPath: the quote {quote} is not closed"),
    N_("write {quote} at the end of the text as well."),
)
def condition_expression_quote_not_closed(*, quote: str) -> None: ...
@problem(
    "condition-syntax",
    N_("this is not JMESPath: the expression ends too early"),
    N_("finish it: a bracket, a quote or a value is missing."),
)
def condition_expression_ends_early() -> None: ...
@problem(
    "condition-syntax",
    N_("this is not JMESPath: unexpected '{found}'"),
    N_("remove it, or write the missing part before it."),
)
def condition_unexpected_sign(*, found: str) -> None: ...
@problem(
    "condition-syntax", N_("this is not JMESPath: unexpected '='"), N_("write '==' to compare.")
)
def condition_unexpected_equals() -> None: ...
@problem(
    "condition-syntax",
    N_("this is not JMESPath: unexpected '='"),
    N_("write '==' to compare; remove the '=' that is too much."),
)
def condition_one_equals_too_many() -> None: ...
@problem("condition-syntax", N_("this is not JMESPath: unexpected '='"), N_("write '>='."))
def condition_equals_before_greater() -> None: ...
@problem(
    "condition-syntax",
    N_("this text ends at the quote inside of it"),
    N_("write '{text}', with a backslash before that quote."),
)
def condition_quote_inside_text(*, text: str) -> None: ...
@problem("condition-syntax", N_("this is not how a path is written here"), N_("write {better}."))
def condition_path_otherwise(*, better: str) -> None: ...
@problem(
    "condition-syntax",
    N_("this is not JMESPath: unexpected '{word}'"),
    N_("write '{operator}' instead of '{word}'."),
)
def condition_word_for_operator(*, word: str, operator: str) -> None: ...
@problem(
    "condition-syntax",
    N_("an expression has no braces around it: it is no template"),
    N_("write {inner}"),
)
def condition_braces_around(*, inner: str) -> None: ...
@problem(
    "condition-syntax",
    N_("{found} is a quotation mark of word processors, and means nothing here"),
    N_("write '{text}' with straight quotes."),
)
def condition_smart_quotes(*, found: str, text: str) -> None: ...
@problem(
    "condition-syntax",
    N_("this blank ({code}) is not the one of the space bar"),
    N_("type a space in its place."),
)
def condition_unusual_blank(*, code: str) -> None: ...
@problem(
    "condition-syntax",
    N_("a character that cannot be seen ({code}) stands here"),
    N_("delete the word and type it anew."),
)
def condition_unseen_sign(*, code: str) -> None: ...
@problem(
    "condition-syntax",
    N_("this letter ({code}) of another alphabet only looks like '{better}'"),
    N_("delete the word and type it anew."),
)
def condition_letter_like_ours(*, code: str, better: str) -> None: ...
@problem(
    "condition-syntax", N_("'{found}' means nothing in an expression"), N_("write '{better}'.")
)
def condition_lookalike_sign(*, found: str, better: str) -> None: ...
@problem("condition-syntax", N_("this is not JMESPath: unexpected '{word}'"), N_("write {better}."))
def condition_word_between(*, word: str, better: str) -> None: ...
@problem("literal-quotes", N_("the duration {text} stands without quotes"), N_("write '{text}'."))
def condition_bare_duration(*, text: str) -> None: ...
@problem(
    "condition-syntax",
    N_("'{name}' has a dash in it, so that it needs double quotes"),
    N_("write {better}."),
)
def condition_dash_in_name(*, name: str, better: str) -> None: ...
@problem("literal-quotes", N_("the text {text} stands without quotes"), N_("write '{text}'."))
def condition_bare_text(*, text: str) -> None: ...
@problem(
    "condition-syntax",
    N_("'{name}' has letters with accents in it, so that it needs double quotes"),
    N_("write {better}."),
)
def condition_accent_in_name(*, name: str, better: str) -> None: ...
@problem(
    "condition-syntax", N_("this is not JMESPath, but another language"), N_("write {better}.")
)
def condition_form_of_code(*, better: str) -> None: ...
@problem(
    "condition-syntax",
    N_("a pattern stands between quotes here, not between slashes"),
    N_("write {better}."),
)
def condition_pattern_of_slashes(*, better: str) -> None: ...
@problem(
    "condition-syntax",
    N_("an expression does not look up by the value of {by}"),
    N_("write {better} in a text, which is a template."),
)
def condition_look_up(*, by: str, better: str) -> None: ...
@problem("condition-syntax", N_("nothing stands behind this comma"), N_("remove the comma."))
def condition_comma_too_many() -> None: ...
@problem(
    "condition-syntax",
    N_("an expression does not calculate: unexpected '{sign}'"),
    N_("write sum([a, b]) to add; compare without it otherwise."),
)
def condition_calculation(*, sign: str) -> None: ...
@problem(
    "condition-syntax",
    N_("the '{bracket}' that opens here is not closed"),
    N_("write '{closing}' where it ends."),
)
def condition_bracket_left_open(*, bracket: str, closing: str) -> None: ...
@problem("bare-number", N_("the number {number} stands without backticks"), N_("write `{number}`."))
def condition_bare_number(*, number: str) -> None: ...
@problem("literal-quotes", N_("{word} without backticks names a field"), N_("write `{word}`."))
def condition_bare_word(*, word: str) -> None: ...
@problem(
    "literal-quotes",
    N_("the text in backticks is neither a number nor JSON"),
    N_("write '{text}' for the text."),
)
def condition_text_in_backticks(*, text: str) -> None: ...
@problem(
    "literal-quotes",
    N_("a number has no separators of thousands and no unit here"),
    N_("write `{number}`."),
)
def condition_number_in_groups(*, number: str) -> None: ...
@problem("quoted-field", N_("double quotes name a field"), N_("write '{text}' for the text."))
def condition_text_in_double_quotes(*, text: str) -> None: ...
@problem("missing-comma", N_("a comma is missing before this"), N_("write ','."))
def condition_missing_comma() -> None: ...
@problem(
    "not-scope", N_("'!' applies to {alone} alone here, not to the rest"), N_("write !({whole}).")
)
def condition_negation_ends_early(*, alone: str, whole: str) -> None: ...
@problem(
    "list-compared",
    N_("{source} is a list, so it cannot be compared with {literal}"),
    N_("write {better}."),
)
def condition_list_compared(*, source: str, literal: str, better: str) -> None: ...
@problem(
    "list-compared",
    N_("{source} is a list, so it cannot be compared with {literal}"),
    N_("compare inside the brackets, as in items[?price > `5`]."),
)
def condition_list_ordered(*, source: str, literal: str) -> None: ...
