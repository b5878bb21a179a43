"""The doctor: finds out why a delivery was refused, by trying corrected variants of it.

The connection itself verifies each variant: with other secrets, with a header spelled differently,
or with the body as it was before something altered it. The first variant that verifies shows the
fault. A diagnosis names secrets, but never shows one.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from automator.configuration.secrets import REDACTED, KnownSecrets, names_secret
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
from automator.engine.doctor.credentials import (
    CredentialDescription,
    read_description,
    restored_query,
)
from automator.engine.doctor.signature_schemes import (
    Scheme,
    hash_names,
    parameters_of,
    scheme_of,
    spellings,
    with_header,
    with_parameter,
)
from automator.http.types import InboundRequest, request_of
from automator.model import (
    N_,
    Delivery,
    NotFoundError,
    Reason,
    RejectedDelivery,
    UnparsableDelivery,
    Verdict,
    format_id,
    record,
    shortened,
    whole_number,
)
from automator.model.log_filters import DeliveryFilter
from automator.plugins import Provider
from automator.reasons import ReasonKind, alterations, deliveries, doctor
from automator.reasons.replays import values_removed
from automator.store import Log

LAST = "last"
_NOT_ACCEPTED = (Verdict.REJECTED, Verdict.OBSERVED, Verdict.UNPARSABLE)
_MOST_NAMES = 30
#: How many characters of a stranger's value a diagnosis repeats.
_MOST_CHARACTERS = 400
_VERDICTS = {
    Verdict.ACCEPTED: doctor.verdict_accepted,
    Verdict.OBSERVED: doctor.verdict_observed,
    Verdict.UNPARSABLE: doctor.verdict_unparsable,
    Verdict.REJECTED: doctor.verdict_rejected,
}

#: The sender that a header gives away, even if there is no provider for it. The first header of
#: this table that a request has decides.
_BY_HEADER: Mapping[str, str] = {
    "x-github-event": "GitHub",
    "x-gitea-event": "Gitea",
    "x-gitlab-event": "GitLab",
    "x-gitlab-token": "GitLab",
    "stripe-signature": "Stripe",
    "x-shopify-hmac-sha256": "Shopify",
    "x-shopify-topic": "Shopify",
    "x-slack-signature": "Slack",
    "x-slack-request-timestamp": "Slack",
    "x-line-signature": "LINE",
    "x-telegram-bot-api-secret-token": "Telegram",
    "x-signature-ed25519": "Discord",
    "x-zevent-signature": "Zalo",
    "x-zevent-server": "Zalo",
    "x-bot-api-secret-token": "Zalo Bot",
    "x-twilio-signature": "Twilio",
    "twitch-eventsub-message-signature": "Twitch",
    "x-twitter-webhooks-signature": "X",
    "x-dropbox-signature": "Dropbox",
    "x-zm-signature": "Zoom",
    "x-wc-webhook-signature": "WooCommerce",
    "paypal-transmission-sig": "PayPal",
    "paddle-signature": "Paddle",
    "x-hubspot-signature-v3": "HubSpot",
    "typeform-signature": "Typeform",
    "x-trello-webhook": "Trello",
    "linear-signature": "Linear",
    "calendly-webhook-signature": "Calendly",
    "x-event-key": "Bitbucket",
    "svix-signature": "Svix",
    "webhook-signature": "Standard Webhooks",
}
_FACEBOOK_AGENTS = ("facebookexternalua", "facebookplatform")


class ReasonTranslator(Protocol):
    """Turns reasons and their advice into sentences in the reader's language."""

    def say(self, reason: Reason | None) -> str:
        """The sentence of a reason."""

    def advice(self, reason: Reason | None) -> str:
        """The advice of a reason; "" if there is none."""


@record(kw_only=False)
class Finding:
    """A fault and its remedy; `proved` if the delivery verifies once the fault is removed."""

    reason: Reason
    proved: bool = False


