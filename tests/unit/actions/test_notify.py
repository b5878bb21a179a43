"""`notify`: one request a notice, which the service takes as it takes Apprise's."""

import email
import email.policy
import json
from base64 import b64decode
from urllib.parse import parse_qs

import pytest

from automator.actions.notify_services import SERVICES, Notice, call_of, require_address
from automator.configuration.secrets import Secret
from automator.model import PermanentError, RetryableError, WrongValue
from tests.support.errors import raises_code
from tests.support.http import ScriptedHttp, a_reply
from tests.support.steps import StepBench
from tests.support.words import said

NOTICE = Notice("Phàn nàn", "Hàng <b>hỏng</b> @everyone\n.hết", "run-42-notify", 1_795_478_400_000)
TELEGRAM = "tgram://123456789:AAbcdefg_hijklmnop/-100123"


def body_of(address: str) -> dict:
    return json.loads(call_of(address, NOTICE)[0].body)


def bench_for(address: str, *script: object) -> StepBench:
    return StepBench(notify={"ops": Secret(address)}, http=ScriptedHttp(list(script)))


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (TELEGRAM, "https://api.telegram.org/bot123456789:AAbcdefg_hijklmnop/sendMessage"),
        ("zalo://12:AAbc/55", "https://bot-api.zaloplatforms.com/bot12:AAbc/sendMessage"),
        ("slack://T1/B2/c3", "https://hooks.slack.com/services/T1/B2/c3"),
        ("slack://xoxb-1-2-abc/#ops", "https://slack.com/api/chat.postMessage"),
        ("discord://41/JHM", "https://discord.com/api/webhooks/41/JHM?wait=true"),
        ("gchat://s/k/t", "https://chat.googleapis.com/v1/spaces/s/messages?key=k&token=t"),
        ("lark://abc", "https://open.larksuite.com/open-apis/bot/v2/hook/abc"),
        ("feishu://abc", "https://open.feishu.cn/open-apis/bot/v2/hook/abc"),
        ("mmosts://m.example:8443/up/abc", "https://m.example:8443/up/hooks/abc"),
        ("ntfy://shop", "https://ntfy.sh/"),
        ("ntfys://n.example/shop", "https://n.example/"),
        ("ntfy://n.example/shop", "http://n.example/"),
        ("gotifys://g.example/up/Tok", "https://g.example/up/message"),
        ("pover://user@token", "https://api.pushover.net/1/messages.json"),
        ("jsons://j.example/a/b", "https://j.example/a/b"),
        ("apprises://a.example/key", "https://a.example/notify/key"),
        ("mailtos://u:p@shop.example", "smtp://shop.example:587"),
        ("mailtos://u:p@shop.example:465", "smtps://shop.example:465"),
        ("mailto://u:p@gmail.com", "smtp://smtp.gmail.com:587"),
        ("https://hooks.slack.com/services/T/B/c", "https://hooks.slack.com/services/T/B/c"),
        ("https://discord.com/api/webhooks/4/J", "https://discord.com/api/webhooks/4/J"),
    ],
)
def test_an_address_leads_to_the_service(address: str, url: str) -> None:
    assert call_of(address, NOTICE)[0].url == url


def test_a_workflow_of_teams_gets_a_card() -> None:
    call, _ = call_of("workflow://prod.logic.azure.com:443/wf/sig", NOTICE)

    assert call.url.startswith("https://prod.logic.azure.com:443/workflows/wf/triggers/manual/")
    assert call.url.endswith("&sig=sig")
    blocks = json.loads(call.body)["attachments"][0]["content"]["body"]
    assert [block["text"] for block in blocks] == [NOTICE.title, NOTICE.text.replace("<", r"\<")]


def test_what_a_customer_wrote_calls_nobody() -> None:
    assert body_of("discord://41/JHM")["allowed_mentions"] == {"parse": []}
    assert "<b>" not in body_of("slack://T1/B2/c3")["text"]
    assert "parse_mode" not in body_of(TELEGRAM)


