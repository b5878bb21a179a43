import json

import pytest
from pydantic import ValidationError

from automator.actions.forward import ForwardInputs
from automator.configuration.secrets import Secret
from automator.configuration.target import Target
from automator.http.signing import standard_key, standard_matches
from automator.model import PermanentError, RetryableError
from tests.support.http import ScriptedHttp, a_reply
from tests.support.steps import EVENT, NOW_MS, StepBench
from tests.support.words import advice_on, said

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CRM = Target(url="https://crm.example/in", secret=Secret(SECRET), headers={"X-Shop": "ao-dep"})


def bench_with_target(*script: object) -> StepBench:
    return StepBench(targets={"crm": CRM}, http=ScriptedHttp(list(script)))  # type: ignore[arg-type]


async def test_the_event_is_sent_as_json_to_the_named_target():
    bench = bench_with_target()

    result = await bench.run("forward", "crm")

    sent = bench.http.last
    assert (sent.method, sent.url, json.loads(sent.body)) == ("POST", CRM.url, EVENT)
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["x-shop"] == "ao-dep"
    assert (said(result.summary), result.output) == ("sent to crm: 200", {"status": 200})


async def test_a_target_with_a_secret_gets_a_standard_webhooks_signature():
    bench = bench_with_target()

    await bench.run("forward", "crm")

    sent = bench.http.last
    assert sent.headers["webhook-id"] == "run-42-forward"
    assert sent.headers["webhook-timestamp"] == str(NOW_MS // 1000)
    assert standard_matches(
        [standard_key(SECRET)],
        sent.headers["webhook-id"],
        sent.headers["webhook-timestamp"],
        sent.headers["webhook-signature"],
        sent.body,
    )


async def test_the_id_is_the_same_for_every_attempt_and_the_time_is_not():
    bench = bench_with_target()

    await bench.run("forward", "crm")
    bench.now_ms += 5000
    await bench.run("forward", "crm")

    first, second = (request.headers for request in bench.http.requests)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 5
    assert first["webhook-signature"] != second["webhook-signature"]


async def test_only_a_named_target_is_reached_with_its_certificates():
    bench = bench_with_target()

    await bench.run("forward", "crm")
    await bench.run("forward", CRM.url)

    assert [request.target for request in bench.http.requests] == ["crm", ""]


async def test_an_address_without_a_secret_gets_the_id_alone():
    bench = StepBench()

    await bench.run("forward", {"to": "https://hooks.example/x", "method": "PUT"})

    sent = bench.http.last
    assert sent.method == "PUT"
    assert {name for name in sent.headers if name.startswith("webhook-")} == {"webhook-id"}


async def test_raw_sends_the_exact_bytes_with_their_own_content_type():
    bench = bench_with_target()
    bench.delivery_body = "<đơn/>".encode("utf-16")
    bench.delivery_headers = (("content-type", "application/xml; charset=utf-16"),)

    await bench.run("forward", {"to": "crm", "raw": True})

    assert bench.http.last.body == bench.delivery_body
    assert bench.http.last.headers["content-type"] == "application/xml; charset=utf-16"


async def test_a_body_of_data_keeps_integers_beyond_64_bits():
    bench = bench_with_target()

    await bench.run("forward", {"to": "crm", "body": {"id": 2**70}})

    assert bench.http.last.body == b'{"id":1180591620717411303424}'


async def test_an_unknown_target_is_named_with_those_there_are():
    bench = bench_with_target()

    with pytest.raises(PermanentError) as caught:
        await bench.run("forward", "cmr")

    assert (caught.value.code, bench.http.requests) == ("no_target", [])
    assert "crm" in advice_on(caught.value.reason)


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        ("https://{{ event.text }}/x", "https://evil.example/x"),
        ("{{ event.text }}", "https://evil.example/x"),
        ("https://api.example.com{{ event.text }}", "https://api.example.com.evil.example/"),
        ("https://api.example.com{{ event.text }}", "https://api.example.com@evil.example/"),
        ("https://api.example.com:{{ event.text }}/", "https://api.example.com:22/"),
        ("https://{{ 'a' }}@api.example.com/", "https://a@api.example.com/"),
        ("https://api.example.com/{{ x }}", "https://evil.example/"),
    ],
)
async def test_an_event_cannot_choose_the_host(written: str, rendered: str):
    bench = StepBench()

    with pytest.raises(PermanentError) as caught:
        await bench.run("forward", {"to": rendered}, written={"to": written})

    assert (caught.value.code, bench.http.requests) == ("host_not_literal", [])


async def test_a_template_may_stand_in_the_path():
    bench = StepBench()
    written = {"to": "https://api.example.com/orders/{{ event.data.id }}?v=2"}

    await bench.run("forward", {"to": "https://api.example.com/orders/a%2Fb?v=2"}, written=written)

    assert bench.http.last.url == "https://api.example.com/orders/a%2Fb?v=2"


@pytest.mark.parametrize(
    "name",
    ["Host", "content-length", "Transfer-Encoding", "Connection", "Cookie", "webhook-signature"],
)
def test_a_reserved_header_is_refused_before_anything_runs(name: str):
    with pytest.raises(ValidationError, match="value_header_set_by_server"):
        ForwardInputs.model_validate({"to": "crm", "headers": {name: "x"}})


@pytest.mark.parametrize(
    "headers", [{"x-shop": "Áo Đẹp"}, {"x-shop": "a\nb"}, {"x shop": "a"}, {"": "a"}]
)
def test_a_header_that_is_written_wrongly_is_found_with_its_file(headers: dict[str, str]):
    with pytest.raises(ValidationError):
        ForwardInputs.model_validate({"to": "crm", "headers": headers}, context={})


def test_a_header_that_is_filled_in_is_not_judged_before():
    written = {"to": "crm", "headers": {"x-shop": "{{ vars.shop }} – Áo"}}

    ForwardInputs.model_validate(written, context={})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-a", "a\r\nX-B: c"),
        ("x-a", "a\nX"),
        ("x-a", "a\x00b"),
        ("x-a", "Xin chào 😀"),
        ("x-a", "y" * 65536),
    ],
)
async def test_a_header_that_cannot_be_sent_ends_the_step_at_once(name: str, value: str):
    bench = bench_with_target()

    with pytest.raises(PermanentError) as caught:
        await bench.run("forward", {"to": "crm", "headers": {name: value}})

    assert (caught.value.code, bench.http.requests) == ("invalid_header", [])


async def test_the_steps_timeout_goes_before_the_targets():
    bench = bench_with_target()

    await bench.run("forward", "crm", timeout_s=3.0)

    assert bench.http.last.timeout_s == 3.0


async def test_a_busy_target_is_tried_again_when_it_asks_to():
    bench = bench_with_target(a_reply(503, b"busy", {"retry-after": "120"}))

    with pytest.raises(RetryableError) as caught:
        await bench.run("forward", "crm")

    assert (said(caught.value.reason), caught.value.status, caught.value.retry_after_s) == (
        "crm answered 503: busy",
        503,
        120.0,
    )


async def test_what_is_sent_on_says_through_how_many_servers_it_came():
    bench = bench_with_target()
    await bench.run("forward", "crm")
    bench.event = {**EVENT, "hops": 3}
    await bench.run("forward", "crm")
    await bench.run("request", {"url": "https://api.example/x"})

    hops = [request.headers["automator-hops"] for request in bench.http.requests]
    assert hops == ["1", "4", "4"]
