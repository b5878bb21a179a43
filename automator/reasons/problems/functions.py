"""Problems of calls in expressions: the function, how many arguments it has, and which."""

from automator.model import N_
from automator.reasons.kind import problem_kind, reason_kind

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
FUNCTION_CALLED_OTHERWISE = problem_kind(
    "condition_function_called_otherwise",
    "unknown-function",
    N_("{name}() is written otherwise here"),
    N_("write {better}."),
)
ARGUMENTS_OTHERWISE = problem_kind(
    "condition_arguments_otherwise",
    "wrong-argument",
    N_("the arguments of {name}() are written otherwise here"),
    N_("write {better}."),
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
ZONE_MISSING = problem_kind(
    "condition_zone_missing",
    "wrong-arity",
    N_("{name}() needs a time zone as its last value"),
    N_("write {call}, '{zone}'). The zone is a guess: name the one whose clock counts."),
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
    N_("remove it: every text contains an empty word."),
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
    N_("the pattern '{text}' begins with '*', which repeats the part before it"),
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
TIME_COMES_FIRST = problem_kind(
    "condition_time_comes_first",
    "wrong-argument",
    N_("ago() takes the time first, and then how long ago"),
    N_("write ago(event.received_at, '2h')."),
)
NOT_A_SPAN = problem_kind(
    "condition_not_a_span",
    "wrong-argument",
    N_("{value} is not a duration"),
    N_("write 90s, 15m, 2h, 3d or 1w in single quotes."),
)
SPAN_SPELT_OUT = problem_kind(
    "condition_span_spelt_out",
    "wrong-argument",
    N_("{value} is not a duration"),
    N_("write '{better}'."),
)
NO_SUCH_ZONE = problem_kind(
    "condition_no_such_zone",
    "wrong-argument",
    N_("there is no time zone {value}"),
    N_("write its name in single quotes: 'Asia/Ho_Chi_Minh', 'Asia/Bangkok', 'UTC'."),
)
TIME_OF_DAY_SPELT_OUT = problem_kind(
    "condition_time_of_day_spelt_out",
    "wrong-argument",
    N_("{value} is not a time of day"),
    N_("write '{better}'."),
)
NOT_A_TIME_OF_DAY = problem_kind(
    "condition_not_a_time_of_day",
    "wrong-argument",
    N_("{value} is not a time of day"),
    N_("write it with four digits in single quotes, from '00:00' to '23:59'."),
)
SPLIT_NOT_A_NAME = problem_kind(
    "function_split_not_a_name",
    "wrong-argument",
    N_("arm() needs the name of the split, written out"),
    N_("write arm(event.actor.id, 'greeting', ['a', 'b'])."),
)
ARMS_NOT_WRITTEN = problem_kind(
    "function_arms_not_written",
    "wrong-argument",
    N_("the arms of arm() have to be written out"),
    N_("write ['a', 'b'], or {{a: `70`, b: `30`}} with the share of each."),
)
NOT_ARMS = problem_kind(
    "function_not_arms",
    "wrong-argument",
    N_("{value} is no list of arms"),
    N_("write up to {most} names, each once, as in ['a', 'b'] or {{a: `70`, b: `30`}}."),
)
