"""Searches for the variant of a refused delivery that its connection accepts, within bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from automator.configuration.secrets import REDACTED, names_secret
from automator.engine.doctor.bodies import MAX_REWRITTEN
from automator.engine.doctor.connection_secrets import (
    afresh,
    by_text,
    named_secrets,
    signing_places,
)
from automator.engine.doctor.credentials import (
    CredentialDescription,
    read_description,
    restored_query,
)
from automator.engine.doctor.finding import Finding
from automator.engine.doctor.headers import hash_names, parameters_of, scheme_of
from automator.engine.doctor.heuristics import HEURISTICS, Case, Variant, other_connection
from automator.engine.doctor.known_senders import sender_of
from automator.engine.doctor.times import TimeSearch, mismatch
from automator.http.types import InboundRequest
from automator.model import Reason, RejectedDelivery
from automator.plugins import Provider
from automator.reasons.deliveries import MISSING_PROOFS, STALE_PROOFS, WRONG_PROOFS
from automator.reasons.doctor import (
    HASH_DIFFERS,
    HEADER_MISSING,
    LEGACY_ONLY,
    NOT_ALL_TRIED,
    NOTHING_FITS,
    OTHER_SENDER,
    PARAMETER_MISSING,
    PASSES_NOW,
    REFUSED,
    SIGNATURE_RIGHT,
    TOKEN_ALMOST,
    TOKEN_NOT_KEPT,
    TOKEN_UNKNOWN,
    WRONG_TOKEN_KNOWN,
)

#: Checks of one delivery, at most; and bytes that they read, at most.
MAX_TRIES = 600
MAX_BYTES = 128 * 1024 * 1024
#: The sender that a provider's deliveries name, where it is not the provider itself.
_SENT_BY = {"instagram": "facebook", "whatsapp": "facebook"}
#: The old signature that some senders send beside the one that is checked.
_LEGACY = {"x-hub-signature-256": "x-hub-signature"}


class Search:
    """The search for the fault of one refused delivery, with bounded work."""

    def __init__(
        self, provider: Provider, request: InboundRequest, connections: Mapping[str, Provider]
    ) -> None:
        # The connection in use may keep state between two calls.
        own = afresh(provider)
        known = [named for item in connections.values() for named in named_secrets(item)]
        self._case = Case(
            provider=own,
            request=replace(request, query=restored_query(request.query, known)),
            others=[
                afresh(item)
                for name, item in connections.items()
                # Those of accounts have no address that could have been meant.
                if name not in (provider.connection, provider.hook) and item.hook == name
            ],
            scheme=scheme_of(own),
            places=signing_places(own),
            by_text=by_text(connections),
        )
        #: How often a check was tried so far.
        self.tries = 0
        self._bytes = 0
        self._gave_up = False

    def findings(self) -> list[Finding]:
        """The mistakes in the delivery, the surest first; never empty."""
        refusal = self._refusal(self._case.provider, self._case.request)
        if refusal is None:
            return [Finding(PASSES_NOW(), proved=True)]
        hidden = list(self._hidden_proofs())
        if hidden:
            return hidden
        found: list[Finding] = []
        if refusal.code in STALE_PROOFS:
            found, moved = TimeSearch(self._case.provider, self._case.request).search(refusal)
            if moved is None:
                return [*found, *self._other_connections()]
            self._case = replace(self._case, request=moved)
            refusal = self._refusal(self._case.provider, moved)
            if refusal is None:
                return [*found, Finding(SIGNATURE_RIGHT(), proved=True)]
        return [*found, *(self._proved() or self._unproved(refusal))]

    # --- Trying ---

    def _refusal(self, provider: Provider, request: InboundRequest) -> RejectedDelivery | None:
        """The reason why this connection refuses this request; None when it accepts it."""
        try:
            if provider.handshake(request) is not None:
                return None
        except RejectedDelivery as refusal:
            return refusal
        return mismatch(provider, request)

    def _is_accepted(self, provider: Provider | None, request: InboundRequest) -> bool:
        """Whether a provider accepts a request, as far as the bounds of the search allow a try."""
        if provider is None:
            return False
        if self.tries >= MAX_TRIES or self._bytes > MAX_BYTES:
            self._gave_up = True
            return False
        self.tries += 1
        self._bytes += len(request.body)
        # An answer to a handshake proves nothing, except for a GET, which is a handshake only.
        if self._case.is_handshake:
            return self._refusal(provider, request) is None
        return mismatch(provider, request) is None

    # --- What can be proved ---

    def _proved(self) -> list[Finding]:
        """The fault without which the delivery verifies, if there is one."""
        for heuristic in HEURISTICS:
            for variant in heuristic(self._case):
                if found := self._try(variant):
                    return [found]
        return []

    def _try(self, variant: Variant) -> Finding | None:
        """The finding of a variant, if its provider accepts it."""
        finding = Finding(variant.reason, proved=variant.is_proved)
        if not variant.is_proved:
            return finding
        provider, unless = variant.provider, variant.unless
        if unless is not None and self._is_accepted(provider, unless):
            return None
        if not self._is_accepted(provider, variant.request):
            return None
        return (self._try(variant.rather) if variant.rather else None) or finding

    def _other_connections(self) -> list[Finding]:
        """The other connections that accept the delivery as it is."""
        found = [self._try(variant) for variant in other_connection(self._case)]
        return [finding for finding in found if finding is not None]

    # --- What can only be seen ---

    def _missing_proofs(self) -> list[Finding]:
        """The headers and parameters of the scheme that did not come, and who may have sent it."""
        has = {name for name, value in self._case.request.raw_headers if value.strip()}
        missing = [name for name in self._case.scheme.headers if name not in has]
        for name in missing:
            if _LEGACY.get(name) in has:
                return [Finding(LEGACY_ONLY(header=name, legacy=_LEGACY[name]))]
        sender = self._other_sender()
        found = [Finding(sender)] if sender else []
        if missing:
            found.append(Finding(HEADER_MISSING(names=missing)))
        given = {name for name, value in parameters_of(self._case.request) if value.strip()}
        lacking = [name for name in self._case.scheme.parameters if name not in given]
        if lacking:
            found.append(Finding(PARAMETER_MISSING(names=lacking)))
        return found

    def _other_sender(self) -> Reason | None:
        """The sender that the headers name, where it is not that of the connection."""
        sender = sender_of(self._case.request)
        name = self._case.provider.name.replace("_", " ")
        if sender is None or sender.lower() == _SENT_BY.get(name, name):
            return None
        own = set(self._case.scheme.headers) & {name for name, _ in self._case.request.raw_headers}
        return None if own else OTHER_SENDER(sender=sender, provider=self._case.provider.name)

    def _unproved(self, refusal: RejectedDelivery) -> list[Finding]:
        """The refusal in its own words, and hints that nothing proves."""
        found = self._missing_proofs() if refusal.code in MISSING_PROOFS else []
        if found:
            return found
        if refusal.code not in WRONG_PROOFS:
            return [Finding(REFUSED(reason=refusal.reason))]
        for name in self._case.scheme.signatures:
            hashes = hash_names(self._case.request.headers.get(name, ""), self._case.scheme.example)
            if hashes:
                found.append(Finding(HASH_DIFFERS(came=hashes[0], wanted=hashes[1])))
        sender = self._other_sender()
        if sender:
            found.append(Finding(sender))
        found.append(Finding(NOTHING_FITS(count=self.tries, reason=refusal.reason)))
        if self._gave_up or len(self._case.request.body) > MAX_REWRITTEN:
            found.append(Finding(NOT_ALL_TRIED()))
        return found + [Finding(mistake) for mistake in self._case.provider.common_mistakes]

    def _hidden_proofs(self) -> Iterator[Finding]:
        """The findings from the descriptions of credentials that were not stored."""
        for name in self._case.scheme.headers:
            is_hidden = name in self._case.scheme.tokens or names_secret(name)
            stored = self._case.request.headers.get(name, "") if is_hidden else ""
            if stored == REDACTED:
                yield Finding(TOKEN_NOT_KEPT(header=name))
            elif description := read_description(stored):
                yield _about_token(name, description)


def _about_token(header: str, description: CredentialDescription) -> Finding:
    """The finding from the description of a wrong token: whose it is, or nobody's."""
    if not description.secret:
        return Finding(TOKEN_UNKNOWN(header=header, length=description.length))
    kind = TOKEN_ALMOST if description.almost else WRONG_TOKEN_KNOWN
    reason = kind(header=header, secret=description.secret, connection=description.connection)
    return Finding(reason, proved=True)
