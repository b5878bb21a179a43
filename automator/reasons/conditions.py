"""Reasons of conditions: the values that they met, and what kept them from being evaluated."""

from automator.model import N_
from automator.reasons.kind import reason_kind

# --- Values that have no short form in the language of rules ---

LIST_OF = reason_kind("list_of", N_("a list of {count}"))
LIST_WITH = reason_kind("list_with", N_("a list with {values:list}"))
EMPTY_LIST = reason_kind("empty_list", N_("an empty list"))
OBJECT_WITH = reason_kind("object_with", N_("an object with {count} keys"))
EMPTY_OBJECT = reason_kind("empty_object", N_("an empty object"))
MISSING_VALUE = reason_kind("missing_value", N_("missing"))
TEXT_VALUE = reason_kind("text_value", N_("text {value}"))
NUMBER_VALUE = reason_kind("number_value", N_("number {value}"))

# --- Kinds of values ---

A_BOOLEAN = reason_kind("kind_boolean", N_("true or false"))
A_LIST = reason_kind("kind_list", N_("a list"))
AN_OBJECT = reason_kind("kind_object", N_("an object"))
A_NULL = reason_kind("kind_null", N_("null"))
A_TEXT = reason_kind("kind_text", N_("text"))
A_NUMBER = reason_kind("kind_number", N_("a number"))
AN_EXPRESSION = reason_kind("kind_expression", N_("an expression"))
A_LIST_OF_NUMBERS = reason_kind("kind_numbers", N_("a list of numbers"))
A_LIST_OF_TEXTS = reason_kind("kind_texts", N_("a list of texts"))

# --- Which value decided ---

IS = reason_kind("value_is", N_("{what} is {value}"))
IT_IS = reason_kind("it_is", N_("it is {value}"))
#: Paths that people know by another name.
THE_TEXT = reason_kind("path_of_text", N_("the text"))
THE_POST = reason_kind("path_of_post", N_("the text of the post"))
THE_POST_ID = reason_kind("path_of_post_id", N_("the number of the post"))
THE_SENDER = reason_kind("path_of_sender", N_("the sender's name"))
THE_CONTACT = reason_kind("path_of_contact", N_("the contact's name"))
THE_TAGS = reason_kind("path_of_tags", N_("the list of tags"))
#: What the rule looks for, where it compares with a value of its own.
LOOKS_FOR = reason_kind("looks_for", N_("the rule looks for {wanted}"))
LOOKS_FOR_ONE_OF = reason_kind("looks_for_one_of", N_("the rule looks for {wanted:alternatives}"))
LOOKS_FOR_ANOTHER = reason_kind("looks_for_another", N_("the rule looks for anything but {wanted}"))
LOOKS_FOR_MORE = reason_kind("looks_for_more", N_("the rule looks for more than {wanted}"))
LOOKS_FOR_AT_LEAST = reason_kind("looks_for_at_least", N_("the rule looks for at least {wanted}"))
LOOKS_FOR_LESS = reason_kind("looks_for_less", N_("the rule looks for less than {wanted}"))
LOOKS_FOR_AT_MOST = reason_kind("looks_for_at_most", N_("the rule looks for at most {wanted}"))
NOT_BETWEEN = reason_kind(
    "not_between",
    N_("the rule looks for a time from {first} to {last}, and it is {time} ({zone})"),
)
IS_MISSING = reason_kind("is_missing", N_("{what} is missing"))
AND_MORE = reason_kind("and_more", N_("and {count} more"))
KEYWORD_EXCLUDED = reason_kind(
    "keyword_excluded", N_("the text '{text}' has the word '{word}', which the rule excludes")
)
KEYWORDS_MISSING = reason_kind(
    "keywords_missing",
    N_("the rule looks for all of its words, and the text '{text}' is without {words:list}"),
)
KEYWORDS_NOT_FOUND = reason_kind(
    "keywords_not_found",
    N_("the rule looks for {words:alternatives}, and the text '{text}' has none of these"),
)
KEYWORDS_NOT_ALONE = reason_kind(
    "keywords_not_alone",
    N_("the rule looks for {words:alternatives} and nothing else, and the text is '{text}'"),
)
KEYWORD_OTHER_ACCENTS = reason_kind(
    "keyword_other_accents",
    N_("'{typed}' has other accents than '{word}', and is another word"),
    N_("To find it with any accents, write the word without accents in the list."),
)
KEYWORD_MATCHED = reason_kind("keyword_matched", N_("word '{word}' matched"))
KEYWORD_MATCHED_AT = reason_kind(
    "keyword_matched_at", N_("word '{word}' matched at '{typed}' (position {position})")
)

FOUND_IN_TEXT = reason_kind("found_in_text", N_("{function}() finds {values:list} in '{text}'"))
FOUND_NOTHING_IN_TEXT = reason_kind(
    "found_nothing_in_text", N_("{function}() finds nothing in '{text}'")
)

# --- Why it could not be evaluated ---

OVER_BUDGET = reason_kind(
    "over_budget",
    N_("over budget: {problem}"),
    N_("Narrow it down before [*], [], map() or a list of copies."),
)
TOO_MANY_ELEMENTS = reason_kind(
    "too_many_elements", N_("it produces more than {limit:number} elements")
)
TOO_SLOW = reason_kind("too_slow", N_("it takes more than {limit:duration}"))
#: The reason of a rule that is not evaluated, or not to its end.
EVENT_SPENT = reason_kind(
    "event_budget_spent",
    N_("the time of one event was used up: {limit:duration} for the conditions of all rules"),
)
TEXT_TOO_LONG = reason_kind(
    "text_too_long",
    N_("matches() reads {limit:number} characters, the text has {count:number}"),
    N_("Use contains() or keywords() for long texts."),
)
WRONG_KIND = reason_kind("wrong_kind", N_("{what} is {value}, not {wanted:alternatives}"))
WRONG_KIND_INSIDE = reason_kind(
    "wrong_kind_inside", N_("{what} has {value} in it, it is not {wanted:alternatives}")
)
WRONG_ARGUMENT = reason_kind(
    "wrong_argument", N_("{function}() got {value}, not {wanted:alternatives}")
)
NOT_A_TIME = reason_kind("not_a_time", N_("{value} is not a time"))
TOO_LONG_TO_READ = reason_kind("too_long_to_read", N_("{value} is too long for it"))
NESTED_TOO_DEEPLY = reason_kind("nested_too_deeply", N_("a value is nested too deeply"))
NUMBER_TOO_LARGE = reason_kind("number_too_large", N_("a value is too large a number"))
SLICE_STEP_ZERO = reason_kind("slice_step_zero", N_("the step of a slice is 0"))
CANNOT_BE_COMPUTED = reason_kind("cannot_be_computed", N_("{what} cannot be computed"))
IT_CANNOT_BE_COMPUTED = reason_kind("it_cannot_be_computed", N_("it cannot be computed"))

# --- Why a value is no key of a limit or a wait ---

TOO_LARGE_FOR_KEY = reason_kind("too_large_for_key", N_("it is too large for a key"))
NO_KEY_IN_EVENT = reason_kind("no_key_in_event", N_("the event does not have it"))
