"""A declared scheme verifies what it signs, and refuses everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.model import PermanentError, RejectedDelivery, quoted
from automator.plugins.outgoing import check_length
from automator.providers.shared.envelope import Envelope, actor_of, part
from automator.providers.shared.hmac_scheme import HmacScheme
from automator.providers.shared.secret_header import SecretHeader
from automator.providers.shared.step_errors import check_quick_replies
from tests.support.providers import NOW_MS, a_request
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
    event = Envelope.of("shop", a_request(headers), "x-kind").event("a.b", "key", {})

    assert event.body["headers"] == {"content-type": "application/json", "x-kind": "order"}


def test_an_event_has_the_lane_and_the_actor_that_it_is_given() -> None:
    envelope = Envelope.of("shop", a_request())
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
