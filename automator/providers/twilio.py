"""Twilio: messages, calls and their states, in forms whose signature covers the address too.

https://www.twilio.com/docs/usage/security#validating-requests
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, model_validator

from automator.http.signing import Algorithm, body_digest, encoded_hmac, equals_any, hmac_matches
from automator.http.types import Answer, InboundRequest
from automator.model import ParsedEvent, RejectedDelivery, WrongValue
from automator.plugins import FORM_TYPE, JSON_TYPES, ConnectionOptions, Provider, VerifiedOptions
from automator.providers.shared.bodies import MAX_UNPROVED_BYTES
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.forms import MAX_FIELDS, form_fields, form_pairs, is_form
from automator.providers.shared.options import HookAddress, SigningSecrets, secret_bytes
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_time,
    event_type,
    join_key,
    protocol_type,
    query_values,
)
from automator.reasons import deliveries
from automator.reasons.bodies import not_a_form
from automator.reasons.problems.configuration.connections import (
    option_address_unknown,
    option_twilio_without_secret,
)

_SIGNATURE = "x-twilio-signature"
_SETTINGS = "x-twilio-webhooks-signature-settings"
_BODY_DIGEST = "bodySHA256"
_FORM = "application/x-www-form-urlencoded; charset=UTF-8"
#: An empty TwiML document, which makes Twilio do nothing.
_NOTHING = Answer(200, "<Response/>", "text/xml; charset=utf-8")


class TwilioOptions(VerifiedOptions):
    """The options of a Twilio connection."""

    auth_token: SigningSecrets | None = Field(
        default=None, description="The account's Auth Token; a list while it is changed."
    )
    shared_key: SigningSecrets | None = Field(
        default=None,
        description="The secret of a shared key, for requests that are signed with HMAC_SHA256.",
    )
    url: HookAddress | None = Field(
        default=None,
        description="The address exactly as Twilio has it, without its query; otherwise that of"
        " `public_url`.",
    )

    @model_validator(mode="after")
    def _has_a_secret(self) -> Self:
        if not self.auth_token and not self.shared_key:
            raise WrongValue(option_twilio_without_secret())
        return self

    def reached_at(self, url: str) -> Self:
        """Returns these options with the server's own address, unless they name another address.

        Raises:
            WrongValue: the address is neither configured nor known.
        """
        if self.url is not None:
            return self
        if not url:
            raise WrongValue(option_address_unknown())
        return self.model_copy(update={"url": url})


class TwilioProvider(Provider):
    """The webhooks of one Twilio account."""

    name = "twilio"
    title = "Twilio"
    customers_write = True
    options_model = TwilioOptions
    content_types = JSON_TYPES | {FORM_TYPE}
    demo_options: ClassVar[Mapping[str, Any]] = {"shared_key": None}
    seen_headers = ("i-twilio-idempotency-token",)
    options: TwilioOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._token_keys = secret_bytes(self.options.auth_token or ())
        self._shared_keys = secret_bytes(self.options.shared_key or ())

    def verify(self, request: InboundRequest) -> None:
        """Checks X-Twilio-Signature over the configured address and the fields of the form.

        For any other body, the signed query has the digest of the body. The address is never read
        from the request, because a stranger can write any `Host`.

        Raises:
            RejectedDelivery: a header is missing or doubled, or the signature is wrong.
        """
        given = request.single_header(_SIGNATURE)
        keys, algorithm = self._keys_for(request)
        fields = self._signed_fields(request)
        if not any(
            hmac_matches(keys, url + fields, given, algorithm=algorithm, encoding="base64")
            for url in self._addresses(request.query)
        ):
            raise RejectedDelivery(deliveries.address_mismatch(header="X-Twilio-Signature"))

    def _keys_for(self, request: InboundRequest) -> tuple[tuple[bytes, ...], Algorithm]:
        """Returns the secrets and the hash function, by the algorithm that the request names."""
        if _SETTINGS not in request.headers:
            return self._token_keys, "sha1"
        pairs = (part.partition("=") for part in request.single_header(_SETTINGS).split(","))
        named = [value.strip().upper() for key, _, value in pairs if key.strip() == "algorithm"]
        if named == ["HMAC_SHA256"]:
            return self._shared_keys, "sha256"
        if named in ([], ["HMAC_SHA1"]):
            return self._token_keys, "sha1"
        raise RejectedDelivery(deliveries.unknown_algorithm())

    def _signed_fields(self, request: InboundRequest) -> bytes:
        """Returns the signed text that follows the address; empty if the query has the body's
        digest.
        """
        if not request.body:
            return b""
        if is_form(request):
            if len(request.body) > MAX_UNPROVED_BYTES:
                raise RejectedDelivery(
                    deliveries.form_too_large(limit=MAX_UNPROVED_BYTES // 1024), status=413
                )
            try:
                return _fields_as_signed(request.body)
            except ValueError as error:
                raise RejectedDelivery(not_a_form(error=str(error))) from error
        given = [value for key, value in parse_qsl(request.query) if key == _BODY_DIGEST]
        if len(given) != 1 or not equals_any([body_digest(request.body).encode()], given[0]):
            raise RejectedDelivery(deliveries.digest_mismatch(parameter=_BODY_DIGEST))
        return b""

    def _addresses(self, query: str) -> Iterator[bytes]:
        """Yields the address with and without its port, and with and without a slash at its end.

        Twilio signs one of these forms, by how the address was entered there.

        Raises:
            RejectedDelivery: the address is unknown.
        """
        if self.options.url is None:
            raise RejectedDelivery(deliveries.no_address())
        parts = urlsplit(self.options.url)
        behind = f"?{query}" if query else ""
        host = parts.netloc.rpartition("@")[2]
        name = host[: -len(f":{parts.port}")] if parts.port else host
        port = parts.port or (443 if parts.scheme == "https" else 80)
        for path, place in product((parts.path, f"{parts.path}/"), (name, f"{name}:{port}")):
            url = f"{parts.scheme}://{place}{path}{behind}"
            yield url.encode("utf-8", "surrogatepass")

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads a message, a state or a call from a form, or the events of a JSON body."""
        envelope = Envelope.of(self, request)
        if request.body and not is_form(request):
            return read_json_events(envelope, request)
        return [read_form_event(envelope, request)]

    def acknowledge(self, request: InboundRequest) -> Answer | None:  # noqa: ARG002 - it is always the same.
        """Returns an empty TwiML document; Twilio would read anything else as instructions."""
        return _NOTHING

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - Neither is signed.
        """Returns the headers with which Twilio would send the form `body`."""
        url = next(self._addresses(""))
        message = url + _fields_as_signed(body)
        if self._token_keys:
            digest = encoded_hmac(self._token_keys[0], message, "sha1", "base64").decode()
            return {"content-type": _FORM, _SIGNATURE: digest}
        digest = encoded_hmac(self._shared_keys[0], message, "sha256", "base64").decode()
        settings = "key=webhooks_sharedkey_simulated,algorithm=HMAC_SHA256"
        return {"content-type": _FORM, _SETTINGS: settings, _SIGNATURE: digest}


