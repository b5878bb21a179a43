"""Troubles of the server itself, which it reports because a person has to see to them."""

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(N_("{target} is sent to again since {since:time}."))
def target_works(*, target: str, since: int) -> None: ...
@reason(
    N_("A run of the rule {rule} has stopped: {because}."),
    N_("Look at the run on the page Review, and try again or end it there."),
)
def run_stopped(*, rule: str, because: Reason | None) -> None: ...
@reason(
    N_("The rule file {file} has a mistake in line {line}: {because}."),
    N_("Mend it, and run `automator check`; until then its earlier version is in force."),
)
def file_refused(*, file: str, line: int, because: Reason) -> None: ...
@reason(
    N_("The last backup could not be made: {because}."),
    N_("See to what the message names, such as room on the disk; the next backup tries again."),
)
def backup_failed(*, because: Reason) -> None: ...
@reason(
    N_("The disk of {folder} on {node} has only {free_mb} MB left."),
    N_("Make room on it, or set a shorter `retention`; a full disk stops new deliveries."),
)
def disk_low(*, node: str, folder: str, free_mb: int) -> None: ...
@reason(
    N_("The node {node} has not been heard of since {since:time}."),
    N_("Look at its log, and start it again; meanwhile the other nodes do its work."),
)
def node_lost(*, node: str, since: int) -> None: ...
@reason(
    N_("The API token {name} ends on {until:time}: what uses it stops working then."),
    N_("Make a new one, with `automator token create` or on the settings page."),
)
def token_ends(*, name: str, until: int) -> None: ...
