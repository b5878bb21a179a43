import json
from typing import Any

import pytest

from automator.http.signing import sign_standard
from automator.model import ParsedEvent, RejectedDelivery
from tests.support.errors import raises_code
from tests.support.providers import NOW_MS, SECRET, a_provider, a_request, headers_for


def parsed(data: Any) -> ParsedEvent:
    provider = a_provider("standard_webhooks")
    body = json.dumps(data).encode()
    (event,) = provider.parse(a_request(headers_for(provider, body), body))
    return event


def test_the_type_is_that_of_the_body_and_the_id_that_of_the_header() -> None:
    data = {"type": "Order.Paid", "timestamp": "2026-11-24T06:01:01.250Z", "data": {"id": 1}}

    event = parsed(data)

    assert (event.type, event.dedupe_key) == ("order.paid", "delivery-1")
    assert event.occurred_at == 1795500061250
    assert event.body["data"] == data
    assert event.body["headers"]["webhook-id"] == "delivery-1"
    assert "webhook-signature" not in event.body["headers"]


@pytest.mark.parametrize("data", [{}, {"type": 5}, {"type": ""}, [1], "text"])
def test_a_body_without_a_type_is_an_event_all_the_same(data: Any) -> None:
    event = parsed(data)

    assert (event.type, event.occurred_at) == ("standard_webhooks.event", NOW_MS)


def test_the_older_spelling_of_the_headers_is_believed_too() -> None:
    provider = a_provider("standard_webhooks")
    headers = {
        name.replace("webhook-", "svix-"): value
        for name, value in sign_standard(SECRET, "msg_1", NOW_MS // 1000, b"{}").items()
    }
    request = a_request(headers, b"{}")

    provider.verify(request)
    (event,) = provider.parse(request)

    assert event.dedupe_key == "msg_1"


def test_too_many_signatures_are_refused_before_anything_is_computed() -> None:
    provider = a_provider("standard_webhooks")
    headers = headers_for(provider, b"{}")
    headers["webhook-signature"] += " v1,AAAA" * 8

    with raises_code(RejectedDelivery, "too_many_signatures"):
        provider.verify(a_request(headers, b"{}"))


def test_eight_signatures_may_hold_the_right_one() -> None:
    provider = a_provider("standard_webhooks")
    headers = headers_for(provider, b"{}")
    headers["webhook-signature"] = "v1,AAAA " * 7 + headers["webhook-signature"]

    provider.verify(a_request(headers, b"{}"))
