import json
from collections.abc import Mapping
from typing import Any

import pytest

from automator.model import PermanentError, SkippedStep
from automator.plugins import Outgoing, OutgoingKind, Sent
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import a_provider, a_request
from tests.support.words import raises_saying

COMMENT: Mapping[str, Any] = {
    "page": {"id": "178"},
    "comment": {"id": "99"},
    "actor": {"id": "23"},
}
MESSAGE: Mapping[str, Any] = {
    "page": {"id": "178"},
    "actor": {"id": "125"},
    "conversation": {"id": "125"},
}


def events(*entries: dict[str, Any], **options: Any) -> Any:
    body = json.dumps({"object": "instagram", "entry": list(entries)}).encode()
    return a_provider("instagram", **options).parse(a_request(body=body))


def echo(**message: Any) -> dict[str, Any]:
    item = {"sender": {"id": "178"}, "recipient": {"id": "125"}, "timestamp": 1_795_500_470_901}
    return {"id": "178", "messaging": [{**item, "message": {"is_echo": True, **message}}]}


async def send(
    kind: OutgoingKind, event: Mapping[str, Any], http: ScriptedHttp, **options: Any
) -> Sent:
    outgoing = Outgoing(kind=kind, event=event, text="Dạ 250k ạ", idempotency_key="run-1-x")
    return await a_provider("instagram", **options).send(outgoing, http)


async def test_an_answer_names_whoever_commented_by_their_user_name() -> None:
    http = ScriptedHttp([a_reply(200, b'{"id":"9"}')] * 2)
    named = {**COMMENT, "actor": {"id": "23", "name": "lan.nt"}}

    for event in (named, COMMENT):
        outgoing = Outgoing(kind="reply", event=event, text="Dạ 250k ạ", mentions=True)
        await a_provider("instagram").send(outgoing, http)

    sent = [json.loads(request.body)["message"] for request in http.requests]
    assert sent == ["@lan.nt Dạ 250k ạ", "Dạ 250k ạ"]


def test_both_shapes_of_an_entry_are_the_same_comment() -> None:
    value = {"id": "99", "from": {"id": "23", "username": "anh"}, "text": "giá?"}
    change = {"field": "comments", "value": value}

    nested, flat = events({"id": "178", "time": 1, "changes": [change]}, {"id": "178", **change})

    assert nested.type == flat.type == "comment.created"
    assert nested.dedupe_key == flat.dedupe_key
    assert nested.body["actor"] == flat.body["actor"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@thuha.98 @minhchau_ vào xem", ["thuha.98", "minhchau_"]),
        ("nhờ @Lan.Nt. và @lan.nt", ["lan.nt"]),
        ("viết cho lan@example.com", []),
        ("giá @ 250k, @đẹp", []),
    ],
)
def test_a_comment_lists_the_people_that_it_names(text: str, names: list[str]) -> None:
    value = {"id": "99", "from": {"id": "23"}, "text": text}

    (event,) = events({"id": "178", "changes": [{"field": "comments", "value": value}]})

    assert event.body["tagged"] == [{"id": None, "name": name, "type": "user"} for name in names]


def test_a_comment_under_an_ad_names_the_ad_and_the_post_that_it_was_made_of() -> None:
    media = {"id": "5", "media_product_type": "AD", "ad_id": "7", "original_media_id": 4}
    value = {"id": "99", "from": {"id": "23"}, "text": "giá?", "media": media}

    (event,) = events({"id": "178", "changes": [{"field": "comments", "value": value}]})

    assert event.body["post"] == {
        "id": "5", "kind": "AD", "ad_id": "7", "ad_title": None, "is_ad": True, "original_id": "4",
    }  # fmt: skip
    assert "tagged" not in event.body


def test_a_comment_of_the_account_itself_is_known_as_its_own() -> None:
    value = {"id": "99", "from": {"id": "178", "username": "shop"}, "text": "Dạ"}

    (event,) = events({"id": "178", "changes": [{"field": "comments", "value": value}]})

    assert event.is_self


@pytest.mark.parametrize(
    ("message", "options", "writer"),
    [
        ({"mid": "m"}, {}, "app"),
        ({"mid": "m"}, {"echo_without_app": "human"}, "human"),
        ({"mid": "m", "metadata": "automator:run-1-x"}, {"echo_without_app": "human"}, "us"),
        ({"mid": "m", "app_id": 7}, {"app_id": "7"}, "us"),
    ],
)
def test_an_echo_tells_who_wrote_it_as_far_as_that_is_known(
    message: dict[str, Any], options: dict[str, Any], writer: str
) -> None:
    (event,) = events(echo(**message), **options)

    assert (event.type, event.is_self) == ("message.sent", True)
    assert event.body["message"]["sent_by"] == writer


