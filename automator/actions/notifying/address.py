"""Parses service addresses in Apprise's syntax, such as `tgram://TOKEN/CHAT`.

Also defines the notices to send to them, and the requests that carry notices.
"""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from automator.http.json_body import dump_json
from automator.model import WrongValue, record, shortened
from automator.reasons.problems.configuration import notify

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?]*)([^?]*)(?:\?(.*))?", re.IGNORECASE)
_PORT = re.compile(r"(.*):([0-9]{1,5})")


@record(kw_only=False)
class Notice:
    """The title and the text of a notice."""

    title: str
    text: str
    #: The idempotency key, which all attempts of the step share.
    key: str
    #: Milliseconds since 1970.
    at: int

    @property
    def whole(self) -> str:
        """Joins title and text on separate lines."""
        return f"{self.title}\n{self.text}" if self.title else self.text

    def together(self, most: int) -> str:
        """Joins title and text, cut to the `most` characters that the service accepts."""
        return shortened(self.whole, most)


@record
class Call:
    """The request that carries a notice."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


def json_call(url: str, data: Any, headers: Mapping[str, str] | None = None) -> Call:
    """Makes a request with a JSON body."""
    return Call(
        url=url,
        headers={"content-type": "application/json", **(headers or {})},
        body=dump_json(data),
    )


@record
class ServiceAddress:
    """The decoded parts of an address."""

    scheme: str
    user: str
    password: str
    #: The host. Some services have another value in this part, such as a token.
    host: str
    port: int | None
    path: tuple[str, ...]
    query: Mapping[str, str]
    example: str

    @property
    def incomplete(self) -> WrongValue:
        """Returns the error for an address with too few or too many parts."""
        return WrongValue(
            notify.notify_address_incomplete(scheme=self.scheme, example=self.example)
        )

    def parts(self, least: int, most: int | None = None) -> tuple[str, ...]:
        """Returns the host and the parts of the path.

        Raises:
            WrongValue: there are fewer than `least` or more than `most` parts.
        """
        found = (self.host, *self.path)
        most = least if most is None else most
        if len(found) < least or not self.host:
            raise self.incomplete
        if len(found) > most:
            raise WrongValue(notify.notify_several_receivers())
        return found

    def server(self, *path: str) -> str:
        """Returns the web address of a self-hosted server: https if the scheme ends with `s`."""
        if not self.host or ":" in self.host:
            raise self.incomplete
        scheme = "https" if self.scheme.endswith("s") else "http"
        port = f":{self.port}" if self.port else ""
        return f"{scheme}://{self.host}{port}/{'/'.join(path)}"

    def login(self) -> dict[str, str]:
        """Returns the header with user and password; empty if the address has neither."""
        if not self.user:
            return {}
        return {"authorization": basic(self.user, self.password)}

    def priority(self, default: int) -> int:
        """Returns the whole number of `?priority=`, or `default`.

        Raises:
            WrongValue: it is not a whole number.
        """
        written = self.query.get("priority", str(default))
        if not re.fullmatch(r"-?[0-9]{1,3}", written):
            raise self.incomplete
        return int(written)


#: Makes the request that carries a notice to an address. Raises WrongValue.
MakeCall = Callable[[ServiceAddress, Notice], Call]


def read_parts(text: str, example: str, keys: frozenset[str]) -> ServiceAddress | None:
    """Reads the parts of an address; None if the text is not an address.

    Raises:
        WrongValue: the address has a parameter that is not one of `keys`.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return None
    scheme, place, path, query = found.groups()
    login, _, host = place.rpartition("@")
    user, _, password = login.partition(":")
    at_port = _PORT.fullmatch(host)
    pairs = dict(parse_qsl(query or "", keep_blank_values=True))
    for key in pairs:
        if key not in keys:
            known = sorted(keys) or ["-"]
            raise WrongValue(notify.notify_key_unknown(key=key, scheme=scheme, known=known))
    return ServiceAddress(
        scheme=scheme.lower(),
        user=unquote(user),
        password=unquote(password),
        host=unquote(at_port[1] if at_port else host),
        port=int(at_port[2]) if at_port else None,
        path=tuple(unquote(part) for part in path.split("/") if part),
        query=pairs,
        example=example,
    )


def basic(user: str, password: str) -> str:
    """Returns the value of an `authorization` header."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
