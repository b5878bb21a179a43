"""What the action log keeps of an exchange."""

from collections.abc import Mapping

import pytest

from automator.configuration.secrets import REDACTED, Secret
from automator.configuration.target import Target
from automator.engine.attempts.recording import Exchange, RecordingHttp, Redactor
from automator.engine.attempts.unechoed_http import UnechoedHttp
from automator.http.types import HttpReply
from automator.model import MAX_BODY, UnknownOutcome
from tests.support.http import ScriptedHttp, a_reply

TOKEN = Secret("EAAB-page-token-123", "env:FB_PAGE_TOKEN")
URL = "https://graph.example/me/messages"


async def exchange(
    *,
    url: str = URL,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    answer: bytes = b"",
    answer_headers: Mapping[str, str] | None = None,
) -> Exchange:
    http = RecordingHttp(ScriptedHttp([a_reply(200, answer, answer_headers)]), Redactor((TOKEN,)))

    await http.request("POST", url, headers=headers, body=body)

    assert http.last_exchange is not None
    return http.last_exchange


async def test_an_exchange_is_kept_as_it_was():
    kept = await exchange(
        headers={"content-type": "application/json"},
        body='{"text":"Chào"}'.encode(),
        answer=b'{"id":5}',
        answer_headers={"x-id": "5"},
    )

    assert kept.request == {
        "method": "POST",
        "url": URL,
        "headers": {"content-type": "application/json"},
        "body": '{"text":"Chào"}',
    }
    assert kept.response == {"status": 200, "headers": {"x-id": "5"}, "body": '{"id":5}'}


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "Cookie",
        "set-cookie",
        "X-Api-Key",
        "access_token",
        "X-Auth-Token",
        "secret_key",
        "Webhook-Signature",
    ],
)
async def test_a_private_header_is_not_shown(name: str):
    kept = await exchange(headers={name: "abc"}, answer_headers={name: "def"})

    assert kept.request["headers"] == {name: REDACTED}
    assert kept.response is not None
    assert kept.response["headers"] == {name: REDACTED}


@pytest.mark.parametrize("name", ["access_token", "appsecret_proof", "api_key", "client_secret"])
async def test_a_private_parameter_is_not_shown(name: str):
    kept = await exchange(url=f"{URL}?fields=id&{name}=abc%20def&x=1")

    assert kept.request["url"] == f"{URL}?fields=id&{name}={REDACTED}&x=1"


async def test_a_known_secret_is_shown_as_its_reference_wherever_it_stands():
    secret = TOKEN.reveal()

    kept = await exchange(
        url=f"https://api.example/bot{secret}/send",
        headers={"x-note": f"see {secret}"},
        body=f"key={secret}".encode(),
        answer=f"bad key {secret}".encode(),
    )

    assert secret not in repr(kept)
    assert kept.request["body"] == "key=<secret env:FB_PAGE_TOKEN>"


@pytest.mark.parametrize(
    "answer",
    [
        b'{"access_token":"new-one","x":1}',
        b'{"refresh_token": "new-one"}',
        b"access_token=new-one&x=1",
    ],
)
async def test_a_token_that_an_answer_brings_is_not_shown(answer: bytes):
    kept = await exchange(answer=answer)

    assert kept.response is not None
    assert "new-one" not in kept.response["body"]
    assert REDACTED in kept.response["body"]


@pytest.mark.parametrize(
    "form",
    [
        'ab/cd+"ef\\gh',
        r"ab/cd+\"ef\\gh",
        r"ab\/cd+\"ef\\gh",
        "ab%2Fcd%2B%22ef%5Cgh",
    ],
)
async def test_a_secret_is_hidden_as_json_and_addresses_write_it(form: str):
    secret = Secret('ab/cd+"ef\\gh', "env:ODD")
    http = RecordingHttp(ScriptedHttp([a_reply(400, f"no: {form}.".encode())]), Redactor((secret,)))

    reply = await http.request("POST", URL, headers={"x-api-key": secret.reveal()})

    assert reply.text == "no: <secret env:ODD>."
    assert http.last_exchange is not None
    assert http.last_exchange.response is not None
    assert http.last_exchange.response["body"] == reply.text


@pytest.mark.parametrize("status", [200, 302, 400])
async def test_an_answer_repeats_no_secret_of_its_request(status: int):
    secret, renewed = TOKEN.reveal(), "renewed-since-the-start"
    answer = f'{{"error":"malformed token {secret} or {renewed}"}}'.encode()
    script = [a_reply(status, answer, {"location": f"https://a.example/?t={renewed}"})]
    http = RecordingHttp(ScriptedHttp(script), Redactor((TOKEN,)))

    reply = await http.request("POST", f"{URL}/{secret}", headers={"access_token": renewed})

    assert reply.json() == {
        "error": f"malformed token <secret env:FB_PAGE_TOKEN> or {REDACTED}",
    }
    assert reply.headers["location"] == f"https://a.example/?t={REDACTED}"


