"""Problems of expressions: their syntax, and mistakes that JMESPath does not report."""

from automator.model import N_
from automator.reasons.kind import problem_kind

EXPRESSION_EMPTY = problem_kind(
    "condition_expression_empty",
    "condition-syntax",
    N_("the expression is empty"),
    N_("write a condition, as in event.type == 'comment.created'."),
)
EXPRESSION_TOO_LONG = problem_kind(
    "condition_expression_too_long",
    "condition-too-large",
    N_("the expression has {count:number} characters, {most:number} are allowed"),
    N_("split it into several conditions, or keep long lists in vars."),
)
EXPRESSION_TOO_DEEP = problem_kind(
    "condition_expression_too_deep",
    "condition-too-large",
    N_("the expression is nested deeper than {most} levels"),
    N_("split it into several conditions, or keep long lists in vars."),
)
EXPRESSION_HAS_TOO_MANY_PARTS = problem_kind(
    "condition_expression_has_too_many_parts",
    "condition-too-large",
    N_("the expression has more than {most} parts"),
    N_("split it into several conditions, or keep long lists in vars."),
)
EXPRESSION_QUOTE_NOT_CLOSED = problem_kind(
    "condition_expression_quote_not_closed",
    "condition-syntax",
    N_("this is not JMESPath: the quote {quote} is not closed"),
    N_("write {quote} at the end of the text as well."),
)
EXPRESSION_ENDS_EARLY = problem_kind(
    "condition_expression_ends_early",
    "condition-syntax",
    N_("this is not JMESPath: the expression ends too early"),
    N_("finish it: a bracket, a quote or a value is missing."),
)
UNEXPECTED_SIGN = problem_kind(
    "condition_unexpected_sign",
    "condition-syntax",
    N_("this is not JMESPath: unexpected '{found}'"),
    N_("remove it, or write the missing part before it."),
)
UNEXPECTED_EQUALS = problem_kind(
    "condition_unexpected_equals",
    "condition-syntax",
    N_("this is not JMESPath: unexpected '='"),
    N_("write '==' to compare."),
)
ONE_EQUALS_TOO_MANY = problem_kind(
    "condition_one_equals_too_many",
    "condition-syntax",
    N_("this is not JMESPath: unexpected '='"),
    N_("write '==' to compare; remove the '=' that is too much."),
)
EQUALS_BEFORE_GREATER = problem_kind(
    "condition_equals_before_greater",
    "condition-syntax",
    N_("this is not JMESPath: unexpected '='"),
    N_("write '>='."),
)
QUOTE_INSIDE_TEXT = problem_kind(
    "condition_quote_inside_text",
    "condition-syntax",
    N_("this text ends at the quote inside of it"),
    N_("write '{text}', with a backslash before that quote."),
)
PATH_OTHERWISE = problem_kind(
    "condition_path_otherwise",
    "condition-syntax",
    N_("this is not how a path is written here"),
    N_("write {better}."),
)
WORD_FOR_OPERATOR = problem_kind(
    "condition_word_for_operator",
    "condition-syntax",
    N_("this is not JMESPath: unexpected '{word}'"),
    N_("write '{operator}' instead of '{word}'."),
)
BRACES_AROUND = problem_kind(
    "condition_braces_around",
    "condition-syntax",
    N_("an expression has no braces around it: it is no template"),
    N_("write {inner}"),
)
SMART_QUOTES = problem_kind(
    "condition_smart_quotes",
    "condition-syntax",
    N_("{found} is a quotation mark of word processors, and means nothing here"),
    N_("write '{text}' with straight quotes."),
)
UNUSUAL_BLANK = problem_kind(
    "condition_unusual_blank",
    "condition-syntax",
    N_("this blank ({code}) is not the one of the space bar"),
    N_("type a space in its place."),
)
UNSEEN_SIGN = problem_kind(
    "condition_unseen_sign",
    "condition-syntax",
    N_("a character that cannot be seen ({code}) stands here"),
    N_("delete the word and type it anew."),
)
LETTER_LIKE_OURS = problem_kind(
    "condition_letter_like_ours",
    "condition-syntax",
    N_("this letter ({code}) of another alphabet only looks like '{better}'"),
    N_("delete the word and type it anew."),
)
LOOKALIKE_SIGN = problem_kind(
    "condition_lookalike_sign",
    "condition-syntax",
    N_("'{found}' means nothing in an expression"),
    N_("write '{better}'."),
)
WORD_BETWEEN = problem_kind(
    "condition_word_between",
    "condition-syntax",
    N_("this is not JMESPath: unexpected '{word}'"),
    N_("write {better}."),
)
BARE_DURATION = problem_kind(
    "condition_bare_duration",
    "literal-quotes",
    N_("the duration {text} stands without quotes"),
    N_("write '{text}'."),
)
DASH_IN_NAME = problem_kind(
    "condition_dash_in_name",
    "condition-syntax",
    N_("'{name}' has a dash in it, so that it needs double quotes"),
    N_("write {better}."),
)
BARE_TEXT = problem_kind(
    "condition_bare_text",
    "literal-quotes",
    N_("the text {text} stands without quotes"),
    N_("write '{text}'."),
)
ACCENT_IN_NAME = problem_kind(
    "condition_accent_in_name",
    "condition-syntax",
    N_("'{name}' has letters with accents in it, so that it needs double quotes"),
    N_("write {better}."),
)
FORM_OF_CODE = problem_kind(
    "condition_form_of_code",
    "condition-syntax",
    N_("this is not JMESPath, but another language"),
    N_("write {better}."),
)
PATTERN_OF_SLASHES = problem_kind(
    "condition_pattern_of_slashes",
    "condition-syntax",
    N_("a pattern stands between quotes here, not between slashes"),
    N_("write {better}."),
)
LOOK_UP = problem_kind(
    "condition_look_up",
    "condition-syntax",
    N_("an expression does not look up by the value of {by}"),
    N_("write {better} in a text, which is a template."),
)
COMMA_TOO_MANY = problem_kind(
    "condition_comma_too_many",
    "condition-syntax",
    N_("nothing stands behind this comma"),
    N_("remove the comma."),
)
CALCULATION = problem_kind(
    "condition_calculation",
    "condition-syntax",
    N_("an expression does not calculate: unexpected '{sign}'"),
    N_("write sum([a, b]) to add; compare without it otherwise."),
)
BRACKET_LEFT_OPEN = problem_kind(
    "condition_bracket_left_open",
    "condition-syntax",
    N_("the '{bracket}' that opens here is not closed"),
    N_("write '{closing}' where it ends."),
)
BARE_NUMBER = problem_kind(
    "condition_bare_number",
    "bare-number",
    N_("the number {number} stands without backticks"),
    N_("write `{number}`."),
)
BARE_WORD = problem_kind(
    "condition_bare_word",
    "literal-quotes",
    N_("{word} without backticks names a field"),
    N_("write `{word}`."),
)
TEXT_IN_BACKTICKS = problem_kind(
    "condition_text_in_backticks",
    "literal-quotes",
    N_("the text in backticks is neither a number nor JSON"),
    N_("write '{text}' for the text."),
)
NUMBER_IN_GROUPS = problem_kind(
    "condition_number_in_groups",
    "literal-quotes",
    N_("a number has no separators of thousands and no unit here"),
    N_("write `{number}`."),
)
TEXT_IN_DOUBLE_QUOTES = problem_kind(
    "condition_text_in_double_quotes",
    "quoted-field",
    N_("double quotes name a field"),
    N_("write '{text}' for the text."),
)
MISSING_COMMA = problem_kind(
    "condition_missing_comma",
    "missing-comma",
    N_("a comma is missing before this"),
    N_("write ','."),
)
NEGATION_ENDS_EARLY = problem_kind(
    "condition_negation_ends_early",
    "not-scope",
    N_("'!' applies to {alone} alone here, not to the rest"),
    N_("write !({whole})."),
)
LIST_COMPARED = problem_kind(
    "condition_list_compared",
    "list-compared",
    N_("{source} is a list, so it cannot be compared with {literal}"),
    N_("write {better}."),
)
LIST_ORDERED = problem_kind(
    "condition_list_ordered",
    "list-compared",
    N_("{source} is a list, so it cannot be compared with {literal}"),
    N_("compare inside the brackets, as in items[?price > `5`]."),
)