@record
class Diagnosis:
    """The verdict on one delivery, the faults that explain it, and other facts."""

    delivery: Delivery
    provider: str
    #: Facts about the delivery that help to understand the findings.
    seen: tuple[Reason, ...]
    findings: tuple[Finding, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether the delivery was accepted."""
        return self.delivery.verdict is Verdict.ACCEPTED

    def render_text(self, words: ReasonTranslator) -> str:
        """The diagnosis as the terminal shows it."""
        delivery = self.delivery
        title = doctor.diagnosed(
            id=delivery.id,
            connection=delivery.connection,
            provider=self.provider or doctor.no_provider(),
            verdict=_VERDICTS[delivery.verdict](),
            received=delivery.received_at,
        )
        lines = [words.say(title), *(f"    {words.say(reason)}" for reason in self.seen)]
        for finding in self.findings:
            lines += ["", f"{'✗' if not self.is_healthy else '✓'} {words.say(finding.reason)}"]
            if advice := words.advice(finding.reason):
                lines.append(f"    → {advice}")
        return "\n".join(lines)

    def as_json(self, words: ReasonTranslator) -> dict[str, Any]:
        """The diagnosis as plain data, with its sentences beside the codes and values."""
        return {
            "delivery": format_id(self.delivery.id),
            "connection": self.delivery.connection,
            "provider": self.provider or None,
            "verdict": self.delivery.verdict.value,
            "reason_code": self.delivery.reason_code or None,
            "healthy": self.is_healthy,
            "seen": [words.say(reason) for reason in self.seen],
            "findings": [
                {
                    **finding.reason.to_json(),
                    "what": words.say(finding.reason),
                    "fix": words.advice(finding.reason) or None,
                    "proved": finding.proved,
                }
                for finding in self.findings
            ],
            "text": self.render_text(words),
        }


def diagnose(delivery: Delivery, connections: Mapping[str, Provider]) -> Diagnosis:
    """Diagnoses a stored delivery, in at most a second of work.

    `connections` are the present ones, which may have changed since the delivery came in.
    """
    provider = connections.get(delivery.connection)
    request = request_of(delivery)
    secrets = KnownSecrets(secret for item in connections.values() for secret in item.secrets())
    return Diagnosis(
        delivery=delivery,
        provider=provider.name if provider else "",
        seen=tuple(_without(item, secrets) for item in _seen(delivery, provider, request)),
        findings=tuple(
            replace(finding, reason=_without(finding.reason, secrets))
            for finding in _findings(delivery, provider, request, connections)
        ),
    )


def examine(log: Log, connections: Mapping[str, Provider], delivery_id: int | None) -> Diagnosis:
    """Diagnoses a stored delivery: with None, the last delivery that was not accepted.

    Raises:
        NotFoundError: there is no such delivery.
    """
    if delivery_id is None:
        refusals = [DeliveryFilter(verdict=verdict) for verdict in _NOT_ACCEPTED]
        rows = [row for wanted in refusals for row in log.deliveries(wanted, limit=1)]
        delivery_id = max((row.id for row in rows), default=None)
        if delivery_id is None:
            raise NotFoundError(
                N_("no delivery was refused"),
                fix=N_(
                    "If something came in and got no answer, find it with `automator log`; "
                    "`automator why EVENT` says why rules did not act. Old refusals are deleted."
                ),
            )
    return diagnose(delivery_with_id(log, delivery_id), connections)


def delivery_with_id(log: Log, delivery_id: int) -> Delivery:
    """The stored delivery with this id.

    Raises:
        NotFoundError: there is no such delivery.
    """
    delivery = log.delivery(delivery_id)
    if delivery is None:
        raise NotFoundError(
            N_("there is no delivery {id}"),
            fix=N_("Copy its id from the page Deliveries; it may have been deleted since."),
            id=format_id(delivery_id),
        )
    return delivery


def _findings(
    delivery: Delivery,
    provider: Provider | None,
    request: InboundRequest,
    connections: Mapping[str, Provider],
) -> list[Finding]:
    if delivery.verdict is Verdict.ACCEPTED:
        return [
            Finding(
                doctor.remarked(reason=delivery.reason) if delivery.reason else doctor.accepted()
            )
        ]
    if delivery.reason_code in deliveries.BEFORE_VERIFYING:
        return [Finding(doctor.refused(reason=delivery.reason))]
    if provider is None:
        return [Finding(doctor.no_connection(connection=delivery.connection))]
    if delivery.full_size is not None:
        cut = doctor.cut(kept=len(delivery.body), size=delivery.full_size)
        return [Finding(values_removed() if provider.options.redact else cut)]
    if delivery.verdict is Verdict.UNPARSABLE:
        return [_unparsable(provider, request)]
    return Search(provider, request, connections).findings()


def _unparsable(provider: Provider, request: InboundRequest) -> Finding:
    try:
        afresh(provider).parse(request)
    except UnparsableDelivery as error:
        return Finding(doctor.unparsable(reason=error.reason, provider=provider.name), proved=True)
    return Finding(doctor.passes_now(), proved=True)


def _seen(delivery: Delivery, provider: Provider | None, request: InboundRequest) -> list[Reason]:
    seen = [
        doctor.seen_request(
            method=delivery.method,
            size=delivery.full_size or len(delivery.body),
            kind=request.headers.get("content-type") or doctor.no_content_type(),
            remote=delivery.remote or doctor.no_remote(),
        )
    ]
    if delivery.reason is not None:
        seen.append(doctor.seen_refusal(reason=delivery.reason, code=delivery.reason_code))
    sender = sender_of(request)
    if sender:
        seen.append(doctor.seen_sender(sender=sender))
    names = sorted({name for name, _ in request.raw_headers})
    if provider is not None and delivery.verdict is not Verdict.ACCEPTED and names:
        more = len(names) - _MOST_NAMES
        shown = names[:_MOST_NAMES]
        seen.append(
            doctor.seen_more_headers(names=shown, more=more)
            if more > 0
            else doctor.seen_headers(names=shown)
        )
    return seen


def sender_of(request: InboundRequest) -> str | None:
    """The sender to whom a request's headers point; None if many senders use such headers."""
    headers = request.headers
    for header, sender in _BY_HEADER.items():
        if header in headers:
            return sender
    if headers.get("user-agent", "").lower().startswith(_FACEBOOK_AGENTS):
        return "Facebook"
    return None


def _without(reason: Reason, secrets: KnownSecrets) -> Reason:
    """The reason with secrets removed from its values, and with long texts cut."""
    return Reason(
        reason.code, {name: _kept(value, secrets) for name, value in reason.params.items()}
    )


def _kept(value: Any, secrets: KnownSecrets) -> Any:
    if isinstance(value, Reason):
        return _without(value, secrets)
    if isinstance(value, list):
        return [_kept(item, secrets) for item in value]
    return shortened(secrets.hidden(value), _MOST_CHARACTERS) if isinstance(value, str) else value


# --- The faults that can be proved, each with variants of the delivery without the fault ---


_MAX_SECRETS = 100


@record(kw_only=False)
class Variant:
    """A delivery without a suspected fault. If `provider` accepts it, `reason` is the fault."""

    reason: Reason
    provider: Provider | None
    request: InboundRequest
    #: Whether the variant has to be tried; False if the fault can be seen without a try.
    is_proved: bool = True
    #: A second request: if the provider accepts that too, the variant proves nothing.
    unless: InboundRequest | None = None
    #: A more specific variant: if it is accepted too, its fault is the finding instead.
    rather: "Variant | None" = None


@record(kw_only=False)
class Carrier:
    """One of the two parts in which a sender may sign: the headers of a request, or its query."""

    #: The fault of a header or parameter that occurs more than once.
    doubled: ReasonKind[...]
    pairs: Sequence[tuple[str, str]]
    names: tuple[str, ...]
    signatures: tuple[str, ...]
    example: str
    with_value: Callable[[InboundRequest, str, str], InboundRequest]


@record(kw_only=False)
class Case:
    """One refused delivery, with everything that the heuristics need to make variants of it."""

    provider: Provider
    request: InboundRequest
    others: Sequence[Provider]
    scheme: Scheme
    #: The keys of the connection's secrets that sign deliveries.
    places: Sequence[Place]
    #: Every known secret by its text.
    by_text: Mapping[str, NamedSecret]

    @property
    def is_handshake(self) -> bool:
        """Whether the request only checks this server, so that it is not a delivery."""
        return self.request.method == "GET"

    @property
    def carriers(self) -> tuple[Carrier, ...]:
        """The headers and the query: a sender may sign in either of them."""
        scheme, request = self.scheme, self.request
        return (
            Carrier(doctor.header_repeated, request.raw_headers, scheme.headers,
                    scheme.signatures, scheme.example, with_header),
            Carrier(doctor.parameter_repeated, parameters_of(request), scheme.parameters,
                    scheme.query_signatures, scheme.query_example, with_parameter),
        )  # fmt: skip


def doubled(case: Case) -> Iterator[Variant]:
    """Fault: a header or parameter occurs more than once, and only one of its values is right."""
    for carrier in case.carriers:
        for name in carrier.names:
            given = [value for key, value in carrier.pairs if key == name]
            reason = carrier.doubled(name=name, count=len(given))
            for value in dict.fromkeys(given) if len(given) > 1 else ():
                request = carrier.with_value(case.request, name, value)
                yield Variant(reason, case.provider, request)


def spelled_differently(case: Case) -> Iterator[Variant]:
    """Fault: the signature is right, but spelled differently."""
    for carrier in case.carriers:
        pairs = dict(carrier.pairs)
        for name in carrier.signatures:
            given = pairs.get(name, "")
            for kind, value in spellings(given, carrier.example) if given else ():
                if value != given:
                    request = carrier.with_value(case.request, name, value)
                    reason = kind(example=_shape(carrier.example))
                    yield Variant(reason, case.provider, request)


def suspected(case: Case) -> Iterator[Variant]:
    """A fault that the provider itself knows about."""
    for suspicion in case.provider.suspicions(case.request):
        yield Variant(
            suspicion.reason,
            suspicion.provider,
            case.request,
            is_proved=suspicion.provider is not None,
        )


def other_secret(case: Case) -> Iterator[Variant]:
    """Fault: the sender used another secret of this connection, or another connection's secret."""
    own = {
        named.secret.reveal()
        for named in named_secrets(case.provider)
        if named.place in case.places and not case.is_handshake
    }
    known = [named for text, named in case.by_text.items() if text not in own]
    known.sort(key=lambda named: named.connection != case.provider.connection)
    # A handshake often has a secret of its own, so that all secrets are tried.
    places = secret_places(case.provider) if case.is_handshake else case.places
    for named in known[:_MAX_SECRETS]:
        for place in places:
            yield _with_secret(case, named, place)


def _with_secret(case: Case, named: NamedSecret, place: Place) -> Variant:
    provider = with_secret(case.provider, place, named.secret)
    secret, wanted = named.name, ".".join(place)
    if named.connection == case.provider.connection:
        kind = doctor.other_secret_named if case.is_handshake else doctor.other_secret
        return Variant(kind(secret=secret, wanted=wanted), provider, case.request)
    rather = None
    owner = next((item for item in case.others if item.connection == named.connection), None)
    if named.place == place and owner is not None:
        rather = Variant(doctor.meant_for(connection=named.connection), owner, case.request)
    reason = doctor.secret_of(secret=secret, wanted=wanted, connection=named.connection)
    return Variant(reason, provider, case.request, rather=rather)


def other_connection(case: Case) -> Iterator[Variant]:
    """Fault: the delivery is meant for another connection, which does not accept everything."""
    bare = replace(case.request, raw_headers=(), query="")
    for other in () if case.is_handshake else case.others:
        reason = doctor.meant_for(connection=other.connection)
        yield Variant(reason, other, case.request, unless=bare)


def altered_body(case: Case) -> Iterator[Variant]:
    """Fault: something altered the body on its way."""
    content_type = case.request.headers.get("content-type", "")
    for kind, body in altered_bodies(case.request.body, content_type):
        yield Variant(kind(), case.provider, replace(case.request, body=body))


#: The heuristics, beginning with the most reliable. The first accepted variant is the finding.
HEURISTICS: tuple[Callable[[Case], Iterator[Variant]], ...] = (
    doubled,
    spelled_differently,
    suspected,
    other_secret,
    other_connection,
    altered_body,
)


def _shape(example: str) -> str:
    """The form of a signature, made from an example: `sha256=…`."""
    return re.sub(r"[0-9A-Za-z+/]{20,}={0,2}", "…", example)


# --- The search for a variant of a delivery that its connection accepts ---


#: How many variants of one delivery are checked; below, how many bytes these checks read.
MAX_TRIES = 600
MAX_BYTES = 128 * 1024 * 1024
#: The provider whose name is known as the sender, for providers that share a sender.
_SENT_BY = {"instagram": "facebook", "whatsapp": "facebook"}
#: For a signature that is checked, the older signature that some senders send in addition.
_LEGACY = {"x-hub-signature-256": "x-hub-signature"}


class Search:
    """The bounded search for the fault of one refused delivery."""

    def __init__(
        self, provider: Provider, request: InboundRequest, connections: Mapping[str, Provider]
    ) -> None:
        # New instances, because the connections in use may keep state from call to call.
        own = afresh(provider)
        known = [named for item in connections.values() for named in named_secrets(item)]
        self._case = Case(
            provider=own,
            request=replace(request, query=restored_query(request.query, known)),
            others=[
                afresh(item)
                for name, item in connections.items()
                # Connections of accounts have no address, so nobody can have meant them.
                if name not in (provider.connection, provider.hook) and item.hook == name
            ],
            scheme=scheme_of(own),
            places=signing_places(own),
            # A secret that several connections share is named after this connection.
            by_text=by_text({provider.connection: provider, **connections}),
        )
        #: The number of checks so far.
        self.tries = 0
        self._bytes = 0
        self._gave_up = False

    def findings(self) -> list[Finding]:
        """The faults of the delivery, beginning with the most reliable; never empty."""
        refusal = self._refusal(self._case.provider, self._case.request)
        if refusal is None:
            return [Finding(doctor.passes_now(), proved=True)]
        hidden = list(self._hidden_proofs())
        if hidden:
            return hidden
        found: list[Finding] = []
        if refusal.code in deliveries.STALE_PROOFS:
            found, moved = TimeSearch(self._case.provider, self._case.request).search(refusal)
            if moved is None:
                return [*found, *self._other_connections()]
            self._case = replace(self._case, request=moved)
            refusal = self._refusal(self._case.provider, moved)
            if refusal is None:
                return [*found, Finding(doctor.signature_right(), proved=True)]
        return [*found, *(self._proved() or self._unproved(refusal))]

    # --- Trying variants ---

    def _refusal(self, provider: Provider, request: InboundRequest) -> RejectedDelivery | None:
        """The error with which a connection refuses a request; None if it accepts the request."""
        try:
            if provider.handshake(request) is not None:
                return None
        except RejectedDelivery as refusal:
            return refusal
        return mismatch(provider, request)

    def _is_accepted(self, provider: Provider | None, request: InboundRequest) -> bool:
        """Whether a provider accepts a request. False once the bounds of the search are reached."""
        if provider is None:
            return False
        if self.tries >= MAX_TRIES or self._bytes > MAX_BYTES:
            self._gave_up = True
            return False
        self.tries += 1
        self._bytes += len(request.body)
        # A GET can only be a handshake, so answering it is acceptance. For all other requests only
        # verification counts, because a handshake's answer would prove nothing.
        if self._case.is_handshake:
            return self._refusal(provider, request) is None
        return mismatch(provider, request) is None

    # --- Faults that can be proved ---

    def _proved(self) -> list[Finding]:
        """The proved fault, in a list; empty if no variant is accepted."""
        for heuristic in HEURISTICS:
            for variant in heuristic(self._case):
                if found := self._try(variant):
                    is_meant_for_other = found.reason.code == doctor.meant_for.code
                    # Several connections share the secret: any of them may have been meant.
                    return (is_meant_for_other and self._other_connections()) or [found]
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
        """A finding for each other connection that accepts the delivery as it is."""
        found = [self._try(variant) for variant in other_connection(self._case)]
        return [finding for finding in found if finding is not None]

    # --- Faults that can only be seen ---

    def _missing_proofs(self) -> list[Finding]:
        """Findings for missing headers and parameters, and for another sender that is likely."""
        has = {name for name, value in self._case.request.raw_headers if value.strip()}
        missing = [name for name in self._case.scheme.headers if name not in has]
        for name in missing:
            if _LEGACY.get(name) in has:
                return [Finding(doctor.legacy_only(header=name, legacy=_LEGACY[name]))]
        sender = self._other_sender()
        found = [Finding(sender)] if sender else []
        if missing:
            found.append(Finding(doctor.header_missing(names=missing)))
        given = {name for name, value in parameters_of(self._case.request) if value.strip()}
        lacking = [name for name in self._case.scheme.parameters if name not in given]
        if lacking:
            found.append(Finding(doctor.parameter_missing(names=lacking)))
        return found

    def _other_sender(self) -> Reason | None:
        """The sender to whom the headers point, if it is not the connection's sender."""
        sender = sender_of(self._case.request)
        name = self._case.provider.name.replace("_", " ")
        if sender is None or sender.lower() == _SENT_BY.get(name, name):
            return None
        own = set(self._case.scheme.headers) & {name for name, _ in self._case.request.raw_headers}
        return (
            None if own else doctor.other_sender(sender=sender, provider=self._case.provider.name)
        )

    def _unproved(self, refusal: RejectedDelivery) -> list[Finding]:
        """The refusal itself, and hints that cannot be proved."""
        found = self._missing_proofs() if refusal.code in deliveries.MISSING_PROOFS else []
        if found:
            return found
        if refusal.code not in deliveries.WRONG_PROOFS:
            return [Finding(doctor.refused(reason=refusal.reason))]
        for name in self._case.scheme.signatures:
            hashes = hash_names(self._case.request.headers.get(name, ""), self._case.scheme.example)
            if hashes:
                found.append(Finding(doctor.hash_differs(came=hashes[0], wanted=hashes[1])))
        sender = self._other_sender()
        if sender:
            found.append(Finding(sender))
        found.append(Finding(doctor.nothing_fits(count=self.tries, reason=refusal.reason)))
        if self._gave_up or len(self._case.request.body) > MAX_REWRITTEN:
            found.append(Finding(doctor.not_all_tried()))
        return found + [Finding(mistake) for mistake in self._case.provider.common_mistakes]

    def _hidden_proofs(self) -> Iterator[Finding]:
        """Findings from the descriptions that were stored instead of credentials."""
        for name in self._case.scheme.headers:
            is_hidden = name in self._case.scheme.tokens or names_secret(name)
            stored = self._case.request.headers.get(name, "") if is_hidden else ""
            if stored == REDACTED:
                yield Finding(doctor.token_not_kept(header=name))
            elif description := read_description(stored):
                yield _about_token(name, description)


def _about_token(header: str, description: CredentialDescription) -> Finding:
    """The finding about a wrong token, from its description: which secret it is, if any."""
    if not description.secret:
        return Finding(doctor.token_unknown(header=header, length=description.length))
    kind = doctor.token_almost if description.almost else doctor.wrong_token_known
    reason = kind(header=header, secret=description.secret, connection=description.connection)
    return Finding(reason, proved=True)


# --- The signed time of a delivery ---


_MAX_TIMES = 20
#: The longest window of time that is measured, in seconds.
_LONGEST_WINDOW_S = 86_400
_NUMBER = re.compile(r"(?<![0-9])[0-9]{9,13}(?![0-9])")
#: The first and the last millisecond that count as a time: in 2001 and in 2100.
_EARLIEST_MS = 1_000_000_000_000
_LATEST_MS = 4_102_444_800_000


def mismatch(provider: Provider, request: InboundRequest) -> RejectedDelivery | None:
    """The error with which a connection fails to verify a request; None if it verifies it."""
    try:
        provider.authenticate(request)
    except RejectedDelivery as refusal:
        return refusal
    return None


@record(kw_only=False)
class TimeSearch:
    """Searches for the signed time of a delivery that was refused as too old."""

    provider: Provider
    request: InboundRequest

    def search(self, refusal: RejectedDelivery) -> tuple[list[Finding], InboundRequest | None]:
        """The finding about the time, and the request as if it had come in at the signed time."""
        arrived = self.request.received_at
        for moment in self._times():
            moved = replace(self.request, received_at=moment)
            if self._is_stale(moved):
                continue
            kind = doctor.time_old if moment < arrived else doctor.time_ahead
            reason = kind(
                # Whole seconds, because senders sign whole seconds.
                distance=round(abs(arrived - moment) / 1000) * 1000,
                allowed=self._window_s(moment) * 1000,
            )
            return [Finding(reason, proved=True)], moved
        return list(self._strange_time(refusal)), None

    def _times(self) -> list[int]:
        """Times that the request contains, in milliseconds: in its headers, then in its body."""
        texts = [value for _, value in self.request.raw_headers if len(value) < 1000]
        texts += [self.request.query, self.request.body[:65_536].decode("latin-1")]
        numbers = [int(found) for text in texts for found in _NUMBER.findall(text)]
        both = [number * 1000 for number in numbers] + numbers
        near = [moment for moment in both if _EARLIEST_MS < moment < _LATEST_MS]
        return list(dict.fromkeys(near))[:_MAX_TIMES]

    def _is_stale(self, request: InboundRequest) -> bool:
        refusal = mismatch(self.provider, request)
        return refusal is not None and refusal.code in deliveries.STALE_PROOFS

    def _window_s(self, moment: int) -> int:
        """For how many seconds the connection accepts a signature made at `moment`."""
        low, high = 0, _LONGEST_WINDOW_S
        while low < high:
            middle = (low + high + 1) // 2
            late = replace(self.request, received_at=moment + middle * 1000)
            low, high = (low, middle - 1) if self._is_stale(late) else (middle, high)
        return low

    def _strange_time(self, refusal: RejectedDelivery) -> Iterator[Finding]:
        for name in scheme_of(self.provider).times:
            text = self.request.headers.get(name, "")
            at_ms = whole_number(text, _LATEST_MS)
            if at_ms is None:
                yield Finding(doctor.time_unreadable(header=name))
                return
            in_seconds = with_header(self.request, name, str(at_ms // 1000))
            moved = replace(in_seconds, received_at=at_ms)
            if not self._is_stale(moved):
                yield Finding(doctor.time_milliseconds(header=name))
                return
        yield Finding(doctor.refused(reason=refusal.reason))


# --- Undoing the changes that a body may have suffered on its way ---

#: How many bytes a body may have to be parsed and written again.
MAX_REWRITTEN = 1_048_576
_MAX_FIELDS = 1000
_BOM = b"\xef\xbb\xbf"


def altered_bodies(body: bytes, content_type: str) -> Iterator[tuple[ReasonKind[...], bytes]]:
    """Yields bodies that the sender may have sent, each with the change that would explain it."""
    seen = {body}
    for kind, make in _alterations(body, content_type):
        altered = make()
        if altered is not None and altered not in seen:
            seen.add(altered)
            yield kind, altered


def _alterations(
    body: bytes, content_type: str
) -> Iterator[tuple[ReasonKind[...], Callable[[], bytes | None]]]:
    yield alterations.body_line_end_lost, lambda: body + b"\n"
    yield alterations.body_line_end_lost, lambda: body + b"\r\n"
    yield alterations.body_line_end_added, lambda: body.rstrip(b"\r\n")
    yield alterations.body_trimmed, body.strip
    yield alterations.body_line_ends, lambda: body.replace(b"\r\n", b"\n")
    yield alterations.body_line_ends, lambda: body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield alterations.body_mark, lambda: body.removeprefix(_BOM)
    yield alterations.body_mark, lambda: _BOM + body
    yield alterations.body_empty, lambda: b""
    yield alterations.body_recoded, lambda: _recoded(body, "utf-8", "latin-1")
    yield alterations.body_recoded, lambda: _recoded(body, "latin-1", "utf-8")
    if len(body) > MAX_REWRITTEN:
        return
    if content_type.startswith("application/x-www-form-urlencoded") or (
        b"=" in body and body[:1] not in b"{["
    ):
        yield alterations.body_form, lambda: _form(body, quote_plus)
        yield alterations.body_form, lambda: _form(body, quote)
    yield from _json_alterations(body)


def _json_alterations(body: bytes) -> Iterator[tuple[ReasonKind[...], Callable[[], bytes | None]]]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    compact, spaced = (",", ":"), (", ", ": ")
    for separators in (compact, spaced):
        yield (
            alterations.body_json,
            partial(_json, value, separators=separators, ensure_ascii=False),
        )
        yield alterations.body_json_escaped, partial(_json, value, separators=separators)
        yield (
            alterations.body_json_sorted,
            partial(_json, value, separators=separators, ensure_ascii=False, sort_keys=True),
        )
    for is_ascii in (True, False):
        kind = alterations.body_json_escaped if is_ascii else alterations.body_json
        yield kind, partial(_slashed, value, is_ascii)
        yield alterations.body_json_indented, partial(_json, value, indent=2, ensure_ascii=is_ascii)
        yield alterations.body_json_indented, partial(_json, value, indent=4, ensure_ascii=is_ascii)


def _json(value: Any, **how: Any) -> bytes | None:
    try:
        return json.dumps(value, **how).encode()
    except (ValueError, TypeError, RecursionError):
        # Lone surrogates cannot be written as UTF-8, and keys of mixed types cannot be sorted.
        return None


def _slashed(value: Any, is_ascii: bool) -> bytes | None:
    r"""The body with every slash written as `\/`, as some programming languages do."""
    written = _json(value, separators=(",", ":"), ensure_ascii=is_ascii)
    return written.replace(b"/", b"\\/") if written is not None else None


def _form(body: bytes, quoted: Callable[..., str]) -> bytes | None:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return None
    return urlencode(pairs, quote_via=quoted).encode() if pairs else None


def _recoded(body: bytes, was: str, became: str) -> bytes | None:
    """Undoes a wrong conversion: the text was read in one encoding and written in another."""
    try:
        return body.decode(was).encode(became)
    except UnicodeError:
        return None
