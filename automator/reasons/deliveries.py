"""Refusals of requests: their way here, their signature, their handshake."""

from automator.model import N_
from automator.reasons.kind import reason_kind

# --- Before its signature is checked ---

NO_SUCH_CONNECTION = reason_kind(
    "unknown_connection",
    N_("there is no connection '{name}'"),
    N_("Compare the address with the names under connections in automator.yaml."),
)
INTERNAL_CONNECTION = reason_kind(
    "internal_connection",
    N_("schedules take nothing from outside"),
    N_("Give the sender the address of a connection in automator.yaml."),
)
METHOD = reason_kind(
    "method", N_("this address takes GET and POST"), N_("Have the sender use POST.")
)
RATE = reason_kind(
    "rate",
    N_("more requests than the `rate` of the connection allows"),
    N_("Raise the rate of the connection if all requests are the sender's."),
)
CONTENT_TYPE = reason_kind(
    "content_type",
    N_("{provider:text} does not send {type}"),
    N_("Have the sender send {types:alternatives}."),
)
ENCODED_BODY = reason_kind(
    "encoded_body",
    N_("the body is encoded as {encoding}; signatures are checked over plain bytes"),
    N_("Have the sender, or the proxy, send the body without Content-Encoding."),
)
TOO_LARGE = reason_kind(
    "too_large",
    N_("the body is larger than {limit} bytes"),
    N_("Send less at once, or raise max_body in automator.yaml."),
)
SLOW_BODY = reason_kind(
    "slow_body",
    N_("the body did not arrive in time"),
    N_(
        "Look at the network between the sender and here, or raise `receive_timeout` under"
        " `ingress` in automator.yaml."
    ),
)
BUSY = reason_kind(
    "busy",
    N_("too many large bodies arrive at once"),
    N_("Have the sender try again; lower max_body where no large bodies are needed."),
)
DISCONNECTED = reason_kind(
    "disconnected",
    N_("the sender left in the middle of its body"),
    N_("The sender or a proxy gave up: compare its time limit with the body's size."),
)
LOOP = reason_kind(
    "loop",
    N_("it has been passed on {hops} times, so it goes round in a ring"),
    N_("Find the rules that forward to one another, and take one of them out."),
)
#: The codes of refusals that say nothing about the signature.
BEFORE_VERIFYING = frozenset(
    kind.code
    for kind in (
        NO_SUCH_CONNECTION,
        INTERNAL_CONNECTION,
        METHOD,
        RATE,
        CONTENT_TYPE,
        ENCODED_BODY,
        TOO_LARGE,
        SLOW_BODY,
        BUSY,
        DISCONNECTED,
        LOOP,
    )
)

# --- Signatures ---

DOUBLED = reason_kind(
    "doubled",
    N_("the header {header} occurs {count} times"),
    N_("Let the proxy replace headers instead of adding them."),
)
MISSING_SIGNATURE = reason_kind(
    "missing_signature",
    N_("the header {header} is missing"),
    N_("Check that the sender signs requests and that no proxy removes the header."),
)
UNSIGNED_QUERY = reason_kind(
    "unsigned_query",
    N_("the query has no {signature}, timestamp and nonce"),
    N_("Check that no proxy takes the query away."),
)
STALE = reason_kind(
    "stale",
    N_("the signed time is more than {allowed:duration} from ours"),
    N_("Check the clocks of both machines; a recorded request cannot be sent again."),
)
STALE_HEADER = reason_kind(
    "stale_header",
    N_("the time in {header} is more than {allowed:duration} from ours"),
    N_("Check the clocks of both machines; a recorded request cannot be sent again."),
)
STALE_QUERY = reason_kind(
    "stale_query",
    N_("the signed time in the query is more than {allowed:duration} from ours"),
    N_("Check the clock of this machine, or raise `tolerance`."),
)
TOO_MANY_SIGNATURES = reason_kind("too_many_signatures", N_("more than {limit} signatures"))
BAD_SIGNATURE = reason_kind("bad_signature", N_("{header} does not match the body"), N_("{advice}"))
NO_SIGNATURE_MATCHES = reason_kind(
    "no_signature_matches",
    N_("none of the signatures in {header} matches the body"),
    N_("{advice}"),
)
NO_SIGNED_TIME = reason_kind(
    "no_signed_time", N_("{header} does not match a body without a timestamp"), N_("{advice}")
)
MALFORMED_SIGNATURE = reason_kind(
    "malformed_signature",
    N_("{header} is not {form}"),
    N_("Check that no proxy rewrites the header."),
)
BAD_TOKEN = reason_kind(
    "bad_token", N_("{header} is not this connection's {option}"), N_("{advice}")
)
FOREIGN_TOKEN = reason_kind(
    "foreign_token",
    N_("the token is not this connection's"),
    N_("Write the same token here and at the sender, as `Authorization: Bearer …`."),
)
HEADER_MISMATCH = reason_kind(
    "header_mismatch",
    N_("the header {header} does not match"),
    N_("Use the same secret here and at the sender, and check verify and signed."),
)
QUERY_MISMATCH = reason_kind(
    "query_mismatch",
    N_("the signature in the query does not match"),
    N_("Write the same Token here and under Settings → Basic configuration."),
)
ADDRESS_MISMATCH = reason_kind(
    "address_mismatch",
    N_("{header} does not match the address and the fields"),
    N_(
        "Compare `url` (or `public_url`) with the address at Twilio to the letter, and copy the"
        " Auth Token of this very account into auth_token."
    ),
)
UNKNOWN_ALGORITHM = reason_kind(
    "unknown_algorithm",
    N_("the request is signed with an algorithm that is not known here"),
    N_("Let Twilio sign with HMAC_SHA256 or with the Auth Token."),
)
DIGEST_MISMATCH = reason_kind(
    "digest_mismatch",
    N_("the body is no form, and {parameter} in the query is not its digest"),
    N_("Check that no proxy changes the body or the query."),
)
FORM_TOO_LARGE = reason_kind(
    "form_too_large",
    N_(
        "the form is larger than {limit} KiB, and its fields are read before its signature is known"
    ),
    N_("Check that Twilio sends it: its forms are much smaller."),
)
NO_ADDRESS = reason_kind(
    "no_address",
    N_("Twilio signs the address that it calls, and this connection does not know its own"),
    N_("Set `public_url` of automator.yaml, or `url` of the connection."),
)
NOT_ENCRYPTED = reason_kind(
    "not_encrypted",
    N_("the body is not encrypted, and this connection takes nothing else"),
    N_("Choose safe mode at WeChat, or take encoding_aes_key out of the connection."),
)
#: The codes of refusals for a proof that is not there, that is too old, and that is wrong.
MISSING_PROOFS = frozenset({MISSING_SIGNATURE.code, UNSIGNED_QUERY.code})
STALE_PROOFS = frozenset({STALE.code, STALE_HEADER.code, STALE_QUERY.code})
WRONG_PROOFS = frozenset(
    kind.code
    for kind in (
        BAD_SIGNATURE,
        NO_SIGNATURE_MATCHES,
        NO_SIGNED_TIME,
        MALFORMED_SIGNATURE,
        BAD_TOKEN,
        FOREIGN_TOKEN,
        HEADER_MISMATCH,
        QUERY_MISMATCH,
        ADDRESS_MISMATCH,
        UNKNOWN_ALGORITHM,
        DIGEST_MISMATCH,
    )
)

