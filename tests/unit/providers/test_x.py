import json
from typing import Any

import pytest

from automator.model import ParsedEvent, RejectedDelivery, UnparsableDelivery
from tests.support.providers import NOW_MS, a_provider, a_request, signed_request

ME = "900"
HOA = {"id_str": "71", "name": "Hoa", "screen_name": "hoa"}
POST = {"id_str": "5", "text": "giá?", "user": HOA, "timestamp_ms": str(NOW_MS)}


def read(body: Any) -> list[ParsedEvent]:
    provider = a_provider("x")
    request = signed_request(provider, json.dumps(body).encode())
    provider.verify(request)
    return list(provider.parse(request))


def activity(kind: str, **item: Any) -> ParsedEvent:
    (event,) = read({"for_user_id": ME, f"{kind}_events": [item]})
    return event


def test_a_mention_says_who_what_and_when() -> None:
    event = activity("tweet_create", **POST)

    assert (event.type, event.lane, event.actor_id) == ("mention.created", "shop:71", "71")
    assert (event.body["text"], event.occurred_at, event.is_self) == ("giá?", NOW_MS, False)
    assert event.body["post"] == {"id": "5", "url": "https://x.com/hoa/status/5"}
    assert event.body["account"] == {"id": ME}


def test_an_answer_to_the_account_is_a_comment_under_its_post() -> None:
    answer = {"in_reply_to_status_id_str": "4", "in_reply_to_user_id_str": ME}

    event = activity("tweet_create", **POST, **answer)

    assert event.type == "comment.created"
    assert event.body["comment"]["id"] == "5"
    assert event.body["post"] == {"id": "4"}


@pytest.mark.parametrize(
    ("more", "type_", "is_self"),
    [
        ({"user": {"id": 900}}, "post.created", True),
        ({"retweeted_status": {"id_str": "4"}}, "x.repost", False),
        ({"in_reply_to_status_id_str": "4", "in_reply_to_user_id_str": "8"}, "mention.created", 0),
    ],
)
def test_a_post_is_told_apart_by_what_it_has_to_do_with_the_account(
    more: Any, type_: str, is_self: bool
) -> None:
    event = activity("tweet_create", **{**POST, **more})

    assert (event.type, event.is_self) == (type_, is_self)


def test_a_long_post_has_its_whole_text() -> None:
    event = activity("tweet_create", **POST, extended_tweet={"full_text": "giá bao nhiêu?"})

    assert event.body["text"] == "giá bao nhiêu?"


@pytest.mark.parametrize(
    ("sender", "type_", "is_self"), [("71", "message.received", False), (ME, "message.sent", True)]
)
def test_a_direct_message_belongs_to_the_conversation_with_the_other_person(
    sender: str, type_: str, is_self: bool
) -> None:
    receiver = ME if sender == "71" else "71"
    media = {"media": {"id": 3, "type": "photo", "media_url_https": "https://x.example/3.jpg"}}
    create = {
        "sender_id": sender,
        "target": {"recipient_id": receiver},
        "message_data": {"text": "chào", "attachment": media},
    }

    event = activity("direct_message", id="5", message_create=create)

    assert (event.type, event.is_self, event.lane) == (type_, is_self, "shop:71")
    assert event.body["conversation"] == {"id": "71"}
    assert event.body["attachments"] == [
        {"id": "3", "type": "image", "url": "https://x.example/3.jpg"}
    ]


@pytest.mark.parametrize(
    ("kind", "source", "type_"),
    [
        ("follow", "71", "contact.followed"),
        ("unfollow", "71", "contact.unfollowed"),
        ("follow", ME, "x.follow"),
        ("block", "71", "x.block"),
    ],
)
def test_a_follower_is_one_who_follows_the_account(kind: str, source: str, type_: str) -> None:
    assert activity(kind, source={"id": source}, target={"id": ME}).type == type_


@pytest.mark.parametrize("kind", ["block", "mute", "follow"])
def test_what_is_taken_back_says_so_by_its_type(kind: str) -> None:
    pair = {"source": {"id": ME}, "target": {"id": "71"}}

    done = activity(kind, type=kind, **pair)
    undone = activity(kind, type=f"un{kind}", **pair)

    assert (done.type, undone.type) == (f"x.{kind}", f"x.un{kind}")
    assert (done.is_self, undone.is_self) == (True, True)


def test_an_unfollow_among_the_follows_is_one() -> None:
    event = activity("follow", type="unfollow", source={"id": "71"}, target={"id": ME})

    assert (event.type, event.is_self) == ("contact.unfollowed", False)


def test_a_delivery_may_carry_events_of_several_kinds() -> None:
    like = {"id": "l1", "user": HOA, "favorited_status": {"id_str": "4"}}

    found = read(
        {"for_user_id": ME, "tweet_create_events": [POST, POST], "favorite_events": [like]}
    )

    assert [event.type for event in found] == ["mention.created"] * 2 + ["reaction.added"]
    assert found[0].dedupe_key == found[1].dedupe_key


def test_the_same_post_is_an_event_for_each_account_it_concerns() -> None:
    keys = {
        read({"for_user_id": account, "tweet_create_events": [POST]})[0].dedupe_key
        for account in ("900", "901")
    }

    assert len(keys) == 2


def test_an_event_of_the_newer_api_has_xs_own_type() -> None:
    data = {"event_uuid": "u1", "event_type": "dm.received", "payload": {"text": "chào"}}

    (event,) = read({"data": data})

    assert (event.type, event.dedupe_key, event.body["text"]) == ("x.dm.received", "u1", "chào")


@pytest.mark.parametrize("body", [{}, {"tweet_create_events": 5}, {"user_event": []}])
def test_what_nobody_knows_is_an_event_all_the_same(body: Any) -> None:
    assert [event.type for event in read(body)] == ["x.event"]


def test_what_is_no_object_cannot_be_read() -> None:
    with pytest.raises(UnparsableDelivery):
        read([])


@pytest.mark.parametrize("token", ["", "%7B%22a%22%3A1%7D", "a%20b", "a" * 257, "%C3%A9", "[1]"])
def test_nobody_can_have_a_delivery_signed_by_asking(token: str) -> None:
    with pytest.raises(RejectedDelivery) as caught:
        a_provider("x").handshake(a_request(method="GET", query=f"crc_token={token}"))

    assert (caught.value.status, caught.value.code) == (400, "bad_challenge")


def test_a_token_that_comes_twice_is_not_answered() -> None:
    with pytest.raises(RejectedDelivery):
        a_provider("x").handshake(a_request(method="GET", query="crc_token=a&crc_token=b"))


def test_a_get_without_a_token_is_no_check() -> None:
    assert a_provider("x").handshake(a_request(method="GET")) is None


def test_an_answer_is_no_comment_where_no_account_is_named() -> None:
    (event,) = read({"tweet_create_events": [{**POST, "in_reply_to_status_id_str": "4"}]})

    assert (event.type, event.body["post"]["id"]) == ("mention.created", "5")
