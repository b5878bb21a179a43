"""Reasons about the people whom steps write to by name, also through another connection."""

from automator.model import N_
from automator.reasons.kind import reason_kind

WRITTEN_THROUGH = reason_kind("written_through", N_("to {to} through {connection}: {done}"))
NOT_WRITTEN_THROUGH = reason_kind(
    "not_written_through",
    N_("to {to} through {connection}: {because}"),
    N_("{because:advice}"),
)
NOBODY_TO_WRITE_TO = reason_kind(
    "nobody_to_write_to",
    N_("there is nobody to write to through {connection}: the rendered `to` is empty"),
    N_("The event does not name the person. If that is usual, add an `if` to the step."),
)
WRONG_RECEIVER = reason_kind(
    "wrong_receiver",
    N_("{platform} knows nobody by '{to}'"),
    N_("Write the id that the platform gave the person, as `event.actor.id` has it there."),
)
