"""The provider of the how-to works as it is printed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from automator.model import RejectedDelivery
from automator.plugins import Provider
from tests.support.providers import a_request, headers_for, signed_request
from tests.support.words import said

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-provider.md"
BODY = json.dumps(
    {
        "id": "evt_1",
        "type": "order.paid",
        "created": 1795500470,
        "order": {"id": "A7", "note": "Gift wrap, please", "buyer": {"id": 42, "name": "Lan"}},
    }
).encode()


@pytest.fixture
def provider() -> Provider:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    found: dict[str, Any] = {"__name__": "acme"}
    exec(compile(code, str(PAGE), "exec"), found)  # noqa: S102 - the code of our own page.
    options = {"provider": "acme", "secret": "a secret of the how-to page"}
    made: Provider = found["AcmeProvider"]("shop", found["AcmeOptions"].model_validate(options))
    return made


def test_the_printed_provider_accepts_what_its_sender_signs(provider: Provider) -> None:
    assert provider.verify(signed_request(provider, BODY)) is None


@pytest.mark.parametrize("lost", ["x-acme-signature", "x-acme-time"])
def test_the_printed_provider_refuses_a_delivery_without_its_headers(
    provider: Provider, lost: str
) -> None:
    headers = {key: value for key, value in headers_for(provider, BODY).items() if key != lost}

    with pytest.raises(RejectedDelivery) as caught:
        provider.verify(a_request(headers, BODY))

    assert said(caught.value.reason) == f"the header {lost} is missing"


def test_the_printed_provider_refuses_an_altered_body(provider: Provider) -> None:
    request = a_request(headers_for(provider, BODY), BODY.replace(b"42", b"43"))

    with pytest.raises(RejectedDelivery) as caught:
        provider.verify(request)

    assert said(caught.value.reason) == "x-acme-signature does not match the body"


def test_the_printed_provider_reads_the_printed_delivery(provider: Provider) -> None:
    (event,) = provider.parse(signed_request(provider, BODY))

    assert (event.type, event.dedupe_key, event.lane) == ("acme.order.paid", "evt_1", "shop:A7")
    assert (event.actor_id, event.occurred_at) == ("42", 1795500470000)
    assert event.body["text"] == "Gift wrap, please"
    assert event.body["object"] == {"id": "A7", "type": "order"}


@pytest.mark.parametrize("body", [b"{}", b'{"order": 7, "type": []}', b'{"order": {"buyer": 1}}'])
def test_the_printed_provider_keeps_what_it_does_not_understand(
    provider: Provider, body: bytes
) -> None:
    (event,) = provider.parse(signed_request(provider, body))

    assert event.type == "acme.event"
