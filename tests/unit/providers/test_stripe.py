import json
from typing import Any

import pytest
import stripe

from automator.http.signing import encoded_hmac
from automator.model import ParsedEvent, RejectedDelivery
from tests.support.errors import raises_code
from tests.support.providers import NOW_MS, SECRET, a_provider, a_request, headers_for

NOW = NOW_MS // 1000
BODY = '{"id":"evt_1","type":"invoice.paid","note":"Áo len"}'.encode()
GOOD = encoded_hmac(SECRET.encode(), f"{NOW}.".encode() + BODY).decode()


def verify(header: str, body: bytes = BODY) -> None:
    a_provider("stripe").verify(a_request({"stripe-signature": header}, body))


def parsed(data: Any) -> ParsedEvent:
    provider = a_provider("stripe")
    body = json.dumps(data).encode()
    (event,) = provider.parse(a_request(headers_for(provider, body), body))
    return event


def test_what_we_sign_stripes_own_library_believes() -> None:
    header = headers_for(a_provider("stripe"), BODY)["stripe-signature"]

    assert stripe.WebhookSignature.verify_header(BODY, header, SECRET, None)


def test_what_stripes_own_library_signs_is_believed() -> None:
    verify(stripe.WebhookSignature.generate_signature_header(BODY.decode(), SECRET, timestamp=NOW))


def test_any_v1_may_match_while_a_secret_is_rolled() -> None:
    verify(f"t={NOW},v1={'0' * 64},v1={GOOD},v0={'1' * 64}")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (f"t={NOW},v0={GOOD}", "malformed_signature"),
        (f"t={NOW},t={NOW - 1},v1={GOOD}", "malformed_signature"),
        (f"v1={GOOD}", "malformed_signature"),
        (f"t={NOW}", "malformed_signature"),
        (f"t={NOW},v1={GOOD}" + ",v1=0" * 8, "too_many_signatures"),
        (f"t={NOW}" + f",v1={GOOD}" * 500, "too_many_signatures"),
        (f"t={NOW - 301},v1={GOOD}", "stale"),
        (f"t=+{NOW},v1={GOOD}", "stale"),
        (f"t={NOW}000,v1={GOOD}", "stale"),
        (f"t={'9' * 5000},v1={GOOD}", "stale"),
        (f"t={NOW - 1},v1={GOOD}", "no_signature_matches"),
    ],
)
def test_a_downgraded_doubled_or_stale_header_is_refused(header: str, code: str) -> None:
    with raises_code(RejectedDelivery, code):
        verify(header)


@pytest.mark.parametrize(
    ("subject", "person", "name"),
    [
        ({"object": "customer", "id": "cus_1", "name": "Lan"}, "cus_1", "Lan"),
        ({"object": "invoice", "customer": "cus_2"}, "cus_2", None),
        ({"object": "invoice", "customer": {"id": "cus_3", "name": "Hoa"}}, "cus_3", "Hoa"),
        ({"object": "balance"}, None, None),
    ],
)
def test_the_customer_is_the_person_of_an_event(
    subject: dict[str, Any], person: str | None, name: str | None
) -> None:
    event = parsed({"id": "evt_1", "type": "x.y", "data": {"object": subject}})

    assert (event.actor_id, event.body["actor"]["name"]) == (person, name)


def test_a_thin_event_names_its_object() -> None:
    event = parsed({"id": "evt_2", "type": "v1.x", "related_object": {"id": "mtr_1"}})

    assert (event.type, event.lane) == ("stripe.v1.x", "shop:mtr_1")


def test_an_event_without_a_type_is_an_event_all_the_same() -> None:
    assert parsed({"type": 5}).type == "stripe.event"
