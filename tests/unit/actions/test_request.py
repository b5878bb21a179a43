import json

import pytest
from pydantic import ValidationError

from automator.actions.request import RequestInputs, with_query
from automator.model import PermanentError, RetryableError
from tests.support.errors import raises_code
from tests.support.http import ScriptedHttp, a_reply
from tests.support.steps import StepBench
from tests.support.words import said

URL = "https://api.example.com/orders"


async def test_without_a_body_it_is_a_get_with_encoded_parameters():
    bench = StepBench()

    await bench.run("request", {"url": URL, "query": {"q": "áo & quần", "n": 2, "none": None}})

    sent = bench.http.last
    assert (sent.method, sent.body) == ("GET", b"")
    assert sent.url == URL + "?q=%C3%A1o+%26+qu%E1%BA%A7n&n=2"
    assert "idempotency-key" not in sent.headers


async def test_data_is_posted_as_json_under_the_key_of_the_step():
    bench = StepBench()

    await bench.run("request", {"url": URL, "body": {"size": "M"}})

    sent = bench.http.last
    assert (sent.method, json.loads(sent.body)) == ("POST", {"size": "M"})
    assert sent.headers == {
        "content-type": "application/json",
        "idempotency-key": "run-42-request",
        "automator-hops": "1",
    }


async def test_a_text_is_sent_as_it_is_and_own_headers_win():
    bench = StepBench()

    await bench.run(
        "request", {"url": URL, "body": "a=1", "headers": {"Content-Type": "application/x-a"}}
    )

    assert bench.http.last.body == b"a=1"
    assert bench.http.last.headers["content-type"] == "application/x-a"


async def test_the_answer_is_the_output():
    bench = StepBench(http=ScriptedHttp([a_reply(201, b'{"id": 5}')]))

    result = await bench.run("request", {"url": URL, "body": {}})

    assert result.output == {"status": 201, "body": {"id": 5}}
    assert said(result.summary) == "POST api.example.com: 201"


async def test_an_answer_that_is_not_json_is_text():
    bench = StepBench(http=ScriptedHttp([a_reply(200, "vâng".encode())]))

    result = await bench.run("request", {"url": URL})

    assert result.output["body"] == "vâng"


async def test_output_picks_from_the_answer():
    answer = a_reply(200, b'{"items": [{"id": 1}, {"id": 2}]}', {"x-total": "2"})
    bench = StepBench(http=ScriptedHttp([answer]))

    result = await bench.run(
        "request",
        {
            "url": URL,
            "output": {
                "ids": "body.items[].id",
                "total": 'headers."x-total"',
                "code": "status",
                "gone": "body.nothing",
            },
        },
    )

    assert result.output == {"ids": [1, 2], "total": "2", "code": 200, "gone": None}


async def test_an_output_over_the_wrong_kind_ends_the_step():
    bench = StepBench(http=ScriptedHttp([a_reply(200, b'{"n": 5}')]))

    with pytest.raises(PermanentError) as caught:
        await bench.run("request", {"url": URL, "output": {"n": "abs(body)"}})

    assert caught.value.code == "expression"
    assert said(caught.value.reason).startswith("output.n: abs(body) cannot be evaluated")


async def test_an_expected_status_is_success():
    bench = StepBench(http=ScriptedHttp([a_reply(404)]))

    result = await bench.run("request", {"url": URL, "expect_status": [200, 404]})

    assert result.output["status"] == 404


async def test_a_2xx_that_is_not_expected_is_none():
    bench = StepBench(http=ScriptedHttp([a_reply(202)]))

    with raises_code(PermanentError, "unexpected_status"):
        await bench.run("request", {"url": URL, "expect_status": 200})


async def test_an_overloaded_api_is_asked_again():
    bench = StepBench(http=ScriptedHttp([a_reply(429, b"", {"retry-after": "7"})]))

    with pytest.raises(RetryableError) as caught:
        await bench.run("request", {"url": URL})

    assert caught.value.retry_after_s == 7.0


async def test_an_event_cannot_choose_the_host():
    bench = StepBench()

    with pytest.raises(PermanentError) as caught:
        await bench.run(
            "request",
            {"url": "https://evil.example/"},
            written={"url": "https://{{ event.text }}/"},
        )

    assert (caught.value.code, bench.http.requests) == ("host_not_literal", [])


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"url": URL, "method": "GET", "body": "x"}, "value_method_without_body"),
        ({"url": URL, "expect_status": "200-"}, "value_not_a_status_range"),
        ({"url": URL, "expect_status": [700]}, "value_not_a_status_range"),
        ({"url": URL, "expect_status": "299-200"}, "value_not_a_status_range"),
        ({"url": URL, "expect_status": []}, "at least 1 item"),
        ({"url": URL, "output": {"id": "body.items["}}, "output.id"),
        ({"url": URL, "headers": {"Host": "x"}}, "value_header_set_by_server"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_runs(
    inputs: dict[str, object], message: str
):
    with pytest.raises(ValidationError, match=message):
        RequestInputs.model_validate(inputs)


@pytest.mark.parametrize(
    ("url", "query", "whole"),
    [
        ("https://a.example/x", {}, "https://a.example/x"),
        ("https://a.example/x?a=1", {"b": "2"}, "https://a.example/x?a=1&b=2"),
        ("https://a.example/x#top", {"b": "2"}, "https://a.example/x?b=2#top"),
        ("https://a.example/", {"t": ("1", "2")}, "https://a.example/?t=1&t=2"),
    ],
)
def test_parameters_join_those_of_the_address(
    url: str, query: dict[str, str | tuple[str, ...] | None], whole: str
):
    assert with_query(url, query) == whole
