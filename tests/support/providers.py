"""One connection of each provider, and requests as their senders would sign them."""

from collections.abc import Mapping
from typing import Any

from automator.http.types import Http, InboundRequest
from automator.plugins import Outgoing, OutgoingKind, Provider, Sent
from automator.providers import BUILTIN

NOW_MS = 1_795_478_400_000
SECRET = "0123456789abcdef-secret"
OTHER_SECRET = "fedcba9876543210-secret"
#: The key pair of RFC 8032's first test, and the public key of its second.
ED25519_KEY = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
ED25519_PUBLIC_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
OTHER_ED25519_PUBLIC_KEY = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

#: The least that each provider needs, with a page token and so on where it can answer.
OPTIONS: Mapping[str, dict[str, Any]] = {
    "facebook": {
        "app_secret": SECRET,
        "verify_token": "verify-token-of-tests",
        "page_access_token": "page-token-of-tests",
    },
    "zalo": {
        "app_id": "431000000000000071",
        "oa_id": "219000000000000019",
        "oa_secret": SECRET,
        "access_token": "zalo-token-of-tests",
    },
    "telegram": {
        "secret_token": SECRET,
        "bot_token": "123456789:telegram-token-of-tests",
    },
    "line": {"channel_secret": SECRET, "channel_access_token": "line-token-of-tests"},
    "slack": {"signing_secret": SECRET, "bot_token": "slack-token-of-tests"},
    "discord": {
        "public_key": ED25519_PUBLIC_KEY,
        "simulator_key": ED25519_KEY,
        "bot_token": "discord-token-of-tests",
        "tolerance": "300s",
    },
    "x": {"consumer_secret": SECRET},
    "instagram": {
        "app_secret": SECRET,
        "verify_token": "verify-token-of-tests",
        "access_token": "instagram-token-of-tests",
    },
    "whatsapp": {
        "app_secret": SECRET,
        "verify_token": "verify-token-of-tests",
        "access_token": "whatsapp-token-of-tests",
    },
    "github": {"secret": SECRET, "token": "github-token-of-tests"},
    "gitlab": {"secret": SECRET},
    "stripe": {"secret": SECRET},
    "shopify": {"secret": SECRET},
    "twilio": {"auth_token": SECRET, "url": "https://hooks.example.com/hooks/shop"},
    "zoom": {"secret": SECRET},
    "twitch": {"secret": SECRET, "own_users": ["900001"]},
    "dropbox": {"secret": SECRET},
    "websub": {"secret": SECRET, "topics": ["https://feeds.example.com/shop.xml"]},
    "wechat": {"token": SECRET},
    "standard_webhooks": {"secret": SECRET},
    "cloudevents": {"token": SECRET},
    "generic": {
        "verify": {
            "hmac": "sha256",
            "header": "X-Signature",
            "prefix": "sha256=",
            "secret": SECRET,
            "timestamp_header": "X-Time",
        },
        "signed": "{timestamp}.{body}",
        "event": {
            "type": "body.event || body.order.event",
            "id": 'body.id || body.order."@id"',
            "text": "body.note || body.order.note",
            "occurred_at": "body.time || body.order.time",
            "actor_id": "body.customer.id || body.customer_id || body.order.customer.id",
            "actor_name": "body.customer.name || body.customer_name || body.order.customer.name",
        },
    },
}
ALL_PROVIDERS = tuple(OPTIONS)
#: The headers that carry the proof.
SIGNATURE_HEADER = {
    "facebook": "x-hub-signature-256",
    "zalo": "x-zevent-signature",
    "telegram": "x-telegram-bot-api-secret-token",
    "line": "x-line-signature",
    "slack": "x-slack-signature",
    "discord": "x-signature-ed25519",
    "x": "x-twitter-webhooks-signature",
    "instagram": "x-hub-signature-256",
    "whatsapp": "x-hub-signature-256",
    "github": "x-hub-signature-256",
    "gitlab": "x-gitlab-token",
    "stripe": "stripe-signature",
    "shopify": "x-shopify-hmac-sha256",
    "twilio": "x-twilio-signature",
    "zoom": "x-zm-signature",
    "twitch": "twitch-eventsub-message-signature",
    "dropbox": "x-dropbox-signature",
    "websub": "x-hub-signature",
    "standard_webhooks": "webhook-signature",
    "cloudevents": "authorization",
    "generic": "x-signature",
}
TIMESTAMP_HEADER = {
    "slack": "x-slack-request-timestamp",
    "discord": "x-signature-timestamp",
    "zoom": "x-zm-request-timestamp",
    "standard_webhooks": "webhook-timestamp",
    "generic": "x-time",
}
#: The option that holds the secret, where it is not `secret`.
SECRET_OPTION = {
    "facebook": "app_secret",
    "instagram": "app_secret",
    "whatsapp": "app_secret",
    "zalo": "oa_secret",
    "telegram": "secret_token",
    "line": "channel_secret",
    "slack": "signing_secret",
    "x": "consumer_secret",
    "twilio": "auth_token",
    "cloudevents": "token",
}
#: Headers that a sender adds and that a delivery may lack.
UNNEEDED_HEADERS = frozenset(
    {"content-type", "user-agent", "idempotency-key", "x-shopify-shop-domain"}
)
#: Those that send a secret text along, which says nothing about the body.
UNSIGNED_BODIES = frozenset({"gitlab", "telegram", "cloudevents"})
#: WeChat's proof stands in the query, and Twilio reads any bytes as a form.
BY_HEADER = tuple(SIGNATURE_HEADER)
OF_XML = frozenset({"websub", "wechat"})
OF_STRICT_FORM = tuple(name for name in ALL_PROVIDERS if name != "twilio")


def a_provider(name: str, connection: str = "shop", **changes: Any) -> Provider:
    """A connection of the provider; `changes` replace its options."""
    cls = BUILTIN[name]
    options = cls.options_model.model_validate({"provider": name, **OPTIONS[name], **changes})
    return cls(connection, options)


async def say(
    name: str,
    kind: OutgoingKind,
    event: Mapping[str, Any],
    http: Http,
    *,
    options: Mapping[str, Any] | None = None,
    **said: Any,
) -> Sent:
    """Sends something about an event through a connection of the provider."""
    outgoing = Outgoing(kind=kind, event=event, **{"idempotency_key": "run-1-x", **said})
    return await a_provider(name, **(options or {})).send(outgoing, http)


def headers_for(provider: Provider, body: bytes, *, now_ms: int = NOW_MS) -> dict[str, str]:
    """The headers that the sender of this connection would send with `body`."""
    signed = dict(provider.sign(body, now_ms=now_ms, delivery_key="delivery-1"))
    if provider.name == "github":
        signed["x-github-event"] = "issues"
    return signed


def a_request(
    headers: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
    body: bytes = b"{}",
    *,
    method: str = "POST",
    query: str = "",
    now_ms: int = NOW_MS,
) -> InboundRequest:
    """A request as it arrives."""
    pairs = tuple(headers.items()) if isinstance(headers, Mapping) else headers
    return InboundRequest(method, query, pairs, body, now_ms)


def signed_request(provider: Provider, body: bytes) -> InboundRequest:
    """`body`, signed rightly and now."""
    query = provider.sign_query(body, now_ms=NOW_MS, delivery_key="delivery-1")
    return a_request(headers_for(provider, body), body, query=query)
