import json
from typing import Any

import pytest
from pydantic import ValidationError

from automator.http.types import Answer
from automator.model import ParsedEvent, RejectedDelivery, UnparsableDelivery
from tests.support.errors import raises_code
from tests.support.providers import (
    NOW_MS,
    OTHER_ED25519_PUBLIC_KEY,
    a_provider,
    a_request,
    signed_request,
)
from tests.support.words import said_of_value

APP = "890000000000000900"
#: An id that Discord would make at NOW_MS.
SNOWFLAKE = str(((NOW_MS - 1_420_070_400_000) << 22) + 5)
HOA = {"id": "71", "username": "hoa", "global_name": "Hoa"}
GUILD = {"guild_id": "300", "channel_id": "400", "member": {"user": HOA}}
WHERE = {"id": SNOWFLAKE, "application_id": APP, "token": "tok", "version": 1, **GUILD}


def read(body: Any) -> ParsedEvent:
    provider = a_provider("discord")
    request = signed_request(provider, json.dumps(body).encode())
    provider.verify(request)
    (event,) = provider.parse(request)
    return event


def interaction(kind: Any, data: Any = None, **more: Any) -> ParsedEvent:
    return read({**WHERE, "type": kind, "data": data or {}, **more})


def webhook_event(kind: str, data: Any, **more: Any) -> ParsedEvent:
    inner = {"type": kind, "timestamp": "2026-11-24T00:00:00.250000", "data": data}
    return read({"version": 1, "application_id": APP, "type": 1, "event": inner, **more})


def first_answer(body: Any, **options: Any) -> Answer | None:
    provider = a_provider("discord", **options)
    return provider.acknowledge(signed_request(provider, json.dumps(body).encode()))


def option(name: str, value: Any, kind: int = 3) -> dict[str, Any]:
    return {"name": name, "type": kind, "value": value}


def test_a_command_says_who_where_when_and_with_which_options() -> None:
    data = {"name": "don", "options": [option("ma", "300131"), option("lan", 2, 4)]}

    event = interaction(2, data)

    assert (event.type, event.dedupe_key, event.lane) == ("discord.command", SNOWFLAKE, "shop:71")
    assert (event.actor_id, event.is_self, event.occurred_at) == ("71", False, NOW_MS)
    assert event.body["text"] == "300131"
    assert event.body["command"] == {
        "id": "don",
        "path": "don",
        "options": {"ma": "300131", "lan": 2},
    }
    assert event.body["actor"] == {"id": "71", "name": "Hoa", "is_self": False}
    assert event.body["conversation"] == {"id": "400", "is_direct": False}
    assert event.body["team"] == {"id": "300"}


def test_a_subcommand_is_part_of_the_path() -> None:
    inner = {"name": "tim", "type": 1, "options": [option("ma", "7")]}
    group = {"name": "don", "type": 2, "options": [inner]}

    command = interaction(2, {"name": "shop", "options": [group]}).body["command"]

    assert (command["path"], command["options"]) == ("shop don tim", {"ma": "7"})


def test_the_text_of_a_command_on_a_message_is_what_the_message_says() -> None:
    resolved = {"messages": {"9": {"id": "9", "content": "còn không?"}}}

    event = interaction(2, {"name": "Báo cáo", "target_id": "9", "resolved": resolved})

    assert event.body["text"] == "còn không?"
    assert event.body["command"]["target"] == {"id": "9"}


def test_a_file_that_goes_with_a_command_is_an_attachment() -> None:
    file = {"id": "5", "content_type": "image/png", "url": "https://cdn.example/5.png"}
    data = {
        "name": "anh",
        "options": [option("tep", "5", 11)],
        "resolved": {"attachments": {"5": file}},
    }

    assert interaction(2, data).body["attachments"] == [
        {"id": "5", "type": "image", "url": "https://cdn.example/5.png"}
    ]


