"""Problems of triggers: events, schedules, and waits for events."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import problem, reason


@problem(
    "absence-alone",
    N_("'{key}' would count when the wait begins, even if the rule never acts"),
    N_("leave it out of a rule that waits for an event."),
)
def trigger_limit_beside_absence(*, key: str) -> None: ...
@problem(
    "absence-alone",
    N_("'{key}' cannot stand beside '{wait}', which names its own events"),
    N_("write its events below '{wait}', or move it to another rule."),
)
def trigger_beside_wait(*, key: str, wait: str) -> None: ...
@problem(
    "both-of-two",
    N_("needs two events that differ"),
    N_("write two names, as in [order.paid, order.packed], each for other events."),
)
def trigger_both_of_two() -> None: ...
@problem(
    "absence-key",
    N_("the key is found in both events, so it reads 'event' and nothing else"),
    N_("write a path of the events, as in event.data.id."),
)
def trigger_absence_key() -> None: ...
@problem(
    "no-person",
    N_("'{action}' needs the person of an event, and a schedule has none"),
    N_(
        "write contacts: beside the schedule, for the people it fires for; use forward or"
        " request; or let an event of that person trigger the rule."
    ),
)
def trigger_action_without_person(*, action: str) -> None: ...
@problem(
    "no-person",
    N_("'cancel_on' waits for the person of an event, and a schedule has none"),
    N_("leave it out, and put an 'if' on the actions inside."),
)
def trigger_cancel_without_person() -> None: ...
@problem(
    "schedule-alone",
    N_("'{key}' cannot stand beside 'schedule': such a rule fires by itself"),
    N_("leave it out, or make two rules."),
)
def trigger_beside_schedule(*, key: str) -> None: ...
@problem(
    "schedule-alone",
    N_("'contacts' limits for whom a schedule fires, and the rule has no schedule"),
    N_("write when it fires, as in schedule: {{cron: '0 9 * * *'}}."),
)
def trigger_contacts_without_schedule() -> None: ...
@problem(
    "wrong-value", N_("a firing takes {most} people a second at most"), N_("write {most}/s or less")
)
def trigger_rate_of_people(*, most: int) -> None: ...
@problem("wrong-value", N_("a schedule has one rhythm"), N_("give either cron or every"))
def trigger_two_rhythms() -> None: ...
@problem(
    "wrong-value", N_("'every' does not follow a clock"), N_("leave timezone out, or write cron")
)
def trigger_every_has_no_zone() -> None: ...
@problem("wrong-value", N_("this is too often or too rare"), N_("write from 10s to 366d"))
def trigger_rhythm_out_of_range() -> None: ...
@problem("wrong-value", N_("this is too short or too long"), N_("write from 1s to 366d"))
def trigger_wait_out_of_range() -> None: ...
#: Cron lines. `name` is the name of a field, by one of the next five reasons.
@reason(N_("minute"))
def trigger_field_minute() -> None: ...
@reason(N_("hour"))
def trigger_field_hour() -> None: ...
@reason(N_("day of the month"))
def trigger_field_day() -> None: ...
@reason(N_("month"))
def trigger_field_month() -> None: ...
@reason(N_("day of the week"))
def trigger_field_weekday() -> None: ...
@reason(N_("day"))
def trigger_unit_day() -> None: ...
@reason(N_("{least}-{most}"))
def trigger_values_from(*, least: int, most: int) -> None: ...
@reason(N_("{least}-{most} or {first}-{last}"))
def trigger_values_or_names(*, least: int, most: int, first: str, last: str) -> None: ...
@problem("wrong-cron", N_("'{text}' is no cron line of five fields"), N_("write '{better}'."))
def trigger_cron_otherwise(*, text: str, better: str) -> None: ...
@reason(N_("write it below 'schedule:'."))
def trigger_below_schedule() -> None: ...
@reason(N_("write it below 'contacts:'."))
def trigger_below_contacts() -> None: ...
@reason(N_("write it below 'absence:'."))
def trigger_below_absence() -> None: ...
@problem(
    "every-minute",
    N_("the first field is '*', so that this fires in every minute of these hours"),
    N_("write 0 for once an hour, or */15 for every quarter."),
)
def trigger_every_minute() -> None: ...
@problem(
    "either-day",
    N_("the day of the month and that of the week are both given: either is enough"),
    N_(
        "make two schedules of it, or write '*' for one of them and ask for the other in"
        " conditions: weekday(now, 'Asia/Ho_Chi_Minh') == 'mon'."
    ),
)
def trigger_either_day() -> None: ...
@problem(
    "wrong-cron",
    N_("a cron line has 5 fields, and this is one"),
    N_(
        "write minute hour day-of-month month day-of-week, as in '0 9 * * mon-fri' for"
        " 09:00 from Monday to Friday."
    ),
)
def trigger_cron_one_field() -> None: ...
@problem(
    "wrong-cron",
    N_("a cron line has 5 fields, and these are {count} fields"),
    N_(
        "write minute hour day-of-month month day-of-week, as in '0 9 * * mon-fri' for"
        " 09:00 from Monday to Friday."
    ),
)
def trigger_cron_fields(*, count: int) -> None: ...
@problem(
    "wrong-cron",
    N_("a cron line has 5 fields, and these are 6 fields"),
    N_(
        "cron has no seconds here; the fields are: minute hour day-of-month month"
        " day-of-week. Or write every: 30s."
    ),
)
def trigger_cron_seconds() -> None: ...
@problem("wrong-cron", N_("there is no shortcut '{word}'"), N_("{suggestion}"))
def trigger_cron_shortcut(*, word: str, suggestion: Reason) -> None: ...
@problem(
    "wrong-cron",
    N_("'{part}' is no {name}"),
    N_("write values from {values}: '5', '1-5', '1,3,5', '*' for every one, '*/2'."),
)
def trigger_cron_part(*, part: str, name: Reason, values: Reason) -> None: ...
@problem("wrong-cron", N_("'{part}' is no {name}"), N_("write '*' alone."))
def trigger_cron_star_range(*, part: str, name: Reason) -> None: ...
@problem(
    "wrong-cron",
    N_("{word} is no {name}: they go from {least} to {most}"),
    N_("the fields are: minute hour day-of-month month day-of-week."),
)
def trigger_cron_number(
    *, word: str, name: Reason, least: int, most: int, nearest: str = ""
) -> None: ...
@problem("wrong-cron", N_("'{word}' is no sign of cron"), N_("write '{nearest}' for every one."))
def trigger_cron_question_mark(*, word: str, nearest: str) -> None: ...
@problem("wrong-cron", N_("'{word}' is no {name}"), N_("write {values}, or '*'."))
def trigger_cron_word(*, word: str, name: Reason, values: Reason) -> None: ...
@problem("wrong-cron", N_("'{word}' is no {name}"), N_("{suggestion}"))
def trigger_cron_name(*, word: str, name: Reason, suggestion: Reason) -> None: ...
@problem(
    "wrong-cron",
    N_("'{part}' ends before it begins"),
    N_("write two ranges: '{first}-{most},{least}-{last}'."),
)
def trigger_cron_range(*, part: str, first: str, most: int, least: int, last: str) -> None: ...
@problem(
    "wrong-cron",
    N_("'/{step}' is not a step: the number behind '/' is a number of {name}s"),
    N_("write a whole number, as in '*/15'."),
)
def trigger_cron_step(*, step: str, name: Reason) -> None: ...
@problem(
    "wrong-cron",
    N_("a step of {step} is more than all {name}s there are"),
    N_("write one value from {values}."),
)
def trigger_cron_large_step(*, step: int, name: Reason, values: Reason) -> None: ...
@problem(
    "wrong-cron",
    N_("a step of {step} is more than all {name}s there are"),
    N_("write one value from {values}, or every: {step}m."),
)
def trigger_cron_large_step_of_minutes(*, step: int, name: Reason, values: Reason) -> None: ...
@problem(
    "uneven-step",
    N_("'{part}' begins anew with each {around}: after {last} comes 0, {gap} {name}s later"),
    N_("write every: {every} if the distance is always to be the same."),
)
def trigger_uneven_step(
    *, part: str, around: Reason, last: int, gap: int, name: Reason, every: str
) -> None: ...
@problem(
    "wrong-cron",
    N_("there is no day {day} in {months:all}: this never fires"),
    N_("write L for the last day of a month."),
)
def trigger_no_such_date(*, day: int, months: Sequence[str]) -> None: ...
