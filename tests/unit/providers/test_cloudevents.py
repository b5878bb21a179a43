import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from automator.model import ParsedEvent, RejectedDelivery, UnparsableDelivery
from automator.providers.simulator import build_sample, signed_request
from tests.support.providers import NOW_MS, SECRET, a_provider, a_request

EVENT = {"specversion": "1.0", "id": "1", "source": "/o", "type": "com.example.Order"}


def parsed(headers: Any, body: bytes) -> list[ParsedEvent]:
    given = {name.lower(): value for name, value in dict(headers).items()}
    return list(a_provider("cloudevents").parse(a_request(given, body)))


@pytest.mark.parametrize("write", [to_binary, to_structured])
def test_what_the_official_library_writes_reads_the_same_in_both_modes(write: Any) -> None:
    event = CloudEvent(
        attributes={
            "id": "A 1",
            "source": "/orders",
            "type": "com.example.order.created",
            "time": datetime(2026, 11, 24, 6, 1, 10, tzinfo=UTC),
            "datacontenttype": "application/json",
            "subject": "Áo 50%",
        },
        data={"note": "Áo len"},
    )
    message = write(event, JSONFormat())

    (found,) = parsed(message.headers, message.body)

    assert found.type == "com.example.order.created"
    assert (found.dedupe_key, found.occurred_at) == ("/orders:A%201", 1795500070000)
    assert found.body["data"]["data"] == {"note": "Áo len"}
    assert (found.body["data"]["subject"], found.lane) == ("Áo 50%", "shop:Áo 50%")


def test_the_official_library_reads_what_we_send() -> None:
    sample = build_sample("cloudevents/order.created", serial=1, now_ms=NOW_MS)
    headers, body = signed_request(a_provider("cloudevents"), sample, NOW_MS, "d")

    event = from_http(HTTPMessage(headers=headers, body=body), JSONFormat())

    assert (event.get_source(), event.get_subject()) == ("/orders", "DH-300131")


def test_binary_data_that_is_no_text_is_kept_as_base64() -> None:
    headers = {f"ce-{name}": value for name, value in EVENT.items()}

    (text,) = parsed({**headers, "content-type": "text/plain"}, "à".encode())
    (latin,) = parsed({**headers, "content-type": "text/plain; charset=iso-8859-1"}, b"\xe0")
    (image,) = parsed({**headers, "content-type": "image/png"}, b"\x89PNG")
    (nothing,) = parsed(headers, b"")

    assert text.body["data"]["data"] == latin.body["data"]["data"] == "à"
    assert image.body["data"]["data_base64"] == "iVBORw=="
    assert "data" not in nothing.body["data"]


def test_no_two_pairs_of_source_and_id_have_one_key() -> None:
    body = json.dumps(
        [{**EVENT, "source": "a:b", "id": "c"}, {**EVENT, "source": "a", "id": "b:c"}]
    )

    first, second = parsed({"content-type": "application/cloudevents-batch+json"}, body.encode())

    assert first.dedupe_key != second.dedupe_key


@pytest.mark.parametrize("missing", list(EVENT))
def test_an_event_that_lacks_an_attribute_is_unparsable(missing: str) -> None:
    event = {name: value for name, value in EVENT.items() if name != missing}

    with pytest.raises(UnparsableDelivery) as caught:
        parsed({"content-type": "application/cloudevents+json"}, json.dumps(event).encode())

    assert missing in caught.value.message


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_what_is_no_cloudevent_is_unparsable(kind: str) -> None:
    with pytest.raises(UnparsableDelivery):
        parsed({"content-type": kind}, json.dumps(EVENT).encode())


def test_the_token_may_stand_in_the_address_and_no_rule_sees_it() -> None:
    provider = a_provider("cloudevents")
    headers = {"content-type": "application/cloudevents+json"}
    query = f"access_token={SECRET}&a=1"
    request = a_request(headers, json.dumps(EVENT).encode(), query=query)

    provider.verify(request)

    (event,) = provider.parse(request)
    assert event.body["query"] == {"a": "1"}


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, ""),
        ({}, "access_token="),
        ({}, f"access_token={SECRET}&access_token={SECRET}"),
        ({"authorization": SECRET}, ""),
        ({"authorization": "Bearer "}, ""),
        ({"authorization": "Bearer wrong"}, f"access_token={SECRET}"),
    ],
)
def test_another_token_is_refused(headers: dict[str, str], query: str) -> None:
    with pytest.raises(RejectedDelivery):
        a_provider("cloudevents").verify(a_request(headers, query=query))


def test_a_sender_that_asks_is_told_that_it_may_send() -> None:
    request = a_request({"webhook-request-origin": "events.example.com"}, method="OPTIONS")

    answer = a_provider("cloudevents", allowed_rate=120).handshake(request)

    assert answer is not None
    assert dict(answer.headers) == {
        "allow": "POST",
        "webhook-allowed-origin": "events.example.com",
        "webhook-allowed-rate": "120",
    }


@pytest.mark.parametrize(
    ("origin", "status"), [("", 400), ("a\r\nb: c", 400), ("other.example.com", 403)]
)
def test_a_sender_that_is_not_awaited_is_told_no(origin: str, status: int) -> None:
    provider = a_provider("cloudevents", origins=["events.example.com"])

    with pytest.raises(RejectedDelivery) as caught:
        provider.handshake(a_request({"webhook-request-origin": origin}, method="OPTIONS"))

    assert caught.value.status == status