def test_a_clicked_button_has_the_words_that_stand_on_it() -> None:
    rows = [{"type": 1, "components": [{"type": 2, "label": "Xem giá", "custom_id": "gia"}]}]

    event = interaction(3, {"custom_id": "gia"}, message={"id": "8", "components": rows})

    assert event.type == "button.clicked"
    assert (event.body["text"], event.body["message"]) == ("Xem giá", {"id": "8"})
    assert event.body["button"] == {"id": "gia", "title": "Xem giá", "value": "gia", "values": []}


def test_an_entry_of_a_menu_is_a_button_with_its_value() -> None:
    menu = {"custom_id": "size", "options": [{"label": "Size M", "value": "m"}]}
    rows = [{"type": 1, "components": [menu]}]

    event = interaction(3, {"custom_id": "size", "values": ["m"]}, message={"components": rows})

    assert event.body["button"] == {
        "id": "size",
        "title": "Size M",
        "value": "m",
        "values": ["m"],
    }


def test_a_form_has_its_fields_by_their_ids() -> None:
    label = {"type": 18, "component": {"type": 4, "custom_id": "ten", "value": "Hoa"}}
    menu = {"type": 18, "component": {"type": 3, "custom_id": "size", "values": ["m"]}}

    event = interaction(5, {"custom_id": "dat", "components": [label, menu]})

    assert (event.type, event.body["text"]) == ("discord.modal", "Hoa")
    assert event.body["form"] == {"id": "dat", "fields": {"ten": "Hoa", "size": ["m"]}}


def test_a_direct_conversation_has_no_server() -> None:
    event = read({"id": SNOWFLAKE, "type": 2, "token": "t", "channel_id": "4", "user": HOA})

    assert event.body["conversation"] == {"id": "4", "is_direct": True}
    assert (event.actor_id, event.body["team"]) == ("71", None)


def test_what_a_bot_does_counts_as_our_own() -> None:
    event = interaction(2, {"name": "don"}, member={"user": {"id": "72", "bot": True}})

    assert event.is_self


@pytest.mark.parametrize("kind", [6, "2", None, True, [2]])
def test_an_unknown_kind_of_interaction_is_an_event_all_the_same(kind: Any) -> None:
    assert interaction(kind).type.startswith("discord.interaction")


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("APPLICATION_AUTHORIZED", "discord.application_authorized"),
        ("LOBBY_MESSAGE_CREATE", "message.received"),
        ("GAME_DIRECT_MESSAGE_UPDATE", "message.edited"),
        ("LOBBY_MESSAGE_DELETE", "message.deleted"),
        ("SOMETHING_NEW", "discord.something_new"),
    ],
)
def test_a_webhook_event_has_a_neutral_name_where_there_is_one(kind: str, type_: str) -> None:
    event = webhook_event(kind, {"id": "1", "user": HOA})

    assert (event.type, event.occurred_at) == (type_, NOW_MS + 250)


def test_what_the_app_itself_wrote_is_its_own() -> None:
    event = webhook_event("LOBBY_MESSAGE_CREATE", {"id": "1", "author": {"id": APP}})

    assert event.is_self


def test_two_webhook_events_of_one_kind_are_told_apart_by_what_they_say() -> None:
    keys = {webhook_event("ENTITLEMENT_CREATE", {"id": n}).dedupe_key for n in ("1", "2", "1")}

    assert len(keys) == 2


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({"id": "1", "application_id": "2", "type": 1, "token": "t", "version": 1}, 200, 1),
        ({"version": 1, "application_id": APP, "type": 0}, 204, None),
    ],
)
def test_each_ping_gets_its_own_answer(body: Any, status: int, text: Any) -> None:
    provider = a_provider("discord")

    answer = provider.handshake(signed_request(provider, json.dumps(body).encode()))

    assert answer is not None
    assert (answer.status, answer.content_type) == (status, "application/json")
    assert (json.loads(answer.body) if answer.body else None) == ({"type": text} if text else None)


