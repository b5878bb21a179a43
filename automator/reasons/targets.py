"""Destinations that nothing may be sent to now."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(N_("waiting: {target} is sent to as often as its rate allows"))
def target_rate(*, target: str) -> None: ...
@reason(N_("waiting: {target} has as many requests under way as it takes at once: {count}"))
def target_busy(*, target: str, count: int) -> None: ...
@reason(
    N_("waiting: {target} fails since {since:time} ({because}); it is tried again at {again:time}")
)
def target_failing(*, target: str, since: int, because: Reason | None, again: int) -> None: ...
@reason(N_("waiting: {target} failed ({because}) and is being tried again"))
def target_probed(*, target: str, because: Reason | None) -> None: ...
@reason(
    N_("waiting: {target} is paused since {since:time} by {who:author}"),
    N_("Resume the target when it may be sent to again."),
)
def target_paused(*, target: str, since: int, who: str) -> None: ...
@reason(
    N_("waiting: {target} is paused since {since:time} by {who:author}: {note}"),
    N_("Resume the target when it may be sent to again."),
)
def target_paused_because(*, target: str, since: int, who: str, note: Reason) -> None: ...
@reason(
    N_("waiting: all sending is paused since {since:time} by {who:author}"),
    N_("Press “Resume sending” above any page when things may be sent again."),
)
def sending_paused(*, since: int, who: str) -> None: ...
@reason(
    N_("waiting: {target} is disabled since {since:time}: {because}"),
    N_("Mend the address or the access in automator.yaml, then resume the target."),
)
def target_disabled(*, target: str, since: int, because: Reason | None) -> None: ...
@reason(N_("it answered {status}"))
def answered(*, status: int) -> None: ...
@reason(N_("it answered 410: gone for good"))
def answered_gone() -> None: ...
@reason(N_("{count} failures in {days} days: {because}"))
def failed_for_days(*, count: int, days: int, because: Reason) -> None: ...
@reason(N_("put off until {until:time}: {target} says that {percent} % of its quota are used"))
def provider_quota(*, until: int, target: str, percent: int) -> None: ...
@reason(
    N_("put off until {until:time}: {target} fails, and gets about one retry in five requests"),
    N_("The other side fails often, so that it is tried again later."),
)
def retry_budget(*, until: int, target: str) -> None: ...
@reason(N_("the access of {connection} is being renewed"))
def access_renewed(*, connection: str) -> None: ...
@reason(
    N_(
        "put off until {until:time}: {connection} sends at most {limit} messages a minute "
        "(budgets.per_connection)"
    ),
    N_(
        "This connection sends no more messages now, so that the platform does not block it. "
        "It goes on by itself."
    ),
)
def connection_budget(*, until: int, connection: str, limit: int) -> None: ...
@reason(
    N_("the receiver of traces answers with {status}"),
    N_("Check `traces` in automator.yaml: the path of its url, and its headers."),
)
def traces_refused(*, status: int) -> None: ...
@reason(
    N_("the traces of the last {lag:span} are not exported yet: {because}"), N_("{because:advice}")
)
def traces_late(*, lag: int, because: Reason) -> None: ...
@reason(
    N_("these variables are set, and this server does not read them: {names:list}"),
    N_("Name the receiver of traces in automator.yaml: `traces` with `url`, `headers`, `service`."),
)
def traces_environment(*, names: Sequence[str]) -> None: ...
