"""Signatures that others have computed, as far as they are published or written down."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.http.signing import encoded_hmac, hmac_matches
from automator.model import RejectedDelivery
from automator.providers.meta.graph import GraphAccount
from automator.providers.meta.webhook import escaped
from tests.support.providers import a_provider, a_request

#: Facebook writes letters beyond ASCII, slashes and some signs as escapes.
ESCAPED = (
    rb'{"object":"page","entry":[{"id":"102935128491047","time":1795500471111,"messaging":[{'
    rb'"sender":{"id":"24813579246801357"},"recipient":{"id":"102935128491047"},"timestamp":'
    rb'1795500470901,"message":{"mid":"m_escaped","text":"C\u00f2n h\u00e0ng kh\u00f4ng shop? '
    rb'\ud83d\ude0d \u003Cb> 50\u0025 \/ a\u0040b"}}]}]}'
)
ESCAPED_DIGEST = "95d50bac955d6a85a1a38f34c2d30b8758bac878e9205f3148c89a090cded1e7"
GREETING = (
    rb'{"object":"page","entry":[{"id":"1","messaging":[{"message":{"mid":"m_1",'
    rb'"text":"Xin ch\u00e0o \ud83d\ude00 \/ <3 & \u0040"}}]}]}'
)
GREETING_DIGEST = "0bc3530534fd702ec47127c4aebdb46ab55ebe9257c2e93c56984a7cc65ecbab"
GITHUB_DIGEST = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


@pytest.mark.parametrize(
    ("key", "body", "digest"),
    [
        (b"fb_app_secret_test", ESCAPED, ESCAPED_DIGEST),
        (b"app_secret", GREETING, GREETING_DIGEST),
        (b"It's a Secret to Everybody", b"Hello, World!", GITHUB_DIGEST),
    ],
)
def test_a_published_hmac_is_computed_alike(key: bytes, body: bytes, digest: str) -> None:
    assert hmac_matches([key], body, digest)
    assert not hmac_matches([key], body + b"\n", digest)


def test_the_base64_form_is_computed_alike() -> None:
    body = b'{"delta": {"users": [12345]}}'
    digest = "0a8c16b085420b960dc78664279fe09e936a2a01b1f91064869d9e77dfd64529"

    assert encoded_hmac(b"the_secret", body).decode() == digest
    assert hmac_matches(
        [b"the_secret"], body, "CowWsIVCC5YNx4ZkJ5/gnpNqKgGx+RBkhp2ed9/WRSk=", encoding="base64"
    )


def test_facebook_signs_the_bytes_it_sends_escapes_and_all() -> None:
    provider = a_provider("facebook", app_secret=["another-app-secret", "fb_app_secret_test"])
    headers = {"x-hub-signature-256": f"sha256={ESCAPED_DIGEST}"}

    provider.verify(a_request(headers, ESCAPED))

    (event,) = provider.parse(a_request(headers, ESCAPED))
    assert event.body["text"] == "Còn hàng không shop? 😍 <b> 50% / a@b"


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_body_written_anew_is_not_what_facebook_signed(ascii_only: bool) -> None:
    provider = a_provider("facebook", app_secret="fb_app_secret_test", accept_escaped=True)
    rewritten = json.dumps(json.loads(ESCAPED), ensure_ascii=ascii_only).encode()

    with pytest.raises(RejectedDelivery):
        provider.verify(a_request({"x-hub-signature-256": f"sha256={ESCAPED_DIGEST}"}, rewritten))


def test_a_signature_over_the_escaped_letters_counts_only_when_it_is_allowed() -> None:
    body = '{"text":"àđ😀"}'.encode()
    digest = encoded_hmac(b"fb_app_secret_test", rb'{"text":"\u00e0\u0111\ud83d\ude00"}').decode()
    request = a_request({"x-hub-signature-256": f"sha256={digest}"}, body)

    a_provider("facebook", app_secret="fb_app_secret_test", accept_escaped=True).verify(request)
    with pytest.raises(RejectedDelivery):
        a_provider("facebook", app_secret="fb_app_secret_test").verify(request)


def test_the_standard_webhooks_vector_is_believed_at_its_time() -> None:
    provider = a_provider("standard_webhooks", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    for prefix in ("webhook", "svix"):
        headers = {
            f"{prefix}-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            f"{prefix}-timestamp": "1614265330",
            f"{prefix}-signature": signature,
        }
        request = a_request(headers, b'{"test": 2432232314}', now_ms=1_614_265_330_000)

        provider.verify(request)


def test_the_proof_of_a_page_token_is_computed_alike() -> None:
    account = GraphAccount(
        product="Facebook",
        connection="shop",
        url="",
        token="EAAB_test",
        permissions="",
        app_secret="fb_app_secret_test",
    )

    assert account.proof == "21e1c7d5973a0650b180f633124c847cb01ca8192ef9501dd2964fdde61307bd"


SLACK_COMMAND = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


def test_the_vector_of_slacks_documentation_is_believed_at_its_time() -> None:
    provider = a_provider("slack", signing_secret="8f742231b10e8888abcd99yyyzzz85a5")
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": (
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        ),
    }
    request = a_request(headers, SLACK_COMMAND, now_ms=1_531_420_618_000)

    provider.verify(request)

    (event,) = provider.parse(request)
    assert event.body["command"] == {"id": "/webhook-collect"}


#: As its sender wrote it, spaces and all.
LINE_MESSAGE = """{
  "destination": "U1234567890abcdef1234567890abcdef",
  "events": [
    {
      "mode": "active",
      "timestamp": 1795500470901,
      "source": {
        "type": "user",
        "userId": "U206d25c2ea6bd87c17655609a1c37cb8"
      },
      "webhookEventId": "01FZ74A0TDDPYRVKNK77XKC3ZR",
      "deliveryContext": {
        "isRedelivery": false
      },
      "replyToken": "nHuyWiB7yP5Zw52FIkcQobQuGDXCTA",
      "type": "message",
      "message": {
        "id": "444573844083572737",
        "type": "text",
        "quoteToken": "q3Plxr4AgKd",
        "text": "xin chào"
      }
    }
  ]
}
"""


def test_the_vector_of_line_is_computed_alike() -> None:
    signature = "Um2UyaDe1ZRO+989sUlnkO4nST2eLzBJC+UGR/2pkqk="

    assert hmac_matches([b"line_secret"], LINE_MESSAGE.encode(), signature, encoding="base64")


@given(st.text(), st.binary(max_size=4))
def test_an_escaped_body_has_each_code_unit_beyond_ascii_as_an_escape(
    text: str, rest: bytes
) -> None:
    body = text.encode("utf-8", "replace") + rest
    units = body.decode("utf-8", "replace").encode("utf-16-be").hex(" ", 2).split()
    plain = [chr(int(unit, 16)) if int(unit, 16) < 0x80 else f"\\u{unit}" for unit in units]

    assert escaped(body) == "".join(plain).encode()
