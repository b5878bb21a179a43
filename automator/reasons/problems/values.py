"""Problems of single values of a file: durations, rates, times, secrets, and inputs."""

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
PASSWORD_IN_ADDRESS = problem_kind(
    "value_password_in_address",
    "wrong-value",
    N_("an address with a name and password in it is not sent to"),
    N_('write headers: {{authorization: "Basic env:NAME"}}, where NAME has both in base64'),
)
NOT_DAYS = problem_kind(
    "value_not_days",
    "wrong-value",
    N_("'{text}' is not a day or a range of days, as in mon-fri"),
    N_("change the value."),
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
TIMES_OVER_MIDNIGHT = problem_kind(
    "value_times_over_midnight",
    "wrong-value",
    N_("'{text}' goes over midnight"),
    N_("write two: {first}-24:00 and 00:00 to the end"),
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
#: Inputs of actions.
ZONE_MISSPELT = problem_kind(
    "value_zone_misspelt",
    "wrong-value",
    N_("'{zone}' is not a time zone"),
    N_("write one like Asia/Ho_Chi_Minh"),
)
NOT_OF_ANSWER = problem_kind(
    "value_not_of_answer",
    "unknown-name",
    N_("this is read over the answer, which has status, headers and body, and no '{name}'"),
    N_("write {better}."),
)
CLOCK_TIME_SPELT_OUT = problem_kind(
    "value_clock_time_spelt_out",
    "wrong-value",
    N_("'{text}' is not a time of day"),
    N_("write {better}"),
)
NOT_A_CLOCK_TIME = problem_kind(
    "value_not_a_clock_time",
    "wrong-value",
    N_("'{text}' is not a time of day"),
    N_("write 09:00, or 09:00 +1d for tomorrow"),
)
NOTHING_TO_REMEMBER = problem_kind(
    "value_nothing_to_remember",
    "wrong-value",
    N_("there is nothing to remember"),
    N_("give a name with a value, or tags"),
)
TEMPLATE_STANDS_ALONE = problem_kind(
    "value_template_stands_alone",
    "wrong-value",
    N_("template stands alone"),
    N_("leave text, one_of, attachments and buttons out"),
)
VIA_WITHOUT_TO = problem_kind(
    "value_via_without_to",
    "wrong-value",
    N_("nobody is named: the person of the event is not known to another connection"),
    N_('write to: with the id that the person has there, as in to: "{{{{ event.data.psid }}}}"'),
)
SAYS_NOTHING = problem_kind(
    "value_says_nothing",
    "wrong-value",
    N_("there is nothing to say"),
    N_("give a text, one_of or attachments"),
)
TWO_EXPECTATIONS = problem_kind(
    "value_two_expectations",
    "wrong-value",
    N_("an answer is judged in one way: by expect, choices or matches"),
    N_("keep one of them."),
)
CHOICES_TWICE = problem_kind(
    "value_choices_twice",
    "wrong-value",
    N_("a choice stands here twice"),
    N_("leave one of them out"),
)
TEXT_AND_ONE_OF = problem_kind(
    "value_text_and_one_of",
    "wrong-value",
    N_("text and one_of exclude each other"),
    N_("keep one of them"),
)
BUTTON_DOES_ONE_THING = problem_kind(
    "value_button_does_one_thing",
    "wrong-value",
    N_("a button has either a url or a payload"),
    N_("give url to open an address, or payload to get the tap as an event"),
)
BUTTONS_NEED_TEXT = problem_kind(
    "value_buttons_need_text",
    "wrong-value",
    N_("buttons need a text"),
    N_("give text or one_of"),
)
BUTTONS_AND_QUICK_REPLIES = problem_kind(
    "value_buttons_and_quick_replies",
    "wrong-value",
    N_("buttons and quick_replies exclude each other"),
    N_("keep one of them"),
)
NOT_AN_EVENT_NAME = problem_kind(
    "value_not_an_event_name",
    "wrong-value",
    N_("'{name}' cannot be the name of an event"),
    N_("write small letters and digits, with a dot, as in complaint.received"),
)
NOTHING_TO_SET = problem_kind(
    "value_nothing_to_set",
    "wrong-value",
    N_("there is nothing to set"),
    N_("give a name with a value"),
)
NO_ROOM_BETWEEN = problem_kind(
    "value_no_room_between",
    "wrong-value",
    N_("between needs a shorter wait and a longer one, of a year at most"),
    N_("write between: [20s, 90s]"),
)
ONE_TIME_NEEDED = problem_kind(
    "value_one_time_needed",
    "wrong-value",
    N_("a follow-up needs one time"),
    N_("give either after or at"),
)
BODY_AND_RAW = problem_kind(
    "value_body_and_raw",
    "wrong-value",
    N_("body and raw: true exclude each other"),
    N_("keep one of them"),
)
METHOD_WITHOUT_BODY = problem_kind(
    "value_method_without_body",
    "wrong-value",
    N_("a {method} has no body"),
    N_("use query, or method: POST"),
)
NOT_A_VALUE_NAME = problem_kind(
    "value_not_a_value_name",
    "wrong-value",
    N_("'{name}' is not a name"),
    N_("use letters, digits and '_'"),
)
NOT_A_HEADER_NAME = problem_kind(
    "value_not_a_header_name",
    "wrong-value",
    N_("'{name}' is not a header name"),
    N_("use letters, digits and '-'"),
)
HEADER_SET_BY_SERVER = problem_kind(
    "value_header_set_by_server",
    "wrong-value",
    N_("the header {name} is set by the server itself"),
    N_("leave it out"),
)
HEADER_VALUE_TOO_LONG = problem_kind(
    "value_header_value_too_long",
    "wrong-value",
    N_("the value is longer than {most} characters"),
    N_("put it into the body"),
)
HEADER_VALUE_NOT_ASCII = problem_kind(
    "value_header_value_not_ascii",
    "wrong-value",
    N_("the value has line breaks or letters that are not ASCII"),
    N_("put it into the body"),
)
NOT_HOST_AND_PORT = problem_kind(
    "value_not_host_and_port",
    "wrong-value",
    N_("'{text}' is no host with a port"),
    N_("write 10.0.0.5:8443 or crm.local:8443"),
)
NO_PUBLIC_ADDRESS = problem_kind(
    "value_no_public_address",
    "wrong-value",
    N_("'{text}' is not the address of this server"),
    N_("write its beginning alone, as in https://automator.example"),
)
SECRET_LIKE_REFERENCE = problem_kind(
    "value_secret_like_reference",
    "wrong-value",
    N_("this looks like a reference to a secret, and would be taken as the secret itself"),
    N_("write env:{name}"),
)
