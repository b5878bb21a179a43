import json
from typing import Any
from urllib.parse import urlencode

import pytest

from automator.http.types import Answer
from automator.model import ParsedEvent, RejectedDelivery, UnparsableDelivery
from tests.support.errors import raises_code
from tests.support.providers import NOW_MS, a_provider, a_request, headers_for

FORM = {"content-type": "application/x-www-form-urlencoded"}
TEAM = {"team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event_time": NOW_MS // 1000}
BOT = {"authorizations": [{"user_id": "U0BOT", "is_bot": True}]}
CHALLENGE = {
    "token": "x",
    "challenge": "3eZbrw1aBm2rZgRNFdxV25",
    "type": "url_verification",
}


def read(body: bytes, extra: Any = None) -> list[ParsedEvent]:
    provider = a_provider("slack")
    request = a_request({**headers_for(provider, body), **(extra or {})}, body)
    provider.verify(request)
    return list(provider.parse(request))


def callback(**event: Any) -> ParsedEvent:
    data = {**TEAM, **BOT, "type": "event_callback", "event": event}
    (found,) = read(json.dumps(data).encode())
    return found


def message(**more: Any) -> ParsedEvent:
    return callback(
        **{"type": "message", "channel": "C1", "user": "U1", "text": "hello"}
        | {"ts": "1795478400.000005", "event_ts": "1795478400.123005"}
        | more
    )


def interaction(**payload: Any) -> list[ParsedEvent]:
    return read(urlencode({"payload": json.dumps(payload)}).encode(), FORM)


def test_a_message_says_who_where_when_and_in_which_thread() -> None:
    event = message(thread_ts="1795478000.000001")

    assert (event.type, event.dedupe_key, event.lane) == ("message.received", "Ev1", "shop:C1")
    assert (event.actor_id, event.is_self, event.occurred_at) == ("U1", False, NOW_MS + 123)
    assert event.body["text"] == "hello"
    assert event.body["conversation"] == {"id": "C1", "is_direct": False}
    assert event.body["message"] == {"id": "1795478400.000005"}
    assert event.body["parent"] == {"id": "1795478000.000001"}
    assert event.body["team"] == {"id": "T1"}


def test_the_first_message_of_a_thread_has_no_parent() -> None:
    assert message(thread_ts="1795478400.000005").body["parent"] is None


@pytest.mark.parametrize(
    ("more", "type_"),
    [
        ({"bot_id": "B9"}, "message.received"),
        ({"subtype": "bot_message"}, "message.received"),
        ({"bot_id": "B1", "app_id": "A1"}, "message.sent"),
        ({"bot_id": "B1", "bot_profile": {"app_id": "A1"}}, "message.sent"),
        ({"user": "U0BOT"}, "message.received"),
    ],
)
def test_what_a_bot_writes_starts_no_rule_by_itself(more: dict[str, Any], type_: str) -> None:
    event = message(**more)

    assert (event.type, event.is_self) == (type_, True)
    assert event.body["actor"]["is_self"] is True


def test_the_echo_of_our_own_message_says_that_it_was_us() -> None:
    assert message(bot_id="B1", app_id="A1").body["message"]["sent_by"] == "us"


EDITED = {"user": "U1", "text": "mới", "ts": "1795478400.000005"}


@pytest.mark.parametrize(
    ("event", "type_", "text"),
    [
        ({"type": "app_mention", "text": "<@U0BOT> help"}, "mention.created", "<@U0BOT> help"),
        ({"subtype": "file_share"}, "message.received", "hello"),
        ({"subtype": "channel_join"}, "slack.message.channel_join", "hello"),
        ({"subtype": "message_deleted", "deleted_ts": "1.0001"}, "message.deleted", None),
        ({"subtype": "message_changed", "message": EDITED}, "message.edited", "mới"),
        (
            {
                "subtype": "message_changed",
                "message": EDITED,
                "previous_message": {**EDITED, "attachments": []},
            },
            "slack.message.message_changed",
            "mới",
        ),
        ({"type": "reaction_added", "text": None}, "reaction.added", None),
        ({"type": "reaction_removed", "text": None}, "reaction.removed", None),
        ({"type": "channel_created", "text": None}, "slack.channel_created", None),
    ],
)
def test_every_kind_has_its_type(event: dict[str, Any], type_: str, text: str | None) -> None:
    found = message(**event)

    assert (found.type, found.body["text"]) == (type_, text)


def test_a_reaction_belongs_to_the_message_and_its_channel() -> None:
    item = {"type": "message", "channel": "C7", "ts": "1795478000.000001"}

    event = callback(type="reaction_added", user="U1", reaction="tada", item=item)

    assert event.lane == "shop:C7"
    assert event.body["message"] == {"id": "1795478000.000001"}
    assert event.body["reaction"] == {"type": "tada", "emoji": None}


def test_what_slack_says_for_itself_is_an_event_and_the_same_one_when_repeated() -> None:
    body = json.dumps({"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 5})

    (first,), (second,) = read(body.encode()), read(body.encode())

    assert first.type == "slack.app_rate_limited"
    assert first.dedupe_key == second.dedupe_key


def test_a_repeated_delivery_shows_why_and_is_the_same_event() -> None:
    body = json.dumps({**TEAM, "type": "event_callback", "event": {"type": "message"}}).encode()

    (event,) = read(body, {"x-slack-retry-num": "2", "x-slack-retry-reason": "http_timeout"})

    assert event.dedupe_key == "Ev1"
    assert event.body["headers"]["x-slack-retry-reason"] == "http_timeout"


def test_a_slash_command_has_its_name_and_its_text() -> None:
    fields = {"command": "/don", "text": "300131", "user_id": "U1", "user_name": "hoa"}
    fields |= {"channel_id": "D1", "team_id": "T1", "trigger_id": "7.1"}

    (event,) = read(urlencode(fields).encode(), FORM)

    assert (event.type, event.dedupe_key, event.lane) == ("slack.command", "7.1", "shop:D1")
    assert event.body["command"] == {"id": "/don"}
    assert event.body["text"] == "300131"
    assert event.body["actor"] == {"id": "U1", "name": "hoa", "is_self": False}
    assert event.body["conversation"] == {"id": "D1", "is_direct": True}


def test_each_tapped_button_is_an_event() -> None:
    actions = [
        {"action_id": "yes", "text": {"text": "Duyệt"}, "value": "1"},
        {"action_id": "size", "selected_option": {"text": {"text": "M"}, "value": "m"}},
    ]

    found = interaction(
        type="block_actions",
        trigger_id="7.2",
        user={"id": "U1", "username": "hoa"},
        container={"channel_id": "C1", "message_ts": "1.0001"},
        actions=actions,
    )

    assert [event.type for event in found] == ["button.clicked"] * 2
    assert [event.dedupe_key for event in found] == ["7.2", "7.2:1"]
    assert [event.body["button"] for event in found] == [
        {"id": "yes", "title": "Duyệt", "value": "1"},
        {"id": "size", "title": "M", "value": "m"},
    ]
    assert found[0].body["message"] == {"id": "1.0001"}
    assert found[0].lane == "shop:C1"


@pytest.mark.parametrize("kind", ["view_submission", "view_closed", "shortcut", "message_action"])
def test_other_interactions_keep_their_names(kind: str) -> None:
    (event,) = interaction(type=kind, user={"id": "U1"})

    assert (event.type, event.actor_id) == (f"slack.{kind}", "U1")


def test_people_see_no_answer_to_a_command() -> None:
    provider = a_provider("slack")

    assert provider.acknowledge(a_request(FORM, b"command=%2Fdon")) == Answer(200)
    assert provider.acknowledge(a_request({}, b"{}")) is None


@pytest.mark.parametrize("body", [b"payload=%7B", b"payload=%5B%5D", b"a=%ff", b"payload="])
def test_a_form_without_readable_content_is_unparsable(body: bytes) -> None:
    with pytest.raises(UnparsableDelivery):
        read(body, FORM)


def test_the_challenge_is_answered_once_it_is_verified() -> None:
    provider = a_provider("slack")
    body = json.dumps(CHALLENGE).encode()

    answer = provider.handshake(a_request(headers_for(provider, body), body))

    assert answer == Answer(200, CHALLENGE["challenge"])


def test_an_unsigned_challenge_is_refused() -> None:
    with pytest.raises(RejectedDelivery):
        a_provider("slack").handshake(a_request({}, json.dumps(CHALLENGE).encode()))


@pytest.mark.parametrize("challenge", ["", "<script>alert(1) </script>", "x" * 513, 7, None])
def test_a_strange_challenge_is_not_repeated(challenge: Any) -> None:
    provider = a_provider("slack")
    body = json.dumps({**CHALLENGE, "challenge": challenge}).encode()

    with raises_code(RejectedDelivery, "bad_challenge"):
        provider.handshake(a_request(headers_for(provider, body), body))


@pytest.mark.parametrize(
    "body", [b'{"type":"event_callback","event":{"text":"url_verification"}}', b"url_verification"]
)
def test_a_message_about_url_verification_is_no_handshake(body: bytes) -> None:
    assert a_provider("slack").handshake(a_request({}, body)) is None


LEGACY = {
    "type": "interactive_message",
    "callback_id": "order_1",
    "user": {"id": "U1", "name": "hoa"},
    "channel": {"id": "C1"},
    "team": {"id": "T1"},
    "message_ts": "1795478300.000004",
    "action_ts": "1795478400.164398",
    "original_message": {
        "thread_ts": "1795478200.000001",
        "attachments": [
            5,
            {"actions": [None, {"name": "size", "text": "Cỡ M", "type": "button", "value": "m"}]},
        ],
    },
}


def test_a_button_of_an_attachment_is_clicked_as_one_of_a_block() -> None:
    (event,) = interaction(**LEGACY, actions=[{"name": "size", "type": "button", "value": "m"}])

    assert (event.type, event.actor_id, event.lane) == ("button.clicked", "U1", "shop:C1")
    assert event.body["button"] == {"id": "size", "title": "Cỡ M", "value": "m"}
    assert event.body["message"] == {"id": "1795478300.000004"}
    assert event.body["parent"] == {"id": "1795478200.000001"}
    assert event.occurred_at == 1795478400164


def test_an_entry_of_a_menu_of_an_attachment_is_chosen() -> None:
    choice = {"name": "size", "type": "select", "selected_options": [{"value": "l"}]}

    (event,) = interaction(**LEGACY, actions=[choice])

    assert event.body["button"] == {"id": "size", "title": "l", "value": "l"}
