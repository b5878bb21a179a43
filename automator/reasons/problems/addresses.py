"""Problems of web addresses in a file."""

import re

from automator.model import N_, Reason
from automator.reasons.kind import problem


@problem(
    "wrong-address",
    N_("'{written}' is no address: it does not begin with https:// or http://"),
    N_("write {better}"),
)
def sending_address_without_scheme(*, written: str, better: str) -> None: ...
@problem(
    "wrong-address",
    N_("'{written}' is no address: it does not begin with https:// or http://"),
    N_("write the whole address of a page, such as https://example.com/page."),
)
def sending_no_web_address(*, written: str) -> None: ...
@problem(
    "wrong-address",
    N_("'{written}' is a file of one computer, which nobody else can fetch"),
    N_("put the file on a web server, and write the https:// address that it has there."),
)
def sending_file_as_address(*, written: str) -> None: ...
@problem(
    "wrong-value",
    N_("an address with a name and password in it is not sent to"),
    N_('write headers: {{authorization: "Basic env:NAME"}}, where NAME has both in base64'),
)
def value_password_in_address() -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is no host with a port"),
    N_("write 10.0.0.5:8443 or crm.local:8443"),
)
def value_not_host_and_port(*, text: str) -> None: ...
@problem(
    "wrong-value",
    N_("this is not the address of a proxy"),
    N_("write it as http://HOST:PORT or http://NAME:PASSWORD@HOST:PORT; https is for targets"),
)
def value_not_a_proxy() -> None: ...
@problem(
    "wrong-value",
    N_("'{text}' is not the address of this server"),
    N_("write its beginning alone, as in https://automator.example"),
)
def value_no_public_address(*, text: str) -> None: ...


_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w.@-])|[\w.-]+:[0-9]{1,5}(?:/|$)|localhost\b")
_FILE = re.compile(r"file:|[A-Za-z]:[\\/]|~/|\.{1,2}/|\\\\")


def address_without_scheme(written: str) -> Reason:
    """The reason why a text is no web address, with the address that was probably meant."""
    if _FILE.match(written):
        return sending_file_as_address(written=written)
    rest = written.split("://", 1)[-1]
    if not _HOST.match(rest.removeprefix("//")):
        # `tel:0901234567` opens no page, and `/a.png` leaves the server open.
        return sending_no_web_address(written=written)
    return sending_address_without_scheme(
        written=written, better=f"https://{rest.removeprefix('//')}"
    )
