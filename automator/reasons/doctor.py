"""Findings of the doctor about a delivery, and its observations."""

from automator.model import N_
from automator.reasons.kind import reason_kind

ACCEPTED = reason_kind(
    "accepted",
    N_("It was accepted; nothing is wrong with it."),
)
REMARKED = reason_kind(
    "remarked",
    N_("It was accepted, with this remark: {reason}."),
)
PASSES_NOW = reason_kind(
    "passes_now",
    N_(
        "With the present settings it is accepted. They were changed since, or the server "
        "was started with other settings."
    ),
    N_(
        "Take it in again, on its page or with automator take-again, or have the sender send it"
        " again."
    ),
)
NO_CONNECTION = reason_kind(
    "no_connection",
    N_("The connection {connection} is no longer in automator.yaml, so that nothing can be tried."),
    N_("Add it again, or take its address away from the sender."),
)
CUT = reason_kind(
    "cut",
    N_(
        "Only the first {kept} of its {size} bytes were kept, because many deliveries were"
        " refused within the hour: the signature cannot be compared any more."
    ),
    N_("Have the sender send again in the next hour, and ask about the new delivery."),
)
REFUSED = reason_kind(
    "refused",
    N_("Refused, because {reason}."),
    N_("{reason:advice}"),
)
UNPARSABLE = reason_kind(
    "unparsable",
    N_("It is signed rightly, but its body cannot be read: {reason}."),
    N_("Look at the body below: it is not a body of {provider}, or it was cut off."),
)
MEANT_FOR = reason_kind(
    "meant_for",
    N_("It is signed with the secret of the connection {connection}."),
    N_(
        "Change the address at the sender to /hooks/{connection}, or give this connection the"
        " same secret."
    ),
)
OTHER_SENDER = reason_kind(
    "other_sender",
    N_("The headers are those of {sender}; this connection is for {provider}."),
    N_(
        "Change the address at {sender} to that of a connection for it, or the provider of this"
        " connection."
    ),
)
OTHER_SECRET = reason_kind(
    "other_secret",
    N_("It is signed with {secret} of this connection, not with {wanted}."),
    N_("Write the sender's secret into {wanted}, or change the secret at the sender."),
)
OTHER_SECRET_NAMED = reason_kind(
    "other_secret_named",
    N_("The handshake carries {secret} of this connection where {wanted} is expected."),
    N_("Write the same {wanted} here and at the sender."),
)
SECRET_OF = reason_kind(
    "secret_of",
    N_("It is signed with {secret} of the connection {connection}, not with {wanted} of this one."),
    N_("Copy the right secret to the sender, or into {wanted}."),
)
WRONG_TOKEN_KNOWN = reason_kind(
    "wrong_token_known",
    N_("{header} carries {secret} of the connection {connection}."),
    N_("Write the token of this connection at the sender, or change the address there."),
)
TOKEN_ALMOST = reason_kind(
    "token_almost",
    N_("{header} carries {secret} of the connection {connection}, but for spaces or quotes."),
    N_("Copy the token to the sender again, without anything around it."),
)
TOKEN_UNKNOWN = reason_kind(
    "token_unknown",
    N_("{header} carries a text of {length} characters that is no secret of any connection here."),
    N_("Copy the token of this connection to the sender again."),
)
TOKEN_NOT_KEPT = reason_kind(
    "token_not_kept",
    N_("{header} gives access, so that its value was not kept: it cannot be compared any more."),
    N_("Have the sender send again, and ask about the new delivery."),
)
HEADER_MISSING = reason_kind(
    "header_missing",
    N_("The header {names:list} is missing. The sender does not sign, or a proxy has removed it."),
    N_("Set the secret at the sender; if it has one, let the proxy pass this header."),
)
PARAMETER_MISSING = reason_kind(
    "parameter_missing",
    N_(
        "The query has no {names:list}. The sender does not sign, or something on the way has"
        " taken the query away."
    ),
    N_("Give the sender the whole address, and let the proxy pass what stands behind the '?'."),
)
PARAMETER_REPEATED = reason_kind(
    "parameter_repeated",
    N_("The parameter {name} occurs {count} times in the query, and one of its values is right."),
    N_("Give the sender the address without a query of its own."),
)
LEGACY_ONLY = reason_kind(
    "legacy_only",
    N_("Only {legacy} arrived, which is the old signature; {header} is missing."),
    N_("A proxy removes the newer header, or the sender is too old to send it."),
)
HEADER_REPEATED = reason_kind(
    "header_repeated",
    N_(
        "The header {name} occurs {count} times, and one of its values is right: something on"
        " the way has added it again."
    ),
    N_("Let the proxy replace headers instead of adding them."),
)
TIME_OLD = reason_kind(
    "time_old",
    N_("The signed time was {distance:duration} old at the arrival (allowed: {allowed:duration})."),
    N_(
        "Compare the clocks of this machine and of the sender. If they are right, somebody sent"
        " a recorded request again, or it was kept waiting on the way."
    ),
)
TIME_AHEAD = reason_kind(
    "time_ahead",
    N_(
        "The signed time was {distance:duration} ahead of ours at the arrival (allowed:"
        " {allowed:duration})."
    ),
    N_("Set the clock of this machine, or that of the sender, by a time server."),
)
SIGNATURE_RIGHT = reason_kind(
    "signature_right",
    N_("The signature is right, except for its time."),
)
TIME_UNREADABLE = reason_kind(
    "time_unreadable",
    N_("{header} is no count of seconds in the digits 0 to 9."),
    N_("Have the sender write the time as seconds since 1970, in plain digits."),
)
TIME_MILLISECONDS = reason_kind(
    "time_milliseconds",
    N_("{header} counts milliseconds; seconds are expected."),
    N_("Have the sender divide by 1000 before it signs."),
)
HASH_DIFFERS = reason_kind(
    "hash_differs",
    N_("The signature has as many digits as {came}; {wanted} is expected."),
    N_("Choose {wanted} at the sender."),
)
NOTHING_FITS = reason_kind(
    "nothing_fits",
    N_(
        "{count} variants of secrets, headers and body were tried; none fits. The sender uses a"
        " secret that no connection here has, or the body was altered in another way."
    ),
    N_("{reason:advice}"),
)
NOT_ALL_TRIED = reason_kind(
    "not_all_tried",
    N_("The body is so large that not every variant was tried."),
    N_("Ask about a smaller delivery of the same sender."),
)

