"""Zoom: meetings, webinars, recordings and other events that an app subscribes to.

https://developers.zoom.us/docs/api/webhooks/
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from automator.http.json_body import dump_json
from automator.http.signing import body_digest, encoded_hmac
from automator.http.types import Answer, InboundRequest
from automator.model import N_, ParsedEvent
from automator.plugins import VerifiedOptions
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.handshakes import echo, read_question
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_text,
    as_time,
    event_type,
    join_key,
    json_object,
)
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.reasons.secrets import zoom_secret

_VALIDATION = "endpoint.url_validation"
_TIMESTAMP = "x-zm-request-timestamp"


class ZoomOptions(VerifiedOptions):
    """The options of a Zoom connection."""

    secret: SigningSecrets = Field(
        description=N_("The app's Secret Token; a list while it is changed.")
    )


class ZoomProvider(SignedProvider):
    """The event subscriptions of one Zoom app."""

    name = "zoom"
    title = "Zoom"
    issues_secret: ClassVar[bool] = True
    options_model = ZoomOptions
    scheme = HmacScheme(
        header="x-zm-signature",
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp_header=_TIMESTAMP,
        advice=zoom_secret(),
    )
    seen_headers = (_TIMESTAMP,)

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers a signed `endpoint.url_validation` with a proof that this server knows the
        secret.

        The request must be signed even if deliveries are only observed, and its token may have only
        plain letters and digits: otherwise anybody could make this server sign any text.

        Raises:
            RejectedDelivery: the signature is wrong, or the token has unexpected signs.
        """
        data = read_question(request, _VALIDATION.encode())
        if data.get("event") != _VALIDATION:
            return None
        self.verify(request)
        token = echo(as_dict(data.get("payload")).get("plainToken")).body
        encrypted = encoded_hmac(self._keys[0], token.encode()).decode()
        answer = dump_json({"plainToken": token, "encryptedToken": encrypted}).decode()
        return Answer(200, answer, "application/json")

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery."""
        data = json_object(request)
        kind = as_text(data.get("event"))
        payload = as_dict(data.get("payload"))
        subject = as_dict(payload.get("object"))
        subject_id = as_id(subject.get("uuid")) or as_id(subject.get("id"))
        lane = as_id(subject.get("id")) or subject_id
        event = Envelope.of(self, request).event(
            event_type("zoom", *kind.split(".")) if kind else "zoom.event",
            _dedupe_key(request, kind, data, subject, subject_id),
            data,
            text=as_text(subject.get("message")),
            actor=_actor(payload, subject),
            lane_id=lane,
            occurred_at=as_time(data.get("event_ts")),
            object=part(lane, title=as_text(subject.get("topic"))),
        )
        return [event]


def _dedupe_key(
    request: InboundRequest,
    kind: str | None,
    data: Mapping[str, Any],
    subject: Mapping[str, Any],
    subject_id: str | None,
) -> str:
    """Makes the key from event, time, object and person: two people may join at the same time."""
    moment = as_id(data.get("event_ts"))
    if not kind or not moment or not subject_id:
        return body_digest(request.body)
    person = as_dict(subject.get("participant"))
    who = as_id(person.get("participant_uuid")) or as_id(person.get("user_id")) or ""
    return join_key(kind, moment, subject_id, who)


def _actor(payload: Mapping[str, Any], subject: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the participant, or else the operator."""
    person = as_dict(subject.get("participant"))
    found = as_id(person.get("id")) or as_id(person.get("user_id"))
    name = as_text(person.get("user_name"))
    if not person:
        found, name = as_id(payload.get("operator_id")), as_text(payload.get("operator"))
    return actor_of(found, name)
