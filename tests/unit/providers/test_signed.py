"""A declared scheme verifies what it signs, and refuses everything else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.http.types import PATH
from automator.model import PermanentError, RejectedDelivery, quoted
from automator.plugins.outgoing import check_length
from automator.providers.shared.envelope import LONGEST_HEADER, Envelope, actor_of, part
from automator.providers.shared.signed import HmacScheme, SecretHeader
from automator.providers.shared.step_errors import check_quick_replies
from tests.support.providers import (
    BY_HEADER,
    NOW_MS,
    SIGNATURE_HEADER,
    a_provider,
    a_request,
)
from tests.support.words import ENGLISH_WORDS, advice_on, raises_saying, said

KEYS = (b"the first of the secrets", b"the one before it")
PLAIN = SecretHeader(header="x-token", wrong=quoted("another secret"))
TIMED = HmacScheme(
    header="x-sign",
    prefix="v0=",
    signed="{id}.{timestamp}:{body}",
    id_header="x-id",
    timestamp_header="x-time",
    advice=quoted("Compare them."),
)


@given(body=st.binary(max_size=200), key=st.sampled_from(KEYS))
def test_a_scheme_verifies_what_it_signs_with_any_of_the_secrets(body: bytes, key: bytes) -> None:
    for scheme in (PLAIN, TIMED):
        headers = scheme.sign(key, body, now_ms=NOW_MS, message_id="m1")

        scheme.verify(KEYS, a_request(headers, body))


@pytest.mark.parametrize("header", ["x-sign", "x-id", "x-time"])
def test_a_scheme_refuses_a_delivery_of_which_a_signed_header_was_changed(header: str) -> None:
    headers = dict(TIMED.sign(KEYS[0], b"{}", now_ms=NOW_MS, message_id="m1"))
    headers[header] = headers[header][:-1] + ("1" if headers[header][-1] == "0" else "0")

    with pytest.raises(RejectedDelivery) as caught:
        TIMED.verify(KEYS, a_request(headers, b"{}"))

    assert said(caught.value.reason) == "x-sign does not match the body"
    assert ENGLISH_WORDS.advice(caught.value.reason) == "Compare them."


def test_a_scheme_refuses_a_recorded_delivery() -> None:
    headers = TIMED.sign(KEYS[0], b"{}", now_ms=NOW_MS - 301_000, message_id="m1")

    with pytest.raises(RejectedDelivery) as caught:
        TIMED.verify(KEYS, a_request(headers, b"{}"))

    assert said(caught.value.reason) == "the time in x-time is more than 5 min from ours"


def test_another_secret_in_the_header_is_refused_with_its_reason() -> None:
    with pytest.raises(RejectedDelivery) as caught:
        PLAIN.verify(KEYS, a_request({"x-token": "a guess"}))

    assert caught.value.reason == PLAIN.wrong


def test_an_event_shows_only_the_headers_that_it_names() -> None:
    headers = {"content-type": "application/json", "x-kind": "order", "authorization": "secret"}
    shop = a_provider("zoom", headers=["X-Kind"])
    event = Envelope.of(shop, a_request(headers)).event("a.b", "key", {})

    assert event.body["headers"] == {"content-type": "application/json", "x-kind": "order"}
    assert "request" not in event.body


@pytest.mark.parametrize("kind", BY_HEADER)
def test_the_events_of_any_connection_show_what_it_lists_and_no_proof(kind: str) -> None:
    proof = SIGNATURE_HEADER[kind]
    listed = ["x-shop", "Authorization", "cookie", "x-api-key", proof]
    shop = a_provider(kind, headers=listed, request=["method", "remote", "path"])
    sent = {**dict.fromkeys(map(str.lower, listed), "value"), PATH: "eu/1", "x-shop": "7" * 2000}
    request = replace(a_request(sent), remote="203.0.113.7")
    body = Envelope.of(shop, request).event("a.b", "key", {}).body

    assert body["headers"] == {"x-shop": "7" * LONGEST_HEADER}
    assert body["request"] == {"method": "POST", "remote": "203.0.113.7", "path": "eu/1"}


def test_a_connection_that_lists_nothing_does_no_work_for_it() -> None:
    shop = a_provider("zoom")
    calls: list[str] = []
    shop.sign = lambda *_, **__: calls.append("sign") or {}  # type: ignore[method-assign,func-returns-value]

    for _ in range(3):
        Envelope.of(shop, a_request())
    assert calls == []

    listing = a_provider("zoom", headers=["x-shop"])
    listing.sign = lambda *_, **__: calls.append("sign") or {}  # type: ignore[method-assign,func-returns-value]
    for _ in range(3):
        Envelope.of(listing, a_request())
    # Only its first delivery has to find out which headers prove the sender.
    assert calls == ["sign", "sign"]


def test_an_event_has_the_lane_and_the_actor_that_it_is_given() -> None:
    envelope = Envelope.of(a_provider("zoom"), a_request())
    actor = actor_of("7", "Lan", is_self=True)
    event = envelope.event("a.b", "key", {}, actor=actor, lane_id="A7", post=part("p", url="u"))

    assert (event.lane, event.actor_id, event.is_self) == ("shop:A7", "7", True)
    assert event.body["post"] == {"id": "p", "url": "u"}
    assert part(None, url="u") is None


def test_what_is_at_the_limit_is_sent_and_what_is_over_it_is_not() -> None:
    check_length("chào!", 5, "Acme")
    check_quick_replies(("a", "b"), 2, "Acme")

    with raises_saying(PermanentError, "Acme takes 5"):
        check_length("chào ạ", 5, "Acme")
    with pytest.raises(PermanentError) as caught:
        check_quick_replies(("a", "b", "c"), 2, "Acme")
    assert caught.value.code == "too_much"
    assert advice_on(caught.value.reason) == "Remove 1 of them."
