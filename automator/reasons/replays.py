"""Runs and events that a replay leaves out, and refused deliveries that stay refused."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(N_("replayed already"))
def already_replayed() -> None: ...
@reason(N_("changed meanwhile"))
def changed_meanwhile() -> None: ...
@reason(N_("other reasons"))
def other_reasons() -> None: ...


# --- A run ---


@reason(N_("still under way"))
def still_under_way() -> None: ...
@reason(N_("held since a backup was restored: release or cancel it"))
def held_since_restore() -> None: ...
@reason(N_("{state}: only replayed when the filter names state={state}"))
def only_when_named(*, state: str) -> None: ...
@reason(N_("its rules were never decided: replay its event"))
def never_decided() -> None: ...
@reason(N_("it waited for an event, and ended without acting"))
def wait_has_ended() -> None: ...
@reason(N_("its event was collected into another run"))
def collected_elsewhere() -> None: ...
@reason(N_("done, and itself a replay"))
def itself_a_replay() -> None: ...
@reason(N_("its rules can no longer be read"))
def rules_unreadable() -> None: ...
@reason(N_("its rule is not there any more"))
def rule_gone() -> None: ...
@reason(N_("its rule is switched off"))
def rule_off() -> None: ...
@reason(N_("its rule does not match any more: {because}"))
def matches_no_more(*, because: Reason) -> None: ...
@reason(N_("the step that failed can no longer be told"))
def failed_step_unknown() -> None: ...
@reason(N_("the step {step} is not in the rule any more (rules: then has it)"))
def step_gone(*, step: str) -> None: ...
@reason(N_("no step is left to be done"))
def no_step_left() -> None: ...
@reason(N_("{path} is not in the rule any more"))
def steps_gone(*, path: str) -> None: ...


# --- An event ---


@reason(N_("the event was emptied, by retention or because its person was erased"))
def event_emptied() -> None: ...
@reason(N_("no rule matches"))
def no_rule_matches() -> None: ...
@reason(N_("the rule waits for another event, and how that ended is not known"))
def absence_not_known() -> None: ...
@reason(N_("the rule has a run for it already"))
def has_a_run() -> None: ...


# --- Taken in again after it was refused ---

_SEND_AGAIN = N_("Have the sender send it again.")


@reason(N_("refused at first ({was}), and taken in by {by:author} on {at:time}"))
def taken_again(*, was: Reason | None, by: str, at: int) -> None: ...
@reason(N_("it has already been taken in"), N_("Replay its events to start new runs."))
def not_refused() -> None: ...
@reason(N_("it was refused before its body was read, so that nothing of it was kept"), _SEND_AGAIN)
def body_not_read() -> None: ...
@reason(
    N_("only the first {kept} of its {size} bytes were kept, so that it cannot be verified"),
    _SEND_AGAIN,
)
def only_its_start(*, kept: int, size: int) -> None: ...
@reason(
    N_("values were removed from it by `redact`, so that it cannot be verified again"),
    _SEND_AGAIN,
)
def values_removed() -> None: ...
@reason(N_("its content was deleted after the time under `retention`"), _SEND_AGAIN)
def bytes_gone() -> None: ...
@reason(
    N_("there is no connection {connection} now"),
    N_("Add it to automator.yaml under the same name."),
)
def connection_gone(*, connection: str) -> None: ...
@reason(
    N_("it was only a check of this address, and its answer is no longer awaited"),
    N_("Start the check of the address at the sender again."),
)
def only_a_handshake() -> None: ...
@reason(
    N_(
        "the sender's proof ({names:list}) gives access, so that it was not kept and cannot be"
        " verified again"
    ),
    _SEND_AGAIN,
)
def credential_not_kept(*, names: Sequence[str]) -> None: ...
@reason(
    N_("it would be refused now as well: {reason}"),
    N_("Mend that first, and restart the server if automator.yaml has changed."),
)
def still_refused(*, reason: Reason) -> None: ...
@reason(
    N_("it cannot be read now either: {reason}"),
    N_("Look whether the connection has the provider that sends this."),
)
def still_unreadable(*, reason: Reason) -> None: ...
