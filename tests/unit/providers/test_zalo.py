"""What a Zalo connection believes, and what it reads out of what it believes."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.http.json_body import dump_json
from automator.http.types import Answer
from automator.model import Event, ParsedEvent, RejectedDelivery, UnparsableDelivery
from automator.providers.zalo import ZaloProvider
from tests.support.providers import NOW_MS, a_provider, a_request, signed_request

APP, OA, PERSON = "360846524940903967", "388613280878808645", "246845883529197922"
SECRET = "zalo_oa_secret_test"
#: As the documentation shows it, with a time of twelve digits.
DOCUMENTED = b"""{
  "app_id": "360846524940903967",
  "sender": {
    "id": "246845883529197922"
  },
  "user_id_by_app": "552177279717587730",
  "recipient": {
    "id": "388613280878808645"
  },
  "event_name": "user_send_text",
  "message": {
    "text": "message",
    "msg_id": "96d3cdf3af150460909"
  },
  "timestamp": "154390853474"
}
"""
DOCUMENTED_MAC = "ae577cfc357af7b033908bec6f1c2da301c9d195221cfbff6ac9dfb12ff1b6e6"


def a_connection(**changes: Any) -> ZaloProvider:
    options = {"app_id": APP, "oa_id": OA, "oa_secret": SECRET, **changes}
    provider = a_provider("zalo", **options)
    assert isinstance(provider, ZaloProvider)
    return provider


def an_event(name: str = "user_send_text", **more: Any) -> dict[str, Any]:
    return {
        "app_id": APP,
        "sender": {"id": PERSON},
        "recipient": {"id": OA},
        "event_name": name,
        "message": {"text": "giá?", "msg_id": "m1"},
        "timestamp": str(NOW_MS),
        **more,
    }


def mac(first: str, body: bytes, timestamp: str, secret: str = SECRET) -> str:
    content = first.encode() + body + timestamp.encode() + secret.encode()
    return hashlib.sha256(content).hexdigest()


def read(item: dict[str, Any], headers: dict[str, str] | None = None) -> ParsedEvent:
    (event,) = a_connection().parse(a_request(headers or {}, dump_json(item)))
    return event


# --- The signature ---


@pytest.mark.parametrize("header", ["mac={}", "mac = {}", "mac= {}"])
def test_the_documented_message_is_believed_with_or_without_spaces(header: str) -> None:
    request = a_request({"x-zevent-signature": header.format(DOCUMENTED_MAC)}, DOCUMENTED)

    remark = a_connection().verify(request)

    assert remark is not None
    assert remark.code == "late"


def test_a_time_as_a_number_is_signed_as_its_digits() -> None:
    body = dump_json(an_event(timestamp=NOW_MS))
    headers = {"x-zevent-signature": f"mac={mac(APP, body, str(NOW_MS))}"}

    assert a_connection().verify(a_request(headers, body)) is None


@pytest.mark.parametrize(
    ("first", "secret"), [(APP, SECRET), (APP, "the-app-secret-key"), (OA, SECRET)]
)
def test_each_form_that_zalo_was_seen_to_sign_is_believed(first: str, secret: str) -> None:
    body = dump_json(an_event())
    headers = {"x-zevent-signature": f"mac={mac(first, body, str(NOW_MS), secret)}"}

    assert a_connection(app_secret="the-app-secret-key").verify(a_request(headers, body)) is None


def test_the_app_secret_counts_only_where_it_is_given() -> None:
    body = dump_json(an_event())
    headers = {"x-zevent-signature": f"mac={mac(APP, body, str(NOW_MS), 'the-app-secret-key')}"}

    with pytest.raises(RejectedDelivery):
        a_connection().verify(a_request(headers, body))


@pytest.mark.parametrize(
    ("body", "first", "timestamp"),
    [
        # Another app's id at the beginning: the body's word for it is not enough.
        (dump_json(an_event(app_id="999")), "999", str(NOW_MS)),
        # A part of the app's id written as a part of the body.
        (APP[-1:].encode() + dump_json(an_event()), APP[:-1], str(NOW_MS)),
        (dump_json(an_event()), "", str(NOW_MS)),
        # The time of a header, or none at all.
        (dump_json(an_event(timestamp=None)), APP, str(NOW_MS)),
        (dump_json(an_event(timestamp=None)), APP, ""),
        (dump_json(an_event(timestamp="")), APP, ""),
        (dump_json(an_event(timestamp=1.5)), APP, "1.5"),
        (dump_json(an_event(timestamp="１７９５")), APP, "１７９５"),
        (dump_json(an_event(timestamp="1" * 14)), APP, "1" * 14),
        # The time of a part, not that of the event.
        (dump_json(an_event(message={"timestamp": "123"})), APP, "123"),
        (dump_json(an_event()).replace(b"{", b'{"timestamp":"123",', 1), APP, "123"),
        (b"", APP, ""),
        (b"not JSON", APP, ""),
        (b"[1]", APP, ""),
    ],
)
def test_what_only_looks_signed_is_refused(body: bytes, first: str, timestamp: str) -> None:
    headers = {"x-zevent-signature": f"mac={mac(first, body, timestamp)}", "timestamp": timestamp}

    with pytest.raises(RejectedDelivery) as caught:
        a_connection().verify(a_request(headers, body))

    assert caught.value.code in ("bad_signature", "no_signed_time")
    assert caught.value.status == 401


def test_a_keyed_hash_is_no_signature_of_zalos() -> None:
    import hmac

    body = dump_json(an_event())
    digest = hmac.new(SECRET.encode(), body, "sha256").hexdigest()

    with pytest.raises(RejectedDelivery):
        a_connection().verify(a_request({"x-zevent-signature": f"mac={digest}"}, body))


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"app_id": "999"}, "foreign_app", 401),
        ({"oa_id": "777"}, "foreign_oa", 200),
        ({"recipient": {"id": "777"}}, "foreign_oa", 200),
        ({"event_name": "follow", "sender": None, "oaId": "777"}, "foreign_oa", 200),
    ],
)
def test_an_event_of_another_app_or_account_is_refused(
    changes: dict[str, Any], code: str, status: int
) -> None:
    body = dump_json(an_event(**changes))
    headers = {"x-zevent-signature": f"mac={mac(APP, body, str(NOW_MS))}"}

    with pytest.raises(RejectedDelivery) as caught:
        a_connection().verify(a_request(headers, body))

    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize(
    ("hours", "code"), [(0, None), (2.9, None), (-2.9, None), (3.1, "late"), (-3.1, "late")]
)
def test_a_late_event_is_believed_with_a_remark(hours: float, code: str | None) -> None:
    provider = a_connection()
    body = dump_json(an_event(timestamp=str(NOW_MS - round(hours * 3_600_000))))

    remark = provider.verify(signed_request(provider, body))

    assert (remark.code if remark else None) == code


# --- The console's test ---


@pytest.mark.parametrize("body", [b"", b" ", b"{}", b'{"hello": 1}'])
def test_an_unsigned_test_without_an_event_is_answered(body: bytes) -> None:
    assert a_connection().handshake(a_request({}, body)) == Answer(200)


@pytest.mark.parametrize("body", [b"{}", b""])
def test_a_signed_test_without_an_event_is_answered_too(body: bytes) -> None:
    request = a_request({"x-zevent-signature": "mac=00"}, body)

    assert a_connection().handshake(request) == Answer(200)


@pytest.mark.parametrize("body", [dump_json(an_event()), b"[]", b"{", b'{"a":1,"a":2}'])
def test_what_may_be_an_event_is_no_test(body: bytes) -> None:
    provider = a_connection()

    assert provider.handshake(a_request({}, body)) is None
    with pytest.raises(RejectedDelivery):
        provider.verify(a_request({}, body))


def test_a_challenge_is_repeated_when_it_is_plain() -> None:
    provider = a_connection()

    request = a_request(method="GET", query="hub.challenge=abc-1_2")

    assert provider.handshake(request) == Answer(200, "abc-1_2")
    assert provider.handshake(a_request(method="GET")) is None
    for query in ("hub.challenge=<script>", "hub.challenge=a&hub.challenge=b", "hub.challenge="):
        with pytest.raises(RejectedDelivery):
            provider.handshake(a_request(method="GET", query=query))


# --- Events ---


@pytest.mark.parametrize(
    "name",
    [
        "text",
        "image",
        "gif",
        "link",
        "audio",
        "video",
        "sticker",
        "location",
        "business_card",
        "file",
        "something_new",
    ],
)
def test_whatever_a_person_sends_is_a_message_received(name: str) -> None:
    event = read(an_event(f"user_send_{name}"))

    assert (event.type, event.actor_id, event.is_self) == ("message.received", PERSON, False)
    assert event.lane == f"shop:{PERSON}"
    assert event.body["conversation"] == {"id": PERSON, "kind": "person"}


@pytest.mark.parametrize("name", ["text", "image", "list", "template", "new"])
def test_whatever_the_account_sends_is_its_own(name: str) -> None:
    swapped = {"sender": {"id": OA}, "recipient": {"id": PERSON}}

    event = read(an_event(f"oa_send_{name}", **swapped))

    assert (event.type, event.is_self, event.lane) == ("message.sent", True, f"shop:{PERSON}")
    assert event.body["message"]["sent_by"] == "app"


def test_what_an_administrator_writes_counts_as_an_answer_by_hand() -> None:
    sender = {"id": OA, "admin_id": "7126154518214417253"}

    event = read(an_event("oa_send_text", sender=sender, recipient={"id": PERSON}))

    assert event.body["message"]["sent_by"] == "human"
    stored = Event(
        id=1, delivery_id=1, connection="shop", provider="zalo", type=event.type, dedupe_key="k",
        lane=event.lane, contact=None, is_self=event.is_self, occurred_at=1, received_at=1,
        body=event.body,
    )  # fmt: skip
    assert stored.answered == f"shop:{PERSON}"


def test_a_message_in_a_group_keeps_the_order_of_the_group() -> None:
    event = read(an_event("user_send_group_text", oa_id=OA, recipient={"id": "g77"}))

    assert (event.actor_id, event.lane) == (PERSON, "shop:g77")
    assert event.body["conversation"] == {"id": "g77", "kind": "group"}


@pytest.mark.parametrize("sender", [OA, PERSON])
def test_a_receipt_is_the_persons_whichever_way_it_is_addressed(sender: str) -> None:
    ids = {"sender": {"id": sender}, "recipient": {"id": PERSON if sender == OA else OA}}

    delivered = read(an_event("user_received_message", **ids))
    seen = read(an_event("user_seen_message", message={"msg_ids": ["b", "a"]}, **ids))

    assert (delivered.type, delivered.actor_id) == ("message.delivered", PERSON)
    assert (seen.type, seen.actor_id, seen.is_self) == ("message.read", PERSON, False)
    assert seen.body["message"] == {"id": "b", "ids": ["a", "b"]}


def test_a_receipt_by_phone_number_names_no_person() -> None:
    item = an_event(
        "user_received_message",
        sender={"id": OA},
        recipient={"id": "84900000001"},
        message={"msg_id": "z1", "tracking_id": "order-1"},
    )

    event = read(item, {"x-zevent-server": "ZNS"})

    assert (event.actor_id, event.body["phone"]) == (None, "84900000001")
    assert event.body["message"]["tracking_id"] == "order-1"


@pytest.mark.parametrize(
    ("name", "more", "type_", "is_self"),
    [
        ("user_reacted_message", {"message": {"msg_id": "1", "react_icon": "/-heart"}},
         "reaction.added", False),
        ("user_reacted_message", {"message": {"msg_id": "1", "react_icon": "/-remove"}},
         "reaction.removed", False),
        ("oa_reacted_message", {"message": {"msg_id": "1", "react_icon": ":>"}},
         "reaction.added", True),
        ("follow", {}, "contact.followed", False),
        ("unfollow", {}, "contact.unfollowed", False),
        ("user_submit_info", {"info": {"phone": "84"}}, "contact.submitted_info", False),
        ("user_click_response_button", {"msg_id": "1"}, "button.clicked", False),
        ("user_feedback", {}, "zalo.user_feedback", False),
        ("user_click_chatnow", {}, "zalo.user_click_chatnow", False),
        ("user_withdraw", {}, "zalo.user_withdraw", False),
        ("oa_send_consent", {}, "zalo.oa_send_consent", True),
        ("change_oa_daily_quota", {}, "zalo.change_oa_daily_quota", False),
        ("Một Sự kiện/mới", {}, "zalo.m_t_s_ki_n_m_i", False),
    ],
)  # fmt: skip
def test_every_other_event_has_its_type(
    name: str, more: dict[str, Any], type_: str, is_self: bool
) -> None:
    event = read(an_event(name, **more))

    assert (event.type, event.is_self) == (type_, is_self)


ONE_EACH = [
    (an_event(), {"message": {"text": "giá?", "msg_id": "m2"}}),
    (an_event("user_received_message"), {"message": {"msg_id": "m2"}}),
    (
        an_event("user_seen_message", message={"msg_ids": ["a", "b"]}),
        {"message": {"msg_ids": ["a", "c"]}},
    ),
    (
        an_event("user_reacted_message", message={"msg_id": "1", "react_icon": "/-heart"}),
        {"message": {"msg_id": "1", "react_icon": "/-strong"}},
    ),
    (an_event("follow"), {"timestamp": "1795478400001"}),
    (an_event("user_submit_info"), {"timestamp": "1795478400001"}),
    (an_event("add_user_to_tag", tag={"name": "vip"}), {"tag": {"name": "new"}}),
    (an_event("user_call_oa", call_id="c1"), {"call_id": "c2"}),
    (
        an_event("user_click_response_button", msg_id="1", message={"data": "YES"}),
        {"message": {"data": "NO"}},
    ),
]


@pytest.mark.parametrize(("item", "change"), ONE_EACH)
def test_what_is_sent_again_is_a_duplicate_and_what_is_new_is_not(
    item: dict[str, Any], change: dict[str, Any]
) -> None:
    first, again, other = read(item), read(dict(item)), read({**item, **change})

    assert first.dedupe_key == again.dedupe_key != other.dedupe_key


def test_the_chat_button_of_a_person_counts_once_whatever_its_time() -> None:
    later = an_event("user_click_chatnow", timestamp="1795478499999")

    assert read(an_event("user_click_chatnow")).dedupe_key == read(later).dedupe_key


def test_a_message_and_its_receipt_are_not_the_same_event() -> None:
    message, receipt = an_event(), an_event("user_received_message")

    assert read(message).dedupe_key != read(receipt).dedupe_key


def test_attachments_are_found_wherever_they_are_put() -> None:
    image = {"type": "image", "payload": {"url": "https://x/o.jpg", "thumbnail": "https://x/t"}}
    place = {"latitude": "10.76", "longitude": "106.65"}

    inside = read(an_event(message={"msg_id": "1", "attachments": [image]}))
    beside = read(an_event(attachments=[image]))
    location = read(an_event(message={"msg_id": "2", "location": place}))

    assert inside.body["attachments"] == beside.body["attachments"]
    assert inside.body["attachments"][0]["thumbnail"] == "https://x/t"
    assert location.body["attachments"][0]["coordinates"] == place


def test_the_header_of_a_second_try_is_there_for_rules() -> None:
    event = read(an_event(), {"num_retry": "3"})

    assert event.body["headers"] == {"num_retry": "3"}


def test_a_body_that_is_no_object_is_unparsable() -> None:
    with pytest.raises(UnparsableDelivery):
        a_connection().parse(a_request({}, b"[1]"))


LOOSE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "msg_id", "text", "attachments", "payload", "type", "data"])
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "user_send_text",
        "oa_send_text",
        "user_seen_message",
        "user_received_message",
        "user_reacted_message",
        "follow",
        "user_submit_info",
        "user_click_response_button",
        "user_feedback",
        "create_group",
        "oa_send_group_text",
        "anonymous_send_text",
        "user_click_chatnow",
    ]
)
KEYS = st.sampled_from(
    [
        "sender",
        "recipient",
        "message",
        "follower",
        "info",
        "user_id",
        "group_id",
        "attachments",
        "timestamp",
        "msg_id",
        "data",
        "phone",
        "call_id",
    ]
)


@given(item=st.dictionaries(KEYS, LOOSE), name=NAMES | LOOSE)
def test_any_signed_object_is_one_event(item: dict[str, Any], name: Any) -> None:
    event = read({**item, "event_name": name})

    assert 0 < len(event.dedupe_key) <= 200
    assert event.type == event.type.strip().lower() != ""
    assert event.lane is None or event.lane.startswith("shop:")
    assert event.actor_id is None or 0 < len(event.actor_id) <= 200
    assert json.loads(dump_json(event.body))
