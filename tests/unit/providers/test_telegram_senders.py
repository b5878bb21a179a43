"""Who wrote it: people, the owner of a business account, anonymous admins and channels."""

import json
from typing import Any

import pytest

from automator.model import ParsedEvent
from automator.plugins import Outgoing, OutgoingKind
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import a_provider, a_request, headers_for

MAI = {"id": 77, "is_bot": False, "first_name": "Mai"}
OWNER = {"id": 11, "is_bot": False, "first_name": "Chủ tiệm"}
OUR_BOT = {"id": 123456789, "is_bot": True, "first_name": "Shop"}
OTHER_BOT = {"id": 9, "is_bot": True, "first_name": "Khác"}
CHAT = {"id": 77, "type": "private", "first_name": "Mai"}
GROUP = {"id": -1005, "type": "supergroup", "title": "Khách quen"}
CHANNEL = {"id": -1006, "type": "channel", "title": "Tin tức"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "username": "GroupAnonymousBot"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "username": "Channel_Bot"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
SENT = a_reply(200, b'{"ok": true, "result": {"message_id": 900}}')


def read_all(update: Any) -> list[ParsedEvent]:
    provider = a_provider("telegram")
    body = json.dumps({"update_id": 501, **update}).encode()
    return list(provider.parse(a_request(headers_for(provider, body), body)))


def message(kind: str = "business_message", **more: Any) -> ParsedEvent:
    content = {"message_id": 41, "from": MAI, "chat": CHAT, "date": 1795500470, "text": "chào"}
    if kind.endswith("business_message"):
        content["business_connection_id"] = "bc1"
    (event,) = read_all({kind: {**content, **more}})
    return event


def test_what_a_customer_writes_to_a_business_account_is_received() -> None:
    event = message()

    assert (event.type, event.actor_id, event.is_self) == ("message.received", "77", False)
    assert event.body["business"] == {"id": "bc1"}


def test_what_the_owner_writes_is_an_answer_by_hand_to_the_customer() -> None:
    event = message(**{"from": OWNER})

    assert (event.type, event.actor_id, event.is_self) == ("message.sent", "11", True)
    assert (event.lane, event.body["conversation"]["id"]) == ("shop:77", "77")
    assert event.body["message"] == {"id": "41", "sent_by": "human"}


@pytest.mark.parametrize(("bot", "sent_by"), [(OUR_BOT, "us"), (OTHER_BOT, "app")])
def test_what_a_bot_says_for_the_owner_is_not_the_owners_answer(bot: Any, sent_by: str) -> None:
    event = message(**{"from": OWNER, "sender_business_bot": bot})

    assert (event.type, event.is_self) == ("message.sent", True)
    assert event.body["message"]["sent_by"] == sent_by


def test_an_edit_by_the_owner_is_their_own_doing() -> None:
    edit = message("edited_business_message", **{"from": OWNER})

    assert (edit.type, edit.is_self) == ("message.edited", True)
    assert message("edited_business_message").is_self is False


def test_each_message_that_is_deleted_from_a_business_account_is_an_event() -> None:
    gone = {"business_connection_id": "bc1", "chat": CHAT, "message_ids": [41, 42]}

    found = read_all({"deleted_business_messages": gone})

    assert [event.type for event in found] == ["message.deleted"] * 2
    assert [event.body["message"] for event in found] == [{"id": "41"}, {"id": "42"}]
    assert len({event.dedupe_key for event in found}) == 2
    assert found[0].body["conversation"]["id"] == "77"


def test_a_deletion_of_nothing_is_an_event_all_the_same() -> None:
    (event,) = read_all({"deleted_business_messages": {"business_connection_id": "bc1"}})

    assert event.type == "telegram.deleted_business_messages"


@pytest.mark.parametrize(
    ("fake", "sender"), [(ANONYMOUS, GROUP), (CHANNEL_BOT, CHANNEL), (TELEGRAM, CHANNEL)]
)
def test_anonymous_admins_and_channels_are_who_they_write_as_and_not_we(
    fake: Any, sender: Any
) -> None:
    event = message("message", **{"from": fake, "sender_chat": sender, "chat": GROUP})

    assert (event.type, event.is_self) == ("message.received", False)
    assert (event.actor_id, event.body["actor"]["name"]) == (str(sender["id"]), sender["title"])


def test_a_channel_votes_as_itself_and_not_as_its_fake_user() -> None:
    vote = {"poll_id": "1", "user": CHANNEL_BOT, "voter_chat": CHANNEL, "option_ids": [0]}

    (event,) = read_all({"poll_answer": vote})

    assert (event.actor_id, event.is_self) == ("-1006", False)


async def sent_fields(event: ParsedEvent, kind: OutgoingKind, to: str | None = None) -> Any:
    http = ScriptedHttp([SENT])
    outgoing = Outgoing(kind=kind, event=event.body, text="Dạ", to=to, idempotency_key="k")
    await a_provider("telegram").send(outgoing, http)
    return json.loads(http.last.body)


@pytest.mark.parametrize("kind", ["reply", "message"])
@pytest.mark.parametrize("sender", [MAI, OWNER])
async def test_an_answer_is_said_for_the_business_account_to_the_customer(
    kind: OutgoingKind, sender: Any
) -> None:
    fields = await sent_fields(message(**{"from": sender}), kind)

    assert fields == {"chat_id": "77", "business_connection_id": "bc1", "text": "Dạ"}


async def test_a_tap_under_a_business_message_is_answered_for_the_business_account() -> None:
    under = {"message_id": 42, "chat": CHAT, "business_connection_id": "bc1"}
    (tap,) = read_all({"callback_query": {"id": "8", "from": MAI, "message": under, "data": "m"}})

    assert (await sent_fields(tap, "reply"))["business_connection_id"] == "bc1"


async def test_a_message_to_somebody_else_is_said_by_the_bot_itself() -> None:
    fields = await sent_fields(message(), "message", to="55")

    assert fields == {"chat_id": "55", "text": "Dạ"}


def test_a_message_to_an_anonymous_admin_is_read_by_the_group() -> None:
    event = message("message", **{"from": ANONYMOUS, "sender_chat": GROUP, "chat": GROUP})
    outgoing = Outgoing(kind="message", event=event.body, text="Dạ")

    assert a_provider("telegram").is_private(outgoing) is False
