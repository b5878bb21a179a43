"""Failures of requests to other systems, and the answers of these systems."""

from automator.model import N_
from automator.reasons.kind import reason_kind

_BROKE_OFF = N_("The connection broke off, so the request may or may not have been carried out.")
CONNECTION_CLOSED = reason_kind(
    "connection_closed", N_("the connection closed before an answer came"), _BROKE_OFF
)
CUT_OFF = reason_kind(
    "cut_off",
    N_("{host} broke off before its answer was complete; it may have worked"),
    _BROKE_OFF,
)
ANSWER_TOO_LATE = reason_kind(
    "answer_too_late",
    N_("{host} gave no whole answer within {limit:duration}; it may have worked"),
    N_(
        "The other side did not answer in time, so the request may or may not have been "
        "carried out."
    ),
)
_NOT_REACHED = N_("Compare the address, and look whether the other side runs.")
CONNECTION_TOO_LATE = reason_kind(
    "connection_too_late", N_("no connection to {host} within {limit:duration}"), _NOT_REACHED
)
UNREACHABLE = reason_kind("unreachable", N_("no connection to {host}: {problem}"), _NOT_REACHED)
NO_TLS = reason_kind("no_tls", N_("no TLS connection to {host}"), _NOT_REACHED)
BAD_CERTIFICATE = reason_kind(
    "bad_certificate",
    N_("no trusted connection to {host}: its certificate cannot be verified"),
    N_("Renew the certificate on the other side; it must be valid for this name."),
)
_COMPARE_ADDRESS = N_("The name of the other side is not found. Compare the address.")
NAME_NOT_FOUND = reason_kind(
    "name_not_found", N_("the name {host} cannot be resolved"), _COMPARE_ADDRESS
)
NAME_WITHOUT_ADDRESS = reason_kind(
    "name_without_address", N_("the name {host} has no address"), _COMPARE_ADDRESS
)
COMPRESSED_ANSWER = reason_kind(
    "encoded_answer",
    N_("the answer {status} is compressed ({encoding}) without being asked to"),
    N_("Switch compression off for this address on the other side."),
)

_PUBLIC_ADDRESS = N_("Write the public address of the other side.")
_ALLOW = N_("An admin can list it in automator.yaml: egress: {{allow: ['{entry}']}}.")
NOT_AN_ADDRESS = reason_kind(
    "not_an_address", N_("the address is refused: '{address}' is not an address"), _PUBLIC_ADDRESS
)
ADDRESS_LETTERS = reason_kind(
    "address_letters",
    N_("the address is refused: it contains letters that no address has"),
    _PUBLIC_ADDRESS,
)
ADDRESS_WITH_PASSWORD = reason_kind(
    "address_with_password",
    N_("the address is refused: it contains a user name or a password"),
    _PUBLIC_ADDRESS,
)
NOT_HTTP = reason_kind(
    "not_http",
    N_("the address is refused: '{scheme}' is not http or https"),
    _PUBLIC_ADDRESS,
)
NOT_A_HOST = reason_kind(
    "not_a_host", N_("the address is refused: '{host}' is not the name of a host"), _PUBLIC_ADDRESS
)
ADDRESS_NOT_A_NAME = reason_kind(
    "address_not_a_name", N_("the address is refused: {host} is an address, not a name"), _ALLOW
)
THIS_SERVER = reason_kind(
    "own_address", N_("the address is refused: {host} is this server itself"), _ALLOW
)
OWN_MACHINE = reason_kind(
    "own_machine", N_("the address is refused: {host} leads back to this machine"), _ALLOW
)
PORT_CLOSED = reason_kind(
    "port_closed", N_("the address is refused: the port {port} is not open"), _ALLOW
)
PRIVATE_ADDRESS = reason_kind(
    "private_address",
    N_("the address is refused: {host} leads to a private place: {because}"),
    _ALLOW,
)
PRIVATE_PORT = reason_kind(
    "private_port", N_("the address is refused: the port {port} of {host} is not open"), _ALLOW
)

HEADER_NAME = reason_kind(
    "header_name",
    N_("'{header}' is not a header name; use letters, digits and '-'"),
    N_("Change the header, or put the value into the body."),
)
HEADER_TOO_LONG = reason_kind(
    "header_too_long",
    N_("the header {header} is longer than {most} characters"),
    N_("Change the header, or put the value into the body."),
)
HEADER_LETTERS = reason_kind(
    "header_letters",
    N_("the header {header} has line breaks or letters that are not ASCII"),
    N_("Change the header, or put the value into the body."),
)
HEADER_RESERVED = reason_kind(
    "header_reserved",
    N_("the header {header} is set by the server itself"),
    N_("Remove the header."),
)

MAIL_REFUSED = reason_kind(
    "mail_refused",
    N_("the mail server {host} did not take the e-mail: {status} {said}"),
    N_("Compare sender, receivers and login with the requirements of the mail service."),
)
MAIL_TOO_LATE = reason_kind(
    "mail_too_late",
    N_("the mail server {host} did not take the e-mail within {limit:duration}"),
    _NOT_REACHED,
)
MAIL_LOGIN_REFUSED = reason_kind(
    "mail_login_refused",
    N_("the mail server {host} offers no login that is known here"),
    N_("Compare the name and the port of the server with those of the mail service."),
)
MAIL_WITHOUT_TLS = reason_kind(
    "mail_without_tls",
    N_("the mail server {host} offers no TLS, and nothing is sent there in the clear"),
    N_("Use the port 465 or 587 of a server with TLS."),
)

STATUS = reason_kind("status", N_("{place} answered {status}"))
STATUS_SAYING = reason_kind("status_saying", N_("{place} answered {status}: {said}"))
_MEND = N_("Mend the fault that the answer names, then retry the run.")
UNEXPECTED_STATUS = reason_kind("unexpected_status", N_("{place} answered {status}"), _MEND)
UNEXPECTED_STATUS_SAYING = reason_kind(
    "unexpected_status_saying", N_("{place} answered {status}: {said}"), _MEND
)
GOES_ROUND = reason_kind(
    "goes_round",
    N_("{place} answered 508: this has been passed on too often and goes round in a ring"),
    N_("Find the rules that forward to one another, and take one of them out."),
)
REDIRECTED = reason_kind(
    "redirected",
    N_("{place} redirects to {address}"),
    N_("Redirects are not followed: put the new address in place of the old one."),
)
REDIRECTED_NOWHERE = reason_kind(
    "redirected_nowhere",
    N_("{place} redirects without saying where to"),
    N_("Look up the right address and put it in place of this one."),
)
ENDPOINT_GONE = reason_kind(
    "endpoint_gone",
    N_("{place} answered 410: it is gone for good"),
    N_(
        "The address says that it is gone for good. Put its new address in place of the old one,"
        " and try this run again."
    ),
)
ADDRESS_BELONGS = reason_kind("address_belongs", N_("{address} belongs to {network}"))
ADDRESS_CARRIES = reason_kind("address_carries", N_("{address} carries {embedded}: {because}"))
ADDRESS_NOT_GLOBAL = reason_kind("address_not_global", N_("{address} is not global unicast"))
