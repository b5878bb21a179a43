"""Zoom: meetings, webinars, recordings and what else an app subscribes to.

https://developers.zoom.us/docs/api/webhooks/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from automator.http.json_body import dump_json
from automator.http.signing import body_digest, encoded_hmac
from automator.http.types import Answer, InboundRequest
from automator.model import ParsedEvent, UnparsableDelivery
from automator.plugins import (
    JSON_TYPES,
    ConnectionOptions,
    Provider,
    VerifiedOptions,
)
from automator.providers.shared.handshakes import echo, may_be_question
from automator.providers.shared.hmac_scheme import HmacScheme
from automator.providers.shared.options import SigningSecrets, secret_bytes
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_text,
    as_time,
    event_type,
    join_key,
    json_object,
    pick_headers,
    query_values,
)

_VALIDATION = "endpoint.url_validation"
_SEEN_HEADERS = ("content-type", "user-agent", "x-zm-request-timestamp")
_SCHEME = HmacScheme(
    header="x-zm-signature",
    prefix="v0=",
    signed="v0:{timestamp}:{body}",
    timestamp_header="x-zm-request-timestamp",
    fix="Copy the Secret Token from the app's page Feature → Event Subscriptions into secret.",
)


class ZoomOptions(VerifiedOptions):
    """What a Zoom connection may say."""

    secret: SigningSecrets = Field(
        description="The app's Secret Token; a list while it is changed."
    )


class ZoomProvider(Provider):
    """The event subscriptions of one Zoom app."""

    name = "zoom"
    title = "Zoom"
    options_model = ZoomOptions
    content_types = JSON_TYPES
    options: ZoomOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = secret_bytes(self.options.secret)

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Proves that we know the secret, to a question that proves that Zoom does.

        The question must be signed even where deliveries are only observed: else anybody could
        have us sign for them. For the same reason its token is plain letters and digits.

        Raises:
            RejectedDelivery: the signature is wrong, or the token is not plain.
        """
        if not may_be_question(request, _VALIDATION.encode()):
            return None
        try:
            data = json_object(request)
        except UnparsableDelivery:
            return None
        if data.get("event") != _VALIDATION:
            return None
        _SCHEME.verify(self._keys, request)
        token = echo(as_dict(data.get("payload")).get("plainToken")).body
        encrypted = encoded_hmac(self._keys[0], token.encode()).decode()
        answer = dump_json({"plainToken": token, "encryptedToken": encrypted}).decode()
        return Answer(200, answer, "application/json")

    def verify(self, request: InboundRequest) -> None:
        """Checks x-zm-signature over the time and the raw bytes; five minutes are allowed.

        Raises:
            RejectedDelivery: a header is missing, doubled or stale, or the signature is wrong.
        """
        _SCHEME.verify(self._keys, request)

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery.

        Raises:
            UnparsableDelivery: not a JSON object.
        """
        data = json_object(request)
        kind = as_text(data.get("event"))
        payload = as_dict(data.get("payload"))
        subject = as_dict(payload.get("object"))
        subject_id = as_id(subject.get("uuid")) or as_id(subject.get("id"))
        lane = as_id(subject.get("id")) or subject_id
        actor = _actor(payload, subject)
        return [
            ParsedEvent(
                type=event_type("zoom", *kind.split(".")) if kind else "zoom.event",
                dedupe_key=_dedupe_key(request, kind, data, subject, subject_id),
                lane=f"{self.connection}:{lane}" if lane else None,
                actor_id=actor["id"],
                is_self=False,
                occurred_at=as_time(data.get("event_ts")),
                body={
                    "text": as_text(subject.get("message")),
                    "actor": actor,
                    "object": {"id": lane, "title": as_text(subject.get("topic"))}
                    if lane
                    else None,
                    "data": data,
                    "headers": pick_headers(request, _SEEN_HEADERS),
                    "query": query_values(request.query),
                },
            )
        ]

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """The headers with which Zoom would send `body`."""
        signed = _SCHEME.sign(self._keys[0], body, now_ms=now_ms, message_id=delivery_key)
        return {"content-type": "application/json", **signed}


def _dedupe_key(
    request: InboundRequest,
    kind: str | None,
    data: Mapping[str, Any],
    subject: Mapping[str, Any],
    subject_id: str | None,
) -> str:
    """Event, moment and object; of two people who join in the same moment, the person too."""
    moment = as_id(data.get("event_ts"))
    if not kind or not moment or not subject_id:
        return body_digest(request.body)
    person = as_dict(subject.get("participant"))
    who = as_id(person.get("participant_uuid")) or as_id(person.get("user_id")) or ""
    return join_key(kind, moment, subject_id, who)


def _actor(payload: Mapping[str, Any], subject: Mapping[str, Any]) -> dict[str, Any]:
    """The participant, else who operated."""
    person = as_dict(subject.get("participant"))
    found = as_id(person.get("id")) or as_id(person.get("user_id"))
    name = as_text(person.get("user_name"))
    if not person:
        found, name = as_id(payload.get("operator_id")), as_text(payload.get("operator"))
    return {"id": found, "name": name, "is_self": False}
