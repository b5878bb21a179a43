"""Senders that follow the Standard Webhooks specification, Svix among them.

https://www.standardwebhooks.com
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from automator.http.signing import (
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
    body_digest,
    parse_timestamp,
)
from automator.http.types import InboundRequest
from automator.model import N_, ParsedEvent
from automator.plugins import VerifiedOptions
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import as_dict, as_id, as_time, join_key, protocol_type
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.reasons.secrets import standard_secret

_STANDARD = HmacScheme(
    header=STANDARD_SIGNATURE,
    form="v1,{signature}",
    encoding="base64",
    signed="{id}.{timestamp}.{body}",
    timestamp_form="seconds",
    id_header=STANDARD_ID,
    timestamp_header=STANDARD_TIMESTAMP,
    advice=standard_secret(),
)
#: The same in Svix's spelling.
_SVIX = replace(
    _STANDARD,
    header="svix-signature",
    id_header="svix-id",
    timestamp_header="svix-timestamp",
)


class StandardWebhooksOptions(VerifiedOptions):
    """The options of a Standard Webhooks connection."""

    secret: SigningSecrets = Field(
        description=N_(
            "The secret that the sender shows, as in whsec_…; a list while it is rotated."
        )
    )


class StandardWebhooksProvider(SignedProvider):
    """One endpoint of a sender that follows Standard Webhooks."""

    name = "standard_webhooks"
    sender_names_events: ClassVar[bool] = True
    title = "Standard Webhooks"
    issues_secret: ClassVar[bool] = True
    options_model = StandardWebhooksOptions
    scheme = _STANDARD
    key_written = "base64"
    seen_headers = (STANDARD_ID, "svix-id")

    def verify(self, request: InboundRequest) -> None:
        """Checks the signed id, time and body; the time may differ by five minutes."""
        scheme = _SVIX if _SVIX.header in request.headers else self.scheme
        scheme.verify(self._keys, request)

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery; its type is the body's `type`."""
        data = request.json()
        fields = as_dict(data)
        headers = request.headers
        scheme = _SVIX if _SVIX.header in headers else self.scheme
        sent_at = parse_timestamp(headers.get(scheme.timestamp_header, ""))
        message_id = as_id(headers.get(scheme.id_header))
        event = Envelope.of(self, request).event(
            protocol_type(self.name, fields.get("type")),
            join_key(message_id or body_digest(request.body)),
            data,
            occurred_at=as_time(fields.get("timestamp")) or as_time(sent_at),
        )
        return [event]
