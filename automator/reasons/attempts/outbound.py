"""Failed requests to other systems, and error answers from them."""

from automator.model import N_, Reason
from automator.reasons.kind import reason

_BROKE_OFF = N_("The connection broke off, so the request may or may not have been carried out.")


@reason(N_("the connection closed before an answer came"), _BROKE_OFF)
def connection_closed() -> None: ...
@reason(N_("{host} broke off before its answer was complete; it may have worked"), _BROKE_OFF)
def cut_off(*, host: str) -> None: ...
@reason(
    N_("{host} gave no whole answer within {limit:duration}; it may have worked"),
    N_(
        "The other side did not answer in time, so the request may or may not have been "
        "carried out."
    ),
)
def answer_too_late(*, host: str, limit: int) -> None: ...


_NOT_REACHED = N_("Compare the address, and look whether the other side runs.")


@reason(N_("no connection to {host} within {limit:duration}"), _NOT_REACHED)
def connection_too_late(*, host: str, limit: int) -> None: ...
@reason(N_("no connection to {host}: {problem}"), _NOT_REACHED)
def unreachable(*, host: str, problem: str | Reason) -> None: ...
@reason(N_("no TLS connection to {host}"), _NOT_REACHED)
def no_tls(*, host: str) -> None: ...
@reason(
    N_("no trusted connection to {host}: its certificate cannot be verified"),
    N_(
        "Renew the certificate on the other side; it must be valid for this name. If an authority"
        " of your own vouches for a target, name its file in ca."
    ),
)
def bad_certificate(*, host: str) -> None: ...
@reason(
    N_("{host} does not accept the certificate of this server, or wants one; nothing was taken"),
    N_("Name a certificate that the target knows in client_certificate, and renew it in time."),
)
def certificate_not_accepted(*, host: str) -> None: ...
@reason(N_("the certificate files of the target cannot be used: {because}"), N_("{because:advice}"))
def tls_files(*, because: Reason) -> None: ...


@reason(
    N_("the proxy {proxy} is not reached: {problem}"),
    N_("Compare egress.proxy in automator.yaml, and look whether the proxy runs."),
)
def proxy_unreachable(*, proxy: str, problem: str | Reason) -> None: ...
@reason(
    N_("the proxy {proxy} does not accept our name and password"),
    N_("Write them into the address under egress.proxy: http://NAME:PASSWORD@HOST:PORT."),
)
def proxy_login(*, proxy: str) -> None: ...
@reason(
    N_("the proxy {proxy} does not let requests to {host} through: {status}"),
    N_("Allow the host in the rules of the proxy, or list it under egress.no_proxy."),
)
def proxy_refused(*, proxy: str, host: str, status: int) -> None: ...
@reason(
    N_("the proxy {proxy} does not reach {host}: {status}"),
    N_("Compare the address, and look into the log of the proxy."),
)
def proxy_failed(*, proxy: str, host: str, status: int) -> None: ...
@reason(
    N_("no connection to {host} through the proxy {proxy} within {limit:duration}"),
    N_("Look whether the proxy and the other side run."),
)
def proxy_too_late(*, proxy: str, host: str, limit: int) -> None: ...
@reason(
    N_("the proxy {proxy} broke off, or answered what no proxy answers"),
    N_("Compare host and port under egress.proxy, and look into the log of the proxy."),
)
def proxy_silent(*, proxy: str) -> None: ...


_NO_TOKEN = N_("Compare oauth2 of the target in automator.yaml with the authorization server.")


@reason(N_("no access token for the target: {because}"), N_("{because:advice}"))
def token_not_fetched(*, because: Reason) -> None: ...
@reason(N_("{host} gives no access token for the target: {status} {said}"), _NO_TOKEN)
def token_refused(*, host: str, status: int, said: str) -> None: ...
@reason(N_("{host} gave no access token for the target in time"), _NO_TOKEN)
def token_too_late(*, host: str) -> None: ...


_COMPARE_ADDRESS = N_("The name of the other side is not found. Compare the address.")


@reason(N_("the name {host} cannot be resolved"), _COMPARE_ADDRESS)
def name_not_found(*, host: str) -> None: ...
@reason(N_("the name {host} has no address"), _COMPARE_ADDRESS)
def name_without_address(*, host: str) -> None: ...
@reason(
    N_("the answer {status} is compressed ({encoding}) without being asked to"),
    N_("Switch compression off for this address on the other side."),
)
def encoded_answer(*, status: int, encoding: str) -> None: ...


_PUBLIC_ADDRESS = N_("Write the public address of the other side.")
_ALLOW = N_("An admin can list it in automator.yaml: egress: {{allow: ['{entry}']}}.")


