"""The libraries of Standard Webhooks and of Svix believe what we sign, and we what they sign."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from automator.clock import SystemClock
from automator.http.signing import sign_standard
from automator.http.types import InboundRequest
from automator.model import RejectedDelivery
from tests.support.providers import a_provider

standard = pytest.importorskip("standardwebhooks.webhooks")
svix = pytest.importorskip("svix.webhooks")

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, about").decode()
OTHER = "whsec_" + base64.b64encode(b"another one of thirty-two bytes.").decode()
BODY = '{"type":"order.paid","note":"Chào shop"}'
libraries = pytest.mark.parametrize(
    ("library", "prefix", "error"),
    [
        (standard.Webhook, "webhook-", standard.WebhookVerificationError),
        (svix.Webhook, "svix-", svix.WebhookVerificationError),
        (svix.Webhook, "webhook-", svix.WebhookVerificationError),
    ],
    ids=["standardwebhooks", "svix", "svix as standard"],
)


@libraries
def test_they_believe_what_we_sign(library: Any, prefix: str, error: Any) -> None:
    seconds = SystemClock().now_ms() // 1000
    headers = {
        name.replace("webhook-", prefix): value
        for name, value in sign_standard(SECRET, "msg_1", seconds, BODY.encode()).items()
    }

    library(SECRET).verify(BODY, headers)
    for secret, body in ((OTHER, BODY), (SECRET, f"{BODY} ")):
        with pytest.raises(error):
            library(secret).verify(body, headers)


@libraries
def test_we_believe_what_they_sign(library: Any, prefix: str, error: Any) -> None:
    now_ms = SystemClock().now_ms()
    signed_at = datetime.fromtimestamp(now_ms // 1000, UTC)
    signature = library(SECRET).sign("msg_1", signed_at, BODY)
    headers = (
        (f"{prefix}id", "msg_1"),
        (f"{prefix}timestamp", str(now_ms // 1000)),
        (f"{prefix}signature", signature),
    )

    def received(body: str) -> InboundRequest:
        return InboundRequest("POST", "", headers, body.encode(), now_ms)

    a_provider("standard_webhooks", secret=SECRET).verify(received(BODY))
    for secret, body in ((OTHER, BODY), (SECRET, f"{BODY} ")):
        with pytest.raises(RejectedDelivery):
            a_provider("standard_webhooks", secret=secret).verify(received(body))


@libraries
def test_we_and_they_agree_on_how_old_a_delivery_may_be(
    library: Any, prefix: str, error: Any
) -> None:
    now_ms = SystemClock().now_ms()
    for away in (-400, 400):
        seconds = now_ms // 1000 + away
        headers = sign_standard(SECRET, "msg_1", seconds, BODY.encode())
        named = {name.replace("webhook-", prefix): value for name, value in headers.items()}
        request = InboundRequest("POST", "", tuple(named.items()), BODY.encode(), now_ms)

        with pytest.raises(error):
            library(SECRET).verify(BODY, named)
        with pytest.raises(RejectedDelivery):
            a_provider("standard_webhooks", secret=SECRET).verify(request)
