"""Problems of the addresses under `notify` in automator.yaml. None of them shows the address."""

from automator.model import N_
from automator.reasons.kind import problem_kind

NOTIFY_NOT_AN_ADDRESS = problem_kind(
    "notify_not_an_address",
    "notify-address",
    N_("this is no address of a service such as tgram://TOKEN/CHAT"),
    N_("begin it with one of these and '://': {known:list}."),
)
NOTIFY_SERVICE_UNKNOWN = problem_kind(
    "notify_service_unknown",
    "notify-address",
    N_("the service '{scheme}://' is not known here"),
    N_(
        "known are: {known:list}. Every other service can be reached through an Apprise API of"
        " your own: apprises://HOST/KEY."
    ),
)
NOTIFY_ADDRESS_INCOMPLETE = problem_kind(
    "notify_address_incomplete",
    "notify-address",
    N_("the address of '{scheme}://' lacks something, or something in it is not valid"),
    N_("write it as {example}."),
)
NOTIFY_KEY_UNKNOWN = problem_kind(
    "notify_key_unknown",
    "notify-address",
    N_("'{key}' cannot stand behind '?' in an address of '{scheme}://'"),
    N_("take it out; possible are: {known:list}."),
)
NOTIFY_SEVERAL_RECEIVERS = problem_kind(
    "notify_several_receivers",
    "notify-address",
    N_("the address names several receivers, of which one might be told and another not"),
    N_("give each of them a name of its own under 'notify'."),
)
UNKNOWN_RECEIVER = problem_kind(
    "notify_unknown_receiver",
    "unknown-receiver",
    N_("automator.yaml has no '{name}' under 'notify'"),
    N_("{suggestion}"),
)
RECEIVER_IS_AN_ADDRESS = problem_kind(
    "notify_receiver_is_an_address",
    "unknown-receiver",
    N_("everybody who reads this address gets access"),
    N_(
        "put it into an environment variable, add 'notify: {{NAME: env:VARIABLE}}' to"
        " automator.yaml, and write NAME here."
    ),
)
