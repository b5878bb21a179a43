"""Names of people, which have to be looked up at the provider."""

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(N_("{done}; the name was looked up: {name}"))
def name_looked_up(*, done: Reason, name: str) -> None: ...
@reason(
    N_("{done}; the name could not be looked up: {because}"),
    N_("Write default('…') behind the name; look_up_names: false in the connection asks no more."),
)
def name_not_looked_up(*, done: Reason, because: Reason) -> None: ...
@reason(N_("the provider did not give it"))
def name_not_given() -> None: ...
@reason(N_("the provider did not answer in time"))
def no_name_in_time() -> None: ...
