"""LINE's own library reads and believes what we sign, and takes what we send."""

import json
import sys
import warnings
from typing import Any

import pytest

from automator.plugins import Outgoing
from automator.providers.simulator import build_sample, sample_names, signed_request
from tests.support.http import ScriptedHttp
from tests.support.providers import NOW_MS, SECRET, a_provider


@pytest.fixture(scope="module")
def line() -> Any:
    """LINE's library, which takes a second to import: not in every process that collects tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("linebot.v3.webhook")
        pytest.importorskip("linebot.v3.messaging")
    return sys.modules["linebot.v3"]


@pytest.mark.parametrize("name", sample_names("line"))
def test_line_reads_every_sample_as_we_sign_it(line: Any, name: str) -> None:
    sample = build_sample(name, serial=1, now_ms=NOW_MS)
    headers, body = signed_request(a_provider("line"), sample, NOW_MS, "delivery-1")

    parser = line.webhook.WebhookParser(SECRET)
    (event,) = parser.parse(body.decode(), headers["x-line-signature"])

    assert event.webhook_event_id == json.loads(body)["events"][0]["webhookEventId"]
    assert event.type == json.loads(body)["events"][0]["type"]


async def test_line_takes_what_we_send(line: Any) -> None:
    http = ScriptedHttp()
    outgoing = Outgoing(
        kind="message",
        event={"actor": {"id": "U71"}},
        text="Dạ còn ạ",
        attachments=({"type": "image", "url": "https://cdn.example/1.jpg"},),
        quick_replies=("Size M",),
        idempotency_key="run-1-x",
    )

    await a_provider("line").send(outgoing, http)

    body = json.loads(http.last.body)
    request = line.messaging.PushMessageRequest.from_dict(body)
    assert request.to_dict() == {**body, "notificationDisabled": False}
