import json
from collections.abc import Mapping
from typing import Any

import pytest

from automator.model import PermanentError, RetryableError, SkippedStep, StepError, UnknownOutcome
from automator.plugins import Outgoing, OutgoingKind, Sent
from tests.support.errors import raises_code
from tests.support.http import ScriptedHttp, a_reply, bodies
from tests.support.providers import a_provider, a_request

MESSAGE: Mapping[str, Any] = {
    "phone": {"id": "106"},
    "message": {"id": "wamid.1"},
    "actor": {"id": "84912345678"},
    "conversation": {"id": "84912345678"},
}
SENT = a_reply(200, b'{"messages": [{"id": "wamid.9"}]}')


def parse(value: dict[str, Any], **options: Any) -> Any:
    change = {"field": "messages", "value": {"metadata": {"phone_number_id": "106"}, **value}}
    body = json.dumps({"entry": [{"id": "102", "changes": [change]}]}).encode()
    return a_provider("whatsapp", **options).parse(a_request(body=body))


async def send(
    http: ScriptedHttp,
    kind: OutgoingKind = "message",
    event: Mapping[str, Any] = MESSAGE,
    options: Mapping[str, Any] | None = None,
    **more: Any,
) -> Sent:
    outgoing = Outgoing(kind=kind, event=event, idempotency_key="run-1-x", **more)
    return await a_provider("whatsapp", **(options or {})).send(outgoing, http)


@pytest.mark.parametrize(
    ("status", "type_", "person"),
    [
        ("sent", "whatsapp.status.sent", None),
        ("delivered", "message.delivered", None),
        ("read", "message.read", "84912345678"),
        ("failed", "message.failed", None),
    ],
)
def test_a_status_is_the_persons_doing_only_when_they_read(
    status: str, type_: str, person: str | None
) -> None:
    (event,) = parse({"statuses": [{"id": "w", "status": status, "recipient_id": "84912345678"}]})

    assert (event.type, event.actor_id, event.is_self) == (type_, person, False)
    assert event.body["conversation"] == {"id": "84912345678", "kind": "person"}


def test_each_status_of_a_message_is_an_event_of_its_own() -> None:
    statuses = [{"id": "w", "status": status} for status in ("sent", "delivered", "delivered")]

    keys = [event.dedupe_key for event in parse({"statuses": statuses})]

    assert len(set(keys)) == 2


def test_everything_that_one_delivery_carries_is_read() -> None:
    messages = [{"from": "84", "id": f"w{number}", "type": "text"} for number in range(3)]

    found = parse({"messages": messages, "statuses": [{"id": "w9"}], "errors": [{"code": 1}]})

    assert len({event.dedupe_key for event in found}) == 5


def test_a_reaction_that_is_taken_back_has_no_sign() -> None:
    reaction = {"message_id": "w0"}

    (event,) = parse(
        {"messages": [{"from": "84", "id": "w", "type": "reaction", "reaction": reaction}]}
    )

    assert event.type == "reaction.removed"
    assert event.body["parent"] == {"id": "w0"}


def test_what_came_through_another_number_of_the_account_is_no_message_of_this_connection() -> None:
    value = {"messages": [{"from": "84", "id": "w", "type": "text", "text": {"body": "chào"}}]}

    (ours,) = parse(value, phone_number_id="106")
    (other,) = parse(value, phone_number_id="107")

    assert (ours.type, other.type) == ("message.received", "whatsapp.other_number")


async def test_an_answer_goes_out_through_the_number_that_was_written_to_and_quotes() -> None:
    http = ScriptedHttp([SENT])

    sent = await send(http, "reply", text="Dạ", options={"appsecret_proof": False})

    assert sent.output == {"message_id": "wamid.9", "ids": ["wamid.9"]}
    assert http.last.url == "https://graph.facebook.com/v26.0/106/messages"
    assert bodies(http) == [
        {
            "messaging_product": "whatsapp",
            "to": "84912345678",
            "type": "text",
            "text": {"body": "Dạ"},
            "context": {"message_id": "wamid.1"},
        }
    ]


async def test_a_person_without_a_number_is_named_by_their_user_id() -> None:
    http = ScriptedHttp([SENT])

    await send(http, text="Dạ", to="VN.13491208655302741918")

    (body,) = bodies(http)
    assert body["recipient"] == "VN.13491208655302741918"
    assert "to" not in body


