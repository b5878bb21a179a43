"""Findings and observations of the doctor about a delivery."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import reason


@reason(N_("It was accepted; nothing is wrong with it."))
def accepted() -> None: ...
@reason(N_("It was accepted, with this remark: {reason}."))
def remarked(*, reason: Reason) -> None: ...
@reason(
    N_(
        "With the present settings it is accepted. They were changed since, or the server "
        "was started with other settings."
    ),
    N_(
        "Take it in again, on its page or with automator take-again, or have the sender send it"
        " again."
    ),
)
def passes_now() -> None: ...
@reason(
    N_("The connection {connection} is no longer in automator.yaml, so that nothing can be tried."),
    N_("Add it again, or take its address away from the sender."),
)
def no_connection(*, connection: str) -> None: ...
@reason(
    N_(
        "Only the first {kept} of its {size} bytes were kept, because many deliveries were"
        " refused within the hour: the signature cannot be compared any more."
    ),
    N_("Have the sender send again in the next hour, and ask about the new delivery."),
)
def cut(*, kept: int, size: int) -> None: ...
@reason(N_("Refused, because {reason}."), N_("{reason:advice}"))
def refused(*, reason: Reason | None) -> None: ...
@reason(
    N_("It is signed rightly, but its body cannot be read: {reason}."),
    N_("Look at the body below: it is not a body of {provider}, or it was cut off."),
)
def unparsable(*, reason: Reason, provider: str) -> None: ...
@reason(
    N_("It is signed with the secret of the connection {connection}."),
    N_(
        "Change the address at the sender to /hooks/{connection}, or give this connection the"
        " same secret."
    ),
)
def meant_for(*, connection: str) -> None: ...
@reason(
    N_("The headers are those of {sender}; this connection is for {provider}."),
    N_(
        "Change the address at {sender} to that of a connection for it, or the provider of this"
        " connection."
    ),
)
def other_sender(*, sender: str, provider: str) -> None: ...
@reason(
    N_("It is signed with {secret} of this connection, not with {wanted}."),
    N_("Write the sender's secret into {wanted}, or change the secret at the sender."),
)
def other_secret(*, secret: str, wanted: str) -> None: ...
@reason(
    N_("The handshake carries {secret} of this connection where {wanted} is expected."),
    N_("Write the same {wanted} here and at the sender."),
)
def other_secret_named(*, secret: str, wanted: str) -> None: ...
@reason(
    N_("It is signed with {secret} of the connection {connection}, not with {wanted} of this one."),
    N_("Copy the right secret to the sender, or into {wanted}."),
)
def secret_of(*, secret: str, connection: str, wanted: str) -> None: ...
@reason(
    N_("{header} carries {secret} of the connection {connection}."),
    N_("Write the token of this connection at the sender, or change the address there."),
)
def wrong_token_known(*, header: str, secret: str, connection: str) -> None: ...
@reason(
    N_("{header} carries {secret} of the connection {connection}, but for spaces or quotes."),
    N_("Copy the token to the sender again, without anything around it."),
)
def token_almost(*, header: str, secret: str, connection: str) -> None: ...
@reason(
    N_("{header} carries a text of {length} characters that is no secret of any connection here."),
    N_("Copy the token of this connection to the sender again."),
)
def token_unknown(*, header: str, length: int) -> None: ...
@reason(
    N_("{header} gives access, so that its value was not kept: it cannot be compared any more."),
    N_("Have the sender send again, and ask about the new delivery."),
)
def token_not_kept(*, header: str) -> None: ...
@reason(
    N_("The header {names:list} is missing. The sender does not sign, or a proxy has removed it."),
    N_("Set the secret at the sender; if it has one, let the proxy pass this header."),
)
def header_missing(*, names: Sequence[str]) -> None: ...
@reason(
    N_(
        "The query has no {names:list}. The sender does not sign, or something on the way has"
        " taken the query away."
    ),
    N_("Give the sender the whole address, and let the proxy pass what stands behind the '?'."),
)
def parameter_missing(*, names: Sequence[str]) -> None: ...
@reason(
    N_("The parameter {name} occurs {count} times in the query, and one of its values is right."),
    N_("Give the sender the address without a query of its own."),
)
def parameter_repeated(*, name: str, count: int) -> None: ...
@reason(
    N_("Only {legacy} arrived, which is the old signature; {header} is missing."),
    N_("A proxy removes the newer header, or the sender is too old to send it."),
)
def legacy_only(*, legacy: str, header: str) -> None: ...
@reason(
    N_(
        "The header {name} occurs {count} times, and one of its values is right: something on"
        " the way has added it again."
    ),
    N_("Let the proxy replace headers instead of adding them."),
)
def header_repeated(*, name: str, count: int) -> None: ...
@reason(
    N_("The signed time was {distance:duration} old at the arrival (allowed: {allowed:duration})."),
    N_(
        "Compare the clocks of this machine and of the sender. If they are right, somebody sent"
        " a recorded request again, or it was kept waiting on the way."
    ),
)
def time_old(*, distance: int, allowed: int) -> None: ...
@reason(
    N_(
        "The signed time was {distance:duration} ahead of ours at the arrival (allowed:"
        " {allowed:duration})."
    ),
    N_("Set the clock of this machine, or that of the sender, by a time server."),
)
def time_ahead(*, distance: int, allowed: int) -> None: ...
@reason(N_("The signature is right, except for its time."))
def signature_right() -> None: ...
@reason(
    N_("{header} is no count of seconds in the digits 0 to 9."),
    N_("Have the sender write the time as seconds since 1970, in plain digits."),
)
def time_unreadable(*, header: str) -> None: ...
@reason(
    N_("{header} counts milliseconds; seconds are expected."),
    N_("Have the sender divide by 1000 before it signs."),
)
def time_milliseconds(*, header: str) -> None: ...
@reason(
    N_("The signature has as many digits as {came}; {wanted} is expected."),
    N_("Choose {wanted} at the sender."),
)
def hash_differs(*, came: str, wanted: str) -> None: ...
@reason(
    N_(
        "{count} variants of secrets, headers and body were tried; none fits. The sender uses a"
        " secret that no connection here has, or the body was altered in another way."
    ),
    N_("{reason:advice}"),
)
def nothing_fits(*, count: int, reason: Reason) -> None: ...
@reason(
    N_("The body is so large that not every variant was tried."),
    N_("Ask about a smaller delivery of the same sender."),
)
def not_all_tried() -> None: ...


# --- What was seen ---


@reason(N_("delivery {id:id} through {connection} ({provider}), {verdict}, {received:time}"))
def diagnosed(
    *, id: int, connection: str, provider: str | Reason, verdict: Reason, received: int
) -> None: ...
@reason(N_("{method} with {size} bytes, {kind}, from {remote}"))
def seen_request(*, method: str, size: int, kind: str | Reason, remote: str | Reason) -> None: ...
@reason(N_("The headers are those of {sender}."))
def seen_sender(*, sender: str) -> None: ...
@reason(N_("These headers arrived: {names:list}."))
def seen_headers(*, names: Sequence[str]) -> None: ...
@reason(N_("These headers arrived: {names:list} and {more} more."))
def seen_more_headers(*, names: Sequence[str], more: int) -> None: ...
@reason(N_("The refusal: {reason} ({code})"))
def seen_refusal(*, reason: Reason, code: str) -> None: ...
@reason(N_("no content-type"))
def no_content_type() -> None: ...
@reason(N_("an unknown address"))
def no_remote() -> None: ...
@reason(N_("unknown"))
def no_provider() -> None: ...
@reason(N_("accepted"))
def verdict_accepted() -> None: ...
@reason(N_("observed"))
def verdict_observed() -> None: ...
@reason(N_("unparsable"))
def verdict_unparsable() -> None: ...
@reason(N_("rejected"))
def verdict_rejected() -> None: ...
