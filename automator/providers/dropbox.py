"""Dropbox: which accounts have changed. What has changed must be asked for.

https://www.dropbox.com/developers/reference/webhooks
"""

from collections.abc import Mapping, Sequence

from pydantic import Field

from automator.http.signing import body_digest
from automator.http.types import Answer, InboundRequest
from automator.model import ParsedEvent
from automator.plugins import (
    JSON_TYPES,
    ConnectionOptions,
    Provider,
    VerifiedOptions,
)
from automator.providers.shared.handshakes import echo, query_once
from automator.providers.shared.hmac_scheme import HmacScheme
from automator.providers.shared.options import SigningSecrets, secret_bytes
from automator.providers.shared.reading import (
    as_dict,
    as_id,
    as_list,
    join_key,
    json_object,
    pick_headers,
    query_values,
)

_SEEN_HEADERS = ("content-type", "user-agent")
_SCHEME = HmacScheme(
    header="x-dropbox-signature",
    fix="Copy the App secret from the app's Settings page into secret.",
)


class DropboxOptions(VerifiedOptions):
    """What a Dropbox connection may say."""

    secret: SigningSecrets = Field(description="The App secret; a list while it is changed.")


class DropboxProvider(Provider):
    """The webhook of one Dropbox app."""

    name = "dropbox"
    title = "Dropbox"
    options_model = DropboxOptions
    content_types = JSON_TYPES
    options: DropboxOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = secret_bytes(self.options.secret)

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Repeats the challenge with which Dropbox tries an address.

        Raises:
            RejectedDelivery: the challenge is not plain, or a parameter occurs twice.
        """
        if request.method != "GET" or "challenge" not in request.query:
            return None
        return echo(query_once(request).get("challenge"))

    def verify(self, request: InboundRequest) -> None:
        """Checks X-Dropbox-Signature over the raw bytes.

        Raises:
            RejectedDelivery: the header is missing or doubled, or the signature is wrong.
        """
        _SCHEME.verify(self._keys, request)

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Makes one event of each account. They carry no id: each delivery is news.

        Raises:
            UnparsableDelivery: not a JSON object.
        """
        data = json_object(request)
        listed = as_list(as_dict(data.get("list_folder")).get("accounts"))
        accounts = [account for item in listed if (account := as_id(item))]
        shared = {
            "data": data,
            "headers": pick_headers(request, _SEEN_HEADERS),
            "query": query_values(request.query),
        }
        return [
            self._event(request, account, dict(shared))
            for account in dict.fromkeys(accounts) or (None,)
        ]

    def _event(
        self, request: InboundRequest, account: str | None, shared: dict[str, object]
    ) -> ParsedEvent:
        subject = account or body_digest(request.body)
        return ParsedEvent(
            type="dropbox.list_folder" if account else "dropbox.event",
            # The same body comes each time: only its arrival tells one from the next.
            dedupe_key=join_key(subject, request.received_at),
            lane=f"{self.connection}:{account}" if account else None,
            actor_id=account,
            is_self=False,
            occurred_at=None,
            body={
                "text": None,
                "actor": {"id": account, "name": None, "is_self": False},
                **shared,
            },
        )

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """The headers with which Dropbox would send `body`."""
        signed = _SCHEME.sign(self._keys[0], body, now_ms=now_ms, message_id=delivery_key)
        return {"content-type": "application/json", "user-agent": "DropboxWebhooks/1.0", **signed}
