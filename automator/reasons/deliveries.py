"""Refused requests: too large or too many, with a wrong signature, or in a handshake."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import reason

# --- Before the signature is checked ---


@reason(
    N_("there is no connection '{name}'"),
    N_("Compare the address with the names under connections in automator.yaml."),
)
def unknown_connection(*, name: str) -> None: ...
@reason(
    N_("schedules take nothing from outside"),
    N_("Give the sender the address of a connection in automator.yaml."),
)
def internal_connection() -> None: ...
@reason(N_("this address takes GET and POST"), N_("Have the sender use POST."))
def method() -> None: ...
@reason(
    N_("more requests than the `rate` of the connection allows"),
    N_("Raise the rate of the connection if all requests are the sender's."),
)
def rate() -> None: ...
@reason(
    N_("{provider:text} does not send {type}"), N_("Have the sender send {types:alternatives}.")
)
def content_type(*, provider: str, type: str, types: Sequence[str]) -> None: ...
@reason(
    N_("the body is encoded as {encoding}; signatures are checked over plain bytes"),
    N_("Have the sender, or the proxy, send the body without Content-Encoding."),
)
def encoded_body(*, encoding: str) -> None: ...
@reason(
    N_("the body is larger than {limit} bytes"),
    N_("Send less at once, or raise max_body in automator.yaml."),
)
def too_large(*, limit: int) -> None: ...
@reason(
    N_("the body did not arrive in time"),
    N_(
        "Look at the network between the sender and here, or raise `receive_timeout` under"
        " `ingress` in automator.yaml."
    ),
)
def slow_body() -> None: ...
@reason(
    N_("too many large bodies arrive at once"),
    N_("Have the sender try again; lower max_body where no large bodies are needed."),
)
def busy() -> None: ...
@reason(
    N_("the sender left in the middle of its body"),
    N_("The sender or a proxy gave up: compare its time limit with the body's size."),
)
def disconnected() -> None: ...
@reason(
    N_("it has been passed on {hops} times, so it goes round in a ring"),
    N_("Find the rules that forward to one another, and take one of them out."),
)
def loop(*, hops: int) -> None: ...


#: The codes of refusals that say nothing about the signature.
BEFORE_VERIFYING = frozenset(
    kind.code
    for kind in (
        unknown_connection,
        internal_connection,
        method,
        rate,
        content_type,
        encoded_body,
        too_large,
        slow_body,
        busy,
        disconnected,
        loop,
    )
)

# --- Signatures ---


@reason(
    N_("the header {header} occurs {count} times"),
    N_("Let the proxy replace headers instead of adding them."),
)
def doubled(*, header: str, count: int) -> None: ...
@reason(
    N_("the header {header} is missing"),
    N_("Check that the sender signs requests and that no proxy removes the header."),
)
def missing_signature(*, header: str) -> None: ...
@reason(
    N_("the body has no {field}"),
    N_("Check that the sender signs requests, and `field` of the connection."),
)
def missing_field(*, field: str) -> None: ...
@reason(
    N_("the query has no {signature}, timestamp and nonce"),
    N_("Check that no proxy takes the query away."),
)
def unsigned_query(*, signature: str) -> None: ...
@reason(
    N_("the signed time is more than {allowed:duration} from ours"),
    N_("Check the clocks of both machines; a recorded request cannot be sent again."),
)
def stale(*, allowed: int) -> None: ...
@reason(
    N_("the time in {header} is more than {allowed:duration} from ours"),
    N_("Check the clocks of both machines; a recorded request cannot be sent again."),
)
def stale_header(*, header: str, allowed: int) -> None: ...
@reason(
    N_("the signed time in the query is more than {allowed:duration} from ours"),
    N_("Check the clock of this machine, or raise `tolerance`."),
)
def stale_query(*, allowed: int) -> None: ...
@reason(N_("more than {limit} signatures"))
def too_many_signatures(*, limit: int) -> None: ...
@reason(N_("{header} does not match the body"), N_("{advice}"))
def bad_signature(*, header: str, advice: Reason) -> None: ...
@reason(N_("none of the signatures in {header} matches the body"), N_("{advice}"))
def no_signature_matches(*, header: str, advice: Reason) -> None: ...
@reason(N_("{header} does not match a body without a timestamp"), N_("{advice}"))
def no_signed_time(*, header: str, advice: Reason) -> None: ...
@reason(N_("{header} is not {form}"), N_("Check that no proxy rewrites the header."))
def malformed_signature(*, header: str, form: str) -> None: ...
@reason(
    N_("{header} signs parts of the body, which cannot be read: {problem}"),
    N_("Look at the delivery, and at `signed` of the connection."),
)
def unreadable_body(*, header: str, problem: Reason) -> None: ...
@reason(N_("{header} is not this connection's {option}"), N_("{advice}"))
def bad_token(*, header: str, option: str, advice: Reason) -> None: ...
@reason(
    N_("the token is not this connection's"),
    N_("Write the same token here and at the sender, as `Authorization: Bearer …`."),
)
def foreign_token() -> None: ...
@reason(
    N_("the header {header} does not match"),
    N_("Use the same secret here and at the sender, and check verify and signed."),
)
def header_mismatch(*, header: str) -> None: ...
@reason(
    N_("the signature in the query does not match"),
    N_("Write the same Token here and under Settings → Basic configuration."),
)
def query_mismatch() -> None: ...
@reason(
    N_("{header} does not match the address and the fields"),
    N_(
        "Compare `url` (or `public_url`) with the address at Twilio to the letter, and copy the"
        " Auth Token of this very account into auth_token."
    ),
)
def address_mismatch(*, header: str) -> None: ...
@reason(
    N_("the request is signed with an algorithm that is not known here"),
    N_("Let Twilio sign with HMAC_SHA256 or with the Auth Token."),
)
def unknown_algorithm() -> None: ...
@reason(
    N_("the body is no form, and {parameter} in the query is not its digest"),
    N_("Check that no proxy changes the body or the query."),
)
def digest_mismatch(*, parameter: str) -> None: ...
@reason(
    N_(
        "the body is larger than {limit} KiB, and values in it are read before its signature is"
        " known"
    ),
    N_("Check that the sender sends it: bodies whose values are signed are much smaller."),
)
def form_too_large(*, limit: int) -> None: ...
@reason(
    N_("Twilio signs the address that it calls, and this connection does not know its own"),
    N_("Set `public_url` of automator.yaml, or `url` of the connection."),
)
def no_address() -> None: ...
@reason(
    N_("the body is not encrypted, and this connection takes nothing else"),
    N_("Choose safe mode at WeChat, or take encoding_aes_key out of the connection."),
)
def not_encrypted() -> None: ...


#: The codes of refusals for a proof that is missing, too old, or wrong.
MISSING_PROOFS = frozenset({missing_signature.code, missing_field.code, unsigned_query.code})
STALE_PROOFS = frozenset({stale.code, stale_header.code, stale_query.code})
WRONG_PROOFS = frozenset(
    kind.code
    for kind in (
        bad_signature,
        no_signature_matches,
        no_signed_time,
        malformed_signature,
        unreadable_body,
        bad_token,
        foreign_token,
        header_mismatch,
        query_mismatch,
        address_mismatch,
        unknown_algorithm,
        digest_mismatch,
    )
)

# --- Senders that are right, but not meant here ---


@reason(
    N_("{address} is none of the addresses that may send"),
    N_(
        "Add it to `allow_from` if it is the sender's; if it is your proxy's, name the proxy in"
        " `trusted_proxies` of automator.yaml."
    ),
)
def foreign_address(*, address: str) -> None: ...
@reason(
    N_("an unknown address is none of the addresses that may send"),
    N_("Name your proxy in `trusted_proxies` of automator.yaml, so that the sender shows."),
)
def unknown_address() -> None: ...
@reason(
    N_("the event is of the app {app}, not of this connection's"),
    N_("Write that app's id into app_id, if it is the right app."),
)
def foreign_app(*, app: str) -> None: ...
@reason(
    N_("the event is of the Official Account {account}, not of this connection's"),
    N_("Use an app of its own for each account, or write that id into oa_id."),
)
def foreign_oa(*, account: str) -> None: ...


# --- Handshakes ---


@reason(N_("the query cannot be read"))
def unreadable_query() -> None: ...
@reason(N_("a query parameter occurs twice"))
def repeated_parameter() -> None: ...
@reason(
    N_("the {name} is not 1 to {most} letters, digits or plain signs"),
    N_("Enter the address at the sender again, so that it asks anew."),
)
def bad_challenge(*, name: str, most: int) -> None: ...
@reason(
    N_("hub.mode is not 'subscribe'"),
    N_("Subscribe from the app's webhook settings; they use the right token."),
)
def not_a_subscription() -> None: ...
@reason(
    N_("hub.verify_token is not this connection's verify_token"),
    N_("Write the same verify token here and in the app's webhook settings."),
)
def wrong_verify_token() -> None: ...
@reason(
    N_("the hub refuses to send {topic}: {because}"),
    N_("Subscribe again, with the address of the feed as the hub knows it."),
)
def denied(*, topic: str, because: str) -> None: ...
@reason(
    N_("the hub refuses to send {topic}, and gives no reason"),
    N_("Subscribe again, with the address of the feed as the hub knows it."),
)
def denied_silently(*, topic: str) -> None: ...
@reason(
    N_("nobody here asked for '{mode}' of this feed"),
    N_("List the feed under `topics` to subscribe to it, and take it out to end it."),
)
def not_asked_for(*, mode: str) -> None: ...
@reason(N_("WebHook-Request-Origin is missing or is not the name of a host"))
def no_origin() -> None: ...
@reason(
    N_("{origin} is not one of the origins of this connection"),
    N_("Add it to `origins` if its events are wanted."),
)
def foreign_origin(*, origin: str) -> None: ...
