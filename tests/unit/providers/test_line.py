import json
from typing import Any

import pytest

from automator.model import ParsedEvent, UnparsableDelivery
from tests.support.providers import NOW_MS, a_provider, a_request, headers_for

MAI = {"type": "user", "userId": "U71"}
GROUP = {"type": "group", "groupId": "C5", "userId": "U71"}


def read(*events: Any) -> list[ParsedEvent]:
    provider = a_provider("line")
    body = json.dumps({"destination": "U900", "events": events}).encode()
    request = a_request(headers_for(provider, body), body)
    provider.verify(request)
    return list(provider.parse(request))


def one(type_: str = "message", **more: Any) -> ParsedEvent:
    item = {"type": type_, "mode": "active", "timestamp": NOW_MS, "source": MAI}
    (event,) = read({**item, "webhookEventId": "01J", "deliveryContext": {}, **more})
    return event


TEXT = {"id": "440", "type": "text", "text": "xin chào", "quotedMessageId": "439"}


def test_a_message_says_who_where_and_when() -> None:
    event = one(message=TEXT)

    assert (event.type, event.dedupe_key, event.lane) == ("message.received", "01J", "shop:U71")
    assert (event.actor_id, event.is_self, event.occurred_at) == ("U71", False, NOW_MS)
    assert event.body["text"] == "xin chào"
    assert event.body["conversation"] == {"id": "U71", "kind": "user"}
    assert (event.body["message"], event.body["parent"]) == ({"id": "440"}, {"id": "439"})
    assert event.body["bot"] == {"id": "U900"}


def test_a_message_in_a_group_is_in_its_lane() -> None:
    event = one(message=TEXT, source=GROUP)

    assert (event.lane, event.actor_id) == ("shop:C5", "U71")


def test_an_edited_message_has_its_new_text_and_its_own_id() -> None:
    event = one("messageEdited", message={**TEXT, "text": "chào shop"}, source=GROUP)

    assert (event.type, event.body["text"], event.actor_id) == (
        "message.edited",
        "chào shop",
        "U71",
    )
    assert event.body["message"] == {"id": "440"}


def test_the_verify_button_sends_no_event() -> None:
    assert read() == []


def test_a_redelivery_is_the_same_event_and_says_so() -> None:
    again = one(message=TEXT, deliveryContext={"isRedelivery": True})

    assert again.dedupe_key == one(message=TEXT).dedupe_key
    assert (again.body["redelivery"], one(message=TEXT).body["redelivery"]) == (True, False)


def test_what_another_module_leads_starts_no_rule() -> None:
    event = one(message=TEXT, mode="standby")

    assert (event.is_self, event.body["standby"]) == (True, True)


def test_every_event_of_a_delivery_is_read() -> None:
    events = [{"type": "follow", "webhookEventId": str(number)} for number in range(3)]

    assert [event.dedupe_key for event in read(*events)] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("type_", "more", "found", "text"),
    [
        ("unsend", {"unsend": {"messageId": "440"}}, "message.deleted", None),
        ("postback", {"postback": {"data": "buy"}}, "button.clicked", "buy"),
        ("follow", {}, "contact.followed", None),
        ("unfollow", {}, "contact.unfollowed", None),
        ("memberJoined", {}, "line.member_joined", None),
        ("videoPlayComplete", {}, "line.video_play_complete", None),
        ("module", {"source": None}, "line.module", None),
    ],
)
def test_every_kind_has_its_type(type_: str, more: Any, found: str, text: str | None) -> None:
    event = one(type_, **more)

    assert (event.type, event.body["text"]) == (found, text)


@pytest.mark.parametrize(
    ("message", "attachment"),
    [
        ({"id": "1", "type": "image"}, {"id": "1", "type": "image", "url": None}),
        ({"id": "1", "type": "sticker", "stickerId": "9"}, {"id": "9", "type": "sticker"}),
    ],
)
def test_files_are_named_by_their_ids(message: Any, attachment: Any) -> None:
    assert one(message=message).body["attachments"] == [{"url": None, **attachment}]


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"events":{}}'])
def test_a_body_without_a_list_of_events_is_unparsable(body: bytes) -> None:
    provider = a_provider("line")

    with pytest.raises(UnparsableDelivery):
        provider.parse(a_request(headers_for(provider, body), body))