@reason(N_("the address is refused: '{address}' is not an address"), _PUBLIC_ADDRESS)
def not_an_address(*, address: str) -> None: ...
@reason(N_("the address is refused: it contains letters that no address has"), _PUBLIC_ADDRESS)
def address_letters() -> None: ...
@reason(N_("the address is refused: it contains a user name or a password"), _PUBLIC_ADDRESS)
def address_with_password() -> None: ...
@reason(N_("the address is refused: '{scheme}' is not http or https"), _PUBLIC_ADDRESS)
def not_http(*, scheme: str) -> None: ...
@reason(N_("the address is refused: '{host}' is not the name of a host"), _PUBLIC_ADDRESS)
def not_a_host(*, host: str) -> None: ...
@reason(N_("the address is refused: {host} is an address, not a name"), _ALLOW)
def address_not_a_name(*, host: str, entry: str) -> None: ...
@reason(N_("the address is refused: {host} is this server itself"), _ALLOW)
def own_address(*, host: str, entry: str) -> None: ...
@reason(N_("the address is refused: {host} is a name of the inside of a network"), _ALLOW)
def name_of_inside(*, host: str, entry: str) -> None: ...
@reason(N_("the address is refused: {host} leads back to this machine"), _ALLOW)
def own_machine(*, host: str, entry: str) -> None: ...
@reason(N_("the address is refused: the port {port} is not open"), _ALLOW)
def port_closed(*, port: int, entry: str) -> None: ...
@reason(N_("the address is refused: {host} leads to a private place: {because}"), _ALLOW)
def private_address(*, host: str, because: Reason, entry: str) -> None: ...
@reason(N_("the address is refused: the port {port} of {host} is not open"), _ALLOW)
def private_port(*, port: int, host: str, entry: str) -> None: ...


@reason(
    N_("'{header}' is not a header name; use letters, digits and '-'"),
    N_("Change the header, or put the value into the body."),
)
def header_name(*, header: str) -> None: ...
@reason(
    N_("the header {header} is longer than {most} characters"),
    N_("Change the header, or put the value into the body."),
)
def header_too_long(*, header: str, most: int) -> None: ...
@reason(
    N_("the header {header} has line breaks or letters that are not ASCII"),
    N_("Change the header, or put the value into the body."),
)
def header_letters(*, header: str) -> None: ...
@reason(N_("the header {header} is set by the server itself"), N_("Remove the header."))
def header_reserved(*, header: str) -> None: ...


@reason(
    N_("the mail server {host} did not take the e-mail: {status} {said}"),
    N_("Compare sender, receivers and login with the requirements of the mail service."),
)
def mail_refused(*, host: str, status: int, said: str) -> None: ...
@reason(N_("the mail server {host} did not take the e-mail within {limit:duration}"), _NOT_REACHED)
def mail_too_late(*, host: str, limit: int) -> None: ...
@reason(
    N_("the mail server {host} offers no login that is known here"),
    N_("Compare the name and the port of the server with those of the mail service."),
)
def mail_login_refused(*, host: str) -> None: ...
@reason(
    N_("the mail server {host} offers no TLS, and nothing is sent there in the clear"),
    N_("Use the port 465 or 587 of a server with TLS."),
)
def mail_without_tls(*, host: str) -> None: ...


@reason(N_("{place} answered {status}"))
def status(*, place: str, status: int) -> None: ...
@reason(N_("{place} answered {status}: {said}"))
def status_saying(*, place: str, status: int, said: str) -> None: ...


_MEND = N_("Mend the fault that the answer names, then retry the run.")


@reason(N_("{place} answered {status}"), _MEND)
def unexpected_status(*, place: str, status: int) -> None: ...
@reason(N_("{place} answered {status}: {said}"), _MEND)
def unexpected_status_saying(*, place: str, status: int, said: str) -> None: ...
@reason(
    N_("{place} answered 508: this has been passed on too often and goes round in a ring"),
    N_("Find the rules that forward to one another, and take one of them out."),
)
def goes_round(*, place: str) -> None: ...
@reason(
    N_("{place} redirects to {address}"),
    N_("Redirects are not followed: put the new address in place of the old one."),
)
def redirected(*, place: str, address: str) -> None: ...
@reason(
    N_("{place} redirects without saying where to"),
    N_("Look up the right address and put it in place of this one."),
)
def redirected_nowhere(*, place: str) -> None: ...
@reason(
    N_("{place} answered 410: it is gone for good"),
    N_(
        "The address says that it is gone for good. Put its new address in place of the old one,"
        " and try this run again."
    ),
)
def endpoint_gone(*, place: str) -> None: ...
@reason(N_("{address} belongs to {network}"))
def address_belongs(*, address: str, network: str) -> None: ...
@reason(N_("{address} carries {embedded}: {because}"))
def address_carries(*, address: str, embedded: str, because: Reason) -> None: ...
@reason(N_("{address} is not global unicast"))
def address_not_global(*, address: str) -> None: ...
