"""Messages to a receiver that the step itself names."""

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(N_("to {to} through {connection}: {done}"))
def written_through(*, to: str, connection: str, done: Reason) -> None: ...
@reason(N_("to {to} through {connection}: {because}"), N_("{because:advice}"))
def not_written_through(*, to: str, connection: str, because: Reason) -> None: ...
@reason(
    N_("there is nobody to write to through {connection}: the rendered `to` is empty"),
    N_("The event does not name the person. If that is usual, add an `if` to the step."),
)
def nobody_to_write_to(*, connection: str) -> None: ...
@reason(
    N_("{platform} knows nobody by '{to}'"),
    N_("Write the id that the platform gave the person, as `event.actor.id` has it there."),
)
def wrong_receiver(*, platform: str, to: str) -> None: ...
