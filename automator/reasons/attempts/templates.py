"""Failures of templates while they are filled in for an event."""

from automator.model import N_
from automator.reasons.kind import reason_kind

# --- What the event does not have ---

_SPELLING = N_("Check the spelling, or write a value for when it is missing: | default('…').")
TEMPLATE_NAME_MISSING = reason_kind(
    "template_name_missing", N_("there is no '{name}' here"), _SPELLING
)
VALUE_MISSING = reason_kind(
    "template_value_missing", N_("there is no '{name}' in this event's values"), _SPELLING
)
VALUE_MISSPELT = reason_kind(
    "template_value_misspelt",
    N_("there is no '{name}' in this event's values; did you mean '{nearest}'?"),
    _SPELLING,
)

# --- Values that cannot be used ---

_LOOK = N_("Compare the template with the fields of a real event.")
AMOUNT_TOO_LARGE = reason_kind("template_amount_too_large", N_("this amount is too large"), _LOOK)
NO_SUCH_SIGN = reason_kind(
    "template_no_such_sign", N_("date has no sign '%{sign}'; it has %{known}"), _LOOK
)
JOIN_NEEDS_LIST = reason_kind("template_join_needs_list", N_("join needs a list"), _LOOK)
REPLACE_NEEDS_TEXT = reason_kind(
    "template_replace_needs_text", N_("replace needs a text to look for"), _LOOK
)
LENGTH_OF_WHAT = reason_kind(
    "template_length_of_what", N_("length needs a text, a list or an object"), _LOOK
)
ARGUMENT_NOT_TEXT = reason_kind(
    "template_argument_not_text",
    N_("a filter's argument is a text of at most 100 characters"),
    _LOOK,
)
ENDS_OF_WHAT = reason_kind(
    "template_ends_of_what", N_("first and last need a list or a text"), _LOOK
)
NUMBER_NEEDED = reason_kind("template_number_needed", N_("a number is needed here"), _LOOK)
NOT_A_NUMBER = reason_kind("template_not_a_number", N_("'{text}' is not a number"), _LOOK)
TEMPLATE_NOT_A_TIME = reason_kind("template_not_a_time", N_("'{text}' is not a time"), _LOOK)
TEMPLATE_NO_SUCH_ZONE = reason_kind(
    "template_no_such_zone",
    N_("there is no time zone '{zone}'"),
    N_("Write one such as Asia/Ho_Chi_Minh."),
)
TWO_NUMBERS_NEEDED = reason_kind(
    "template_two_numbers_needed", N_("'{operator}' needs two numbers"), _LOOK
)
TWO_ALIKE_NEEDED = reason_kind(
    "template_two_alike_needed", N_("'{operator}' needs two numbers or two texts"), _LOOK
)
LOOP_NEEDS_LIST = reason_kind("template_loop_needs_list", N_("a loop needs a list"), _LOOK)
VALUE_UNUSABLE = reason_kind(
    "template_value_unusable", N_("a value cannot be used as it is"), _LOOK
)
KINDS_DIFFER = reason_kind(
    "template_kinds_differ", N_("values of the wrong kind are put together"), _LOOK
)
DIVIDED_BY_ZERO = reason_kind("template_divided_by_zero", N_("a number is divided by zero"), _LOOK)
ROOT_OF_NEGATIVE = reason_kind(
    "template_root_of_negative", N_("a root of a negative number is taken"), _LOOK
)
TEMPLATE_NESTED_TOO_DEEPLY = reason_kind(
    "template_nested_too_deeply", N_("a value is nested too deeply"), _LOOK
)
VALUES_DO_NOT_FIT = reason_kind("template_values_do_not_fit", N_("its values do not fit"), _LOOK)
DOTS_IN_ADDRESS = reason_kind(
    "template_dots_in_address", N_("a placeholder made '..' in the path of an address"), _LOOK
)

# --- Tracked links ---

TRACKED_ELSEWHERE = reason_kind(
    "template_tracked_elsewhere",
    N_("a tracked link is only for a message, and this step sends none"),
    N_("Write the address itself, without | tracked."),
)
TRACKED_TOO_LONG = reason_kind(
    "template_tracked_too_long",
    N_("the address of a tracked link has more than {most} characters"),
    N_("Take a shorter address, or write it without | tracked."),
)

# --- Limits ---

_SMALLER = N_("Make the template smaller.")
TEXT_BECOMES_TOO_LONG = reason_kind(
    "template_text_too_long", N_("a text has more than {most} characters"), _SMALLER
)
SUM_TOO_LONG = reason_kind(
    "template_sum_too_long", N_("a text or a list becomes too long"), _SMALLER
)
TRUNCATE_LENGTH = reason_kind(
    "template_truncate_length", N_("truncate takes a length from 1 to {most}"), _SMALLER
)
JOIN_TOO_LONG = reason_kind(
    "template_join_too_long", N_("join takes at most {most} items"), _SMALLER
)
ROUND_DIGITS = reason_kind(
    "template_round_digits", N_("round takes from -15 to 15 digits"), _SMALLER
)
RANGE_TOO_LONG = reason_kind(
    "template_range_too_long", N_("range gives at most {most} numbers"), _SMALLER
)
LOOP_TOO_LONG = reason_kind(
    "template_loop_too_long", N_("a loop goes through at most {most} items"), _SMALLER
)
TEMPLATE_NUMBER_TOO_LARGE = reason_kind(
    "template_number_too_large", N_("a number becomes too large"), _SMALLER
)
TOO_MUCH_WORK = reason_kind(
    "template_too_much_work", N_("the template does too much work"), _SMALLER
)
ARM_OF_WHOM = reason_kind(
    "template_arm_of_whom",
    N_("arm needs the id of a person"),
    N_("Write event.actor.id | arm('greeting', ['a', 'b'])."),
)
NO_ARMS = reason_kind(
    "template_no_arms",
    N_("these are no arms"),
    N_("Name each once, as in ['a', 'b'], or with shares, as in {{'a': 70, 'b': 30}}."),
)
