"""A signed comment comes in, a rule answers it, and the log shows why: with the real programs."""

import json
from typing import Any

import pytest

from tests.acceptance.conftest import Shop
from tests.support.page_events import comment, delivery, message, signed
from tests.support.process import ServerProgram, call, wait_until

pytestmark = pytest.mark.acceptance


def post(server: ServerProgram, body: bytes) -> dict[str, Any]:
    status, answer = call(server.url, "POST", "/hooks/shop-page", body, signed(body))
    assert status == 200, answer
    found: dict[str, Any] = json.loads(answer)
    return found


def test_a_price_question_is_answered_publicly_privately_and_later(shop: Shop) -> None:
    server = shop.start()
    body = delivery(changes=[comment(1, "11", "giá bao nhiêu ạ?"), comment(2, "12", "đẹp quá")])

    accepted = post(server, body)

    assert len(accepted["events"]) == 2
    wait_until(lambda: shop.sandbox.records("message"), "the follow-up")
    public = shop.sandbox.records("public_reply")
    private = shop.sandbox.records("private_reply")
    later = shop.sandbox.records("message")
    assert [record["text"] for record in public] == ["Chào Khách 11, shop đã nhắn tin cho bạn ạ."]
    assert [record["to"] for record in private] == ["700_1"]
    assert [record["text"] for record in later] == ["Bạn còn quan tâm không ạ?"]


def test_a_follow_up_is_cancelled_when_the_person_writes_back(shop: Shop) -> None:
    server = shop.start()
    post(server, delivery(changes=[comment(1, "11", "giá?"), comment(2, "12", "giá?")]))
    wait_until(lambda: len(shop.sandbox.records("private_reply")) == 2, "both private replies")

    post(server, delivery(messaging=[message(3, "11", "size M nhé")]))

    wait_until(lambda: shop.sandbox.records("message"), "the other person's follow-up")
    assert [record["to"] for record in shop.sandbox.records("message")] == ["12"]
    runs = server.api("GET", "/api/runs")["items"]
    cancelled = [run for run in runs if run["state"] == "cancelled"]
    assert len(cancelled) == 1
    assert cancelled[0]["reason"]["code"] == "cancelled_by_event"
    assert cancelled[0]["reason"]["params"]["event"] == "message.received"


def test_an_event_is_explained_with_the_values_that_decided(shop: Shop) -> None:
    server = shop.start()
    accepted = post(server, delivery(changes=[comment(1, "11", "đẹp quá")]))

    answer = server.api("GET", f"/api/events/{accepted['events'][0]}/why")

    told = json.dumps(answer, ensure_ascii=False)
    assert "price-question" in told
    assert "đẹp quá" in told
    assert "shop.yaml:" in told


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": "sha256=" + "0" * 64},
        {"x-hub-signature-256": "sha256=\xe9"},
        {"x-hub-signature-256": "md5"},
    ],
)
def test_a_delivery_with_a_bad_signature_is_refused_and_recorded(
    shop: Shop, headers: dict[str, str]
) -> None:
    server = shop.start()
    body = delivery(changes=[comment(1, "11", "giá?")])

    status, _ = call(server.url, "POST", "/hooks/shop-page", body, headers)

    assert status == 401
    refused = server.api("GET", "/api/deliveries?verdict=rejected")["items"]
    assert len(refused) == 1
    assert refused[0]["reason"]
    assert server.api("GET", "/api/events")["items"] == []


def test_bad_input_gets_its_own_answer_and_never_a_500(shop: Shop) -> None:
    server = shop.start()
    large = b"x" * 1_100_000
    broken = b'{"object": '

    answers = {
        "unknown connection": call(server.url, "POST", "/hooks/nobody", b"{}")[0],
        "too large": call(server.url, "POST", "/hooks/shop-page", large, signed(large))[0],
        "unparsable": call(server.url, "POST", "/hooks/shop-page", broken, signed(broken))[0],
        "wrong method": call(server.url, "DELETE", "/hooks/shop-page")[0],
    }

    assert answers == {
        "unknown connection": 404,
        "too large": 413,
        "unparsable": 200,
        "wrong method": 405,
    }
    kept = server.api("GET", "/api/deliveries?verdict=unparsable")["items"]
    assert len(kept) == 1


def test_the_same_delivery_twice_starts_its_runs_once(shop: Shop) -> None:
    server = shop.start()
    body = delivery(changes=[comment(1, "11", "giá?")])

    first, second = post(server, body), post(server, body)

    assert first["events"] == second["events"]
    wait_until(lambda: shop.sandbox.records("message"), "the follow-up")
    assert len(shop.sandbox.records("public_reply")) == 1


def test_a_rate_limited_reply_is_tried_again_until_it_works(shop: Shop) -> None:
    rules = (shop.rules / "shop.yaml").read_text()
    quick = 'reply: "Chào {{ event.actor.name }}, shop đã nhắn tin cho bạn ạ."'
    retrying = quick + "\n        retry: {max_attempts: 4, interval: 1s, strategy: fixed}"
    (shop.rules / "shop.yaml").write_text(rules.replace(quick, retrying))
    server = shop.start()
    shop.sandbox.control(next=[{"error": "transient", "times": 2}])

    post(server, delivery(changes=[comment(1, "11", "giá?")]))

    wait_until(lambda: shop.sandbox.records("private_reply"), "the run to go on")
    answered = [record["status"] for record in shop.sandbox.records("public_reply")]
    assert answered.count(200) == 1
    assert len(answered) == 3


def test_a_broken_rule_file_leaves_the_last_good_rules_in_force(shop: Shop) -> None:
    server = shop.start()
    (shop.rules / "shop.yaml").write_text("rules:\n  - idd: broken\n")
    wait_until(
        lambda: server.api("GET", "/api/status")["rules"]["problems"], "the problem to be seen"
    )

    post(server, delivery(changes=[comment(1, "11", "giá?")]))

    wait_until(lambda: shop.sandbox.records("public_reply"), "the answer of the last good rules")
