"""The numbers that figures take from an address: how far they look back, and at how much."""

from automator.server.http.parameters import NumberParameter

_LONGEST_DAYS = 365
#: Of the times of answers, and of those who had none in time.
ANSWER_DAYS = NumberParameter(name="days", usual=7, most=_LONGEST_DAYS)
ANSWER_EVENTS = NumberParameter(name="events", usual=4_000, most=200_000)
#: Of the ways of people through a rule.
FUNNEL_DAYS = NumberParameter(name="days", usual=30, most=_LONGEST_DAYS)
FUNNEL_RUNS = NumberParameter(name="runs", usual=300, most=20_000)
#: Of the missed buyers alone; without minutes the settings say how long an answer may take.
MISSED_MINUTES = NumberParameter(name="minutes", usual=30, most=1_440)
MISSED_BUYERS = NumberParameter(name="limit", usual=50, most=200)
#: Of the coverage of rules.
COVERAGE_EVENTS = NumberParameter(name="events", usual=2_000, most=20_000)
