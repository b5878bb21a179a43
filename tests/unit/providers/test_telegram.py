import json
from typing import Any

import pytest
from pydantic import ValidationError

from automator.model import ParsedEvent
from tests.support.providers import NOW_MS, SECRET, a_provider, a_request, headers_for

MAI = {"id": 77, "is_bot": False, "first_name": "Mai", "last_name": "Hoa"}
BOT = {"id": 9, "is_bot": True, "first_name": "Shop"}
CHAT = {"id": 77, "type": "private"}
GROUP = {"id": -1005, "type": "supergroup", "title": "Khách quen"}


def read(update: Any) -> ParsedEvent:
    provider = a_provider("telegram")
    body = json.dumps({"update_id": 501, **update}).encode()
    request = a_request(headers_for(provider, body), body)
    provider.verify(request)
    (event,) = provider.parse(request)
    return event


def message(kind: str = "message", **more: Any) -> ParsedEvent:
    content = {"message_id": 41, "from": MAI, "chat": CHAT, "date": NOW_MS // 1000, **more}
    return read({kind: content})


def test_a_message_says_who_where_and_when() -> None:
    event = message(text="Còn hàng không?")

    assert (event.type, event.dedupe_key, event.lane) == ("message.received", "501", "shop:77")
    assert (event.actor_id, event.is_self, event.occurred_at) == ("77", False, NOW_MS)
    assert event.body["text"] == "Còn hàng không?"
    assert event.body["actor"] == {"id": "77", "name": "Mai Hoa", "is_self": False}
    assert event.body["conversation"] == {"id": "77", "kind": "private", "topic": None}
    assert event.body["message"] == {"id": "41"}


def test_the_secret_is_not_among_what_rules_see() -> None:
    assert SECRET not in json.dumps(message(text="x").body)


def test_what_a_bot_writes_counts_as_our_own() -> None:
    assert message(text="x", **{"from": BOT}).is_self


def test_a_button_under_a_message_of_the_bot_was_tapped_by_a_person() -> None:
    keyboard = {"inline_keyboard": [[{"text": "Size M", "callback_data": "m"}]]}
    under = {"message_id": 42, "from": BOT, "chat": CHAT, "reply_markup": keyboard}

    event = read({"callback_query": {"id": "8", "from": MAI, "message": under, "data": "m"}})

    assert (event.type, event.is_self, event.actor_id) == ("button.clicked", False, "77")
    assert event.body["button"] == {"id": "m", "title": "Size M"}
    assert event.body["text"] == "Size M"
    assert event.body["message"] == {"id": "42"}


@pytest.mark.parametrize(
    ("kind", "content", "type_", "text"),
    [
        ("message", {"photo": [{"file_id": "A"}], "caption": "ảnh"}, "message.received", "ảnh"),
        ("message", {"location": {"latitude": 1}}, "message.received", None),
        ("message", {"new_chat_members": [MAI]}, "telegram.new_chat_members", None),
        ("message", {"migrate_to_chat_id": -1006}, "telegram.migrate_to_chat_id", None),
        ("message", {}, "telegram.message", None),
        ("edited_message", {"text": "sửa"}, "message.edited", "sửa"),
        ("channel_post", {"text": "tin"}, "post.created", "tin"),
        ("edited_channel_post", {"text": "tin"}, "post.edited", "tin"),
        ("chat_member", {}, "telegram.chat_member", None),
        ("my_chat_member", {"chat": GROUP}, "telegram.my_chat_member", None),
        ("inline_query", {"query": "áo"}, "telegram.inline_query", "áo"),
        ("something_new", {"text": "x"}, "telegram.something_new", "x"),
    ],
)
def test_every_kind_of_update_has_its_type(
    kind: str, content: Any, type_: str, text: str | None
) -> None:
    event = message(kind, **content)

    assert (event.type, event.body["text"]) == (type_, text)


@pytest.mark.parametrize(
    ("status", "type_"),
    [("kicked", "contact.unfollowed"), ("member", "contact.followed")],
)
def test_a_person_who_blocks_the_bot_has_unfollowed(status: str, type_: str) -> None:
    event = message("my_chat_member", new_chat_member={"user": BOT, "status": status})

    assert (event.type, event.actor_id) == (type_, "77")


HEART, THUMB = {"type": "emoji", "emoji": "❤"}, {"type": "emoji", "emoji": "👍"}


@pytest.mark.parametrize(
    ("before", "now", "type_", "emoji"),
    [
        ([], [HEART], "reaction.added", "❤"),
        ([HEART], [THUMB], "reaction.added", "👍"),
        ([HEART], [], "reaction.removed", "❤"),
    ],
)
def test_a_reaction_is_what_changed(before: Any, now: Any, type_: str, emoji: str) -> None:
    changes = {"user": MAI, "chat": GROUP, "old_reaction": before, "new_reaction": now}

    event = message("message_reaction", **changes)

    assert (event.type, event.body["reaction"]["emoji"]) == (type_, emoji)
    assert (event.actor_id, event.lane) == ("77", "shop:-1005")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/start tet 2027", {"id": "/start", "text": "tet 2027"}),
        ("/gia@aodep_bot", {"id": "/gia", "text": ""}),
    ],
)
def test_a_command_is_read_out_of_the_text(text: str, command: Any) -> None:
    entities = [{"type": "bot_command", "offset": 0, "length": 6}]

    assert message(text=text, entities=entities).body["command"] == command
    assert message(text=text).body["command"] is None


def test_a_link_to_the_bot_says_where_it_was_found() -> None:
    entities = [{"type": "bot_command", "offset": 0, "length": 6}]

    assert message(text="/start tiktok", entities=entities).body["referral"] == {"ref": "tiktok"}
    assert "referral" not in message(text="/start", entities=entities).body
    assert "referral" not in message(text="/price tiktok", entities=entities).body
    assert "referral" not in message(text="/start tiktok").body


def test_a_picture_is_named_by_its_largest_size_and_an_animation_once() -> None:
    picture = message(photo=[{"file_id": "S"}, {"file_id": "L"}])
    animation = message(animation={"file_id": "G"}, document={"file_id": "G"})

    assert picture.body["attachments"] == [{"id": "L", "type": "image", "url": None}]
    assert animation.body["attachments"] == [{"id": "G", "type": "video", "url": None}]


def test_a_tap_is_answered_so_that_the_button_stops_waiting() -> None:
    provider = a_provider("telegram")
    tap = json.dumps({"update_id": 1, "callback_query": {"id": "8", "from": MAI}}).encode()

    answer = provider.acknowledge(a_request({}, tap))

    assert answer is not None
    assert json.loads(answer.body) == {"method": "answerCallbackQuery", "callback_query_id": "8"}
    assert answer.content_type == "application/json"
    for body in (b'{"message":{}}', b'{"callback_query":', b'{"text":"\\"callback_query\\""}'):
        assert provider.acknowledge(a_request({}, body)) is None


@pytest.mark.parametrize(
    "token", ["no-token", "123456789:short", "123456789:" + "a" * 30 + "/../x"]
)
def test_what_cannot_be_a_token_does_not_get_into_an_address(token: str) -> None:
    with pytest.raises(ValidationError) as caught:
        a_provider("telegram", bot_token=token)

    assert token not in str(caught.value).partition("[type=")[0]
