"""Shopify: the webhooks of an app or of a shop, by their topics.

https://shopify.dev/docs/apps/build/webhooks/subscribe/https
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from automator.http.signing import body_digest
from automator.http.types import InboundRequest
from automator.model import N_, ParsedEvent
from automator.plugins import VerifiedOptions
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_text,
    as_time,
    event_type,
    first_time,
    join_key,
    json_object,
    names_of,
)
from automator.providers.shared.signed import HmacScheme, SignedProvider
from automator.reasons.secrets import shopify_secret

_TOPIC = "x-shopify-topic"
_WEBHOOK = "x-shopify-webhook-id"
_SHOP = "x-shopify-shop-domain"
_TRIGGERED = "x-shopify-triggered-at"


#: https://shopify.dev/docs/api/webhooks
_EVENTS = """
    app: scopes_update uninstalled; carts: create update; checkouts: create delete update;
    collections: create delete update; customers: create data_request delete disable enable merge
    purchasing_summary redact update; customer_groups: create delete update; disputes: create
    update; draft_orders: create delete update; fulfillments: create update; inventory_items:
    create delete update; inventory_levels: connect disconnect update; order_transactions: create;
    orders: cancelled create delete edited fulfilled link_requested paid partially_fulfilled
    risk_assessment_changed shopify_protect_eligibility_changed updated; products: create delete
    update; refunds: create; returns: approve cancel close decline process reopen request update;
    shop: redact update; tender_transactions: create; themes: create delete publish update;
    variants: in_stock out_of_stock
"""


class ShopifyOptions(VerifiedOptions):
    """The options of a Shopify connection."""

    secret: SigningSecrets = Field(
        description=N_("The app's client secret; a list while it is rotated.")
    )


class ShopifyProvider(SignedProvider):
    """The webhooks of one app, for all shops that have installed it."""

    name = "shopify"
    title = "Shopify"
    issues_secret: ClassVar[bool] = True
    options_model = ShopifyOptions
    event_names: ClassVar[Mapping[str, str]] = names_of(_EVENTS)
    scheme = HmacScheme(
        header="x-shopify-hmac-sha256",
        encoding="base64",
        id_header=_WEBHOOK,
        advice=shopify_secret(),
    )
    seen_headers = (
        _TOPIC,
        _SHOP,
        _WEBHOOK,
        _TRIGGERED,
        "x-shopify-event-id",
        "x-shopify-api-version",
        "x-shopify-test",
    )
    required_headers = (_TOPIC,)
    #: Without a topic: each sample has its own.
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json",
        "user-agent": "Shopify-Captain-Hook",
        _TOPIC: "orders/create",
        _SHOP: "ao-dep.myshopify.com",
    }

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads the one event of a delivery; its type is the topic."""
        data = json_object(request)
        headers = request.headers
        topic = headers.get(_TOPIC) or "unknown"
        resource = topic.partition("/")[0]
        subject = as_id(data.get("id"))
        shop = as_id(headers.get(_SHOP))
        event = Envelope.of(self, request).event(
            event_type("shopify", *topic.split("/")),
            join_key(as_id(headers.get(_WEBHOOK)) or body_digest(request.body)),
            data,
            text=as_text(data.get("note")),
            actor=_customer(resource, data),
            lane_id=f"{shop}:{resource[:40]}:{subject}" if subject else None,
            occurred_at=as_time(headers.get(_TRIGGERED))
            or first_time(data, "updated_at", "created_at"),
            object=part(subject, type=resource),
            shop=part(shop),
        )
        return [event]


def _customer(resource: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Reads the person of an order, a checkout or a profile."""
    found = dict(data) if resource == "customers" else as_dict(data.get("customer"))
    if resource == "customers" and "customer" in found:
        # Requests about a person's data have the person in `customer`.
        found = as_dict(found["customer"])
    names = (as_text(found.get(key)) for key in ("first_name", "last_name"))
    name = " ".join(part for part in names if part)
    return actor_of(as_id(found.get("id")), name or None)
