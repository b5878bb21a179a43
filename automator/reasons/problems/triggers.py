"""Problems of triggers: events, schedules, and waiting for an absence."""

from automator.model import N_
from automator.reasons.kind import problem_kind, reason_kind

LIMIT_BESIDE_ABSENCE = problem_kind(
    "trigger_limit_beside_absence",
    "absence-alone",
    N_("'{key}' would count when the wait begins, even if the rule never acts"),
    N_("leave it out of a rule that waits for an absence."),
)
EVENT_BESIDE_ABSENCE = problem_kind(
    "trigger_event_beside_absence",
    "absence-alone",
    N_("'event' cannot stand beside 'absence', which names its own first event"),
    N_("move it to after."),
)
SCHEDULE_BESIDE_ABSENCE = problem_kind(
    "trigger_schedule_beside_absence",
    "absence-alone",
    N_("'schedule' cannot stand beside 'absence', which names its own first event"),
    N_("move it to another rule."),
)
ABSENCE_KEY = problem_kind(
    "trigger_absence_key",
    "absence-key",
    N_("the key is found in both events, so it reads 'event' and nothing else"),
    N_("write a path of the events, as in event.data.id."),
)
ACTION_WITHOUT_PERSON = problem_kind(
    "trigger_action_without_person",
    "no-person",
    N_("'{action}' needs the person of an event, and a schedule has none"),
    N_(
        "write contacts: beside the schedule, for the people it fires for; use forward or"
        " request; or let an event of that person trigger the rule."
    ),
)
CANCEL_WITHOUT_PERSON = problem_kind(
    "trigger_cancel_without_person",
    "no-person",
    N_("'cancel_on' waits for the person of an event, and a schedule has none"),
    N_("leave it out, and put an 'if' on the actions inside."),
)
BESIDE_SCHEDULE = problem_kind(
    "trigger_beside_schedule",
    "schedule-alone",
    N_("'{key}' cannot stand beside 'schedule': such a rule fires by itself"),
    N_("leave it out, or make two rules."),
)
CONTACTS_WITHOUT_SCHEDULE = problem_kind(
    "trigger_contacts_without_schedule",
    "schedule-alone",
    N_("'contacts' limits for whom a schedule fires, and the rule has no schedule"),
    N_("write when it fires, as in schedule: {{cron: '0 9 * * *'}}."),
)
RATE_OF_PEOPLE = problem_kind(
    "trigger_rate_of_people",
    "wrong-value",
    N_("a firing takes {most} people a second at most"),
    N_("write {most}/s or less"),
)
TWO_RHYTHMS = problem_kind(
    "trigger_two_rhythms",
    "wrong-value",
    N_("a schedule has one rhythm"),
    N_("give either cron or every"),
)
EVERY_HAS_NO_ZONE = problem_kind(
    "trigger_every_has_no_zone",
    "wrong-value",
    N_("'every' does not follow a clock"),
    N_("leave timezone out, or write cron"),
)
RHYTHM_OUT_OF_RANGE = problem_kind(
    "trigger_rhythm_out_of_range",
    "wrong-value",
    N_("this is too often or too rare"),
    N_("write from 10s to 366d"),
)
WAIT_OUT_OF_RANGE = problem_kind(
    "trigger_wait_out_of_range",
    "wrong-value",
    N_("this is too short or too long"),
    N_("write from 1s to 366d"),
)
#: Cron lines. `name` is one of the fields below.
FIELD_MINUTE = reason_kind("trigger_field_minute", N_("minute"))
FIELD_HOUR = reason_kind("trigger_field_hour", N_("hour"))
FIELD_DAY = reason_kind("trigger_field_day", N_("day of the month"))
FIELD_MONTH = reason_kind("trigger_field_month", N_("month"))
FIELD_WEEKDAY = reason_kind("trigger_field_weekday", N_("day of the week"))
UNIT_DAY = reason_kind("trigger_unit_day", N_("day"))
VALUES_FROM = reason_kind("trigger_values_from", N_("{least}-{most}"))
VALUES_OR_NAMES = reason_kind("trigger_values_or_names", N_("{least}-{most} or {first}-{last}"))
CRON_OTHERWISE = problem_kind(
    "trigger_cron_otherwise",
    "wrong-cron",
    N_("'{text}' is no cron line of five fields"),
    N_("write '{better}'."),
)
BELOW_SCHEDULE = reason_kind("trigger_below_schedule", N_("write it below 'schedule:'."))
BELOW_CONTACTS = reason_kind("trigger_below_contacts", N_("write it below 'contacts:'."))
BELOW_ABSENCE = reason_kind("trigger_below_absence", N_("write it below 'absence:'."))
EVERY_MINUTE = problem_kind(
    "trigger_every_minute",
    "every-minute",
    N_("the first field is '*', so that this fires in every minute of these hours"),
    N_("write 0 for once an hour, or */15 for every quarter."),
)
EITHER_DAY = problem_kind(
    "trigger_either_day",
    "either-day",
    N_("the day of the month and that of the week are both given: either is enough"),
    N_(
        "make two schedules of it, or write '*' for one of them and ask for the other in"
        " conditions: weekday(now, 'Asia/Ho_Chi_Minh') == 'mon'."
    ),
)
CRON_ONE_FIELD = problem_kind(
    "trigger_cron_one_field",
    "wrong-cron",
    N_("a cron line has 5 fields, and this is one"),
    N_(
        "write minute hour day-of-month month day-of-week, as in '0 9 * * mon-fri' for"
        " 09:00 from Monday to Friday."
    ),
)
CRON_FIELDS = problem_kind(
    "trigger_cron_fields",
    "wrong-cron",
    N_("a cron line has 5 fields, and these are {count} fields"),
    N_(
        "write minute hour day-of-month month day-of-week, as in '0 9 * * mon-fri' for"
        " 09:00 from Monday to Friday."
    ),
)
CRON_SECONDS = problem_kind(
    "trigger_cron_seconds",
    "wrong-cron",
    N_("a cron line has 5 fields, and these are 6 fields"),
    N_(
        "cron has no seconds here; the fields are: minute hour day-of-month month"
        " day-of-week. Or write every: 30s."
    ),
)
CRON_SHORTCUT = problem_kind(
    "trigger_cron_shortcut", "wrong-cron", N_("there is no shortcut '{word}'"), N_("{suggestion}")
)
CRON_PART = problem_kind(
    "trigger_cron_part",
    "wrong-cron",
    N_("'{part}' is no {name}"),
    N_("write values from {values}: '5', '1-5', '1,3,5', '*' for every one, '*/2'."),
)
CRON_STAR_RANGE = problem_kind(
    "trigger_cron_star_range", "wrong-cron", N_("'{part}' is no {name}"), N_("write '*' alone.")
)
CRON_NUMBER = problem_kind(
    "trigger_cron_number",
    "wrong-cron",
    N_("{word} is no {name}: they go from {least} to {most}"),
    N_("the fields are: minute hour day-of-month month day-of-week."),
)
CRON_QUESTION_MARK = problem_kind(
    "trigger_cron_question_mark",
    "wrong-cron",
    N_("'{word}' is no sign of cron"),
    N_("write '{nearest}' for every one."),
)
CRON_WORD = problem_kind(
    "trigger_cron_word", "wrong-cron", N_("'{word}' is no {name}"), N_("write {values}, or '*'.")
)
CRON_NAME = problem_kind(
    "trigger_cron_name", "wrong-cron", N_("'{word}' is no {name}"), N_("{suggestion}")
)
CRON_RANGE = problem_kind(
    "trigger_cron_range",
    "wrong-cron",
    N_("'{part}' ends before it begins"),
    N_("write two ranges: '{first}-{most},{least}-{last}'."),
)
CRON_STEP = problem_kind(
    "trigger_cron_step",
    "wrong-cron",
    N_("'/{step}' is not a step: the number behind '/' is a number of {name}s"),
    N_("write a whole number, as in '*/15'."),
)
CRON_LARGE_STEP = problem_kind(
    "trigger_cron_large_step",
    "wrong-cron",
    N_("a step of {step} is more than all {name}s there are"),
    N_("write one value from {values}."),
)
CRON_LARGE_STEP_OF_MINUTES = problem_kind(
    "trigger_cron_large_step_of_minutes",
    "wrong-cron",
    N_("a step of {step} is more than all {name}s there are"),
    N_("write one value from {values}, or every: {step}m."),
)
UNEVEN_STEP = problem_kind(
    "trigger_uneven_step",
    "uneven-step",
    N_("'{part}' begins anew with each {around}: after {last} comes 0, {gap} {name}s later"),
    N_("write every: {every} if the distance is always to be the same."),
)
NO_SUCH_DATE = problem_kind(
    "trigger_no_such_date",
    "wrong-cron",
    N_("there is no day {day} in {months:all}: this never fires"),
    N_("write L for the last day of a month."),
)
