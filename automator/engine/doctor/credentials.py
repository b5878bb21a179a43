"""Removes credentials from deliveries before they are stored, and describes each in its place.

A value is a credential if its header or parameter has a telling name, if the connection verifies by
it, or if it is a known secret. The value is not kept, so nobody can compare it with a secret later.
So it is described on arrival: its length, and the name of the secret that it equals, if any.
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote, unquote_plus

from automator.configuration.secrets import (
    MIN_SECRET_LENGTH,
    REDACTED,
    bare_credential,
    names_secret,
)
from automator.engine.doctor.connection_secrets import NamedSecret, afresh, by_text
from automator.engine.doctor.signature_schemes import scheme_of
from automator.http.types import InboundRequest
from automator.model import record
from automator.plugins import Provider

_DESCRIBED = re.compile(
    r"<redacted: ([0-9]+) characters(?:; ([^;]+) of ([a-z0-9_-]+)(; almost)?)?>"
)
_BEGIN = REDACTED.removesuffix(">")
_MAX_LENGTH = 4096

#: Pairs of a name and a value, as a request has them.
Headers = tuple[tuple[str, str], ...]
#: Characters that stay unescaped when a description goes into a stored query, for readability.
_READABLE = " <>:;()/,."


@record(kw_only=False)
class CredentialDescription:
    """The known facts about a redacted credential."""

    length: int
    #: The name of the secret that the credential equals; below, the secret's connection. "" if it
    #: equals no known secret.
    secret: str = ""
    connection: str = ""
    #: Whether the credential differs from that secret, but only by spaces or quotes.
    almost: bool = False


class Credentials:
    """Removes credentials from deliveries, and describes which known secret each of them is."""

    def __init__(self, connections: Mapping[str, Provider]) -> None:
        self._known = tuple(by_text(connections).values())
        #: For each connection, the headers that carry a secret of it as it is.
        self._tokens = {
            name: frozenset(scheme_of(afresh(provider)).tokens)
            for name, provider in connections.items()
        }
        self._texts = {
            name: tuple(
                text
                for secret in provider.secrets()
                if len(text := secret.reveal()) >= MIN_SECRET_LENGTH
            )
            for name, provider in connections.items()
        }
        self._all_tokens = frozenset(name for names in self._tokens.values() for name in names)
        self._all_texts = tuple(text for texts in self._texts.values() for text in texts)

    def kept(self, connection: str, request: InboundRequest, *, describes: bool) -> InboundRequest:
        """The request with its credentials redacted, in which form it is parsed and stored."""
        headers = self.headers_of(connection, request.raw_headers, describes=describes)
        query = self.query_of(connection, request.query, describes=describes)
        if headers is request.raw_headers and query == request.query:
            return request
        kept = replace(request, raw_headers=headers, query=query)
        kept.documents.update(request.documents)
        return kept

    def headers_of(
        self, connection: str, headers: Headers, *, describes: bool, again: bool = False
    ) -> Headers:
        """The headers of a delivery with their credentials redacted.

        `describes`: whether to add what is known about each credential. `again`: the headers were
        redacted before, and descriptions from then stay as they are.
        """
        # If the connection does not exist, the credential may belong to any connection.
        tokens = self._tokens.get(connection, self._all_tokens)
        texts = self._texts.get(connection, self._all_texts)
        everything = "\n".join([value for _, value in headers])
        has_secret = any(map(everything.__contains__, texts))
        if not has_secret:
            for name, _ in headers:
                if name in tokens or names_secret(name):
                    break
            else:
                return headers

        def kept(name: str, value: str) -> str:
            if again and value.startswith(_BEGIN):
                return value
            if name in tokens or names_secret(name):
                return self.described(value) if describes else REDACTED
            if has_secret and any(text in value for text in texts):
                return self.described(value) if describes else REDACTED
            return value

        return tuple([(name, kept(name, value)) for name, value in headers])

    def query_of(self, connection: str, query: str, *, describes: bool) -> str:
        """The query of a delivery with its credentials redacted, as `headers_of` does."""
        if not query:
            return query
        texts = self._texts.get(connection, self._all_texts)

        def kept(pair: str) -> str:
            name, mark, value = pair.partition("=")
            given = unquote_plus(value if mark else name)
            # A query without names may be a token as a whole, as in `/hooks/feed?TOKEN`. Nothing
            # reads such a query.
            is_bare = not mark or not name
            is_long = len(given) >= MIN_SECRET_LENGTH
            is_secret = is_long if is_bare else names_secret(unquote_plus(name))
            if not is_secret and not any(text in given for text in texts):
                return pair
            shown = quote(self.described(given) if describes else REDACTED, safe=_READABLE)
            return f"{name}={shown}" if mark else shown

        return "&".join([kept(pair) for pair in query.split("&")])

    def described(self, value: str) -> str:
        """The text to store instead of a credential: its length, and the secret that it equals."""
        bare = bare_credential(value)
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
    return f"<redacted: {len(bare)} characters; {_name(found)} of {found.connection}{almost}>"


def _name(found: NamedSecret) -> str:
    return found.name.replace(";", ",").replace(">", "")


def read_description(stored: str) -> CredentialDescription | None:
    """Reads the description of a redacted credential; None if the text is none."""
    found = _DESCRIBED.fullmatch(stored)
    if found is None:
        return None
    return CredentialDescription(int(found[1]), found[2] or "", found[3] or "", bool(found[4]))


def restored_query(query: str, known: Iterable[NamedSecret]) -> str:
    """A stored query in which redacted secrets are filled in again, where it names them."""
    if _BEGIN not in query:
        return query
    texts = {(item.connection, _name(item)): item.secret.reveal() for item in known}

    def restored(pair: str) -> str:
        name, mark, value = pair.partition("=")
        known_as = read_description(unquote_plus(value if mark else name))
        text = (
            texts.get((known_as.connection, known_as.secret))
            if known_as and not known_as.almost
            else None
        )
        if text is None:
            return pair
        return f"{name}={quote(text)}" if mark else quote(text)

    return "&".join([restored(pair) for pair in query.split("&")])