FORGED = r"[Free](https://evil.example) \[x](u) <users/all> <at user_id=all> @channel _@all me@x.vn"
ESCAPED = r"\[Free](https://evil.example) \\\[x](u) \<users/all> \<at user_id=all> "
BROKEN = (
    "[Free]\u2060(https://evil.example) \\[x]\u2060(u) <\u2060users/all> <\u2060at user_id=all> "
)


@pytest.mark.parametrize(
    ("address", "beginning", "end"),
    [
        ("discord://41/JHM", ESCAPED, "@channel _@all me@x.vn"),
        ("https://discord.com/api/webhooks/4/J", ESCAPED, "@channel _@all me@x.vn"),
        ("workflow://prod.logic.azure.com/wf/sig", ESCAPED, "@channel _@all me@x.vn"),
        ("mmosts://m.example/abc", ESCAPED, "@\u2060channel _@\u2060all me@x.vn"),
        ("gchat://s/k/t", BROKEN, "@channel _@all me@x.vn"),
        ("lark://abc", BROKEN, "@channel _@all me@x.vn"),
    ],
)
def test_the_markup_of_a_customer_is_no_link_and_no_mention_in_any_chat(
    address: str, beginning: str, end: str
) -> None:
    for notice in (Notice("", FORGED, "k", 0), Notice(FORGED, "", "k", 0)):
        sent = json.loads(call_of(address, notice)[0].body)

        assert beginning + end in {one.strip() for one in texts_in(sent)}


def texts_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = list(value.values()) if isinstance(value, dict) else value
    return [text for one in inner for text in texts_in(one)] if isinstance(inner, list) else []


def test_a_telegram_chat_is_a_number_or_a_name_with_its_thread() -> None:
    assert body_of(TELEGRAM)["chat_id"] == -100123
    assert body_of("tgram://1:abc/shop")["chat_id"] == "@shop"
    assert body_of("tgram://1:abc/7:25")["message_thread_id"] == 25


@pytest.mark.parametrize(
    ("address", "most"), [("discord://41/JHM", 2000), ("zalo://1:a/5", 2000), (TELEGRAM, 4096)]
)
def test_a_long_text_is_cut_to_what_the_service_takes(address: str, most: int) -> None:
    body = json.loads(call_of(address, Notice("", "x" * 9000, "k", 0))[0].body)

    text = body.get("content") or body["text"]
    assert len(text) == most
    assert text.endswith("…")


def test_logins_go_where_each_service_wants_them() -> None:
    def headers(address: str) -> dict:
        return dict(call_of(address, NOTICE)[0].headers)

    assert headers("ntfys://tk_abc@n.example/t")["authorization"] == "Bearer tk_abc"
    assert headers("ntfys://u:p@n.example/t")["authorization"] == "Basic dTpw"
    assert headers("jsons://u:p%40@n.example/t")["authorization"] == "Basic dTpwQA=="
    assert headers("gotify://n.example/Tok")["x-gotify-key"] == "Tok"
    assert headers("slack://xoxb-1/#c")["authorization"] == "Bearer xoxb-1"
    form = parse_qs(call_of("pover://user@token/phone", NOTICE)[0].body.decode())
    assert (form["token"], form["user"], form["device"]) == (["token"], ["user"], ["phone"])


def test_a_letter_has_the_title_as_its_subject_and_one_id_for_all_attempts() -> None:
    call, _ = call_of("mailtos://me:pw@shop.example?to=a@x.example,b@y.example&name=Shop", NOTICE)

    letter = email.message_from_bytes(call.body, policy=email.policy.default)
    assert dict(call.headers) == {
        "mail-from": "me@shop.example",
        "mail-to": "a@x.example,b@y.example",
        "authorization": "Basic bWU6cHc=",
    }
    assert letter["subject"] == NOTICE.title
    assert str(letter["from"]) == "Shop <me@shop.example>"
    assert letter["message-id"] == "<run-42-notify@shop.example>"
    assert letter.get_content().splitlines() == NOTICE.text.splitlines()
    assert call_of("mailtos://me:pw@shop.example", NOTICE)[0].headers["mail-to"] == (
        "me@shop.example"
    )


