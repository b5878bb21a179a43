"""Shopify: the webhooks of an app or of a shop, by their topics.

https://shopify.dev/docs/apps/build/webhooks/subscribe/https
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from automator.http.signing import body_digest
from automator.http.types import InboundRequest
from automator.model import ParsedEvent
from automator.plugins import (
    JSON_TYPES,
    ConnectionOptions,
    Provider,
    VerifiedOptions,
)
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

_TOPIC = "x-shopify-topic"
_WEBHOOK = "x-shopify-webhook-id"
_SHOP = "x-shopify-shop-domain"
_TRIGGERED = "x-shopify-triggered-at"
_SEEN_HEADERS = (
    "content-type",
    "user-agent",
    _TOPIC,
    _SHOP,
    _WEBHOOK,
    _TRIGGERED,
    "x-shopify-event-id",
    "x-shopify-api-version",
    "x-shopify-test",
)
_SCHEME = HmacScheme(
    header="x-shopify-hmac-sha256",
    encoding="base64",
    fix="Copy the app's client secret into secret; for webhooks made in the shop's own settings,"
    " the key that is shown below them. A new secret may take an hour to be used: list both.",
)


class ShopifyOptions(VerifiedOptions):
    """What a Shopify connection may say."""

    secret: SigningSecrets = Field(
        description="The app's client secret; a list while it is rotated."
    )


class ShopifyProvider(Provider):
    """The webhooks of one app, of all shops that have installed it."""

    name = "shopify"
    title = "Shopify"
    options_model = ShopifyOptions
    content_types = JSON_TYPES
    options: ShopifyOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = secret_bytes(self.options.secret)

    def verify(self, request: InboundRequest) -> None:
        """Checks X-Shopify-Hmac-Sha256 over the raw bytes.

        Raises:
            RejectedDelivery: a header is missing or doubled, or the signature is wrong.
        """
        request.single_header(_TOPIC)
        request.single_header(_WEBHOOK)
        _SCHEME.verify(self._keys, request)

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery; its type is the topic.

        Raises:
            UnparsableDelivery: not a JSON object.
        """
        data = json_object(request)
        headers = request.headers
        topic = headers.get(_TOPIC) or "unknown"
        resource = topic.partition("/")[0]
        subject = as_id(data.get("id"))
        shop = as_id(headers.get(_SHOP))
        actor = _customer(resource, data)
        lane = f"{self.connection}:{shop}:{resource[:40]}:{subject}"
        return [
            ParsedEvent(
                type=event_type("shopify", *topic.split("/")),
                dedupe_key=join_key(as_id(headers.get(_WEBHOOK)) or body_digest(request.body)),
                lane=lane if subject else None,
                actor_id=actor["id"],
                is_self=False,
                occurred_at=as_time(headers.get(_TRIGGERED))
                or as_time(data.get("updated_at"))
                or as_time(data.get("created_at")),
                body={
                    "text": as_text(data.get("note")),
                    "actor": actor,
                    "object": {"id": subject, "type": resource} if subject else None,
                    "shop": {"id": shop} if shop else None,
                    "data": data,
                    "headers": pick_headers(request, _SEEN_HEADERS),
                    "query": query_values(request.query),
                },
            )
        ]

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """The headers with which Shopify would send `body`; a sample names its own topic."""
        return {
            "content-type": "application/json",
            "user-agent": "Shopify-Captain-Hook",
            _TOPIC: "orders/create",
            _SHOP: "ao-dep.myshopify.com",
            _WEBHOOK: delivery_key,
            **_SCHEME.sign(self._keys[0], body, now_ms=now_ms, message_id=delivery_key),
        }


def _customer(resource: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Whose order, checkout or profile it is."""
    found = dict(data) if resource == "customers" else as_dict(data.get("customer"))
    if resource == "customers" and "customer" in found:
        # The requests about a person's data have the customer inside.
        found = as_dict(found["customer"])
    names = (as_text(found.get(key)) for key in ("first_name", "last_name"))
    name = " ".join(part for part in names if part)
    return {"id": as_id(found.get("id")), "name": name or None, "is_self": False}