def _fields_as_signed(body: bytes) -> bytes:
    """Joins the sorted names and values of all fields to one text, each pair once.

    Raises:
        ValueError: not a form in UTF-8, or too many fields.
    """
    pairs = form_pairs(body, MAX_FIELDS)
    return "".join(name + value for name, value in sorted(set(pairs))).encode()


# --- Events: a message, the status of a message, a call, or another event ---


_FAILED = "message.failed"
#: The shared names for states of a message.
_SHARED = {
    "delivered": "message.delivered",
    "read": "message.read",
    "failed": _FAILED,
    "undelivered": _FAILED,
}
_INCOMING = frozenset({"received", "receiving"})
_MAX_MEDIA = 10


def read_form_event(envelope: Envelope, request: InboundRequest) -> ParsedEvent:
    """Reads the one event of a form, or of the query of a GET.

    Raises:
        UnparsableDelivery: the form cannot be read.
    """
    fields = form_fields(request.body) if request.body else query_values(request.query)
    message = as_id(fields.get("MessageSid")) or as_id(fields.get("SmsSid"))
    call = as_id(fields.get("CallSid"))
    status = (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()
    is_incoming = message is not None and status in _INCOMING
    # A state is about a message of this account, so the person is the receiver.
    inbound_call = fields.get("Direction", "inbound").startswith("inbound")
    person_field, number_field = (
        ("From", "To") if is_incoming or (call and inbound_call) else ("To", "From")
    )
    person, number = as_id(fields.get(person_field)), as_id(fields.get(number_field))
    conversation = f"{number}:{person}" if person and number else person
    type_ = _type_of(fields, message, call, status)
    parts: dict[str, Any] = {"attachments": _attachments(fields)}
    if type_ == _FAILED:
        code, text = as_id(fields.get("ErrorCode")), fields.get("ErrorMessage")
        parts["error"] = {"code": code, "text": text}
    return envelope.event(
        type_,
        _dedupe_key(request, fields, message, status),
        fields,
        text=fields.get("Body") if is_incoming else None,
        actor=actor_of(person, fields.get("ProfileName")),
        lane_id=conversation,
        conversation=part(conversation),
        message=part(message),
        call=part(call),
        **parts,
    )


def read_json_events(envelope: Envelope, request: InboundRequest) -> list[ParsedEvent]:
    """Reads the events of a JSON body: one event or a list.

    Raises:
        UnparsableDelivery: not JSON.
    """
    value = request.json()
    items = value if isinstance(value, list) else [value]
    digest = body_digest(request.body)
    found = []
    for index, item in enumerate(items):
        fields = as_dict(item)
        found.append(
            envelope.event(
                protocol_type("twilio", fields.get("type")),
                join_key(as_id(fields.get("id")) or f"{digest}:{index}"),
                item,
                lane_id=as_id(fields.get("subject")),
                occurred_at=as_time(fields.get("time")),
            )
        )
    return found


def _type_of(fields: Mapping[str, str], message: str | None, call: str | None, status: str) -> str:
    if message:
        if status in _INCOMING:
            return "message.received"
        return _SHARED.get(status) or event_type("twilio", "message", status or "unknown")
    if call:
        return event_type("twilio", "call", fields.get("CallStatus") or "unknown")
    return event_type("twilio", fields.get("EventType") or "event")


def _dedupe_key(
    request: InboundRequest, fields: Mapping[str, str], message: str | None, status: str
) -> str:
    """Makes the key from a message and its state. For a call it uses the whole form, since a state
    of a call can have several events.
    """
    if message:
        return join_key(message, status)
    call = as_id(fields.get("CallSid"))
    digest = body_digest(request.body or request.query.encode("utf-8", "surrogatepass"))
    return join_key(call, digest) if call else digest


def _attachments(fields: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for index in range(_MAX_MEDIA):
        url = fields.get(f"MediaUrl{index}")
        if not url:
            break
        kind = fields.get(f"MediaContentType{index}", "").partition("/")[0]
        found.append({"id": None, "type": kind or "file", "url": url})
    return found
