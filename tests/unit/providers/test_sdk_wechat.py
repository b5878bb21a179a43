"""A WeChat library that others use reads what we encrypt, and we read what it encrypts."""

import warnings
from typing import Any

import pytest

from automator.http.types import InboundRequest
from automator.plugins import Provider
from automator.providers.simulator import build_sample, signed_query, signed_request
from tests.support.providers import NOW_MS, SECRET, a_provider, a_request

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    crypto = pytest.importorskip("wechatpy.crypto")
    exceptions = pytest.importorskip("wechatpy.exceptions")
    xmltodict = pytest.importorskip("xmltodict")

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP = "wx2c2769f8efd9abc2"
STAMP = str(NOW_MS // 1000)
TEXT = "<xml><FromUserName>u1</FromUserName><MsgType>text</MsgType><Content>Giá?</Content></xml>"


def safe(**more: Any) -> Provider:
    return a_provider("wechat", encoding_aes_key=KEY, app_id=APP, **more)


def theirs(token: str = SECRET) -> Any:
    return crypto.WeChatCrypto(token, KEY, APP)


def ours(provider: Provider) -> InboundRequest:
    sample = build_sample("wechat/message.received", serial=1, now_ms=NOW_MS)
    headers, body = signed_request(provider, sample, NOW_MS, "d")
    return a_request(headers, body, query=signed_query(provider, sample, NOW_MS, "d"))


def test_they_read_what_we_encrypt_and_believe_its_signature() -> None:
    request = ours(safe())
    values = dict(pair.split("=") for pair in request.query.split("&"))
    proof = (values["msg_signature"], values["timestamp"], values["nonce"])

    plain = theirs().decrypt_message(request.body.decode(), *proof)

    assert xmltodict.parse(plain)["xml"]["Content"] == "Áo len còn size M không shop?"
    with pytest.raises(exceptions.InvalidSignatureException):
        theirs("another-token-of-tests").decrypt_message(request.body.decode(), *proof)


@pytest.mark.parametrize("times", range(5))
def test_we_read_what_they_encrypt_and_believe_its_signature(times: int) -> None:
    body = theirs().encrypt_message(TEXT, f"nonce{times}", STAMP)
    signature = xmltodict.parse(body)["xml"]["MsgSignature"]
    query = f"timestamp={STAMP}&nonce=nonce{times}&msg_signature={signature}"
    provider, request = safe(), a_request({}, body.encode(), query=query)

    provider.verify(request)
    (event,) = provider.parse(request)

    assert event.body["text"] == "Giá?"


def test_they_read_the_answer_that_we_encrypt() -> None:
    provider = safe(instant_reply="Chờ chút")
    answer = provider.acknowledge(ours(provider))
    assert answer is not None
    sealed = xmltodict.parse(answer.body)["xml"]
    proof = (sealed["MsgSignature"], sealed["TimeStamp"], sealed["Nonce"])

    plain = xmltodict.parse(theirs().decrypt_message(answer.body, *proof))["xml"]

    assert (plain["Content"], plain["ToUserName"]) == ("Chờ chút", "oia2TjuEGTNoeX76QEjQNrcURxG8")