def test_a_title_of_several_lines_adds_no_header() -> None:
    notice = Notice("Hi\r\nBcc: x@evil.example", "text", "k", 0)

    call, _ = call_of("mailtos://me:pw@shop.example", notice)

    letter = email.message_from_bytes(call.body)
    assert letter["bcc"] is None
    assert letter["subject"] == "Hi Bcc: x@evil.example"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "notify_not_an_address"),
        ("telegram", "notify_not_an_address"),
        ("tgram//1:a/2", "notify_not_an_address"),
        ("twilio://a:b@c/d", "notify_service_unknown"),
        ("https://example.com/hook", "notify_service_unknown"),
        ("https://evil-discord.com/api/webhooks/1/2", "notify_service_unknown"),
        ("tgram://token/5", "notify_address_incomplete"),
        ("tgram://1:abc", "notify_address_incomplete"),
        ("slack://T1/B2", "notify_address_incomplete"),
        ("discord://41", "notify_address_incomplete"),
        ("pover://token", "notify_address_incomplete"),
        ("gotify://g.example", "notify_address_incomplete"),
        ("mailto://shop.example", "notify_address_incomplete"),
        ("mailto://me:pw@shop.example?to=nobody", "notify_address_incomplete"),
        ("mailto://me:pw@shop.example?to=a@b.example%0d%0aRCPT", "notify_address_incomplete"),
        ("tgram://1:abc/5/6", "notify_several_receivers"),
        ("jsons://j.example/x?verify=no", "notify_key_unknown"),
    ],
)
def test_what_nobody_can_be_told_by_is_refused(address: str, code: str) -> None:
    with pytest.raises(WrongValue) as caught:
        require_address(address)

    assert caught.value.reason.code == code
    assert not any(part in str(caught.value.reason.params) for part in ("abc", "pw", "B2"))


def test_the_example_of_each_service_is_one() -> None:
    for service in SERVICES.values():
        example = service.example.replace("TOKEN", "1:abc").replace("HOST", "h.example")
        require_address(example.replace("ADDRESS", "a@b.example"))


async def test_somebody_is_told() -> None:
    bench = bench_for(TELEGRAM, a_reply(200, b'{"ok":true}'))

    result = await bench.run("notify", {"to": "ops", "title": "Xem", "text": "ngay"})

    assert said(result.summary) == "told ops"
    assert json.loads(bench.http.last.body)["text"] == "Xem\nngay"
    assert bench.http.last.headers["idempotency-key"] == "run-42-notify"


@pytest.mark.parametrize(
    ("address", "answer"),
    [(TELEGRAM, b'{"ok":false,"error":"no"}'), ("lark://abc", b'{"code":19001,"msg":"bad"}')],
)
async def test_a_refusal_with_the_status_200_is_a_failure(address: str, answer: bytes) -> None:
    with raises_code(PermanentError, "notice_refused"):
        await bench_for(address, a_reply(200, answer)).run("notify", {"to": "ops", "text": "x"})


async def test_a_service_that_is_busy_is_tried_again_when_it_says() -> None:
    bench = bench_for(TELEGRAM, a_reply(429, b"{}", {"retry-after": "7"}))

    with pytest.raises(RetryableError) as caught:
        await bench.run("notify", {"to": "ops", "text": "x"})

    assert caught.value.retry_after_s == 7


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"to": "boss", "text": "x"}, "no_receiver"),
        ({"to": TELEGRAM, "text": "x"}, "no_receiver"),
        ({"to": "ops", "text": " \n"}, "nothing_to_say"),
    ],
)
async def test_nobody_is_told_where_nobody_is_meant(inputs: dict, code: str) -> None:
    bench = bench_for(TELEGRAM)

    with pytest.raises(PermanentError) as caught:
        await bench.run("notify", inputs)

    assert (caught.value.code, bench.http.requests) == (code, [])
    assert "AAbc" not in str(caught.value)


def test_the_login_of_a_letter_is_the_mailbox_at_a_known_service() -> None:
    (login,) = [
        value
        for name, value in call_of("mailto://me:pw@gmail.com", NOTICE)[0].headers.items()
        if name == "authorization"
    ]

    assert b64decode(login.removeprefix("Basic ")) == b"me@gmail.com:pw"
