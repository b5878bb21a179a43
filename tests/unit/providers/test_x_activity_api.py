"""The envelopes of the X Activity API: who did it, and the names that both APIs share."""

import json
from typing import Any

import pytest

from automator.model import ParsedEvent
from tests.support.providers import NOW_MS, a_provider, signed_request

ME = "900"
HOA = "71"
USERS = [{"id": HOA, "name": "Hoa", "username": "hoa"}, {"id": ME, "name": "Áo Đẹp"}]


def read_all(kind: str, payload: Any, **data: Any) -> list[ParsedEvent]:
    envelope = {"event_uuid": "-77", "filter": {"user_id": ME}, "event_type": kind, **data}
    body = {"data": {**envelope, "payload": payload}}
    provider = a_provider("x")
    return list(provider.parse(signed_request(provider, json.dumps(body).encode())))


def read(kind: str, payload: Any, **data: Any) -> ParsedEvent:
    (event,) = read_all(kind, payload, **data)
    return event


def a_post(author: str, **more: Any) -> dict[str, Any]:
    created = "2026-11-24T00:00:00.000Z"
    return {"id": "5", "author_id": author, "text": "giá?", "created_at": created, **more}


def pair(source: str, target: str) -> dict[str, Any]:
    return {"source": {"data": {"id": source, "name": "Nguồn"}}, "target": {"data": {"id": target}}}


def a_message(sender: str, receiver: str) -> dict[str, Any]:
    create = {"sender_id": sender, "target": {"recipient_id": receiver}}
    item = {
        "type": "message_create",
        "id": "5",
        "created_timestamp": str(NOW_MS),
        "message_create": {**create, "message_data": {"text": "chào"}},
    }
    return {"direct_message_events": [item], "users": {HOA: {"data": {"id": HOA, "name": "Hoa"}}}}


def test_the_accounts_own_post_is_our_own() -> None:
    event = read("post.create", a_post(ME), includes={"users": USERS})

    assert (event.type, event.actor_id, event.is_self) == ("post.created", ME, True)
    assert event.body["actor"] == {"id": ME, "name": "Áo Đẹp", "is_self": True}
    assert event.body["post"]["id"] == "5"
    assert event.body["text"] == "giá?"


def test_a_mention_is_of_its_author() -> None:
    event = read("post.mention.create", a_post(HOA), includes={"users": USERS})

    assert (event.type, event.actor_id, event.is_self) == ("mention.created", HOA, False)
    assert event.body["actor"]["name"] == "Hoa"
    assert event.body["post"] == {"id": "5", "url": "https://x.com/hoa/status/5"}
    assert event.lane == "shop:71"


def test_an_answer_to_a_post_of_the_account_is_a_comment_under_it() -> None:
    answer = {
        "in_reply_to_user_id": ME,
        "referenced_tweets": [{"type": "replied_to", "id": "4"}],
    }

    event = read("post.mention.create", a_post(HOA, **answer))

    assert event.type == "comment.created"
    assert (event.body["comment"]["id"], event.body["post"]) == ("5", {"id": "4"})


def test_a_repost_says_what_was_shared() -> None:
    shared = {"referenced_tweets": [{"type": "retweeted", "id": "4"}]}

    event = read("post.mention.create", a_post(HOA, **shared))

    assert (event.type, event.body["parent"]) == ("x.repost", {"id": "4"})


def test_a_deleted_post_is_of_its_author() -> None:
    event = read("post.delete", {"id": "5", "author_id": ME})

    assert (event.type, event.actor_id, event.is_self) == ("post.deleted", ME, True)
    assert event.body["post"] == {"id": "5"}


@pytest.mark.parametrize(
    ("more", "author", "person"),
    [
        ({"direction": "outbound"}, HOA, ME),
        ({"direction": "inbound"}, ME, None),
        ({}, HOA, ME),
        ({}, ME, None),
    ],
)
def test_a_like_is_of_the_account_or_of_somebody_whom_x_does_not_name(
    more: Any, author: str, person: str | None
) -> None:
    like = {"id": "l1", "liked_tweet_id": "4", "liked_tweet_author_id": author}

    event = read("like.create", like, filter={"user_id": ME, **more})

    assert (event.type, event.actor_id, event.is_self) == ("reaction.added", person, person == ME)
    assert event.body["post"] == {"id": "4"}


@pytest.mark.parametrize(
    ("kind", "source", "type_", "is_self"),
    [
        ("follow.follow", HOA, "contact.followed", False),
        ("follow.unfollow", HOA, "contact.unfollowed", False),
        ("follow.follow", ME, "x.follow", True),
        ("follow.unfollow", ME, "x.unfollow", True),
        ("mute.unmute", ME, "x.unmute", True),
        ("block.block", ME, "x.block", True),
    ],
)
def test_who_follows_blocks_or_mutes_is_the_source(
    kind: str, source: str, type_: str, is_self: bool
) -> None:
    event = read(kind, pair(source, HOA if source == ME else ME))

    assert (event.type, event.actor_id, event.is_self) == (type_, source, is_self)
    assert event.body["actor"]["name"] == "Nguồn"


