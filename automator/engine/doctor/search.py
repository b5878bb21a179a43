"""Searches for the variant of a refused delivery that its connection accepts, within bounds."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from automator.configuration.secrets import REDACTED, names_secret
from automator.engine.doctor.bodies import MAX_REWRITTEN, altered_bodies
from automator.engine.doctor.connection_secrets import (
    NamedSecret,
    Place,
    afresh,
    by_text,
    named_secrets,
    secret_places,
    signing_places,
    with_secret,
)
from automator.engine.doctor.credentials import Told, read_told, restored_query
from automator.engine.doctor.headers import (
    hash_names,
    parameters_of,
    replaced,
    scheme_of,
    spellings,
    with_header,
    with_parameter,
)
from automator.engine.doctor.known_senders import sender_of
from automator.engine.doctor.texts import Found
from automator.engine.doctor.times import TimeSearch, mismatch
from automator.http.types import InboundRequest
from automator.model import RejectedDelivery
from automator.plugins import Provider

#: Checks of one delivery, at most; and bytes that they read, at most.
MAX_TRIES = 600
MAX_BYTES = 128 * 1024 * 1024
_MAX_SECRETS = 100
#: What a provider's deliveries name as their sender, where that is not the provider itself.
_SENT_BY = {"instagram": "facebook", "whatsapp": "facebook"}
#: The old signature that some senders send beside the one that is checked.
_LEGACY = {"x-hub-signature-256": "x-hub-signature"}


class Search:
    """Looks for the fault of one refused delivery."""

    def __init__(
        self, provider: Provider, request: InboundRequest, connections: Mapping[str, Provider]
    ) -> None:
        # A connection that is in use may remember things between two calls.
        self._provider = afresh(provider)
        known = [named for item in connections.values() for named in named_secrets(item)]
        self._request = replaced(request, query=restored_query(request.query, known))
        self._others = [
            afresh(item) for name, item in connections.items() if name != provider.connection
        ]
        self._scheme = scheme_of(self._provider)
        self._places = signing_places(self._provider)
        self._by_text = by_text(connections)
        self._is_handshake = request.method == "GET"
        #: How often a check was tried so far.
        self.tries = 0
        self._bytes = 0
        self._gave_up = False

    def findings(self) -> list[Found]:
        """What is wrong, the surest first; never empty."""
        refusal = self._refusal(self._provider, self._request)
        if refusal is None:
            return [("passes_now", {}, True)]
        hidden = list(self._hidden_proofs())
        if hidden:
            return hidden
        found: list[Found] = []
        if refusal.code == "stale":
            found, moved = TimeSearch(self._provider, self._request).look(refusal)
            if moved is None:
                return [*found, *self._wrong_place()]
            self._request = moved
            refusal = self._refusal(self._provider, moved)
            if refusal is None:
                return [*found, ("signature_right", {}, True)]
        return [*found, *(self._proved() or self._unproved(refusal))]

    # --- Trying ---

    def _refusal(self, provider: Provider, request: InboundRequest) -> RejectedDelivery | None:
        """Why this connection refuses this request; None when it takes it."""
        try:
            if provider.handshake(request) is not None:
                return None
        except RejectedDelivery as refusal:
            return refusal
        return mismatch(provider, request)

    def _believed(self, provider: Provider | None, request: InboundRequest) -> bool:
        if provider is None:
            return False
        if self.tries >= MAX_TRIES or self._bytes > MAX_BYTES:
            self._gave_up = True
            return False
        self.tries += 1
        self._bytes += len(request.body)
        # The answer to a handshake proves nothing, but for a GET, which is nothing else.
        if self._is_handshake:
            return self._refusal(provider, request) is None
        return mismatch(provider, request) is None

    # --- What can be proved ---

    def _proved(self) -> list[Found]:
        """A fault without which the delivery verifies, if there is one."""
        for look in (
            self._doubled,
            self._spelled_otherwise,
            self._suspected,
            self._other_secrets,
            self._wrong_place,
            self._altered_on_the_way,
        ):
            found = next(iter(look()), None)
            if found is not None:
                return [found]
        return []

    def _doubled(self) -> Iterator[Found]:
        for name in self._scheme.headers:
            values = [value for key, value in self._request.raw_headers if key == name]
            if len(values) > 1:
                for value in dict.fromkeys(values):
                    if self._believed(self._provider, with_header(self._request, name, value)):
                        yield "doubled", {"header": name, "count": len(values)}, True
        for name in self._scheme.parameters:
            values = [value for key, value in parameters_of(self._request) if key == name]
            for value in dict.fromkeys(values) if len(values) > 1 else ():
                if self._believed(self._provider, with_parameter(self._request, name, value)):
                    yield "parameter_doubled", {"name": name, "count": len(values)}, True

    def _spelled_otherwise(self) -> Iterator[Found]:
        example = self._scheme.example
        for name in self._scheme.signatures:
            given = self._request.headers.get(name, "")
            for code, value in spellings(given, example) if given else ():
                if value != given and self._believed(
                    self._provider, with_header(self._request, name, value)
                ):
                    yield code, {"example": f"{_shape(example)}"}, True
        given_query = dict(parameters_of(self._request))
        for name in self._scheme.query_signatures:
            given = given_query.get(name, "")
            for code, value in spellings(given, self._scheme.query_example) if given else ():
                if value != given and self._believed(
                    self._provider, with_parameter(self._request, name, value)
                ):
                    yield code, {"example": _shape(self._scheme.query_example)}, True

    def _suspected(self) -> Iterator[Found]:
        for suspicion in self._provider.suspicions(self._request):
            if suspicion.provider is None or self._believed(suspicion.provider, self._request):
                is_proved = suspicion.provider is not None
                yield "suspicion", {"what": suspicion.what, "fix": suspicion.fix}, is_proved

    def _other_secrets(self) -> Iterator[Found]:
        """Secrets of this connection in the wrong place, then those of all others."""
        own = {
            named.secret.reveal()
            for named in named_secrets(self._provider)
            if named.place in self._places and not self._is_handshake
        }
        known = [named for text, named in self._by_text.items() if text not in own]
        known.sort(key=lambda named: named.connection != self._provider.connection)
        for named in known[:_MAX_SECRETS]:
            for place in self._places_to_try():
                if self._believed(with_secret(self._provider, place, named.secret), self._request):
                    yield self._other_secret(named, place)

    def _places_to_try(self) -> list[Place]:
        # What proves a handshake is seldom what signs.
        if self._is_handshake:
            return secret_places(self._provider)
        return self._places

    def _other_secret(self, named: NamedSecret, place: Place) -> Found:
        values = {"secret": named.name, "wanted": ".".join(place)}
        if named.connection == self._provider.connection:
            return "other_secret_named" if self._is_handshake else "other_secret", values, True
        if named.place == place and self._is_believed_at(named.connection):
            return "meant_for", {"connection": named.connection}, True
        return "secret_of", {**values, "connection": named.connection}, True

    def _is_believed_at(self, connection: str) -> bool:
        return any(
            item.connection == connection and self._believed(item, self._request)
            for item in self._others
        )

    def _wrong_place(self) -> Iterator[Found]:
        """Another connection would have taken it, as one that does not take just anything."""
        bare = replaced(self._request, raw_headers=(), query="")
        for other in self._others:
            if self._is_handshake or self._believed(other, bare):
                continue
            if self._believed(other, self._request):
                yield "meant_for", {"connection": other.connection}, True

    def _altered_on_the_way(self) -> Iterator[Found]:
        content_type = self._request.headers.get("content-type", "")
        for code, body in altered_bodies(self._request.body, content_type):
            if self._believed(self._provider, replaced(self._request, body=body)):
                yield code, {}, True

    # --- What can only be seen ---

    def _missing(self) -> list[Found]:
        has = {name for name, value in self._request.raw_headers if value.strip()}
        missing = [name for name in self._scheme.headers if name not in has]
        for name in missing:
            if _LEGACY.get(name) in has:
                return [("legacy_only", {"header": name, "legacy": _LEGACY[name]}, False)]
        sender = self._other_sender()
        found: list[Found] = [("other_sender", sender, False)] if sender else []
        if missing:
            found.append(("header_missing", {"names": ", ".join(missing)}, False))
        given = {name for name, value in parameters_of(self._request) if value.strip()}
        lacking = [name for name in self._scheme.parameters if name not in given]
        if lacking:
            found.append(("parameter_missing", {"names": ", ".join(lacking)}, False))
        return found

    def _other_sender(self) -> dict[str, Any] | None:
        sender = sender_of(self._request)
        name = self._provider.name.replace("_", " ")
        if sender is None or sender.lower() == _SENT_BY.get(name, name):
            return None
        own = set(self._scheme.headers) & {name for name, _ in self._request.raw_headers}
        return None if own else {"sender": sender, "provider": self._provider.name}

    def _unproved(self, refusal: RejectedDelivery) -> list[Found]:
        """The refusal in its own words, with what was tried in vain."""
        found = self._missing() if refusal.code == "missing_signature" else []
        if found:
            return found
        if refusal.code != "bad_signature":
            return [("refused", {"reason": refusal.message, "fix": refusal.fix}, False)]
        for name in self._scheme.signatures:
            hashes = hash_names(self._request.headers.get(name, ""), self._scheme.example)
            if hashes:
                found.append(("hash_differs", {"came": hashes[0], "wanted": hashes[1]}, False))
        sender = self._other_sender()
        if sender:
            found.append(("other_sender", sender, False))
        found.append(("nothing_fits", {"count": self.tries, "fix": refusal.fix}, False))
        if self._gave_up or len(self._request.body) > MAX_REWRITTEN:
            found.append(("not_all_tried", {}, False))
        return found + [
            ("mistake", {"what": text}, False) for text in self._provider.common_mistakes
        ]

    def _hidden_proofs(self) -> Iterator[Found]:
        """What is known of a proof that gives access, and so was not kept."""
        for name in self._scheme.headers:
            is_hidden = name in self._scheme.tokens or names_secret(name)
            stored = self._request.headers.get(name, "") if is_hidden else ""
            if stored == REDACTED:
                yield "token_not_kept", {"header": name}, False
            elif told := read_told(stored):
                yield _token(name, told)


def _token(header: str, told: Told) -> Found:
    if not told.secret:
        return "token_unknown", {"header": header, "length": told.length}, False
    values = {"header": header, "secret": told.secret, "connection": told.connection}
    return "token_almost" if told.almost else "wrong_token_known", values, True


def _shape(example: str) -> str:
    """An example of a signature by its form alone, as in `sha256=…`."""
    return re.sub(r"[0-9A-Za-z+/]{20,}={0,2}", "…", example)
