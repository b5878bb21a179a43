"""WeChat's two modes: what is plain and what is encrypted."""

import base64
import re
from typing import Any

import pytest
from pydantic import ValidationError

from automator.http.types import InboundRequest
from automator.model import ParsedEvent, Reason, RejectedDelivery, UnparsableDelivery
from automator.plugins import Provider
from automator.providers.simulator import build_sample, signed_query, signed_request
from automator.providers.wechat import WeChatCipher, signature_of
from automator.reasons.bodies import (
    encrypted_for_other_account,
    encrypted_with_other_key,
    undecipherable,
)
from tests.support.errors import raises_code
from tests.support.providers import NOW_MS, SECRET, a_provider, a_request
from tests.support.words import said_of_value

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_KEY = KEY[::-1]
APP = "wx2c2769f8efd9abc2"
SAFE: dict[str, Any] = {"encoding_aes_key": KEY, "app_id": APP}
PLAIN = (
    b"<xml><ToUserName>gh_1</ToUserName><FromUserName>u1</FromUserName>"
    b"<CreateTime>1795478400</CreateTime><MsgType>text</MsgType><Content>gia?</Content>"
    b"<MsgId>7</MsgId></xml>"
)
STAMP = str(NOW_MS // 1000)


def sent(provider: Provider, name: str = "wechat/message.received") -> InboundRequest:
    sample = build_sample(name, serial=1, now_ms=NOW_MS)
    headers, body = signed_request(provider, sample, NOW_MS, "d")
    return a_request(headers, body, query=signed_query(provider, sample, NOW_MS, "d"))


def signed(body: bytes, text: bytes, **more: str) -> InboundRequest:
    signature = signature_of(SECRET, STAMP, "n", text.decode()).decode()
    query = f"timestamp={STAMP}&nonce=n&msg_signature={signature}"
    return a_request({}, body, query=query, **more)


def read(provider: Provider, request: InboundRequest) -> ParsedEvent:
    provider.verify(request)
    (event,) = provider.parse(request)
    return event


@pytest.mark.parametrize("name", ["message.received", "contact.followed", "button.clicked"])
def test_a_message_says_the_same_plain_and_encrypted(name: str) -> None:
    plain, safe = a_provider("wechat"), a_provider("wechat", **SAFE)

    known = read(plain, sent(plain, f"wechat/{name}"))
    encrypted = sent(safe, f"wechat/{name}")

    assert b"MsgType" not in encrypted.body
    assert read(safe, encrypted) == known


def test_in_compatible_mode_what_is_encrypted_counts_and_not_what_stands_beside_it() -> None:
    text = WeChatCipher(KEY, APP).encrypt(PLAIN, b"r" * 16)
    forged = PLAIN.replace(b"gia?", b"<Encrypt>QUJD</Encrypt>")
    body = forged.replace(b"</xml>", b"<Encrypt><![CDATA[" + text + b"]]></Encrypt></xml>")

    event = read(a_provider("wechat", **SAFE), signed(body, text))

    assert event.body["text"] == "gia?"


def test_a_plain_message_is_refused_where_messages_are_encrypted() -> None:
    plain = sent(a_provider("wechat"))

    with raises_code(RejectedDelivery, "not_encrypted"):
        a_provider("wechat", **SAFE).verify(plain)


@pytest.mark.parametrize(
    "query",
    [
        f"timestamp={STAMP}&nonce=n",
        f"timestamp={STAMP}&nonce=n&msg_signature=",
        f"timestamp={STAMP}&nonce=n&msg_signature={'0' * 40}",
        f"timestamp=1&nonce=n&msg_signature={'0' * 40}",
        f"timestamp={STAMP}&nonce=n&msg_signature=a&msg_signature=b",
    ],
)
def test_an_encrypted_message_with_a_doubtful_signature_is_refused(query: str) -> None:
    provider = a_provider("wechat", **SAFE)
    body = provider.encrypted(PLAIN)

    with pytest.raises(RejectedDelivery):
        provider.verify(a_request({}, body, query=query))


def test_a_signature_is_that_of_what_is_encrypted() -> None:
    provider = a_provider("wechat", **SAFE)
    request = sent(provider)
    other = a_request({}, provider.encrypted(PLAIN), query=request.query)

    with raises_code(RejectedDelivery, "query_mismatch"):
        provider.verify(other)


@pytest.mark.parametrize(
    ("key", "app", "because"),
    [
        (OTHER_KEY, APP, encrypted_with_other_key()),
        (KEY, "wx0000000000000000", encrypted_for_other_account()),
    ],
)
def test_what_was_encrypted_otherwise_is_kept_with_the_reason(
    key: str, app: str, because: Reason
) -> None:
    text = WeChatCipher(key, app).encrypt(PLAIN, b"r" * 16)
    request = signed(b"<xml><Encrypt>" + text + b"</Encrypt></xml>", text)
    provider = a_provider("wechat", **SAFE)
    provider.verify(request)

    with pytest.raises(UnparsableDelivery) as caught:
        provider.parse(request)

    assert caught.value.reason == undecipherable(because=because)


def test_an_older_key_of_the_list_still_reads() -> None:
    text = WeChatCipher(OTHER_KEY, APP).encrypt(PLAIN, b"r" * 16)
    request = signed(b"<xml><Encrypt>" + text + b"</Encrypt></xml>", text)
    provider = a_provider("wechat", encoding_aes_key=[KEY, OTHER_KEY], app_id=APP)

    assert read(provider, request).body["text"] == "gia?"


@pytest.mark.parametrize("text", [b"QUJD", b"=", b"A" * 44, base64.b64encode(b"x" * 64)])
def test_what_is_no_cipher_text_is_unparsable_and_nothing_else(text: bytes) -> None:
    request = signed(b"<xml><Encrypt>" + text + b"</Encrypt></xml>", text)
    provider = a_provider("wechat", **SAFE)
    provider.verify(request)

    with pytest.raises(UnparsableDelivery):
        provider.parse(request)


@pytest.mark.parametrize("length", range(70))
def test_a_text_of_any_length_comes_back(length: int) -> None:
    cipher = WeChatCipher(KEY, APP)

    assert cipher.decrypt(cipher.encrypt(b"x" * length, b"r" * 16)) == b"x" * length


@pytest.mark.parametrize("options", [{}, SAFE])
def test_every_delivery_is_answered_with_success(options: Any) -> None:
    provider = a_provider("wechat", **options)

    answer = provider.acknowledge(sent(provider))

    assert answer is not None
    assert (answer.status, answer.body) == (200, "success")


@pytest.mark.parametrize("name", ["message.received", "contact.followed"])
def test_only_what_a_person_says_gets_an_answer_at_once(name: str) -> None:
    provider = a_provider("wechat", instant_reply="Chờ <chút> & đợi")

    answer = provider.acknowledge(sent(provider, f"wechat/{name}"))

    assert answer is not None
    is_answered = "<Content>Chờ &lt;chút&gt; &amp; đợi</Content>" in answer.body
    assert is_answered is (name == "message.received")


def test_an_encrypted_message_gets_an_encrypted_answer_that_is_signed() -> None:
    provider = a_provider("wechat", instant_reply="Chờ chút", **SAFE)

    answer = provider.acknowledge(sent(provider))

    assert answer is not None
    text, signature, timestamp, nonce = re.findall(r">([^<>]+)</", answer.body)
    assert signature == signature_of(SECRET, timestamp, nonce, text).decode()
    assert "<Content>Chờ chút</Content>" in WeChatCipher(KEY, APP).decrypt(text.encode()).decode()


def test_what_cannot_be_read_is_answered_with_success() -> None:
    provider = a_provider("wechat", instant_reply="Chờ chút", **SAFE)

    answer = provider.acknowledge(a_request({}, b"<xml>"))

    assert answer is not None
    assert answer.body == "success"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"encoding_aes_key": "short", "app_id": APP}, "43 signs"),
        ({"encoding_aes_key": KEY}, "needs app_id"),
    ],
)
def test_a_key_that_cannot_work_is_said_at_the_start(options: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        a_provider("wechat", **options)

    assert said in said_of_value(caught.value)
