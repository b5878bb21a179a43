"""The doctor: explains why a stored delivery was refused, and which delivery would have been
accepted.

It gives the connection's own verification variants of the delivery: with other secrets, with the
header spelled differently, with the body as it was before something altered it. The first variant
that verifies shows the fault. A diagnosis names secrets and never shows one.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from automator.configuration.secrets import KnownSecrets
from automator.engine.doctor.connection_secrets import afresh
from automator.engine.doctor.finding import Finding
from automator.engine.doctor.known_senders import sender_of
from automator.engine.doctor.search import Search
from automator.http.types import InboundRequest, request_of
from automator.model import (
    N_,
    Delivery,
    NotFoundError,
    Reason,
    UnparsableDelivery,
    Verdict,
    format_id,
    record,
    shortened,
)
from automator.plugins import Provider
from automator.reasons.deliveries import BEFORE_VERIFYING
from automator.reasons.doctor import (
    ACCEPTED,
    CUT,
    DIAGNOSED,
    NO_CONNECTION,
    NO_CONTENT_TYPE,
    NO_PROVIDER,
    NO_REMOTE,
    PASSES_NOW,
    REFUSED,
    REMARKED,
    SEEN_HEADERS,
    SEEN_MORE_HEADERS,
    SEEN_REFUSAL,
    SEEN_REQUEST,
    SEEN_SENDER,
    UNPARSABLE,
    VERDICT_ACCEPTED,
    VERDICT_OBSERVED,
    VERDICT_REJECTED,
    VERDICT_UNPARSABLE,
)
from automator.store import Log

LAST = "last"
_NOT_ACCEPTED = (Verdict.REJECTED, Verdict.OBSERVED, Verdict.UNPARSABLE)
_MOST_NAMES = 30
#: Characters of a value from a stranger that a diagnosis repeats.
_MOST_CHARACTERS = 400
_VERDICTS = {
    Verdict.ACCEPTED: VERDICT_ACCEPTED,
    Verdict.OBSERVED: VERDICT_OBSERVED,
    Verdict.UNPARSABLE: VERDICT_UNPARSABLE,
    Verdict.REJECTED: VERDICT_REJECTED,
}


class ReasonTranslator(Protocol):
    """Says reasons and what to do about them in the language of a reader."""

    def say(self, reason: Reason | None) -> str:
        """The sentence of a reason."""

    def advice(self, reason: Reason | None) -> str:
        """The advice of a reason; "" if there is none."""


@record
class Diagnosis:
    """The diagnosis of one delivery."""

    delivery: Delivery
    provider: str
    #: The facts that were seen about the delivery.
    seen: tuple[Reason, ...]
    findings: tuple[Finding, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether the delivery was accepted."""
        return self.delivery.verdict is Verdict.ACCEPTED

    def render_text(self, words: ReasonTranslator) -> str:
        """The diagnosis as the terminal shows it."""
        delivery = self.delivery
        title = DIAGNOSED(
            id=delivery.id,
            connection=delivery.connection,
            provider=self.provider or NO_PROVIDER(),
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
    """Diagnoses a stored delivery, in a second of work at most.

    `connections` are the present ones, which may differ from those when it arrived.
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
    """The diagnosis of a stored delivery, or with None of the last one that was not accepted.

    Raises:
        NotFoundError: there is no such delivery.
    """
    if delivery_id is None:
        rows = [log.deliveries(verdict=verdict, limit=1) for verdict in _NOT_ACCEPTED]
        delivery_id = max((row.id for found in rows for row in found), default=None)
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
    """A stored delivery.

    Raises:
        NotFoundError: there is none with this id.
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
        return [Finding(REMARKED(reason=delivery.reason) if delivery.reason else ACCEPTED())]
    if delivery.reason_code in BEFORE_VERIFYING:
        return [Finding(REFUSED(reason=delivery.reason))]
    if provider is None:
        return [Finding(NO_CONNECTION(connection=delivery.connection))]
    if delivery.full_size is not None:
        return [Finding(CUT(kept=len(delivery.body), size=delivery.full_size))]
    if delivery.verdict is Verdict.UNPARSABLE:
        return [_unparsable(provider, request)]
    return Search(provider, request, connections).findings()


def _unparsable(provider: Provider, request: InboundRequest) -> Finding:
    try:
        afresh(provider).parse(request)
    except UnparsableDelivery as error:
        return Finding(UNPARSABLE(reason=error.reason, provider=provider.name), proved=True)
    return Finding(PASSES_NOW(), proved=True)


def _seen(delivery: Delivery, provider: Provider | None, request: InboundRequest) -> list[Reason]:
    seen = [
        SEEN_REQUEST(
            method=delivery.method,
            size=delivery.full_size or len(delivery.body),
            kind=request.headers.get("content-type") or NO_CONTENT_TYPE(),
            remote=delivery.remote or NO_REMOTE(),
        )
    ]
    if delivery.reason is not None:
        seen.append(SEEN_REFUSAL(reason=delivery.reason, code=delivery.reason_code))
    sender = sender_of(request)
    if sender:
        seen.append(SEEN_SENDER(sender=sender))
    names = sorted({name for name, _ in request.raw_headers})
    if provider is not None and delivery.verdict is not Verdict.ACCEPTED and names:
        more = len(names) - _MOST_NAMES
        shown = names[:_MOST_NAMES]
        seen.append(
            SEEN_MORE_HEADERS(names=shown, more=more) if more > 0 else SEEN_HEADERS(names=shown)
        )
    return seen


def _without(reason: Reason, secrets: KnownSecrets) -> Reason:
    """The reason with secrets redacted in its values, and long texts cut."""
    return Reason(
        reason.code, {name: _kept(value, secrets) for name, value in reason.params.items()}
    )


def _kept(value: Any, secrets: KnownSecrets) -> Any:
    if isinstance(value, Reason):
        return _without(value, secrets)
    if isinstance(value, list):
        return [_kept(item, secrets) for item in value]
    return shortened(secrets.hidden(value), _MOST_CHARACTERS) if isinstance(value, str) else value