@pytest.mark.parametrize("mode", ["enforce", "observe"])
@pytest.mark.parametrize("kind", [0, 1])
def test_a_ping_with_a_wrong_signature_is_refused_as_discord_tries_it(kind: int, mode: str) -> None:
    body = json.dumps({"type": kind}).encode()
    signed = signed_request(a_provider("discord"), body)
    stranger = a_provider(
        "discord", public_key=OTHER_ED25519_PUBLIC_KEY, simulator_key=None, verify=mode
    )

    with pytest.raises(RejectedDelivery) as caught:
        stranger.handshake(signed)

    assert (caught.value.code, caught.value.status) == ("bad_signature", 401)


@pytest.mark.parametrize("body", [b'{"type":', b"[]", b'{"type":true}', b'{"type":2}'])
def test_what_is_no_ping_is_no_handshake(body: bytes) -> None:
    assert a_provider("discord").handshake(a_request(body=body)) is None


@pytest.mark.parametrize(
    ("kind", "options", "answer"),
    [
        (2, {}, {"type": 5}),
        (5, {}, {"type": 5}),
        (2, {"ephemeral": True}, {"type": 5, "data": {"flags": 64}}),
        (3, {"ephemeral": True, "instant_reply": "Vâng"}, {"type": 6}),
        (4, {}, {"type": 8, "data": {"choices": []}}),
        (
            2,
            {"instant_reply": "Vâng"},
            {"type": 4, "data": {"content": "Vâng", "allowed_mentions": {"parse": []}}},
        ),
    ],
)
def test_discord_hears_at_once_what_it_waits_for(kind: int, options: Any, answer: Any) -> None:
    first = first_answer({**WHERE, "type": kind, "data": {}}, **options)

    assert first is not None
    assert (first.status, first.content_type) == (200, "application/json")
    assert json.loads(first.body) == answer


def test_a_webhook_event_is_taken_with_a_204() -> None:
    first = first_answer({"type": 1, "event": {"type": "X"}})

    assert first == Answer(204, content_type="application/json")


@pytest.mark.parametrize("body", [{"type": 6, "token": "t"}, {"type": [2]}, []])
def test_for_what_nobody_knows_there_is_no_answer_of_discords(body: Any) -> None:
    assert first_answer(body) is None


@pytest.mark.parametrize("seconds", [-901, 901])
def test_a_recorded_delivery_is_refused_after_a_quarter_of_an_hour(seconds: int) -> None:
    provider = a_provider("discord", tolerance="15m")
    headers = provider.sign(b"{}", now_ms=NOW_MS + seconds * 1000, delivery_key="")

    with raises_code(RejectedDelivery, "stale"):
        provider.verify(a_request(headers, b"{}"))


def test_without_a_key_of_ours_a_signature_has_the_right_form_and_is_refused() -> None:
    provider = a_provider("discord", simulator_key=None)
    headers = provider.sign(b"{}", now_ms=NOW_MS, delivery_key="")

    assert len(headers["x-signature-ed25519"]) == 128
    with pytest.raises(RejectedDelivery):
        provider.verify(a_request(headers, b"{}"))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("public_key", "not-a-key", "no public key"),
        ("public_key", [], "at least 1 item"),
        ("simulator_key", "short", "64 hex digits"),
        ("webhook_url", "https://discord.com/channels/1/2", "no webhook's address"),
        ("webhook_url", "http://discord.com/api/webhooks/1/abc", "unprotected"),
        ("on_invalid", 200, "401"),
        ("instant_reply", "a" * 2001, "2000"),
    ],
)
def test_a_setting_that_cannot_work_is_said_at_the_start(key: str, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        a_provider("discord", **{key: value})

    assert said in said_of_value(caught.value)
    assert "abc" not in said_of_value(caught.value)


def test_a_body_that_is_no_object_cannot_be_read() -> None:
    with pytest.raises(UnparsableDelivery):
        read([])
