"""Questions that senders ask before they send, and who is told nothing."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from automator.model import RejectedDelivery, UnparsableDelivery
from automator.plugins import Provider
from tests.support.errors import raises_code
from tests.support.providers import NOW_MS, OTHER_SECRET, SECRET, a_provider, a_request, headers_for

TOPIC = "https://feeds.example.com/shop.xml"
STRANGE = ["", "<script>alert(1)</script>", "a" * 257, "a b", "v0:1:{}", "é", 5, None]


def zoom_question(token: Any) -> bytes:
    return json.dumps(
        {"event": "endpoint.url_validation", "payload": {"plainToken": token}}
    ).encode()


def twitch_question(challenge: Any) -> bytes:
    return json.dumps({"challenge": challenge, "subscription": {}}).encode()


def twitch_headers(provider: Provider, body: bytes) -> dict[str, str]:
    kind = {"twitch-eventsub-message-type": "webhook_callback_verification"}
    return {**headers_for(provider, body), **kind}


def asked(name: str, body: bytes, signed_by: Provider | None = None, **options: Any) -> Any:
    provider = a_provider(name, **options)
    signer = signed_by or provider
    headers = twitch_headers(signer, body) if name == "twitch" else headers_for(signer, body)
    return provider.handshake(a_request(headers, body))


def test_zoom_is_shown_that_we_know_the_secret() -> None:
    answer = asked("zoom", zoom_question("qgg8vlvZRS6UYooatFL8Aw"))

    assert answer.content_type == "application/json"
    assert json.loads(answer.body)["plainToken"] == "qgg8vlvZRS6UYooatFL8Aw"
    assert len(json.loads(answer.body)["encryptedToken"]) == 64


def test_twitch_hears_its_challenge_again() -> None:
    answer = asked("twitch", twitch_question("pogchamp-kappa-360noscope-vohiyo"))

    assert (answer.status, answer.body) == (200, "pogchamp-kappa-360noscope-vohiyo")


@pytest.mark.parametrize("mode", ["enforce", "observe"])
@pytest.mark.parametrize(
    ("name", "question"), [("zoom", zoom_question), ("twitch", twitch_question)]
)
def test_a_question_with_another_signature_is_not_answered_even_where_we_observe(
    name: str, question: Any, mode: str
) -> None:
    stranger = a_provider(name, secret=OTHER_SECRET)

    with raises_code(RejectedDelivery, "bad_signature"):
        asked(name, question("abc"), stranger, verify=mode)


@pytest.mark.parametrize("text", STRANGE)
@pytest.mark.parametrize(
    ("name", "question"), [("zoom", zoom_question), ("twitch", twitch_question)]
)
def test_a_strange_challenge_is_not_repeated(name: str, question: Any, text: Any) -> None:
    with pytest.raises(RejectedDelivery) as caught:
        asked(name, question(text))

    assert caught.value.status == 400


def test_zoom_cannot_be_used_to_have_a_delivery_signed() -> None:
    forged = f"v0:{NOW_MS // 1000}:{{}}"

    with pytest.raises(RejectedDelivery):
        asked("zoom", zoom_question(forged))


@pytest.mark.parametrize(
    "body", [b"{endpoint.url_validation", b'{"note":"endpoint.url_validation"}']
)
def test_a_delivery_that_only_speaks_of_a_validation_is_none(body: bytes) -> None:
    assert asked("zoom", body) is None


def test_dropbox_hears_its_challenge_again() -> None:
    request = a_request(method="GET", query="challenge=abc_123-X")

    answer = a_provider("dropbox").handshake(request)

    assert answer is not None
    assert (answer.body, answer.content_type) == ("abc_123-X", "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    "query",
    ["challenge=", "challenge=%3Cb%3E", "challenge=a&challenge=b", f"challenge={'a' * 257}"],
)
def test_dropbox_cannot_have_us_say_anything_else(query: str) -> None:
    with pytest.raises(RejectedDelivery):
        a_provider("dropbox").handshake(a_request(method="GET", query=query))


def hub(mode: str, topic: str = TOPIC, **more: str) -> Any:
    values = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": "c1", **more}
    return a_provider("websub").handshake(a_request(method="GET", query=urlencode(values)))


def test_a_hub_is_told_yes_for_a_feed_that_we_asked_for_and_for_the_end_of_another() -> None:
    assert hub("subscribe").body == "c1"
    assert hub("unsubscribe", "https://feeds.example.com/old.xml").body == "c1"


@pytest.mark.parametrize(
    ("mode", "topic"),
    [
        ("subscribe", "https://feeds.example.com/other.xml"),
        ("subscribe", f"{TOPIC}/"),
        ("unsubscribe", TOPIC),
        ("publish", TOPIC),
        ("", TOPIC),
        ("denied", "https://feeds.example.com/other.xml"),
    ],
)
def test_a_hub_is_told_no_for_what_nobody_asked_for(mode: str, topic: str) -> None:
    with pytest.raises(RejectedDelivery) as caught:
        hub(mode, topic)

    assert caught.value.status == 404


def test_a_hub_that_refuses_us_is_written_down_with_its_reason() -> None:
    with pytest.raises(RejectedDelivery) as caught:
        hub("denied", **{"hub.reason": "no such feed"})

    assert (caught.value.status, caught.value.code) == (200, "denied")
    assert "no such feed" in caught.value.message


def wechat_query(token: str = SECRET, **more: str) -> str:
    signer = a_provider("wechat", token=token)
    signed = signer.sign_query(b"", now_ms=NOW_MS, delivery_key="k")
    return f"{signed}&{urlencode(more)}" if more else signed


def test_wechat_hears_its_text_again_when_it_is_signed() -> None:
    provider = a_provider("wechat", token=[OTHER_SECRET, SECRET])

    answer = provider.handshake(a_request(method="GET", query=wechat_query(echostr="5299")))

    assert answer is not None
    assert answer.body == "5299"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "unsigned_query"),
        (wechat_query(OTHER_SECRET), "query_mismatch"),
        (wechat_query().replace("nonce=", "nonce=1"), "query_mismatch"),
        (wechat_query() + "&nonce=1", "repeated_parameter"),
        (wechat_query().replace("timestamp=", "timestamp=%2B"), "stale_query"),
        (wechat_query().replace("signature=", "signature=%00"), "query_mismatch"),
    ],
)
def test_wechat_is_believed_only_by_its_signed_query(query: str, code: str) -> None:
    with raises_code(RejectedDelivery, code):
        a_provider("wechat").verify(a_request(query=query))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_recorded_query_of_wechat_is_stale(seconds: int) -> None:
    request = a_request(query=wechat_query(), now_ms=NOW_MS + seconds * 1000)

    with raises_code(RejectedDelivery, "stale_query"):
        a_provider("wechat").verify(request)


HOSTILE = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY x SYSTEM'
    b' "file:///etc/passwd">]><xml><Content>&x;&a;</Content></xml>'
)


@pytest.mark.parametrize("name", ["wechat", "websub"])
def test_a_document_with_entities_is_not_read(name: str) -> None:
    with pytest.raises(UnparsableDelivery):
        a_provider(name).parse(a_request(body=HOSTILE))


def test_an_encrypted_message_says_what_to_change() -> None:
    with raises_code(UnparsableDelivery, "encrypted"):
        a_provider("wechat").parse(a_request(body=b"<xml><Encrypt>abc</Encrypt></xml>"))


def test_an_event_of_wechat_has_no_id_but_who_and_when_and_what() -> None:
    body = "<xml><FromUserName>u</FromUserName><CreateTime>1795478400</CreateTime>{}</xml>"
    keys = set()
    for event in ("subscribe", "SCAN"):
        inner = f"<MsgType>event</MsgType><Event>{event}</Event>"
        (found,) = a_provider("wechat").parse(a_request(body=body.format(inner).encode()))
        keys.add(found.dedupe_key)

    assert keys == {"u:1795478400:subscribe", "u:1795478400:scan"}


@pytest.mark.parametrize(
    ("seconds", "is_fresh"), [(-601, False), (-599, True), (599, True), (601, False)]
)
def test_twitch_may_be_ten_minutes_late(seconds: int, is_fresh: bool) -> None:
    provider = a_provider("twitch")
    request = a_request(headers_for(provider, b"{}", now_ms=NOW_MS + seconds * 1000), b"{}")

    if is_fresh:
        provider.verify(request)
        return
    with raises_code(RejectedDelivery, "stale_header"):
        provider.verify(request)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha512"])
def test_a_hub_may_sign_with_any_of_three_hashes_and_no_other(method: str) -> None:
    import hashlib
    import hmac

    provider = a_provider("websub")
    digest = hmac.new(SECRET.encode(), b"<a/>", getattr(hashlib, method)).hexdigest()

    provider.verify(a_request({"x-hub-signature": f"{method}={digest}"}, b"<a/>"))
    with pytest.raises(RejectedDelivery):
        provider.verify(a_request({"x-hub-signature": f"md5={digest}"}, b"<a/>"))


def test_a_feed_with_several_entries_gives_each_its_event_and_an_empty_one_itself() -> None:
    entry = "<entry><id>{0}</id><updated>2026-11-24T06:01:10Z</updated><title>t{0}</title></entry>"
    feed = f"<feed>{entry.format(1)}{entry.format(2)}</feed>".encode()
    rss = b"<rss><channel><item><guid>g</guid><link>https://a.example</link></item></channel></rss>"
    provider = a_provider("websub")

    first, second = provider.parse(a_request(body=feed))
    (item,) = provider.parse(a_request(body=rss))
    (empty,) = provider.parse(a_request(body=b"<feed/>"))

    assert (first.body["text"], second.body["text"]) == ("t1", "t2")
    assert first.dedupe_key != second.dedupe_key
    assert item.body["post"]["url"] == "https://a.example"
    assert empty.type == "websub.feed"


def test_every_call_of_dropbox_is_news_and_every_account_an_event() -> None:
    body = b'{"list_folder":{"accounts":["dbid:1","dbid:2","dbid:1"]}}'
    provider = a_provider("dropbox")

    now = provider.parse(a_request(body=body))
    later = provider.parse(a_request(body=body, now_ms=NOW_MS + 1))

    assert [event.actor_id for event in now] == ["dbid:1", "dbid:2"]
    assert not {event.dedupe_key for event in now} & {event.dedupe_key for event in later}


def test_two_who_join_a_meeting_at_once_are_two_events() -> None:
    keys = set()
    for person in ("a", "b"):
        participant = {"participant_uuid": person}
        data = {
            "event": "meeting.participant_joined",
            "event_ts": NOW_MS,
            "payload": {"object": {"uuid": "m", "participant": participant}},
        }
        (event,) = a_provider("zoom").parse(a_request(body=json.dumps(data).encode()))
        keys.add(event.dedupe_key)

    assert len(keys) == 2


def test_what_our_own_accounts_write_on_twitch_is_marked() -> None:
    data = {"event": {"chatter_user_id": "900001", "message": {"text": "hi"}}}

    (event,) = a_provider("twitch").parse(a_request(body=json.dumps(data).encode()))

    assert event.is_self


def test_wechat_is_answered_with_the_word_it_waits_for() -> None:
    answer = a_provider("wechat").acknowledge(a_request())

    assert answer is not None
    assert answer.body == "success"
