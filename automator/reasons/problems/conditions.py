"""Problems of expressions: their syntax, their functions, and what JMESPath does not say."""

from automator.model import N_
from automator.reasons.kind import problem_kind, reason_kind

EXPRESSION_EMPTY = problem_kind(
    "condition_expression_empty",
    "condition-syntax",
    N_("the expression is empty"),
    N_("write what must hold, as in event.type == 'comment.created'."),
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
    N_("remove it, or write what is missing before it."),
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
    N_("what stands in backticks here is no number and no JSON"),
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
    N_("'!' belongs to {alone} alone here, not to what follows"),
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
UNKNOWN_FUNCTION = problem_kind(
    "condition_unknown_function",
    "unknown-function",
    N_("unknown function {name}()"),
    N_("the functions are: {known:list}."),
)
MISSPELT_FUNCTION = problem_kind(
    "condition_misspelt_function",
    "unknown-function",
    N_("unknown function {name}()"),
    N_("did you mean {nearest}()?"),
)
WRONG_ARITY = problem_kind(
    "condition_wrong_arity",
    "wrong-arity",
    N_("{name}() has {count} arguments, {needed}"),
    N_("write {usage}."),
)
WRONG_ARITY_OF_ONE = problem_kind(
    "condition_wrong_arity_of_one",
    "wrong-arity",
    N_("{name}() has 1 argument, {needed}"),
    N_("write {usage}."),
)
NEEDED_AT_LEAST = reason_kind("condition_needed_at_least", N_("at least {least} needed"))
NEEDED_EXACTLY = reason_kind("condition_needed_exactly", N_("{least} needed"))
NEEDED_BETWEEN = reason_kind("condition_needed_between", N_("{least} to {most} needed"))
#: Arguments that are written out and cannot work. `value` is as Python writes it.
NOT_WORDS = problem_kind(
    "condition_not_words",
    "wrong-argument",
    N_("keywords() needs a list of texts"),
    N_("write keywords(event.text, ['giá', 'bao nhiêu'])."),
)
EMPTY_WORD = problem_kind(
    "condition_empty_word",
    "wrong-argument",
    N_("the word list has an empty word"),
    N_("remove it: an empty word would stand in every text."),
)
OPTIONS_NOT_OBJECT = problem_kind(
    "condition_options_not_object",
    "wrong-argument",
    N_("the options of keywords() are not an object"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
UNKNOWN_OPTION = problem_kind(
    "condition_unknown_option",
    "wrong-argument",
    N_("keywords() has no option '{option}'"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
UNKNOWN_MODE = problem_kind(
    "condition_unknown_mode",
    "wrong-argument",
    N_("keywords() has no mode {value}"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
ALL_NOT_BOOLEAN = problem_kind(
    "condition_all_not_boolean",
    "wrong-argument",
    N_("the option 'all' is neither true nor false"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
TYPOS_OUT_OF_RANGE = problem_kind(
    "condition_typos_out_of_range",
    "wrong-argument",
    N_("the option 'typos' is not 0, 1 or 2"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
TYPOS_WITHOUT_WORDS = problem_kind(
    "condition_typos_without_words",
    "wrong-argument",
    N_("the option 'typos' only works with mode 'word'"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
PATTERN_TOO_LONG = problem_kind(
    "condition_pattern_too_long",
    "wrong-pattern",
    N_("the pattern has {count} characters, {most} are allowed"),
    N_("shorten it, or use keywords() for a list of words."),
)
PATTERN_UNREADABLE = problem_kind(
    "condition_pattern_unreadable",
    "wrong-pattern",
    N_("the pattern cannot be read: {said}"),
    N_("use the RE2 syntax: it has no look-ahead and no back-references."),
)
PATTERN_OF_STARS = problem_kind(
    "condition_pattern_of_stars",
    "wrong-pattern",
    N_("the pattern '{text}' begins with '*', which repeats what is before it"),
    N_("write '{better}': it is found anywhere in the text."),
)
PATTERN_STEPS = problem_kind(
    "condition_pattern_steps",
    "wrong-pattern",
    N_(
        "the pattern has {count:number} steps when its repetitions are written out,"
        " {most:number} are allowed"
    ),
    N_("repeat less, as in {{1,20}} for {{1,900}}, or without a number: + or *."),
)
PATTERN_TOO_MANY_STEPS = problem_kind(
    "condition_pattern_too_many_steps",
    "wrong-pattern",
    N_(
        "the pattern has more steps when its repetitions are written out, {most:number} are allowed"
    ),
    N_("repeat less, as in {{1,20}} for {{1,900}}, or without a number: + or *."),
)
PATTERN_NOT_TEXT = problem_kind(
    "condition_pattern_not_text",
    "wrong-pattern",
    N_("the pattern of matches() is not a text"),
    N_("write it in single quotes: matches(event.text, '[0-9]+k')."),
)
NOT_A_SPAN = problem_kind(
    "condition_not_a_span",
    "wrong-argument",
    N_("{value} is not a duration"),
    N_("write 90s, 15m, 2h, 3d or 1w in single quotes."),
)
NO_SUCH_ZONE = problem_kind(
    "condition_no_such_zone",
    "wrong-argument",
    N_("there is no time zone {value}"),
    N_("write its name in single quotes: 'Asia/Ho_Chi_Minh', 'Asia/Bangkok', 'UTC'."),
)
NOT_A_TIME_OF_DAY = problem_kind(
    "condition_not_a_time_of_day",
    "wrong-argument",
    N_("{value} is not a time of day"),
    N_("write it with four digits in single quotes, from '00:00' to '23:59'."),
)
