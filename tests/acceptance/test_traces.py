"""Each delivery is a trace that a receiver of OpenTelemetry gets, and nothing waits for it."""

import threading
from collections.abc import Iterator

import pytest

from tests.acceptance.conftest import SECRETS, Shop
from tests.support.otlp import Receiver, attributes
from tests.support.page_events import comment, delivery, signed
from tests.support.process import ServerProgram, call, wait_until

pytestmark = pytest.mark.acceptance

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HOOK = "POST /hooks/{connection}"
WORDS = "đặt hàng áo hồng"


@pytest.fixture
def receiver(shop: Shop) -> Iterator[Receiver]:
    """The settings of the shop name it."""
    receiver = Receiver()
    settings = shop.config.read_text().replace('allow: ["', f'allow: ["{receiver.place}", "')
    shop.config.write_text(
        f"{settings}traces:\n  url: {receiver.url}\n  headers: {{api-key: env:CRM_SECRET}}\n"
    )
    yield receiver
    receiver.close()


def send(server: ServerProgram, number: int, **headers: str) -> None:
    body = delivery(changes=[comment(number, str(1000 + number), f"{WORDS} {number}")])
    status, _ = call(server.url, "POST", "/hooks/shop-page", body, {**signed(body), **headers})
    assert status == 200


def test_a_delivery_is_a_trace_from_the_request_to_the_target(
    shop: Shop, receiver: Receiver
) -> None:
    server = shop.start()
    send(server, 1)
    (sent,) = receiver.wait_for("POST")
    (hook,), (event,), (run,) = (
        receiver.named(name) for name in (HOOK, "process shop-page", "run order")
    )

    assert [hook.parent_span_id, event.parent_span_id, run.parent_span_id, sent.parent_span_id] == [
        b"", hook.span_id, event.span_id, run.span_id,
    ]  # fmt: skip
    assert {span.trace_id for span in receiver.spans} == {hook.trace_id}
    assert hook.start_time_unix_nano <= hook.end_time_unix_nano <= run.end_time_unix_nano
    said = attributes(sent.attributes)
    assert said["http.response.status_code"] == "200"
    assert said["server.port"] == str(shop.sandbox.port)
    assert said["automator.target"] == "crm"
    assert said["automator.reason"] == "forwarded"
    assert attributes(run.attributes)["automator.run.state"] == "done"
    assert receiver.resources[0]["service.name"] == "automator"
    assert receiver.headers[0]["api-key"] == SECRETS["CRM_SECRET"]
    (record,) = shop.sandbox.records("forward")
    got = {name.lower(): value for name, value in dict(record["headers"]).items()}
    assert got["traceparent"] == f"00-{sent.trace_id.hex()}-{sent.span_id.hex()}-01"
    # Nothing that a person has written, and no secret.
    told = b"".join(span.SerializeToString() for span in receiver.spans).decode("utf-8", "replace")
    assert not [text for text in (WORDS, "hồng", *SECRETS.values()) if text in told]


def test_a_trace_that_the_sender_has_begun_goes_on(shop: Shop, receiver: Receiver) -> None:
    server = shop.start()
    send(server, 1, traceparent=f"00-{TRACE}-{SPAN}-00")
    (sent,) = receiver.wait_for("POST")
    (hook,) = receiver.named(HOOK)

    assert (hook.trace_id.hex(), hook.parent_span_id.hex()) == (TRACE, SPAN)
    assert sent.trace_id.hex() == TRACE
    (record,) = shop.sandbox.records("forward")
    got = {name.lower(): value for name, value in dict(record["headers"]).items()}
    assert got["traceparent"] == f"00-{TRACE}-{sent.span_id.hex()}-01"


def test_a_kill_behind_an_export_repeats_its_spans_and_loses_none(
    shop: Shop, receiver: Receiver
) -> None:
    killed = threading.Event()
    server = shop.start()

    def kill() -> None:
        if not killed.is_set():
            server.kill()
            killed.set()

    receiver.reached = kill
    for number in range(1, 6):
        send(server, number)
    assert killed.wait(60)
    first = [span.span_id for span in list(receiver.spans)]
    assert first

    shop.start()
    receiver.wait_for("POST", 5)
    receiver.wait_for(HOOK, 5)
    wait_until(
        lambda: set(first) <= {span.span_id for span in list(receiver.spans)[len(first) :]},
        "the spans of the killed export to come again",
    )
    for name in (HOOK, "process shop-page", "run order", "POST"):
        assert len({span.span_id for span in receiver.named(name)}) == 5


def test_a_receiver_that_is_down_holds_up_nothing_and_gets_everything_later(
    shop: Shop, receiver: Receiver
) -> None:
    receiver.status = 503
    server = shop.start()
    for number in range(1, 4):
        send(server, number)
    wait_until(lambda: len(shop.sandbox.records("forward")) == 3, "the target to get all")
    wait_until(lambda: len(receiver.headers) > 1, "a second try")
    assert _lag(server) > 0
    assert receiver.spans == []

    receiver.status = 200
    receiver.wait_for("POST", 3)
    wait_until(lambda: _lag(server) == 0, "nothing to wait any more")
    for name in (HOOK, "process shop-page", "run order", "POST"):
        assert len(receiver.named(name)) == 3
    assert "traces.failed" in server.printed
    assert "traces.recovered" in server.printed


def _lag(server: ServerProgram) -> float:
    headers = {"authorization": f"Bearer {server.control_token}"}
    status, body = call(server.url, "GET", "/metrics", b"", headers)
    assert status == 200
    (line,) = [
        text for text in body.decode().splitlines()
        if text.startswith("automator_traces_lag_seconds ")
    ]  # fmt: skip
    return float(line.split()[1])
