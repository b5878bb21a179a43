"""Senders that follow the Standard Webhooks specification, Svix among them.

https://www.standardwebhooks.com
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from automator.http.signing import (
    MAX_SIGNATURES,
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
    body_digest,
    parse_timestamp,
    sign_standard,
    standard_key,
    standard_matches,
)
from automator.http.types import InboundRequest
from automator.model import N_, ParsedEvent, RejectedDelivery
from automator.plugins import JSON_TYPES, ConnectionOptions, Provider, VerifiedOptions
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.hmac_scheme import require_recent
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import as_dict, as_id, as_time, join_key, protocol_type
from automator.reasons.deliveries import no_signature_matches, too_many_signatures
from automator.reasons.secrets import standard_secret

#: The two spellings of the headers: id, timestamp, signatures.
_STANDARD = (STANDARD_ID, STANDARD_TIMESTAMP, STANDARD_SIGNATURE)
_SVIX = ("svix-id", "svix-timestamp", "svix-signature")


class StandardWebhooksOptions(VerifiedOptions):
    """The options of a Standard Webhooks connection."""

    secret: SigningSecrets = Field(
        description=N_(
            "The secret that the sender shows, as in whsec_…; a list while it is rotated."
        )
    )


class StandardWebhooksProvider(Provider):
    """One endpoint of a sender that follows Standard Webhooks."""

    name = "standard_webhooks"
    sender_names_events: ClassVar[bool] = True
    title = "Standard Webhooks"
    issues_secret: ClassVar[bool] = True
    options_model = StandardWebhooksOptions
    content_types = JSON_TYPES
    seen_headers = (STANDARD_ID, "svix-id")
    options: StandardWebhooksOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = tuple(standard_key(secret.reveal()) for secret in self.options.secret)

    def verify(self, request: InboundRequest) -> None:
        """Checks the signed id, time and body; the time may differ by five minutes.

        Raises:
            RejectedDelivery: a header is missing or doubled, too old, or no signature matches.
        """
        names = _spelling(request)
        message_id, timestamp, signatures = (request.single_header(name) for name in names)
        require_recent(parse_timestamp(timestamp), request.received_at)
        if signatures.count(" ") >= MAX_SIGNATURES:
            raise RejectedDelivery(too_many_signatures(limit=MAX_SIGNATURES))
        if not standard_matches(self._keys, message_id, timestamp, signatures, request.body):
            raise RejectedDelivery(no_signature_matches(header=names[2], advice=standard_secret()))

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery; its type is the body's `type`."""
        data = request.json()
        fields = as_dict(data)
        headers = request.headers
        id_name, time_name, _ = _spelling(request)
        sent_at = parse_timestamp(headers.get(time_name, ""))
        message_id = as_id(headers.get(id_name))
        event = Envelope.of(self, request).event(
            protocol_type(self.name, fields.get("type")),
            join_key(message_id or body_digest(request.body)),
            data,
            occurred_at=as_time(fields.get("timestamp")) or as_time(sent_at),
        )
        return [event]

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """Returns the headers with which such a sender would send `body`."""
        secret = self.options.secret[0].reveal()
        signed = sign_standard(secret, delivery_key, now_ms // 1000, body)
        return {"content-type": "application/json", **signed}


def _spelling(request: InboundRequest) -> tuple[str, str, str]:
    return _SVIX if "svix-signature" in request.headers else _STANDARD
