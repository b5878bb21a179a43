"""Problems of single values of a file: durations, rates, times, networks and secrets."""

from automator.model import N_, Reason
from automator.reasons.kind import problem, reason


@problem("wrong-value", N_("'{text}' is not a duration"), N_("write 90s, 15m, 2h, 3d or 1w"))
def value_not_a_duration(*, text: str) -> None: ...
@problem("wrong-value", N_("'{text}' is not a duration"), N_("write {better}"))
def value_duration_spelt_out(*, text: str, better: str) -> None: ...
@problem("wrong-value", N_("'{number}' has no unit"), N_("write {number}s, {number}m or {number}h"))
def value_duration_without_unit(*, number: str) -> None: ...
@problem("wrong-value", N_("'{text}' is not a rate"), N_("write 50/s, 100/m or 1000/h"))
def value_not_a_rate(*, text: str) -> None: ...
@problem("wrong-value", N_("'{number}' has no unit"), N_("write 50/s, 100/m or 1000/h"))
def value_rate_without_unit(*, number: str) -> None: ...
@problem("wrong-value", N_("'{value}' is not a status"), N_("write 429, or 500-599"))
def value_not_a_status_range(*, value: str | int) -> None: ...
@problem("wrong-value", N_("'{text}' is not a network"), N_("write 203.0.113.7 or 203.0.113.0/24"))
def value_not_a_network(*, text: str) -> None: ...
@problem(
    "wrong-value", N_("a secret is a text such as env:NAME or file:PATH"), N_("change the value.")
)
def value_secret_not_text() -> None: ...
@problem(
    "secret-missing",
    N_("the environment variable {name} is not set"),
    N_("Set it before the start: export {name}=…"),
)
def value_secret_unset(*, name: str) -> None: ...
@problem(
    "secret-missing",
    N_("the secret file {path} cannot be read: {said}"),
    N_("Check the path and that this user may read it."),
)
def value_secret_unreadable(*, path: str, said: Reason) -> None: ...
@problem(
    "secret-missing",
    N_("the secret file {path} is not UTF-8 text"),
    N_("Write the secret alone into it, and save it as UTF-8."),
)
def value_secret_no_text(*, path: str) -> None: ...
@problem(
    "secret-missing",
    N_("the environment variable {name} is not UTF-8 text"),
    N_("Set it anew, to the secret alone."),
)
def value_secret_garbled(*, name: str) -> None: ...
@problem("secret-missing", N_("the secret file {path} is empty"), N_("Write the secret into it."))
def value_secret_empty(*, path: str) -> None: ...
@problem("wrong-value", N_("the value of a header is a text"), N_("put quotes around it"))
def value_header_not_text() -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is not a day or a range of days, as in mon-fri"),
    N_("change the value."),
)
def value_not_days(*, text: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is not a day or a range of days, as in mon-fri"),
    N_("write {better}."),
)
def value_days_otherwise(*, text: str, better: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is not a month or a range of months, as in jan-mar"),
    N_("change the value."),
)
def value_not_months(*, text: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is not a year or a range of years, as in 2026-2027"),
    N_("change the value."),
)
def value_not_years(*, text: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is not a day of the month, as in 1-7 or -7:-1"),
    N_("change the value."),
)
def value_not_days_of_month(*, text: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' ends before it begins"),
    N_("write two: up to the end, and from 1 on"),
)
def value_range_backwards(*, text: str) -> None: ...
@problem("wrong-value", N_("'{text}' counts from the end first"), N_("write the range from 1 on"))
def value_range_from_the_end(*, text: str) -> None: ...
@problem(
    "wrong-value",
    N_("this never begins: its months have {most} days at most"),
    N_("take other days of the month; the last one is -1"),
)
def value_never_open(*, most: int) -> None: ...
@problem(
    "wrong-value",
    N_("this is more than `low`, so that {low} bytes would be told after deliveries are refused"),
    N_("write at most as much as `low`; half of it is usual"),
)
def value_above_low(*, low: int) -> None: ...
@reason(N_('write times: "08:00-21:00".'))
def value_hours_are_times() -> None: ...
@problem("wrong-value", N_("'{text}' is not a range of times"), N_("write 08:00-21:00"))
def value_not_times(*, text: str) -> None: ...
@problem("wrong-value", N_("'{text}' is not a range of times"), N_("write {better}."))
def value_times_otherwise(*, text: str, better: str) -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' goes over midnight"),
    N_('write two: ["{first}-24:00", "00:00-{last}"].'),
)
def value_times_over_midnight(*, text: str, first: str, last: str) -> None: ...
@problem("wrong-value", N_("there is no time zone '{value}'"), N_("write {nearest}."))
def value_zone_otherwise(*, value: str, nearest: str) -> None: ...
@problem(
    "wrong-value", N_("there is no time zone '{zone}'"), N_("write a name such as Asia/Ho_Chi_Minh")
)
def value_not_a_zone(*, zone: str) -> None: ...
@problem(
    "wrong-value",
    N_("this looks like a reference to a secret, and would be taken as the secret itself"),
    N_("write env:{name}"),
)
def value_secret_like_reference(*, name: str) -> None: ...
