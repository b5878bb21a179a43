"""Reasons for which an attempt may not go to its destination now."""

from automator.model import N_
from automator.reasons.kind import reason_kind

TARGET_RATE = reason_kind(
    "target_rate", N_("waiting: {target} is sent to as often as its rate allows")
)
TARGET_BUSY = reason_kind(
    "target_busy",
    N_("waiting: {target} has as many requests under way as it takes at once: {count}"),
)
TARGET_FAILING = reason_kind(
    "target_failing",
    N_("waiting: {target} fails since {since:time} ({because}); it is tried again at {again:time}"),
)
TARGET_PROBED = reason_kind(
    "target_probed", N_("waiting: {target} failed ({because}) and is being tried again")
)
TARGET_PAUSED = reason_kind(
    "target_paused",
    N_("waiting: {target} is paused since {since:time} by {who:author}"),
    N_("Resume the target when it may be sent to again."),
)
TARGET_PAUSED_BECAUSE = reason_kind(
    "target_paused_because",
    N_("waiting: {target} is paused since {since:time} by {who:author}: {note}"),
    N_("Resume the target when it may be sent to again."),
)
SENDING_PAUSED = reason_kind(
    "sending_paused",
    N_("waiting: all sending is paused since {since:time} by {who:author}"),
    N_("Press “Resume sending” above any page when things may be sent again."),
)
TARGET_DISABLED = reason_kind(
    "target_disabled",
    N_("waiting: {target} is disabled since {since:time}: {because}"),
    N_("Mend the address or the access in automator.yaml, then resume the target."),
)
ANSWERED = reason_kind("answered", N_("it answered {status}"))
ANSWERED_GONE = reason_kind("answered_gone", N_("it answered 410: gone for good"))
FAILED_FOR_DAYS = reason_kind("failed_for_days", N_("{count} failures in {days} days: {because}"))
PROVIDER_QUOTA = reason_kind(
    "provider_quota",
    N_("put off until {until:time}: {target} says that {percent} % of its quota are used"),
)
RETRY_BUDGET = reason_kind(
    "retry_budget",
    N_("put off until {until:time}: {target} fails, and gets about one retry in five requests"),
    N_("The other side fails often, so that it is tried again later."),
)
ACCESS_RENEWED = reason_kind("access_renewed", N_("the access of {connection} is being renewed"))
CONNECTION_BUDGET = reason_kind(
    "connection_budget",
    N_(
        "put off until {until:time}: {connection} sends at most {limit} messages a minute "
        "(budgets.per_connection)"
    ),
    N_(
        "This connection sends no more messages now, so that the platform does not block it. "
        "It goes on by itself."
    ),
)
TRACES_REFUSED = reason_kind(
    "traces_refused",
    N_("the receiver of traces answers with {status}"),
    N_("Check `traces` in automator.yaml: the path of its url, and its headers."),
)
TRACES_LATE = reason_kind(
    "traces_late",
    N_("the traces of the last {lag:span} are not exported yet: {because}"),
    N_("{because:advice}"),
)
TRACES_ENVIRONMENT = reason_kind(
    "traces_environment",
    N_("these variables are set, and this server does not read them: {names:list}"),
    N_("Name the receiver of traces in automator.yaml: `traces` with `url`, `headers`, `service`."),
)