async def test_what_an_answer_says_of_its_own_stays():
    http = RecordingHttp(ScriptedHttp([a_reply(200, TOKEN.reveal().encode())]), Redactor((TOKEN,)))

    reply = await http.request("GET", URL)

    assert reply.text == TOKEN.reveal()


async def test_a_question_of_no_attempt_gets_no_secret_back_either():
    http = ScriptedHttp([a_reply(400, f"bad {TOKEN.reveal()}".encode())])
    asking = UnechoedHttp(http=http, redactor=Redactor((TOKEN,)))

    reply = await asking.request("GET", URL, headers={"authorization": f"Bearer {TOKEN.reveal()}"})

    assert reply.text == "bad <secret env:FB_PAGE_TOKEN>"


async def test_a_long_body_is_cut_and_no_part_of_a_secret_is_left_at_the_cut():
    secret = TOKEN.reveal()
    before = b"x" * (MAX_BODY - 5)

    kept = await exchange(body=before + secret.encode() + b"y" * 5000)

    assert len(kept.request["body"]) == MAX_BODY
    assert secret[:4] not in kept.request["body"]


async def test_bytes_that_are_no_text_do_no_harm():
    kept = await exchange(body=b"\xff\xfe\x00a")

    assert kept.request["body"] == "\ufffd\ufffd\x00a"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('{"text":"Chào"}', None),
        ('{"text":"my_token"}', None),
        ('{"text":"EAAB-page-token-123"}', '{"text":"<secret env:FB_PAGE_TOKEN>"}'),
        ('{"text":"mật khẩu 0123"}', '{"text":"<secret env:WORDS>"}'),
        ('{"text":"refresh_token=new-one"}', '{"text":"refresh_token=<redacted>"}'),
        ('{"access_token":"new-one"}', '{"access_token":"<redacted>"}'),
    ],
)
def test_the_json_of_an_event_is_kept_once_more_only_where_a_secret_is_in_it(
    body: str, kept: str | None
) -> None:
    redactor = Redactor((TOKEN, Secret("mật khẩu 0123", "env:WORDS")))

    sent = redactor.request("POST", URL, {}, body.encode(), body.encode())

    assert sent["body"] == kept


async def test_a_request_without_an_answer_is_kept():
    http = RecordingHttp(ScriptedHttp([UnknownOutcome("no answer")]), Redactor(()))

    with pytest.raises(UnknownOutcome):
        await http.request("GET", URL)

    assert http.last_exchange is not None
    assert http.last_exchange.request["url"] == URL
    assert http.last_exchange.response is None


def test_nothing_sent_is_nothing_kept():
    assert RecordingHttp(ScriptedHttp(), Redactor(())).last_exchange is None


def test_nothing_that_gives_access_to_a_target_is_recorded() -> None:
    target = Target.model_validate(
        {
            "url": "https://crm.example/in?api_key=literal-key-0123&shop=main",
            "headers": {
                "authorization": "Bearer env:CRM_TOKEN",
                "x-crm": "env:CRM_KEY",
                "x-shop": "main",
            },
        },
        context={"environ": {"CRM_TOKEN": "token-of-the-crm", "CRM_KEY": "key-of-the-crm"}},
    )
    redactor = Redactor(target.secrets())

    sent = redactor.request("POST", target.url, target.plain_headers(), b"token-of-the-crm")
    reply = HttpReply(200, {"x-echo": "key-of-the-crm"}, b"literal-key-0123 token-of-the-crm")
    got = redactor.response(reply)

    said = repr((sent, got))
    for secret in ("token-of-the-crm", "key-of-the-crm", "literal-key-0123"):
        assert secret not in said
    assert sent["url"] == "https://crm.example/in?api_key=<redacted>&shop=main"
    assert sent["headers"]["x-shop"] == "main"


def test_what_is_said_is_kept_without_secrets_and_not_for_ever() -> None:
    http = RecordingHttp(ScriptedHttp(), Redactor((TOKEN,)))

    assert TOKEN.reveal() not in (http.cleaned(f"Chào {TOKEN.reveal()} ạ") or "")
    assert http.cleaned("Chào bạn") == "Chào bạn"
    assert http.cleaned("x" * 5_000) == "x" * 2_000 + "…"
    assert http.cleaned("") is None