# --- What was seen ---

DIAGNOSED = reason_kind(
    "diagnosed",
    N_("delivery {id:id} through {connection} ({provider}), {verdict}, {received:time}"),
)
SEEN_REQUEST = reason_kind("seen_request", N_("{method} with {size} bytes, {kind}, from {remote}"))
SEEN_SENDER = reason_kind("seen_sender", N_("The headers are those of {sender}."))
SEEN_HEADERS = reason_kind("seen_headers", N_("These headers arrived: {names:list}."))
SEEN_MORE_HEADERS = reason_kind(
    "seen_more_headers", N_("These headers arrived: {names:list} and {more} more.")
)
SEEN_REFUSAL = reason_kind("seen_refusal", N_("The refusal: {reason} ({code})"))
NO_CONTENT_TYPE = reason_kind("no_content_type", N_("no content-type"))
NO_REMOTE = reason_kind("no_remote", N_("an unknown address"))
NO_PROVIDER = reason_kind("no_provider", N_("unknown"))
VERDICT_ACCEPTED = reason_kind("verdict_accepted", N_("accepted"))
VERDICT_OBSERVED = reason_kind("verdict_observed", N_("observed"))
VERDICT_UNPARSABLE = reason_kind("verdict_unparsable", N_("unparsable"))
VERDICT_REJECTED = reason_kind("verdict_rejected", N_("rejected"))
