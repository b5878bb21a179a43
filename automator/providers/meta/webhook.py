"""Parts that the webhooks of Meta's products share: the handshake, the signature, and the envelope.

A delivery holds entries of several accounts. The signature proves the app, not the account, and
covers the raw bytes.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from pydantic import Field

from automator.configuration.values import SecretOne
from automator.http.signing import encoded_hmac, equals_any, hmac_matches
from automator.http.types import Answer, InboundRequest
from automator.model import N_, ParsedEvent, RejectedDelivery, UnparsableDelivery
from automator.plugins import (
    JSON_TYPES,
    ConnectionOptions,
    Provider,
    Suspicion,
    VerifiedOptions,
)
from automator.providers.meta.entry import AccountEntry
from automator.providers.meta.quota import read_quota
from automator.providers.shared.options import SigningSecrets, secret_bytes
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_milliseconds,
    as_text,
    content_key,
    pick_headers,
    query_values,
)

_SIGNATURE = "x-hub-signature-256"
_PREFIX = "sha256="
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MAX_QUERY_FIELDS = 20
_SEEN_HEADERS = ("content-type", "user-agent")


class MetaWebhookOptions(VerifiedOptions):
    """What a connection to any product of Meta says about its webhooks."""

    app_secret: SigningSecrets = Field(
        description="The app's secret, under App settings → Basic; a list while it is rotated."
    )
    verify_token: SecretOne = Field(
        description="A text of your own, repeated in the app's webhook settings."
    )
    accept_escaped: bool = Field(
        default=False,
        description="Also accept a signature over the body with its letters as \\uXXXX.",
    )


class MetaProvider(Provider):
    """An app of Meta; each product reads the entries in its own way."""

    read_quota = staticmethod(read_quota)

    options: MetaWebhookOptions
    #: What this product's deliveries are about, in the field `object`.
    webhook_object: ClassVar[str]
    user_agent: ClassVar[str] = "facebookexternalua"
    content_types = JSON_TYPES
    common_mistakes: ClassVar[tuple[str, ...]] = (
        N_(
            "An app with Instagram Login signs with its Instagram app secret: list both in"
            " app_secret."
        ),
    )

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = secret_bytes(self.options.app_secret)

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Echoes the challenge of a subscription when it knows our verify token.

        Raises:
            RejectedDelivery: a wrong token, a strange challenge, or repeated parameters.
        """
        if request.method != "GET" or "hub." not in request.query:
            return None
        try:
            pairs = parse_qsl(
                request.query, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS
            )
        except ValueError as error:
            raise _bad_handshake("the query cannot be read") from error
        values = dict(pairs)
        if len(values) != len(pairs):
            raise _bad_handshake("a query parameter occurs twice")
        if values.get("hub.mode") != "subscribe":
            raise _bad_handshake("hub.mode is not 'subscribe'")
        expected = self.options.verify_token.reveal().encode()
        if not expected or not equals_any([expected], values.get("hub.verify_token", "")):
            raise RejectedDelivery(
                "hub.verify_token is not this connection's verify_token",
                fix="Write the same verify token here and in the app's webhook settings.",
                code="wrong_verify_token",
                status=403,
            )
        challenge = values.get("hub.challenge", "")
        if not _CHALLENGE.fullmatch(challenge):
            raise _bad_handshake("hub.challenge is not 1 to 256 letters, digits, '-' or '_'")
        return Answer(200, challenge)

    def verify(self, request: InboundRequest) -> None:
        """Checks X-Hub-Signature-256 over the raw bytes with every secret.

        Raises:
            RejectedDelivery: the header is missing, doubled, malformed or does not match.
        """
        given = request.single_header(_SIGNATURE)
        if given.startswith(_PREFIX):
            digest = given[len(_PREFIX) :]
            if hmac_matches(self._keys, request.body, digest) or (
                self.options.accept_escaped
                and not request.body.isascii()
                and hmac_matches(self._keys, escaped(request.body), digest)
            ):
                return
        raise RejectedDelivery(
            "X-Hub-Signature-256 does not match the body",
            fix="Copy the app secret from App settings → Basic into app_secret.",
            code="bad_signature",
        )

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads everything that every entry says.

        Raises:
            UnparsableDelivery: not JSON, or without a list of entries.
        """
        body = request.json()
        entries = body.get("entry") if isinstance(body, dict) else None
        if not isinstance(entries, list):
            raise UnparsableDelivery("the body has no list 'entry'", code="no_entry")
        shared = {
            "headers": pick_headers(request, _SEEN_HEADERS),
            "query": query_values(request.query),
        }
        # An app has one address for each object, and may have been given this one for another.
        about = body.get("object")
        is_ours = about is None or about == self.webhook_object
        events: list[ParsedEvent] = []
        for raw in entries:
            item = as_dict(raw)
            entry = AccountEntry(
                provider=self.name,
                connection=self.connection,
                account_id=as_id(item.get("id")) or "",
                time=item.get("time"),
                time_ms=as_milliseconds(item.get("time")),
                shared=shared,
            )
            events += self.read_entry(entry, raw) if is_ours else [_other_object(entry, about, raw)]
        return events

    @abstractmethod
    def read_entry(self, entry: AccountEntry, raw: Any) -> Sequence[ParsedEvent]:
        """The events of one entry, `raw` as it came; never none."""

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - Meta signs neither a time nor an id.
        """The headers with which Meta would send `body`."""
        return {
            "content-type": "application/json",
            "user-agent": self.user_agent,
            _SIGNATURE: _PREFIX + encoded_hmac(self._keys[0], body).decode(),
        }

    def suspicions(self, request: InboundRequest) -> Sequence[Suspicion]:  # noqa: ARG002 - it is tried on whatever came.
        """The signature may cover the letters as escapes."""
        options = self.options.model_copy(update={"accept_escaped": True})
        return [
            Suspicion(
                N_(
                    "The signature covers the body with its letters escaped, but they came as"
                    " UTF-8."
                ),
                N_("Set accept_escaped: true, or have the proxy pass the body unchanged."),
                type(self)(self.connection, options),
            )
        ]


def _other_object(entry: AccountEntry, about: Any, raw: Any) -> ParsedEvent:
    """An entry about something else than this product, kept as it came."""
    key = content_key(entry.account_id, "other_object", as_text(about), value=raw)
    parts = {"object": {"id": entry.account_id or None, "type": as_text(about)}}
    return entry.event(entry.type("other_object"), key, raw, parts=parts)


def _bad_handshake(message: str) -> RejectedDelivery:
    return RejectedDelivery(
        message,
        fix="Subscribe from the app's webhook settings; they send what is needed.",
        code="bad_handshake",
        status=400,
    )


def escaped(body: bytes) -> bytes:
    """The body with every code unit beyond ASCII as a lower-case \\uXXXX escape."""
    text = body.decode("utf-8", "replace")
    return _BEYOND_ASCII.sub(lambda run: encode_basestring_ascii(run[0])[1:-1], text).encode()
