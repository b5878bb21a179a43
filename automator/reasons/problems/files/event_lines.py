"""Problems of the lines of a file of events, which a simulation reads."""

from automator.model import N_
from automator.reasons.kind import problem_kind

LINE_NOT_JSON = problem_kind(
    "line_not_json",
    "line-not-json",
    N_("this line is not JSON from here on"),
    N_("write one event a line, as in {example}."),
)
LINE_CUT_OFF = problem_kind(
    "line_cut_off",
    "line-cut-off",
    N_("this line ends in the middle of a value"),
    N_("the file was cut off: copy it again, or delete the line."),
)
LINE_TOO_LONG = problem_kind(
    "line_too_long",
    "line-too-long",
    N_("this line has more than {most:number} bytes"),
    N_("leave out the parts that the rules do not read, such as the provider's own object."),
)
TOO_MANY_LINES = problem_kind(
    "too_many_lines",
    "too-many-lines",
    N_("only the first {most:number} lines are read"),
    N_("cut the file into several."),
)
NO_CONNECTION_NAMED = problem_kind(
    "no_connection_named",
    "no-connection-named",
    N_("the connection through which this comes is missing"),
    N_("name it with 'connection': {known:alternatives}."),
)
BEFORE_THE_START = problem_kind(
    "before_the_start",
    "before-the-start",
    N_("this came before the simulation begins, on {start:time}"),
    N_("begin earlier with --start, or delete the line."),
)
NOBODY_SENDS = problem_kind(
    "nobody_sends",
    "unknown-event",
    N_("no provider sends '{event}', and no rule listens to it"),
    N_("`automator send --list` names samples of the events that providers send."),
)
CANNOT_COME_IN = problem_kind(
    "cannot_come_in", "cannot-come-in", N_("this event cannot come in: {problem}")
)
