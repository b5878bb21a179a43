import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from automator.model import ParsedEvent
from tests.support.providers import SECRET, a_provider, a_request, headers_for


def parsed(data: Any, **headers: str) -> ParsedEvent:
    provider = a_provider("shopify")
    body = json.dumps(data).encode()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    (event,) = provider.parse(a_request({**headers_for(provider, body), **given}, body))
    return event


def test_the_signature_is_the_one_shopify_documents() -> None:
    body = '{"id":1,"note":"Áo len"}'.encode()
    digest = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()

    assert headers_for(a_provider("shopify"), body)["x-shopify-hmac-sha256"] == digest


@pytest.mark.parametrize(
    ("topic", "data", "person"),
    [
        ("orders/paid", {"id": 1, "customer": {"id": 2**60 + 1}}, str(2**60 + 1)),
        ("customers/update", {"id": 7}, "7"),
        ("customers/data_request", {"customer": {"id": 8}}, "8"),
        ("app/uninstalled", {"id": 9}, None),
    ],
)
def test_the_topic_says_what_it_is_and_whose(topic: str, data: Any, person: str | None) -> None:
    event = parsed(data, x_shopify_topic=topic)

    assert (event.type, event.actor_id) == (f"shopify.{topic.replace('/', '.')}", person)


def test_a_retry_has_the_key_of_the_first_and_its_moment_is_the_triggers() -> None:
    event = parsed(
        {"id": 1, "updated_at": "2020-01-01T00:00:00Z"},
        x_shopify_webhook_id="b54557e4",
        x_shopify_triggered_at="2026-11-24T06:01:10.123456789Z",
    )

    assert (event.dedupe_key, event.occurred_at) == ("b54557e4", 1795500070123)


def test_things_of_two_shops_do_not_wait_for_one_another() -> None:
    lanes = {parsed({"id": 1}, x_shopify_shop_domain=shop).lane for shop in ("a.shop", "b.shop")}

    assert len(lanes) == 2
