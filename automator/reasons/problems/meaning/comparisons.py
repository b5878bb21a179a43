"""Warnings about comparisons that never hold, or that compare something else than was meant."""

from automator.model import N_
from automator.reasons.kind import problem_kind

CONTRADICTION = problem_kind(
    "meaning_contradiction",
    "never-holds",
    N_("this never holds: another condition wants {name} to be {wanted:alternatives}"),
    N_("remove one, or put both in any:."),
)
CONSTANT_COMPARISON = problem_kind(
    "meaning_constant_comparison",
    "constant-comparison",
    N_("this compares two constants, and no value of the event"),
    N_("name a field on one side, as in event.text; a field has no quotes around it."),
)
NOT_A_TEXT = problem_kind(
    "meaning_not_a_text",
    "never-holds",
    N_("this never holds: {name} is a text or null, and {written} is neither"),
    N_("write {name} == '{written}'."),
)
NOT_A_FLAG = problem_kind(
    "meaning_not_a_flag",
    "never-holds",
    N_("this never holds: {name} is true or false"),
    N_("write {name}, or !({name})."),
)
NOT_A_LIST = problem_kind(
    "meaning_not_a_list",
    "never-holds",
    N_("this never holds: {name} is a list"),
    N_("write contains({name}, '{text}')."),
)
ONE_VALUE_NEEDED = problem_kind(
    "meaning_one_value_needed",
    "never-holds",
    N_("this never holds: {name} is an object with several values"),
    N_("name one of its values, as in {example}."),
)
NUMBER_IN_QUOTES = problem_kind(
    "meaning_number_in_quotes",
    "never-holds",
    N_("this never holds: '{sign}' compares numbers alone, and '{text}' is a text"),
    N_("write `{number}`."),
)
TEXT_ORDERED = problem_kind(
    "meaning_text_ordered",
    "never-holds",
    N_("this never holds: '{sign}' compares numbers alone, and '{text}' is a text"),
    N_("write a number in backticks; for times there are ago() and between()."),
)
TEXT_PATH_ORDERED = problem_kind(
    "meaning_text_path_ordered",
    "never-holds",
    N_("this never holds: '{sign}' compares numbers alone, and {name} is a text"),
    N_("write to_number({name}) if it is a number that somebody has typed."),
)
NUMBER_GROUPED = problem_kind(
    "meaning_number_grouped",
    "number-grouped",
    N_("`{written}` is the number {value}: a dot begins the decimals"),
    N_("write `{digits}`."),
)
UNEQUAL_TO_LIST = problem_kind(
    "meaning_unequal_to_list",
    "never-holds",
    N_("this never holds: {name} is one value, and no list"),
    N_("write {better}."),
)
EMPTY_BESIDE_NULL = problem_kind(
    "meaning_empty_beside_null",
    "empty-or-null",
    N_("without a value {name} is null, which is not equal to ''"),
    N_("write {better}, which knows both."),
)
TEXT_FOR_NULL = problem_kind(
    "meaning_text_for_null",
    "literal-quotes",
    N_("'{text}' is a text here, and not the value null"),
    N_("write `null`."),
)
HEADER_IN_CAPITALS = problem_kind(
    "meaning_header_in_capitals",
    "never-holds",
    N_("this is always null: the names of headers are in small letters here"),
    N_("write {better}."),
)
TEMPLATE_IN_EXPRESSION = problem_kind(
    "meaning_template_in_expression",
    "template-in-expression",
    N_("an expression is no template, so that the braces stay as they are"),
    N_("write {path} alone, without quotes and braces."),
)
EVENT_IN_CAPITALS = problem_kind(
    "meaning_event_in_capitals",
    "never-holds",
    N_("this never holds: event.type is in lower case"),
    N_("write '{lower}'."),
)
NOT_LISTENED_TO = problem_kind(
    "meaning_not_listened_to",
    "never-holds",
    N_("this never holds: the trigger listens to {listened:alternatives}"),
    N_("write one of those, or add '{value}' to the trigger."),
)
NEVER_THIS_CONNECTION = problem_kind(
    "meaning_never_this_connection",
    "never-holds",
    N_("this never holds: there is no connection '{value}'"),
    N_("{suggestion}"),
)
NEVER_THIS_PROVIDER = problem_kind(
    "meaning_never_this_provider",
    "never-holds",
    N_("this never holds: no connection has the provider '{value}'"),
    N_("{suggestion}"),
)
UNKNOWN_ARM = problem_kind(
    "meaning_unknown_arm",
    "never-holds",
    N_("this never holds: the split '{split}' has no arm '{value}'"),
    N_("write one of: {known:list}."),
)
OUTER_BLANK = problem_kind(
    "meaning_outer_blank",
    "never-holds",
    N_("'{text}' has a blank at an end, and is compared with it"),
    N_("write '{better}'."),
)
TAG_AS_FIELD = problem_kind(
    "meaning_tag_as_field",
    "never-holds",
    N_("{path} is always null: the tags are a list"),
    N_("write {better}."),
)
