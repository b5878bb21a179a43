"""Facebook Pages and Messenger: the handshake, the signature, and the envelope of a delivery.

A delivery holds entries of several Pages, each with changes (the feed) or messages. The signature
proves the app, not the Page, and covers the raw bytes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from pydantic import Field

from automator.model import ParsedEvent, PermanentError, RejectedDelivery, UnparsableDelivery
from automator.payloads import parse_json
from automator.plugins import (
    Answer,
    ConnectionOptions,
    Http,
    InboundRequest,
    Outgoing,
    OutgoingKind,
    Provider,
    Sent,
    Suspicion,
    VerifiedOptions,
)
from automator.providers import facebook_feed, facebook_messages
from automator.providers.facebook_graph import GraphAccount
from automator.providers.facebook_moderate import MODERATIONS, moderate_through_graph
from automator.providers.facebook_page import PageEntry
from automator.providers.facebook_send import send_through_graph
from automator.providers.options import ApiUrl, SigningSecrets, secret_bytes
from automator.providers.reading import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    pick_headers,
    query_values,
)
from automator.signing import encoded_hmac, equals_any, hmac_matches
from automator.written import SecretOne

_SIGNATURE = "x-hub-signature-256"
_PREFIX = "sha256="
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MAX_QUERY_FIELDS = 20
_SEEN_HEADERS = ("content-type", "user-agent")


class FacebookOptions(VerifiedOptions):
    """What a Facebook connection may say."""

    app_secret: SigningSecrets = Field(
        description="The app's secret, under App settings → Basic; a list while it is rotated."
    )
    verify_token: SecretOne = Field(
        description="A text of your own, repeated in the app's webhook settings."
    )
    page_access_token: SecretOne | None = Field(
        default=None, description="Needed to answer: the Page's long-lived access token."
    )
    app_id: str | None = Field(
        default=None, description="The app's id: tells our own messages from those of people."
    )
    inbox_app_ids: tuple[str, ...] = Field(
        default=("263902037430900",),
        description="Apps through which people answer by hand, by their ids; the Page inbox.",
    )
    graph_url: ApiUrl = Field(
        default="https://graph.facebook.com/v26.0",
        description="The Graph API with its version.",
    )
    accept_escaped: bool = Field(
        default=False,
        description="Also accept a signature over the body with its letters as \\uXXXX.",
    )


class FacebookProvider(Provider):
    """One Facebook app with its Pages."""

    name = "facebook"
    options_model = FacebookOptions
    can_send: ClassVar[frozenset[OutgoingKind]] = MODERATIONS | {
        "reply",
        "private_reply",
        "message",
    }
    common_mistakes: ClassVar[tuple[str, ...]] = (
        "An app with Instagram Login signs with its Instagram app secret: list both in app_secret.",
    )
    options: FacebookOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = secret_bytes(self.options.app_secret)
        self._inbox_app_ids = frozenset(self.options.inbox_app_ids)

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
                and hmac_matches(self._keys, _escaped(request.body), digest)
            ):
                return
        raise RejectedDelivery(
            "X-Hub-Signature-256 does not match the body",
            fix="Copy the app secret from App settings → Basic into app_secret.",
            code="bad_signature",
        )

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads every change and every message of every entry.

        Raises:
            UnparsableDelivery: not JSON, or without a list of entries.
        """
        body = parse_json(request.body)
        entries = body.get("entry") if isinstance(body, dict) else None
        if not isinstance(entries, list):
            raise UnparsableDelivery("the body has no list 'entry'", code="no_entry")
        shared = {
            "headers": pick_headers(request, _SEEN_HEADERS),
            "query": query_values(request.query),
        }
        events: list[ParsedEvent] = []
        for raw in entries:
            events += self._read_entry(raw, shared)
        return events

    def _read_entry(self, raw: Any, shared: Mapping[str, Any]) -> list[ParsedEvent]:
        entry = as_dict(raw)
        page = PageEntry(
            connection=self.connection,
            page_id=as_id(entry.get("id")) or "",
            time=entry.get("time"),
            time_ms=as_milliseconds(entry.get("time")),
            app_id=self.options.app_id,
            inbox_app_ids=self._inbox_app_ids,
            shared=shared,
        )
        read_change, read_message = facebook_feed.read_change, facebook_messages.read_message
        events = [read_change(page, item) for item in as_list(entry.get("changes"))]
        for name in ("messaging", "standby"):
            items = as_list(entry.get(name))
            events += [read_message(page, item, standby=name == "standby") for item in items]
        # A field and its value may stand in the entry itself; anything else is kept as it is.
        return events or [read_change(page, raw)]

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Replies, sends a private reply or a message, or moderates a comment.

        Raises:
            StepError: by the class of the Graph API's error.
        """
        token = self.options.page_access_token
        if token is None:
            raise PermanentError(
                f"the connection {self.connection} has no page_access_token",
                fix="Add page_access_token to the connection in automator.yaml.",
                code="no_token",
            )
        account = GraphAccount(
            url=self.options.graph_url,
            token=token.reveal(),
            app_secret=self.options.app_secret[0].reveal(),
            connection=self.connection,
        )
        if outgoing.kind in MODERATIONS:
            return await moderate_through_graph(outgoing, http, account)
        return await send_through_graph(outgoing, http, account)

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:  # noqa: ARG002 - Facebook signs neither a time nor an id.
        """The headers with which Facebook would send `body`."""
        return {
            "content-type": "application/json",
            "user-agent": "facebookexternalua",
            _SIGNATURE: _PREFIX + encoded_hmac(self._keys[0], body).decode(),
        }

    def suspicions(self) -> Sequence[Suspicion]:
        """The signature may cover the letters as escapes."""
        options = self.options.model_copy(update={"accept_escaped": True})
        return [
            Suspicion(
                "The signature covers the body with its letters escaped, but they came as UTF-8.",
                "Set accept_escaped: true, or have the proxy pass the body unchanged.",
                FacebookProvider(self.connection, options),
            )
        ]


def _bad_handshake(message: str) -> RejectedDelivery:
    return RejectedDelivery(
        message,
        fix="Subscribe from the app's webhook settings; they send what is needed.",
        code="bad_handshake",
        status=400,
    )


def _escaped(body: bytes) -> bytes:
    """The body with every code unit beyond ASCII as a lower-case \\uXXXX escape."""
    units = body.decode("utf-8", "replace").encode("utf-16-be")
    pairs = zip(units[::2], units[1::2], strict=True)
    return b"".join(
        bytes((low,)) if high == 0 and low < 0x80 else b"\\u%02x%02x" % (high, low)
        for high, low in pairs
    )
