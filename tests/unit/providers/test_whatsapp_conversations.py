"""Deletions, edits, what the owner writes by hand, groups, and who wants no marketing."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from automator.model import ParsedEvent
from automator.plugins import Outgoing, OutgoingKind
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import a_provider, a_request

HOA = "84912345678"
SHOP = "84281234567"
GROUP = "Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD"
USER_ID = "VN.13491208655302741918"
METADATA = {"phone_number_id": "106", "display_phone_number": SHOP}
SENT = a_reply(200, b'{"messages": [{"id": "wamid.9"}]}')


def parse(field: str, **value: Any) -> list[ParsedEvent]:
    change = {"field": field, "value": {"metadata": METADATA, **value}}
    body = json.dumps({"entry": [{"id": "102", "changes": [change]}]}).encode()
    return list(a_provider("whatsapp").parse(a_request(body=body)))


def a_message(kind: str, inner: Mapping[str, Any], **more: Any) -> ParsedEvent:
    message = {"from": HOA, "id": "wamid.2", "timestamp": "1795500470", "type": kind, **more}
    (event,) = parse("messages", messages=[{**message, kind: inner}])
    return event


def an_echo(kind: str, inner: Mapping[str, Any], **more: Any) -> ParsedEvent:
    echo = {"from": SHOP, "to": HOA, "id": "wamid.3", "timestamp": "1795500470", "type": kind}
    (event,) = parse("smb_message_echoes", message_echoes=[{**echo, kind: inner, **more}])
    return event


def an_edit(message: Mapping[str, Any]) -> dict[str, Any]:
    return {"original_message_id": "wamid.1", "message": message}


TEXT = {"type": "text", "text": {"body": "còn áo đỏ không?"}}
PICTURE = {"type": "image", "image": {"id": "m1", "mime_type": "image/jpeg", "caption": "áo này"}}


def test_a_message_that_is_taken_back_is_a_deletion_of_the_message_it_names() -> None:
    event = a_message("revoke", {"original_message_id": "wamid.1"})

    assert (event.type, event.actor_id, event.is_self) == ("message.deleted", HOA, False)
    assert event.body["message"]["id"] == "wamid.1"
    assert event.body["text"] is None


@pytest.mark.parametrize(
    ("message", "text", "kind"),
    [(TEXT, "còn áo đỏ không?", "text"), (PICTURE, "áo này", "image")],
)
def test_an_edit_has_the_new_words_of_the_message_it_names(
    message: Mapping[str, Any], text: str, kind: str
) -> None:
    event = a_message("edit", an_edit(message))

    assert (event.type, event.body["text"]) == ("message.edited", text)
    assert event.body["message"] == {"id": "wamid.1", "kind": kind}
    assert [item["type"] for item in event.body["attachments"]] == ["image"] * (kind == "image")


def test_a_message_its_edits_and_its_deletion_are_events_of_their_own() -> None:
    said = a_message("text", {"body": "chào"}, id="wamid.1")
    edits = [a_message("edit", an_edit(TEXT), id="wamid.1", timestamp=str(at)) for at in (5, 6)]
    deleted = a_message("revoke", {"original_message_id": "wamid.1"}, id="wamid.1")

    assert len({event.dedupe_key for event in (said, *edits, deleted)}) == 4


def test_an_edit_that_is_delivered_again_is_a_duplicate() -> None:
    first, again = a_message("edit", an_edit(TEXT)), a_message("edit", an_edit(TEXT))

    assert first.dedupe_key == again.dedupe_key


def test_what_the_owner_writes_in_the_app_is_an_answer_by_hand_to_the_person() -> None:
    event = an_echo("text", {"body": "Dạ còn ạ"})

    assert (event.type, event.is_self, event.actor_id) == ("message.sent", True, SHOP)
    assert (event.body["text"], event.lane) == ("Dạ còn ạ", f"shop:106:{HOA}")
    assert event.body["conversation"] == {"id": HOA, "kind": "person"}
    assert event.body["message"] == {"id": "wamid.3", "kind": "text", "sent_by": "human"}
    assert event.body["actor"]["is_self"] is True


def test_each_message_of_the_owner_is_an_event() -> None:
    echoes = [
        {"from": SHOP, "to": HOA, "id": f"wamid.{number}", "type": "text", "text": {"body": "Dạ"}}
        for number in range(3)
    ]

    found = parse("smb_message_echoes", message_echoes=echoes)

    assert [event.body["message"]["id"] for event in found] == ["wamid.0", "wamid.1", "wamid.2"]
    assert len({event.dedupe_key for event in found}) == 3


@pytest.mark.parametrize(
    ("kind", "inner", "type_", "text"),
    [
        ("revoke", {"original_message_id": "wamid.1"}, "message.deleted", None),
        ("edit", an_edit(PICTURE), "message.edited", "áo này"),
    ],
)
def test_what_the_owner_takes_back_or_edits_is_their_own_doing(
    kind: str, inner: Mapping[str, Any], type_: str, text: str | None
) -> None:
    event = an_echo(kind, inner)

    assert (event.type, event.is_self, event.body["text"]) == (type_, True, text)
    assert event.body["message"]["id"] == "wamid.1"
    assert event.body["conversation"]["id"] == HOA


def test_the_owner_writes_to_a_person_without_a_number() -> None:
    event = an_echo("text", {"body": "Dạ"}, to=None, to_user_id=USER_ID)

    assert event.body["conversation"]["id"] == USER_ID


def test_echoes_without_a_message_are_kept_as_they_came() -> None:
    (event,) = parse("smb_message_echoes", message_echoes=[])

    assert event.type == "whatsapp.smb_message_echoes"


def test_a_message_in_a_group_is_of_its_writer_and_belongs_to_the_group() -> None:
    event = a_message("text", {"body": "chào"}, group_id=GROUP)

    assert (event.actor_id, event.lane) == (HOA, f"shop:106:{GROUP}")
    assert event.body["conversation"] == {"id": GROUP, "kind": "group"}


def a_receipt(participant: Mapping[str, Any]) -> ParsedEvent:
    receipt = {"id": "w", "status": "read", "recipient_id": GROUP, "recipient_type": "group"}
    (event,) = parse("messages", statuses=[{**receipt, **participant}])
    return event


def test_a_receipt_in_a_group_is_of_the_participant() -> None:
    event = a_receipt({"recipient_participant_id": HOA})

    assert (event.type, event.actor_id, event.lane) == ("message.read", HOA, f"shop:106:{GROUP}")
    assert event.body["conversation"] == {"id": GROUP, "kind": "group"}


def test_each_participants_receipt_is_an_event_of_its_own() -> None:
    keys = {
        a_receipt({"recipient_participant_id": HOA}).dedupe_key,
        a_receipt({"recipient_participant_id": "84900000002"}).dedupe_key,
        a_receipt({"recipient_participant_user_id": USER_ID}).dedupe_key,
    }

    assert len(keys) == 3


def test_a_receipt_of_a_group_that_names_nobody_has_no_person() -> None:
    assert a_receipt({}).actor_id is None


async def sent_from(event: ParsedEvent, kind: OutgoingKind, to: str | None = None) -> Any:
    http = ScriptedHttp([SENT])
    outgoing = Outgoing(kind=kind, event=event.body, text="Dạ", to=to, idempotency_key="run-1-x")
    await a_provider("whatsapp").send(outgoing, http)
    return json.loads(http.last.body)


async def test_a_reply_in_a_group_stands_in_the_group_and_quotes() -> None:
    body = await sent_from(a_message("text", {"body": "chào"}, group_id=GROUP), "reply")

    assert (body["recipient_type"], body["to"]) == ("group", GROUP)
    assert body["context"] == {"message_id": "wamid.2"}


async def test_a_message_goes_to_the_person_of_the_group_alone() -> None:
    body = await sent_from(a_message("text", {"body": "chào"}, group_id=GROUP), "message")

    assert (body.get("recipient_type"), body["to"]) == (None, HOA)


async def test_a_message_may_be_written_to_a_group() -> None:
    body = await sent_from(a_message("text", {"body": "chào"}), "message", to=GROUP)

    assert (body["recipient_type"], body["to"]) == ("group", GROUP)


@pytest.mark.parametrize("kind", ["reply", "message"])
async def test_what_follows_the_owners_own_words_goes_to_the_person(kind: OutgoingKind) -> None:
    body = await sent_from(an_echo("text", {"body": "Dạ còn ạ"}), kind)

    assert body["to"] == HOA


async def test_the_user_id_of_a_person_behind_a_portfolio_is_a_user_id_too() -> None:
    event = a_message("text", {"body": "chào"})

    body = await sent_from(event, "message", to="US.ENT.11815799212886844830")

    assert body["recipient"] == "US.ENT.11815799212886844830"


@pytest.mark.parametrize(
    ("group", "kind", "to", "is_private"),
    [
        (None, "reply", None, True),
        (GROUP, "reply", None, False),
        (GROUP, "message", None, True),
        (None, "message", GROUP, False),
    ],
)
def test_what_is_said_in_a_group_is_not_private(
    group: str | None, kind: OutgoingKind, to: str | None, is_private: bool
) -> None:
    event = a_message("text", {"body": "chào"}, **({"group_id": group} if group else {}))
    outgoing = Outgoing(kind=kind, event=event.body, text="Dạ", to=to)

    assert a_provider("whatsapp").is_private(outgoing) is is_private


@pytest.mark.parametrize("value", ["stop", "resume"])
def test_who_wants_no_marketing_or_wants_it_again_is_known_as_a_person(value: str) -> None:
    preference = {
        "wa_id": HOA,
        "user_id": USER_ID,
        "detail": "User requested it",
        "category": "marketing_messages",
        "value": value,
        "timestamp": 1795500470,
    }
    contacts = [{"profile": {"name": "Hoa"}, "wa_id": HOA}]

    (event,) = parse("user_preferences", contacts=contacts, user_preferences=[preference])

    assert (event.type, event.actor_id) == ("whatsapp.user_preferences", HOA)
    assert event.body["actor"] == {"id": HOA, "name": "Hoa", "is_self": False}
    assert event.body["preference"] == {"category": "marketing_messages", "value": value}
    assert event.body["conversation"] == {"id": HOA, "kind": "person"}
    assert event.same_person == (HOA, USER_ID)
    assert event.occurred_at == 1795500470000


def test_each_preference_of_a_delivery_is_an_event() -> None:
    preferences = [
        {"wa_id": number, "category": "marketing_messages", "value": "stop", "timestamp": 5}
        for number in ("841", "842")
    ]

    found = parse("user_preferences", user_preferences=preferences)

    assert [event.actor_id for event in found] == ["841", "842"]
    assert len({event.dedupe_key for event in found}) == 2
