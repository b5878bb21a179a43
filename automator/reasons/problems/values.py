"""Problems of single values of a file: durations, rates, times, networks and secrets."""

from automator.model import N_
from automator.reasons.kind import problem_kind, reason_kind

NOT_A_DURATION = problem_kind(
    "value_not_a_duration",
    "wrong-value",
    N_("'{text}' is not a duration"),
    N_("write 90s, 15m, 2h, 3d or 1w"),
)
DURATION_SPELT_OUT = problem_kind(
    "value_duration_spelt_out",
    "wrong-value",
    N_("'{text}' is not a duration"),
    N_("write {better}"),
)
DURATION_WITHOUT_UNIT = problem_kind(
    "value_duration_without_unit",
    "wrong-value",
    N_("'{number}' has no unit"),
    N_("write {number}s, {number}m or {number}h"),
)
NOT_A_RATE = problem_kind(
    "value_not_a_rate",
    "wrong-value",
    N_("'{text}' is not a rate"),
    N_("write 50/s, 100/m or 1000/h"),
)
RATE_WITHOUT_UNIT = problem_kind(
    "value_rate_without_unit",
    "wrong-value",
    N_("'{number}' has no unit"),
    N_("write 50/s, 100/m or 1000/h"),
)
NOT_A_STATUS_RANGE = problem_kind(
    "value_not_a_status_range",
    "wrong-value",
    N_("'{value}' is not a status"),
    N_("write 429, or 500-599"),
)
NOT_A_NETWORK = problem_kind(
    "value_not_a_network",
    "wrong-value",
    N_("'{text}' is not a network"),
    N_("write 203.0.113.7 or 203.0.113.0/24"),
)
SECRET_NOT_TEXT = problem_kind(
    "value_secret_not_text",
    "wrong-value",
    N_("a secret is a text such as env:NAME or file:PATH"),
    N_("change the value."),
)
SECRET_UNSET = problem_kind(
    "value_secret_unset",
    "secret-missing",
    N_("the environment variable {name} is not set"),
    N_("Set it before the start: export {name}=…"),
)
SECRET_UNREADABLE = problem_kind(
    "value_secret_unreadable",
    "secret-missing",
    N_("the secret file {path} cannot be read: {said}"),
    N_("Check the path and that this user may read it."),
)
SECRET_NO_TEXT = problem_kind(
    "value_secret_no_text",
    "secret-missing",
    N_("the secret file {path} is not UTF-8 text"),
    N_("Write the secret alone into it, and save it as UTF-8."),
)
SECRET_GARBLED = problem_kind(
    "value_secret_garbled",
    "secret-missing",
    N_("the environment variable {name} is not UTF-8 text"),
    N_("Set it anew, to the secret alone."),
)
SECRET_EMPTY = problem_kind(
    "value_secret_empty",
    "secret-missing",
    N_("the secret file {path} is empty"),
    N_("Write the secret into it."),
)
HEADER_NOT_TEXT = problem_kind(
    "value_header_not_text",
    "wrong-value",
    N_("the value of a header is a text"),
    N_("put quotes around it"),
)
NOT_DAYS = problem_kind(
    "value_not_days",
    "wrong-value",
    N_("'{text}' is not a day or a range of days, as in mon-fri"),
    N_("change the value."),
)
DAYS_OTHERWISE = problem_kind(
    "value_days_otherwise",
    "wrong-value",
    N_("'{text}' is not a day or a range of days, as in mon-fri"),
    N_("write {better}."),
)
NOT_MONTHS = problem_kind(
    "value_not_months",
    "wrong-value",
    N_("'{text}' is not a month or a range of months, as in jan-mar"),
    N_("change the value."),
)
NOT_YEARS = problem_kind(
    "value_not_years",
    "wrong-value",
    N_("'{text}' is not a year or a range of years, as in 2026-2027"),
    N_("change the value."),
)
NOT_DAYS_OF_MONTH = problem_kind(
    "value_not_days_of_month",
    "wrong-value",
    N_("'{text}' is not a day of the month, as in 1-7 or -7:-1"),
    N_("change the value."),
)
RANGE_BACKWARDS = problem_kind(
    "value_range_backwards",
    "wrong-value",
    N_("'{text}' ends before it begins"),
    N_("write two: up to the end, and from 1 on"),
)
RANGE_FROM_THE_END = problem_kind(
    "value_range_from_the_end",
    "wrong-value",
    N_("'{text}' counts from the end first"),
    N_("write the range from 1 on"),
)
NEVER_OPEN = problem_kind(
    "value_never_open",
    "wrong-value",
    N_("this never begins: its months have {most} days at most"),
    N_("take other days of the month; the last one is -1"),
)
HOURS_ARE_TIMES = reason_kind("value_hours_are_times", N_('write times: "08:00-21:00".'))
NOT_TIMES = problem_kind(
    "value_not_times",
    "wrong-value",
    N_("'{text}' is not a range of times"),
    N_("write 08:00-21:00"),
)
TIMES_OTHERWISE = problem_kind(
    "value_times_otherwise",
    "wrong-value",
    N_("'{text}' is not a range of times"),
    N_("write {better}."),
)
TIMES_OVER_MIDNIGHT = problem_kind(
    "value_times_over_midnight",
    "wrong-value",
    N_("'{text}' goes over midnight"),
    N_('write two: ["{first}-24:00", "00:00-{last}"].'),
)
ZONE_OTHERWISE = problem_kind(
    "value_zone_otherwise",
    "wrong-value",
    N_("there is no time zone '{value}'"),
    N_("write {nearest}."),
)
NOT_A_ZONE = problem_kind(
    "value_not_a_zone",
    "wrong-value",
    N_("there is no time zone '{zone}'"),
    N_("write a name such as Asia/Ho_Chi_Minh"),
)
SECRET_LIKE_REFERENCE = problem_kind(
    "value_secret_like_reference",
    "wrong-value",
    N_("this looks like a reference to a secret, and would be taken as the secret itself"),
    N_("write env:{name}"),
)