async def test_a_reply_stands_below_the_comment() -> None:
    http = ScriptedHttp([a_reply(200, b'{"id": "100"}')])

    await send("reply", COMMENT, http)

    assert "/99/replies?appsecret_proof=" in http.last.url
    assert json.loads(http.last.body) == {"message": "Dạ 250k ạ"}


async def test_a_private_reply_names_the_comment() -> None:
    http = ScriptedHttp([a_reply(200, b'{"recipient_id": "125", "message_id": "m"}')])

    sent = await send("private_reply", COMMENT, http, appsecret_proof=False)

    assert sent.alias == "125"
    assert http.last.url == "https://graph.instagram.com/v26.0/me/messages"
    assert json.loads(http.last.body)["recipient"] == {"comment_id": "99"}


async def test_a_message_carries_our_key_unless_that_is_turned_off() -> None:
    http = ScriptedHttp([a_reply(200, b'{"message_id": "m"}')] * 2)

    await send("message", MESSAGE, http)
    await send("message", MESSAGE, http, tag_messages=False)

    first, second = (json.loads(request.body)["message"] for request in http.requests)
    assert first == {"text": "Dạ 250k ạ", "metadata": "automator:run-1-x"}
    assert second == {"text": "Dạ 250k ạ"}


async def test_a_comment_is_hidden_by_the_name_that_instagram_has_for_it() -> None:
    http = ScriptedHttp([a_reply(200, b'{"success": true}')])

    await send("hide", COMMENT, http)

    assert json.loads(http.last.body) == {"hide": True}


async def test_what_instagram_says_is_said_in_its_name() -> None:
    error = {"error": {"code": 10, "error_subcode": 2534022, "message": "no"}}
    http = ScriptedHttp([a_reply(400, json.dumps(error).encode())])

    with raises_saying(SkippedStep, "Instagram allows a message only within 24 hours") as skipped:
        await send("message", MESSAGE, http)
    with pytest.raises(PermanentError) as impossible:
        await send("like", COMMENT, http)

    assert (skipped.value.code, impossible.value.code) == ("outside_window", "not_possible")


async def test_the_name_of_who_wrote_comes_from_the_profile() -> None:
    http = ScriptedHttp([a_reply(200, b'{"username": "lan.nt", "id": "125"}')])
    provider = a_provider("instagram")

    assert provider.can_name(MESSAGE)
    assert not provider.can_name(COMMENT)
    assert not a_provider("instagram", look_up_names=False).can_name(MESSAGE)
    assert await provider.name_of(MESSAGE, http, 0) == "lan.nt"
    assert "/125?fields=name,username&" in http.last.url


async def test_the_text_of_a_post_is_its_caption() -> None:
    http = ScriptedHttp([a_reply(200, '{"caption": "Áo len #sale", "id": "17"}'.encode())])
    provider, event = a_provider("instagram"), {**COMMENT, "post": {"id": "17"}}

    assert provider.can_find("post", event)
    assert not provider.can_find("post", MESSAGE)
    assert not a_provider("instagram", look_up_posts=False).can_find("post", event)
    assert await provider.find("post", event, http) == {"message": "Áo len #sale"}
    assert "/17?fields=caption&" in http.last.url


@pytest.mark.parametrize(
    ("field", "more", "is_reply"),
    [
        ("comments", {}, False),
        ("comments", {"media": {"id": "5", "media_product_type": "REELS"}}, False),
        ("comments", {"media": {"id": "5", "media_product_type": "AD", "ad_id": "7"}}, False),
        ("comments", {"parent_id": "98"}, True),
        ("comments", {"parent_id": None}, False),
        ("live_comments", {"media": {"id": "5", "media_product_type": "LIVE"}}, False),
    ],
)
def test_a_comment_says_whether_it_answers_another_one(
    field: str, more: dict[str, Any], is_reply: bool
) -> None:
    value = {"id": "99", "from": {"id": "23"}, "text": "giá?", "media": {"id": "5"}, **more}

    (event,) = events({"id": "178", "changes": [{"field": field, "value": value}]})

    assert event.body["comment"] == {"id": "99", "is_reply": is_reply}
    assert (event.body["parent"] is not None) is is_reply
