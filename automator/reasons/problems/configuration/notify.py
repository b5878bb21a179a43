"""Problems of the addresses under `notify` in automator.yaml."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import problem


@problem(
    "notify-address",
    N_("this is no address of a service such as tgram://TOKEN/CHAT"),
    N_("begin it with one of these and '://': {known:list}."),
)
def notify_not_an_address(*, known: Sequence[str]) -> None: ...
@problem(
    "notify-address",
    N_("the service '{scheme}://' is not known here"),
    N_(
        "known are: {known:list}. Every other service can be reached through an Apprise API of"
        " your own: apprises://HOST/KEY."
    ),
)
def notify_service_unknown(*, scheme: str, known: Sequence[str]) -> None: ...
@problem(
    "notify-address",
    N_("the address of '{scheme}://' lacks something, or something in it is not valid"),
    N_("write it as {example}."),
)
def notify_address_incomplete(*, scheme: str, example: str) -> None: ...
@problem(
    "notify-address",
    N_("'{key}' cannot stand behind '?' in an address of '{scheme}://'"),
    N_("take it out; possible are: {known:list}."),
)
def notify_key_unknown(*, key: str, scheme: str, known: Sequence[str]) -> None: ...
@problem(
    "notify-address",
    N_("the address names several receivers, of which one might be told and another not"),
    N_("give each of them a name of its own under 'notify'."),
)
def notify_several_receivers() -> None: ...
@problem(
    "unknown-receiver", N_("automator.yaml has no '{name}' under 'notify'"), N_("{suggestion}")
)
def notify_unknown_receiver(*, name: str, suggestion: Reason) -> None: ...
@problem(
    "unknown-receiver",
    N_("everybody who reads this address gets access"),
    N_(
        "put it into an environment variable, add 'notify: {{NAME: env:VARIABLE}}' to"
        " automator.yaml, and write NAME here."
    ),
)
def notify_receiver_is_an_address() -> None: ...
