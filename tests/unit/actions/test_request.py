import json

import pytest
from pydantic import ValidationError

from automator.actions.request import RequestInputs, with_query
from automator.configuration.secrets import Secret
from automator.configuration.target import RuleSecret, may_go_to
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


async def test_an_answer_as_expected_is_the_output():
    bench = StepBench(http=ScriptedHttp([a_reply(200, b'{"ok": true, "n": 5}')]))

    wanted = {"expect": ["body.ok", "type(body.n) == 'number'"], "output": {"n": "body.n"}}
    result = await bench.run("request", {"url": URL, **wanted})

    assert result.output == {"n": 5}


@pytest.mark.parametrize(
    ("expect", "because"),
    [
        ("body.owner", "body.owner does not hold: body.owner is missing"),
        (["body.ok", "type(body.n) == 'text'"], "looks for 'text'; type(body.n) is 'number'"),
        ("length(body.n) > `1`", "body.n is number 5, not text or a list"),
        ("body.n > `7`", "body.n is 5"),
    ],
)
async def test_an_answer_that_is_otherwise_ends_the_step_and_shows_the_value(
    expect: str | list[str], because: str
):
    bench = StepBench(http=ScriptedHttp([a_reply(200, b'{"ok": true, "n": 5}')] * 2))

    with pytest.raises(PermanentError) as caught:
        await bench.run("request", {"url": URL, "expect": expect})

    assert (caught.value.code, caught.value.status) == ("unexpected_answer", 200)
    told = said(caught.value.reason)
    assert told.startswith("the answer of api.example.com is not as expected: ")
    assert because in told
    # The request has worked, so it is not sent again.
    assert len(bench.http.requests) == 1


def test_expect_reads_the_answer_and_nothing_else():
    with pytest.raises(ValidationError, match="value_not_of_answer"):
        RequestInputs(url=URL, expect="owner")


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


BILLING = RuleSecret(value=Secret("key-of-billing-0123", "env:BILLING"), hosts=("api.example.com",))
BEARER = {"authorization": "Bearer secret:billing"}


async def test_a_secret_of_automator_yaml_is_filled_in_where_the_rule_names_it():
    bench = StepBench(secrets={"billing": BILLING})

    await bench.run(
        "request", {"url": URL, "headers": BEARER, "query": {"key": "secret:billing", "n": 1}}
    )

    assert bench.http.last.headers["authorization"] == "Bearer key-of-billing-0123"
    assert bench.http.last.url == f"{URL}?key=key-of-billing-0123&n=1"


async def test_a_secret_that_a_template_brings_is_not_filled_in():
    bench = StepBench(secrets={"billing": BILLING})
    rendered = {
        "url": URL,
        "headers": {"x-said": "secret:billing"},
        "query": {"q": "secret:billing"},
    }
    written = {
        "url": URL,
        "headers": {"x-said": "{{ event.text }}"},
        "query": {"q": "secret:{{ event.text }}"},
    }

    await bench.run("request", rendered, written=written)

    assert bench.http.last.headers["x-said"] == "secret:billing"
    assert bench.http.last.url == f"{URL}?q=secret%3Abilling"


@pytest.mark.parametrize("action", ["request", "forward"])
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/orders",
        "http://api.example.com/orders",
        "https://api.example.com:8443/orders",
        "https://api.example.com.evil.example/",
        "https://evil.example/?x=https://api.example.com/",
        "https://evil.example#@api.example.com/",
    ],
)
async def test_a_secret_goes_to_no_host_but_its_own(action: str, url: str):
    bench = StepBench(secrets={"billing": BILLING})
    key = "url" if action == "request" else "to"

    with raises_code(PermanentError, "secret_not_for_host"):
        await bench.run(action, {key: url, "headers": BEARER})

    assert bench.http.requests == []


async def test_a_secret_that_nobody_has_declared_is_not_sent_as_its_name():
    with raises_code(PermanentError, "no_secret"):
        await StepBench().run("request", {"url": URL, "headers": BEARER})


async def test_a_rehearsal_sees_the_reference_and_no_secret():
    bench = StepBench(secrets={"billing": BILLING}, is_rehearsal=True)

    await bench.run("request", {"url": URL, "headers": BEARER})

    assert bench.http.last.headers["authorization"] == "Bearer secret:billing"


@pytest.mark.parametrize(
    ("url", "hosts", "allowed"),
    [
        ("https://a.example/", ["a.example"], True),
        ("https://a.example:443/", ["a.example"], True),
        ("https://A.EXAMPLE/", ["a.example"], True),
        ("http://a.example/", ["a.example"], False),
        ("http://a.example:8080/", ["a.example:8080"], True),
        ("http://a.example/", ["a.example:80"], True),
        ("https://a.example/", ["a.example:443"], True),
        ("https://a.example:8443/", ["a.example", "a.example:443"], False),
        ("https://b.a.example/", ["a.example"], False),
        ("https://[::1]:8443/", ["[::1]:8443"], True),
        ("https://a.example:99999999/", ["a.example"], False),
        ("https://a.example\\@evil.example/", ["a.example"], False),
        ("https://a.example@evil.example/", ["a.example"], False),
    ],
)
def test_a_host_is_compared_whole(url: str, hosts: list[str], allowed: bool):
    assert may_go_to(url, hosts) is allowed
