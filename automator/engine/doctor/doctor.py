"""The doctor: explains why a stored delivery was refused, and what would have been accepted.

It gives the connection's own verification variants of the delivery: with other secrets, with the
header spelled differently, with the body as it was before something altered it. The first variant
that verifies shows the fault. A diagnosis names secrets and never shows one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from automator.clock import iso_time
from automator.configuration.secrets import Secret, redact
from automator.engine.doctor.connection_secrets import afresh
from automator.engine.doctor.finding import Finding, filled
from automator.engine.doctor.known_senders import sender_of
from automator.engine.doctor.search import Search
from automator.engine.doctor.texts import BEFORE_VERIFYING, SEEN
from automator.http.types import InboundRequest
from automator.model import Delivery, NotFoundError, UnparsableDelivery, Verdict, format_id
from automator.plugins import Provider
from automator.store import Log

LAST = "last"
_NOT_ACCEPTED = (Verdict.REJECTED, Verdict.OBSERVED, Verdict.UNPARSABLE)
_MOST_NAMES = 30
#: Characters of a value from a stranger that a diagnosis repeats.
_MOST_CHARACTERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The diagnosis of one delivery."""

    delivery: Delivery
    provider: str
    #: Observations, as codes of SEEN with their values.
    seen: tuple[tuple[str, Mapping[str, Any]], ...]
    findings: tuple[Finding, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether the delivery was accepted."""
        return self.delivery.verdict is Verdict.ACCEPTED

    def render_text(self) -> str:
        """The diagnosis as the terminal shows it."""
        delivery = self.delivery
        of = f"through {delivery.connection} ({self.provider or 'unknown'})"
        received = iso_time(delivery.received_at)
        title = f"delivery {format_id(delivery.id)} {of}, {delivery.verdict.value}, {received}"
        lines = [title]
        lines += [f"    {filled(SEEN[code], values)}" for code, values in self.seen]
        for finding in self.findings:
            lines += ["", f"{'✗' if not self.is_healthy else '✓'} {finding.what}"]
            if finding.fix:
                lines.append(f"    → {finding.fix}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The diagnosis as plain data."""
        return {
            "delivery": format_id(self.delivery.id),
            "connection": self.delivery.connection,
            "provider": self.provider or None,
            "verdict": self.delivery.verdict.value,
            "reason_code": self.delivery.reason_code or None,
            "healthy": self.is_healthy,
            "seen": [filled(SEEN[code], values) for code, values in self.seen],
            "findings": [
                {
                    "code": finding.code,
                    "what": finding.what,
                    "fix": finding.fix or None,
                    "proved": finding.proved,
                }
                for finding in self.findings
            ],
        }


def diagnose(delivery: Delivery, connections: Mapping[str, Provider]) -> Diagnosis:
    """Finds out what is wrong with a stored delivery, in a second of work at most.

    `connections` are the present ones, which may differ from those when it arrived.
    """
    provider = connections.get(delivery.connection)
    request = InboundRequest(
        method=delivery.method,
        query=delivery.query,
        raw_headers=delivery.headers,
        body=delivery.body,
        received_at=delivery.received_at,
        remote=delivery.remote,
    )
    secrets = tuple(secret for item in connections.values() for secret in item.secrets())
    return Diagnosis(
        delivery=delivery,
        provider=provider.name if provider else "",
        seen=tuple(
            (code, _without(values, secrets)) for code, values in _seen(delivery, provider, request)
        ),
        findings=tuple(
            replace(finding, values=_without(finding.values, secrets))
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
                "no delivery was refused", fix="Old ones are deleted after a while."
            )
    delivery = log.delivery(delivery_id)
    if delivery is None:
        raise NotFoundError(
            f"there is no delivery {format_id(delivery_id)}",
            fix="Copy its id from the page Deliveries; it may have been deleted since.",
        )
    return diagnose(delivery, connections)


def _findings(
    delivery: Delivery,
    provider: Provider | None,
    request: InboundRequest,
    connections: Mapping[str, Provider],
) -> list[Finding]:
    if delivery.verdict is Verdict.ACCEPTED:
        remarked = {"reason": delivery.reason}
        return [Finding("remarked", remarked) if delivery.reason else Finding("accepted")]
    if delivery.reason_code in BEFORE_VERIFYING:
        fix = BEFORE_VERIFYING[delivery.reason_code]
        return [Finding("refused", {"reason": delivery.reason, "fix": fix})]
    if provider is None:
        return [Finding("no_connection", {"connection": delivery.connection})]
    if delivery.full_size is not None:
        return [Finding("cut", {"kept": len(delivery.body), "size": delivery.full_size})]
    if delivery.verdict is Verdict.UNPARSABLE:
        return [_unparsable(provider, request)]
    return Search(provider, request, connections).findings()


def _unparsable(provider: Provider, request: InboundRequest) -> Finding:
    try:
        afresh(provider).parse(request)
    except UnparsableDelivery as error:
        values = {"reason": error.message, "provider": provider.name}
        return Finding("unparsable", values, proved=True)
    return Finding("passes_now", proved=True)


def _seen(
    delivery: Delivery, provider: Provider | None, request: InboundRequest
) -> list[tuple[str, Mapping[str, Any]]]:
    seen: list[tuple[str, Mapping[str, Any]]] = [
        (
            "request",
            {
                "method": delivery.method,
                "size": delivery.full_size or len(delivery.body),
                "kind": request.headers.get("content-type") or "no content-type",
                "remote": delivery.remote or "an unknown address",
            },
        )
    ]
    if delivery.reason:
        seen.append(("reason", {"reason": f"{delivery.reason} ({delivery.reason_code})"}))
    sender = sender_of(request)
    if sender:
        seen.append(("sender", {"sender": sender}))
    if provider is not None and delivery.verdict is not Verdict.ACCEPTED:
        names = list(dict.fromkeys(name for name, _ in request.raw_headers))
        if not names:
            return seen
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        seen.append(("headers", {"names": ", ".join(sorted(names)[:_MOST_NAMES]) + more}))
    return seen


def _without(values: Mapping[str, Any], secrets: tuple[Secret, ...]) -> Mapping[str, Any]:
    """The values with secrets redacted and long texts cut."""
    return {
        name: _cut(redact(value, secrets)) if isinstance(value, str) else value
        for name, value in values.items()
    }


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