async def test_a_template_is_sent_as_it_was_approved() -> None:
    http = ScriptedHttp([SENT])
    components = [{"type": "body", "parameters": [{"type": "text", "text": "Ánh"}]}]

    await send(http, template={"name": "ready", "language": "vi", "components": components})

    (body,) = bodies(http)
    assert body["template"] == {
        "name": "ready",
        "language": {"code": "vi"},
        "components": components,
    }


@pytest.mark.parametrize("template", [{"name": "x"}, {"name": "x", "language": "vi", "lang": 1}])
async def test_a_template_that_cannot_be_meant_is_refused_before_the_call(
    template: dict[str, Any],
) -> None:
    http = ScriptedHttp()

    with pytest.raises(PermanentError) as caught:
        await send(http, template=template)

    assert (caught.value.code, http.requests) == ("bad_template", [])


@pytest.mark.parametrize(
    ("status", "code", "kind", "name"),
    [
        (400, 131047, SkippedStep, "outside_window"),
        (400, 131049, SkippedStep, "ecosystem_limit"),
        (400, 130472, SkippedStep, "ecosystem_limit"),
        (400, 131050, SkippedStep, "gone"),
        (401, 0, PermanentError, "token_expired"),
        (400, 0, PermanentError, "provider_refused"),
        (400, 131056, RetryableError, "rate_limit"),
        (429, 130429, RetryableError, "rate_limit"),
        (400, 131026, PermanentError, "undeliverable"),
        (400, 131031, PermanentError, "page_blocked"),
        (404, 132001, PermanentError, "bad_template"),
        (401, 190, PermanentError, "token_expired"),
        (400, 80007, RetryableError, "rate_limit"),
        (503, 131016, RetryableError, "provider_down"),
        (500, 131000, UnknownOutcome, "unknown_outcome"),
        (400, 131009, PermanentError, "provider_refused"),
    ],
)
async def test_each_error_has_its_class(
    status: int, code: int, kind: type[StepError], name: str
) -> None:
    error = {"error": {"code": code, "message": "no", "error_data": {"details": "because"}}}
    http = ScriptedHttp([a_reply(status, json.dumps(error).encode())])

    with raises_code(kind, name):
        await send(http, text="Dạ")


async def test_nothing_is_sent_again_when_only_the_second_part_fails() -> None:
    refused = a_reply(500, b'{"error": {"code": 131000}}')
    picture = {"type": "image", "url": "https://cdn.example/1.jpg"}

    with raises_code(PermanentError, "partly_sent"):
        await send(ScriptedHttp([SENT, refused]), text="Dạ", attachments=(picture,))


def test_a_number_and_a_user_id_in_one_message_are_one_person() -> None:
    told = {"id": "wamid.1", "type": "text", "text": {"body": "alo"}}
    both, hidden = parse(
        {
            "messages": [
                {**told, "from": "84912345678", "from_user_id": "VN.1"},
                {**told, "id": "wamid.2", "from_user_id": "VN.1"},
            ]
        }
    )

    assert both.same_person == ("84912345678", "VN.1")
    assert (hidden.actor_id, hidden.same_person) == ("VN.1", ())


def test_a_new_user_id_belongs_to_the_person_of_the_old_one_and_nobody_has_written() -> None:
    changed = {"wa_id": "84912345678", "user_id": {"previous": "VN.1", "current": "VN.2"}}
    value = {"metadata": {"phone_number_id": "106"}, "user_id_update": [changed]}
    change = {"field": "user_id_update", "value": value}
    body = json.dumps({"entry": [{"id": "102", "changes": [change]}]}).encode()
    (event,) = a_provider("whatsapp").parse(a_request(body=body))

    assert event.type == "whatsapp.user_id_update"
    assert event.same_person == ("VN.1", "VN.2", "84912345678")
    assert event.actor_id is None


def test_a_message_about_a_changed_user_id_names_both() -> None:
    system = {"type": "user_changed_user_id", "previous_user_id": "VN.1", "user_id": "VN.2"}
    (event,) = parse({"messages": [{"id": "wamid.3", "type": "system", "system": system}]})

    assert event.same_person == ("VN.1", "VN.2")
