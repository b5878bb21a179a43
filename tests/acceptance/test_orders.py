"""A shop's order is told to its buyer through the Page, once, also when the server is killed."""

import base64
import hashlib
import hmac
import json
from collections import Counter

import pytest

from tests.acceptance.conftest import SETTINGS, Shop
from tests.support.commands import command
from tests.support.process import ServerProgram, call, wait_until

pytestmark = pytest.mark.acceptance

SECRET = "orders-secret-for-tests-0123456789"
BUYER = 24601
ORDERS = """\
  orders:
    provider: generic
    verify: {hmac: sha256, header: x-wc-webhook-signature, encoding: base64, secret: env:ORDERS}
    event: {type: 'headers."x-wc-webhook-topic"', id: 'headers."x-wc-webhook-delivery-id"'}
targets:
"""
RULES = """\
rules:
  - id: order-paid
    trigger: {event: order.updated, connection: orders}
    conditions: ["event.data.status == 'processing'"]
    limits: {once: {key: event.data.id}}
    actions:
      - message: {via: shop-page, to: "{{ event.data.psid }}", text: "Đơn {{ event.data.id }} ạ"}
"""


def is_paid(server: ServerProgram, order: int, psid: str) -> None:
    """The shop says that an order was paid."""
    body = json.dumps({"id": order, "status": "processing", "psid": psid}).encode()
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    headers = {
        "x-wc-webhook-signature": signature,
        "x-wc-webhook-topic": "order.updated",
        "x-wc-webhook-delivery-id": f"delivery-{order}",
    }
    status, _ = call(server.url, "POST", "/hooks/orders", body, headers)
    assert status == 200


@pytest.fixture
def installation(shop: Shop) -> Shop:
    """The shop with a sender of orders beside its Page."""
    settings = SETTINGS.format(port=shop.sandbox.port).replace("targets:\n", ORDERS, 1)
    # The sandbox sends no echoes.
    settings = settings.replace("    graph_url", "    echo_within: 0s\n    graph_url")
    shop.config.write_text(settings, encoding="utf-8")
    (shop.rules / "shop.yaml").write_text(RULES, encoding="utf-8")
    return shop


def told(shop: Shop) -> list[str]:
    """Whom the Page has written to."""
    return [one["to"] for one in shop.sandbox.records("message")]


def test_a_buyer_hears_of_each_order_once_though_the_server_is_killed(installation: Shop) -> None:
    orders = 40
    server = installation.start(ORDERS=SECRET)
    for order in range(orders // 2):
        is_paid(server, order, str(BUYER + order))
    server.kill()
    server = installation.start(ORDERS=SECRET)
    for order in range(orders // 2 - 3, orders):
        # The shop repeats what it may not have heard the answer of.
        is_paid(server, order, str(BUYER + order))
    wait_until(lambda: len(set(told(installation))) == orders, "every order is told")

    # Those that were under way at the kill may be told again.
    assert max(Counter(told(installation)).values()) <= 2
    assert {one["path"] for one in installation.sandbox.records("message")} == {
        "/facebook/v26.0/me/messages"
    }


def test_the_log_says_who_was_told_through_which_connection_and_who_was_not(
    installation: Shop,
) -> None:
    server = installation.start(ORDERS=SECRET)
    is_paid(server, 1, str(BUYER))
    is_paid(server, 2, "")
    wait_until(lambda: len(told(installation)) == 1, "the order is told")
    log = command(installation.folder, "log", "--data", str(server.data)).stdout

    assert f"to {BUYER} through shop-page: sent a message to {BUYER}" in log
    assert "there is nobody to write to through shop-page: the rendered `to` is empty" in log
