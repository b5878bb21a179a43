"""What the action log keeps of an exchange."""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from automator.configuration.secrets import REDACTED, KnownSecrets, Secret, WrittenSecret
from automator.configuration.target import Target
from automator.engine.attempts.recording import Exchange, RecordingHttp, Redactor, UnechoedHttp
from automator.http.types import HttpReply
from automator.model import UnknownOutcome
from automator.model.run import MAX_BODY
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


#: Ways in which programs repeat a text that they do not take.
STYLES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "JSON": json.dumps,
    "JSON of PHP": lambda text: json.dumps(text).replace("/", "\\/"),
    "JSON, every sign": lambda text: re.sub(r"\W", lambda sign: rf"\u{ord(sign[0]):04x}", text),
    "JSON, capitals": lambda text: re.sub(r"\W", lambda sign: rf"\u{ord(sign[0]):04X}", text),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"said": text})),
    "HTML": lambda text: html.escape(text).replace("+", "&#43;").replace("=", "&#x3D;"),
    "HTML, names": lambda text: text.replace("&", "&amp;").replace("+", "&plus;"),
    "HTML in HTML": lambda text: html.escape(html.escape(text)),
    "address": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "address, small letters": lambda text: re.sub(
        "%..", lambda code: code[0].lower(), quote(text, safe="")
    ),
    "address in address": lambda text: quote(quote(text, safe=""), safe=""),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 behind a name": lambda text: b64encode(f"me:{text}".encode()).decode(),
    "base64 inside": lambda text: b64encode(f"a{text}?".encode()).decode(),
    "base64 of addresses": lambda text: urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hexadecimal": lambda text: text.encode().hex(),
}


@pytest.mark.parametrize("where", ["authorization", "password", "x-note", "address", "body"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "text",
    [
        "EAAB0page1token2",
        "abc+def/ghi==0123?>~~",
        "sk_live_51Hq-x.y~z",
        "q\"u&o<t\\e's and spaces",
        "mật khẩu của tôi 0123",
        "123456:AAtoken_token",
    ],
)
async def test_an_answer_repeats_no_secret_in_any_style(text: str, style: str, where: str) -> None:
    repeated = STYLES[style](text)
    script = [a_reply(400, f"refused: {repeated}.".encode(), {"x-said": f"no {repeated}"})]
    http = RecordingHttp(ScriptedHttp(script), Redactor((Secret(text, "env:KEY"),)))
    login = b64encode(f"me:{text}".encode()).decode()
    sent: dict[str, dict[str, Any]] = {
        "authorization": {"url": URL, "headers": {"authorization": f"Bearer {text}"}},
        "password": {"url": URL, "headers": {"authorization": f"Basic {login}"}},
        "x-note": {"url": URL, "headers": {"x-note": text}},
        "address": {"url": f"{URL}?x={quote(text)}"},
        "body": {"url": URL, "body": json.dumps({"x": text}).encode()},
    }

    reply = await http.request("POST", **sent[where])

    kept = http.last_exchange
    assert kept is not None
    assert kept.response is not None
    for shown in (reply.text, reply.headers["x-said"], repr(kept.response), repr(kept.request)):
        assert repeated not in shown
        assert text not in shown
    assert reply.text.startswith("refused: ")
    assert len(reply.text) < len("refused: .") + len("<secret env:KEY>") + 24


@pytest.mark.parametrize("style", STYLES)
async def test_a_token_that_was_renewed_is_not_repeated_in_any_style(style: str) -> None:
    text = "renewed+since/the-start=="
    script = [a_reply(400, f"refused: {STYLES[style](text)}".encode())]
    http = RecordingHttp(ScriptedHttp(script), Redactor(()))

    reply = await http.request("POST", URL, headers={"access_token": text})

    assert STYLES[style](text) not in reply.text


@pytest.mark.parametrize("known", [1, 40])
async def test_an_exchange_without_a_secret_is_searched_once_for_each_secret(
    monkeypatch: pytest.MonkeyPatch, known: int
) -> None:
    secrets = tuple(Secret(f"ab/cd+{number:08x}==", "env:KEY") for number in range(known))
    looks: list[bytes] = []
    found_in = KnownSecrets.found_in

    def counted(self: KnownSecrets, lowered: bytes) -> list[WrittenSecret]:
        looks.append(lowered)
        return found_in(self, lowered)

    def never(_self: WrittenSecret, text: str) -> str:
        raise AssertionError(f"{text} was compared")

    monkeypatch.setattr(KnownSecrets, "found_in", counted)
    monkeypatch.setattr(WrittenSecret, "hidden_in", never)
    redactor = Redactor(secrets)
    http = RecordingHttp(ScriptedHttp([a_reply(200, b'{"id":5}')]), redactor)

    await http.request("POST", URL, headers={"x-id": "5"}, body=b'{"text":"a"}')

    # One look at the request and one at the answer, for one stretch of each secret.
    assert len(looks) == 2
    assert len(redactor.known._stretches) == known


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

    sent, _ = redactor.request("POST", URL, {}, body.encode(), body.encode())

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

    sent, _ = redactor.request("POST", target.url, target.plain_headers(), b"token-of-the-crm")
    reply = HttpReply(200, {"x-echo": "key-of-the-crm"}, b"literal-key-0123 token-of-the-crm")
    _, got = redactor.answer((), reply)

    said = repr((sent, got))
    for secret in ("token-of-the-crm", "key-of-the-crm", "literal-key-0123"):
        assert secret not in said
    assert sent["url"] == "https://crm.example/in?api_key=<redacted>&shop=main"
    assert sent["headers"]["x-shop"] == "main"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example/in/SECRET?shop=main",
        "https://crm.example/in?shop=main&k=SECRET",
        "https://crm.example/in?shop=main&sig=SECRET",
        "https://crm.example/in?shop=main&SECRET",
        "https://crm.example/in/env:KEY?shop=main",
        "https://crm.example/in?shop=main&x=env:KEY",
    ],
)
async def test_a_secret_in_the_address_of_a_target_is_not_recorded(url: str, style: str) -> None:
    secret = "S3cr3t~0f_the.crm-9"
    written = url.replace("SECRET", secret)
    target = Target.model_validate({"url": written}, context={"environ": {"KEY": secret}})
    answer = f"no {STYLES[style](secret)}".encode()
    http = RecordingHttp(ScriptedHttp([a_reply(404, answer)]), Redactor(target.secrets()))

    reply = await http.request("POST", target.address, body=b"{}")

    kept = http.last_exchange
    assert kept is not None
    for shown in (reply.text, repr(kept)):
        assert STYLES[style](secret) not in shown
        assert secret not in shown
    assert "shop=main" in kept.request["url"]


def test_what_is_said_is_kept_without_secrets_and_not_for_ever() -> None:
    http = RecordingHttp(ScriptedHttp(), Redactor((TOKEN,)))

    assert TOKEN.reveal() not in (http.cleaned(f"Chào {TOKEN.reveal()} ạ") or "")
    assert http.cleaned("Chào bạn") == "Chào bạn"
    assert http.cleaned("x" * 5_000) == "x" * 2_000 + "…"
    assert http.cleaned("") is None
