"""Senders of CloudEvents: in binary mode, in structured mode, and in batches.

https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md
"""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from pydantic import Field

from automator.configuration.values import WholeNumber
from automator.http.signing import equals_any
from automator.http.types import Answer, InboundRequest, decoded
from automator.model import N_, ParsedEvent, Reason, RejectedDelivery, UnparsableDelivery
from automator.plugins import VerifiedOptions
from automator.providers.shared.envelope import Envelope, part
from automator.providers.shared.handshakes import bad_handshake, query_once
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import as_id, as_text, as_time, join_key, protocol_type
from automator.providers.shared.signed import SignedProvider
from automator.reasons import bodies, deliveries

_STRUCTURED = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"
_TOKEN = "authorization"  # noqa: S105 - The header's name.
_TOKEN_FIELD = "access_token"  # noqa: S105 - The parameter's name.
_BEARER = "bearer "
_ORIGIN = "webhook-request-origin"
_PLAIN_ORIGIN = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
_REQUIRED = ("specversion", "id", "source", "type")


class CloudEventsOptions(VerifiedOptions):
    """The options of a CloudEvents connection."""

    token: SigningSecrets = Field(
        description=N_(
            "The token that the sender sends as Bearer, or as `access_token` in the address; "
            "a list while it is changed."
        )
    )
    origins: tuple[str, ...] = Field(
        default=("*",),
        description="Which senders are told on asking that they may send; `*` is everybody, who"
        " still needs the token.",
    )
    allowed_rate: WholeNumber | None = Field(
        default=None, ge=1, description="Events a minute that senders are told to keep to."
    )


class CloudEventsProvider(SignedProvider):
    """One subscription at an event grid, a broker or a service."""

    name = "cloudevents"
    sender_names_events: ClassVar[bool] = True
    title = "CloudEvents"
    options_model = CloudEventsOptions
    #: The data of an event may be of any type.
    content_types: ClassVar[frozenset[str]] = frozenset()
    secret_option = "token"  # noqa: S105 - the name of an option.
    options: CloudEventsOptions

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers a sender that asks with OPTIONS whether it may send.

        Its `WebHook-Request-Callback` is never called: otherwise a stranger could make this server
        call any address.

        Raises:
            RejectedDelivery: the sender names no origin, or none of `origins`.
        """
        if request.method != "OPTIONS":
            return None
        origin = request.headers.get(_ORIGIN, "")
        if not _PLAIN_ORIGIN.fullmatch(origin):
            raise bad_handshake(deliveries.no_origin())
        if not {"*", origin} & set(self.options.origins):
            raise bad_handshake(deliveries.foreign_origin(origin=origin), status=403)
        rate = self.options.allowed_rate
        return Answer(
            200,
            headers=(
                ("allow", "POST"),
                ("webhook-allowed-origin", origin),
                ("webhook-allowed-rate", str(rate) if rate else "*"),
            ),
        )

    def verify(self, request: InboundRequest) -> None:
        """Compares the token in the header, or else in the query; CloudEvents are not signed.

        Raises:
            RejectedDelivery: the token is missing, doubled or wrong.
        """
        if _TOKEN not in request.headers and _TOKEN_FIELD in request.query:
            given = query_once(request).get(_TOKEN_FIELD, "")
        else:
            header = request.single_header(_TOKEN)
            given = header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else ""
        if not equals_any(self._keys, given):
            raise RejectedDelivery(deliveries.foreign_token())

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads one event, or all events of a batch. In every mode, `data` has all attributes.

        Raises:
            UnparsableDelivery: the body is not CloudEvents 1.0 in one of the three modes.
        """
        kind = request.media_type
        if kind == _BATCH:
            found = request.json()
            if not isinstance(found, list):
                raise _unreadable(bodies.not_a_batch())
        elif kind == _STRUCTURED:
            found = [request.json()]
        else:
            found = [_binary(request, kind)]
        envelope = Envelope.of(self, request)
        envelope.shared["query"].pop(_TOKEN_FIELD, None)
        return [self._event(data, envelope) for data in found]

    def _event(self, data: Any, envelope: Envelope) -> ParsedEvent:
        if not isinstance(data, dict):
            raise _unreadable(bodies.event_not_an_object())
        for name in _REQUIRED:
            if not as_text(data.get(name)):
                raise _unreadable(bodies.attribute_missing(name=name))
        if data["specversion"] != "1.0":
            raise _unreadable(bodies.other_specversion(version="1.0"))
        subject = as_id(data.get("subject"))
        return envelope.event(
            protocol_type(self.name, data["type"]),
            # Source and id are encoded, so that two different pairs never give the same key.
            join_key(*(_encoded(data[name]) for name in ("source", "id"))),
            data,
            lane_id=subject,
            occurred_at=as_time(data.get("time")),
            object=part(subject),
        )

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - Nothing is signed.
        """Returns the headers with which a sender would send `body`, one event or a batch."""
        kind = _BATCH if body.lstrip().startswith(b"[") else _STRUCTURED
        return {
            "content-type": f"{kind}; charset=utf-8",
            _TOKEN: f"Bearer {self.options.token[0].reveal()}",
        }


def _binary(request: InboundRequest, kind: str) -> dict[str, Any]:
    """Reads an event in binary mode, whose attributes are headers, into the structured form."""
    data: dict[str, Any] = {
        name[3:]: unquote(value) for name, value in request.raw_headers if name.startswith("ce-")
    }
    if not data:
        raise _unreadable(bodies.no_mode())
    if kind:
        data["datacontenttype"] = request.headers["content-type"]
    body = request.body
    if not body:
        return data
    if not kind or kind == "application/json" or kind.endswith("+json"):
        data["data"] = request.json()
        return data
    try:
        is_text = kind.startswith("text/") or kind.endswith("xml")
        text = decoded(body, request.charset) if is_text else None
    except UnicodeDecodeError:
        text = None
    if text is None:
        data["data_base64"] = base64.b64encode(body).decode()
    else:
        data["data"] = text
    return data


def _encoded(text: str) -> str:
    return quote(text, safe="/", errors="replace")


def _unreadable(because: Reason) -> UnparsableDelivery:
    return UnparsableDelivery(bodies.not_a_cloudevent(because=because))
