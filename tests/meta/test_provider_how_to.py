"""The provider of the how-to works as it is printed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from automator import reasons
from automator.http.types import HttpReply
from automator.model import (
    PermanentError,
    RejectedDelivery,
    RetryableError,
    SkippedStep,
    StepError,
    UnknownOutcome,
)
from automator.plugins import Outgoing, Provider
from tests.support.http import ScriptedHttp, a_reply
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
TO_LAN = Outgoing(kind="message", event={}, to="42", text="Dạ")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    # Its reasons are declared anew by each test, and are gone after it.
    monkeypatch.setattr(reasons.kind, "_KINDS", dict(reasons.kinds()))
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


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (
            a_reply(429, b'{"error":"slow"}'),
            RetryableError,
            "Acme asks to slow down. Acme answered 429: slow",
        ),
        (
            a_reply(409, b'{"error":"closed"}'),
            SkippedStep,
            "Acme takes no message about an order that is closed. Acme answered 409: closed",
        ),
        (a_reply(400, b'{"error":"no text"}'), PermanentError, "Acme answered 400: no text"),
        (
            a_reply(502),
            UnknownOutcome,
            "Acme failed with status 502, but may have sent it. Acme answered 502",
        ),
    ],
)
async def test_the_printed_provider_says_why_a_message_was_not_sent(
    provider: Provider, answer: HttpReply, kind: type[StepError], sentence: str
) -> None:
    with pytest.raises(kind) as caught:
        await provider.send(
            Outgoing(kind="message", event={}, to="42", text="Dạ"), ScriptedHttp([answer])
        )

    assert said(caught.value.reason) == sentence


async def test_the_printed_provider_sends_to_the_buyer(provider: Provider) -> None:
    http = ScriptedHttp([a_reply(200, b'{"id":7}')])

    sent = await provider.send(TO_LAN, http)

    assert (said(sent.summary), sent.output) == ("sent a message to 42", {"id": "7"})