@pytest.mark.parametrize(
    ("kind", "sender", "type_", "is_self"),
    [("dm.received", HOA, "message.received", False), ("dm.sent", ME, "message.sent", True)],
)
def test_a_direct_message_is_the_same_through_both_apis(
    kind: str, sender: str, type_: str, is_self: bool
) -> None:
    payload = a_message(sender, ME if sender == HOA else HOA)

    event = read(kind, payload)
    provider = a_provider("x")
    older = {"for_user_id": ME, "direct_message_events": payload["direct_message_events"]}
    (same,) = provider.parse(signed_request(provider, json.dumps(older).encode()))

    assert (event.type, event.is_self, event.body["text"]) == (type_, is_self, "chào")
    assert event.body["conversation"] == {"id": HOA}
    assert (event.dedupe_key, event.occurred_at) == (same.dedupe_key, NOW_MS)


def test_the_sender_of_a_direct_message_has_a_name() -> None:
    assert read("dm.received", a_message(HOA, ME)).body["actor"]["name"] == "Hoa"


@pytest.mark.parametrize(("kind", "sender"), [("chat.received", HOA), ("chat.sent", ME)])
def test_an_encrypted_message_has_a_sender_and_a_conversation_and_no_text(
    kind: str, sender: str
) -> None:
    payload = {
        "id": "c1",
        "created_at_msec": str(NOW_MS),
        "sender_id": sender,
        "conversation_id": f"{HOA}:{ME}",
    }

    event = read(kind, payload)

    assert (event.type, event.actor_id, event.is_self) == (f"x.{kind}", sender, sender == ME)
    assert (event.body["conversation"], event.occurred_at) == ({"id": HOA}, NOW_MS)


def test_a_changed_profile_is_the_accounts_own_doing() -> None:
    event = read("profile.update.bio", {"before": "a", "after": "b"})

    assert (event.type, event.actor_id, event.is_self) == ("x.profile.update.bio", ME, True)


def test_a_space_is_started_by_its_host() -> None:
    event = read("spaces.start", {"user": {"data": {"id": ME, "name": "Áo Đẹp"}}})

    assert (event.actor_id, event.is_self) == (ME, True)


def test_who_takes_the_apps_access_away_is_known_and_starts_rules() -> None:
    event = read("oauth.revoke", {"user_id": HOA}, filter={})

    assert (event.type, event.actor_id, event.is_self) == ("x.oauth.revoke", HOA, False)


def test_news_are_of_nobody() -> None:
    event = read("news.new", {"name": "Tin"}, filter={"keyword": "áo len"})

    assert (event.type, event.actor_id, event.is_self) == ("x.news.new", None, False)


def test_an_event_of_no_documented_payload_is_told_apart_by_its_own_id() -> None:
    keys = {read("news.new", {"id": "1"}, event_uuid=uuid).dedupe_key for uuid in ("a", "b")}

    assert keys == {"a", "b"}


def test_the_envelope_of_a_direct_message_is_its_data_as_of_all_events() -> None:
    message = a_message(HOA, ME)
    twice = {"direct_message_events": [*message["direct_message_events"], {"id": "6"}]}

    found = [read("dm.received", message), *read_all("dm.received", twice)]

    assert [event.body["data"]["event_type"] for event in found] == ["dm.received"] * 3
    assert found[0].body["data"]["payload"] == message
    assert len({event.dedupe_key for event in found[1:]}) == 2


def test_nobody_is_taken_for_the_account_where_it_is_not_named() -> None:
    nobody: dict[str, Any] = {"filter": {}}
    answer = {"referenced_tweets": [{"type": "replied_to", "id": "4"}]}

    posted = read("post.create", a_post(HOA, **answer), **nobody)
    followed = read("follow.follow", {"source": {}, "target": {}}, **nobody)
    liked = read("like.create", {"id": "9", "liked_tweet_id": "5"})
    chat = {"id": "c1", "sender_id": HOA, "conversation_id": f"{HOA}:{ME}"}
    wrote = read("chat.received", chat, **nobody)

    assert (posted.type, posted.is_self) == ("mention.created", False)
    assert (followed.type, followed.is_self) == ("contact.followed", False)
    assert (liked.actor_id, liked.is_self) == (None, False)
    assert (wrote.actor_id, wrote.body["conversation"], wrote.lane) == (HOA, None, f"shop:{HOA}")
