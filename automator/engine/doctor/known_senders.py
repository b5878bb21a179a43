"""Recognises senders by headers that only they send, also senders without a provider here."""

from collections.abc import Mapping

from automator.http.types import InboundRequest

#: The header, and whose it is. The first that a request has decides.
_BY_HEADER: Mapping[str, str] = {
    "x-github-event": "GitHub",
    "x-gitea-event": "Gitea",
    "x-gitlab-event": "GitLab",
    "x-gitlab-token": "GitLab",
    "stripe-signature": "Stripe",
    "x-shopify-hmac-sha256": "Shopify",
    "x-shopify-topic": "Shopify",
    "x-slack-signature": "Slack",
    "x-slack-request-timestamp": "Slack",
    "x-line-signature": "LINE",
    "x-telegram-bot-api-secret-token": "Telegram",
    "x-signature-ed25519": "Discord",
    "x-zevent-signature": "Zalo",
    "x-zevent-server": "Zalo",
    "x-bot-api-secret-token": "Zalo Bot",
    "x-twilio-signature": "Twilio",
    "twitch-eventsub-message-signature": "Twitch",
    "x-twitter-webhooks-signature": "X",
    "x-dropbox-signature": "Dropbox",
    "x-zm-signature": "Zoom",
    "x-wc-webhook-signature": "WooCommerce",
    "paypal-transmission-sig": "PayPal",
    "paddle-signature": "Paddle",
    "x-hubspot-signature-v3": "HubSpot",
    "typeform-signature": "Typeform",
    "x-trello-webhook": "Trello",
    "linear-signature": "Linear",
    "calendly-webhook-signature": "Calendly",
    "x-event-key": "Bitbucket",
    "svix-signature": "Svix",
    "webhook-signature": "Standard Webhooks",
}
_FACEBOOK_AGENTS = ("facebookexternalua", "facebookplatform")


def sender_of(request: InboundRequest) -> str | None:
    """The name of the sender of requests with such headers; None when many senders use them."""
    headers = request.headers
    for header, sender in _BY_HEADER.items():
        if header in headers:
            return sender
    if headers.get("user-agent", "").lower().startswith(_FACEBOOK_AGENTS):
        return "Facebook"
    return None
