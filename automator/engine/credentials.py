"""What is written down of a header that gives access: never its value, but whether it is known.

A token that is compared as it stands cannot be judged later, for it is not kept. So what can be
said about a wrong one is said when it arrives: how long it is, and whose secret it is, if any.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from automator.engine.doctor_secrets import NamedSecret, by_text
from automator.plugins import Provider

REDACTED = "<redacted>"
#: Whether a header's value is a credential, by name: those are not written down.
_is_credential: dict[str, bool] = {}
_CREDENTIAL_WORDS = ("authorization", "cookie", "token", "secret", "api-key", "apikey", "password")
_MOST_HEADER_NAMES = 1000
_SCHEME = re.compile(r"^(?:bearer|basic|token)\s+", re.IGNORECASE)
_TOLD = re.compile(r"<redacted: ([0-9]+) characters(?:; ([^;]+) of ([a-z0-9_-]+)(; almost)?)?>")
_MAX_LENGTH = 4096


def gives_access(header: str) -> bool:
    """Whether whoever knows the value of this header may do something with it."""
    hidden = _is_credential.get(header)
    if hidden is None:
        hidden = any(word in header for word in _CREDENTIAL_WORDS)
        if len(_is_credential) < _MOST_HEADER_NAMES:
            _is_credential[header] = hidden
    return hidden


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a credential that was not kept."""

    length: int
    #: The name of the secret that it is, and its connection; "" when it is none.
    secret: str = ""
    connection: str = ""
    #: It is that secret but for spaces or quotes.
    almost: bool = False


class Credentials:
    """Tells whose secret a credential is, without keeping it."""

    def __init__(self, connections: Mapping[str, Provider]) -> None:
        self._known = tuple(by_text(connections).values())

    def told(self, value: str) -> str:
        """What may be written down of this header value."""
        bare = _SCHEME.sub("", value)
        if len(value) <= _MAX_LENGTH:
            for given, almost in ((bare, ""), (bare.strip(" \"'\t"), "; almost")):
                found = self._known_as(given)
                if found:
                    return _written(bare, found, almost)
        return f"<redacted: {len(bare)} characters>"

    def _known_as(self, given: str) -> NamedSecret | None:
        claimed = given.encode("utf-8", "surrogatepass")
        found = None
        for named in self._known:
            if hmac.compare_digest(named.secret.reveal().encode(), claimed):
                found = found or named
        return found


def _written(bare: str, found: NamedSecret, almost: str) -> str:
    name = found.name.replace(";", ",").replace(">", "")
    return f"<redacted: {len(bare)} characters; {name} of {found.connection}{almost}>"


def read_told(stored: str) -> Told | None:
    """What a stored header says about the credential that stood there; None when nothing."""
    found = _TOLD.fullmatch(stored)
    if found is None:
        return None
    return Told(int(found[1]), found[2] or "", found[3] or "", bool(found[4]))
