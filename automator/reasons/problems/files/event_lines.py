"""Problems of single lines in a file of events for a simulation."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import problem


@problem(
    "line-not-json",
    N_("this line is not JSON from here on"),
    N_("write one event a line, as in {example}."),
)
def line_not_json(*, example: str) -> None: ...
@problem(
    "line-cut-off",
    N_("this line ends in the middle of a value"),
    N_("the file was cut off: copy it again, or delete the line."),
)
def line_cut_off() -> None: ...
@problem(
    "line-too-long",
    N_("this line has more than {most:number} bytes"),
    N_("leave out the parts that the rules do not read, such as the provider's own object."),
)
def line_too_long(*, most: int) -> None: ...
@problem(
    "too-many-lines",
    N_("only the first {most:number} lines are read"),
    N_("cut the file into several."),
)
def too_many_lines(*, most: int) -> None: ...
@problem(
    "no-connection-named",
    N_("the connection through which this comes is missing"),
    N_("name it with 'connection': {known:alternatives}."),
)
def no_connection_named(*, known: Sequence[str]) -> None: ...
@problem(
    "before-the-start",
    N_("this came before the simulation begins, on {start:time}"),
    N_("begin earlier with --start, or delete the line."),
)
def before_the_start(*, start: int) -> None: ...
@problem(
    "unknown-event",
    N_("no provider sends '{event}', and no rule listens to it"),
    N_("`automator send --list` names samples of the events that providers send."),
)
def nobody_sends(*, event: str) -> None: ...
@problem("cannot-come-in", N_("this event cannot come in: {problem}"))
def cannot_come_in(*, problem: Reason) -> None: ...