# --- Senders that are right, but not meant here ---

FOREIGN_ADDRESS = reason_kind(
    "foreign_address",
    N_("{address} is none of the addresses that may send"),
    N_(
        "Add it to `allow_from` if it is the sender's; if it is your proxy's, name the proxy in"
        " `trusted_proxies` of automator.yaml."
    ),
)
UNKNOWN_ADDRESS = reason_kind(
    "unknown_address",
    N_("an unknown address is none of the addresses that may send"),
    N_("Name your proxy in `trusted_proxies` of automator.yaml, so that the sender shows."),
)
FOREIGN_APP = reason_kind(
    "foreign_app",
    N_("the event is of the app {app}, not of this connection's"),
    N_("Write that app's id into app_id, if it is the right app."),
)
FOREIGN_OA = reason_kind(
    "foreign_oa",
    N_("the event is of the Official Account {account}, not of this connection's"),
    N_("Use an app of its own for each account, or write that id into oa_id."),
)

# --- Handshakes ---

UNREADABLE_QUERY = reason_kind("unreadable_query", N_("the query cannot be read"))
REPEATED_PARAMETER = reason_kind("repeated_parameter", N_("a query parameter occurs twice"))
BAD_CHALLENGE = reason_kind(
    "bad_challenge",
    N_("the {name} is not 1 to {most} letters, digits or plain signs"),
    N_("Enter the address at the sender again, so that it asks anew."),
)
NOT_A_SUBSCRIPTION = reason_kind(
    "not_a_subscription",
    N_("hub.mode is not 'subscribe'"),
    N_("Subscribe from the app's webhook settings; they use the right token."),
)
WRONG_VERIFY_TOKEN = reason_kind(
    "wrong_verify_token",
    N_("hub.verify_token is not this connection's verify_token"),
    N_("Write the same verify token here and in the app's webhook settings."),
)
DENIED = reason_kind(
    "denied",
    N_("the hub refuses to send {topic}: {because}"),
    N_("Subscribe again, with the address of the feed as the hub knows it."),
)
DENIED_SILENTLY = reason_kind(
    "denied_silently",
    N_("the hub refuses to send {topic}, and gives no reason"),
    N_("Subscribe again, with the address of the feed as the hub knows it."),
)
NOT_ASKED_FOR = reason_kind(
    "not_asked_for",
    N_("nobody here asked for '{mode}' of this feed"),
    N_("List the feed under `topics` to subscribe to it, and take it out to end it."),
)
NO_ORIGIN = reason_kind(
    "no_origin", N_("WebHook-Request-Origin is missing or is not the name of a host")
)
FOREIGN_ORIGIN = reason_kind(
    "foreign_origin",
    N_("{origin} is not one of the origins of this connection"),
    N_("Add it to `origins` if its events are wanted."),
)
