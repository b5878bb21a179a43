import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from automator.engine.attempts.recording import RecordingHttp, Redactor
from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, SkippedStep, StepError, UnknownOutcome
from automator.plugins import Outgoing, OutgoingKind
from tests.support.errors import raises_code
from tests.support.http import ScriptedHttp, a_reply, calls
from tests.support.providers import a_provider, say
from tests.support.refused_messages import require_refusal

TOKEN = "123456789:telegram-token-of-tests"
PRIVATE: Mapping[str, Any] = {
    "actor": {"id": "77"},
    "conversation": {"id": "77", "kind": "private", "topic": None},
    "message": {"id": "41"},
}
GROUP = {**PRIVATE, "conversation": {"id": "-1005", "kind": "supergroup", "topic": "12"}}
PICTURE = {"type": "image", "url": "https://cdn.example/1.jpg"}
FILE = {"type": "file", "url": "https://cdn.example/1.pdf"}
QUOTE = {"message_id": 41, "allow_sending_without_reply": True}


def done(number: int = 900) -> HttpReply:
    return a_reply(200, json.dumps({"ok": True, "result": {"message_id": number}}).encode())


def refused(status: int, description: str = "no", **parameters: Any) -> HttpReply:
    answer = {"ok": False, "error_code": status, "description": description}
    return a_reply(status, json.dumps({**answer, "parameters": parameters}).encode())


send = partial(say, "telegram", text="Dạ còn ạ")


@pytest.mark.parametrize(
    ("kind", "event", "to", "address"),
    [
        ("reply", PRIVATE, None, {"chat_id": "77"}),
        (
            "reply",
            GROUP,
            None,
            {"chat_id": "-1005", "message_thread_id": 12, "reply_parameters": QUOTE},
        ),
        (
            "reply",
            {**GROUP, "button": {"id": "m"}},
            None,
            {"chat_id": "-1005", "message_thread_id": 12},
        ),
        ("message", GROUP, None, {"chat_id": "77"}),
        ("message", GROUP, "@aodep", {"chat_id": "@aodep"}),
    ],
)
async def test_a_reply_quotes_in_groups_and_a_message_goes_to_the_person(
    kind: OutgoingKind, event: Mapping[str, Any], to: str | None, address: dict[str, Any]
) -> None:
    http = ScriptedHttp([done()])

    sent = await send(kind, event, http, to=to)

    assert sent.output["message_id"] == "900"
    assert http.last.url == f"https://api.telegram.org/bot{TOKEN}/sendMessage"
    assert calls(http) == [("sendMessage", {"text": "Dạ còn ạ", **address})]


async def test_the_token_in_the_address_is_in_no_record() -> None:
    provider = a_provider("telegram")
    http = RecordingHttp(ScriptedHttp([done()]), Redactor(provider.secrets()))

    await send("reply", PRIVATE, http)

    (exchange,) = http.exchanges
    assert exchange.request["url"].startswith("https://api.telegram.org/bot<secret ")
    assert TOKEN not in repr(exchange)


async def test_the_text_stands_under_the_one_picture_where_it_fits() -> None:
    short, long = ScriptedHttp(), ScriptedHttp()

    await send("reply", PRIVATE, short, attachments=(PICTURE,))
    await send("reply", PRIVATE, long, attachments=(PICTURE,), text="x" * 1025)

    photo = {"chat_id": "77", "photo": "https://cdn.example/1.jpg"}
    assert calls(short) == [("sendPhoto", {**photo, "caption": "Dạ còn ạ"})]
    assert [method for method, _ in calls(long)] == ["sendPhoto", "sendMessage"]


async def test_each_attachment_has_its_method() -> None:
    http = ScriptedHttp()
    kinds = ("image", "video", "audio", "file", "gif")
    attachments = tuple({"type": kind, "url": "https://cdn.example/1"} for kind in kinds)

    await send("reply", PRIVATE, http, attachments=attachments, text="")

    methods = ["sendPhoto", "sendVideo", "sendAudio", "sendDocument", "sendDocument"]
    assert [method for method, _ in calls(http)] == methods


@pytest.mark.parametrize(
    ("kind", "markup"),
    [
        (
            "keyboard",
            {"keyboard": [[{"text": "M"}]], "one_time_keyboard": True, "resize_keyboard": True},
        ),
        ("buttons", {"inline_keyboard": [[{"text": "M", "callback_data": "M"}]]}),
    ],
)
async def test_quick_replies_are_a_keyboard_or_buttons(kind: str, markup: Any) -> None:
    http = ScriptedHttp()

    await send("reply", PRIVATE, http, quick_replies=("M",), options={"quick_replies": kind})

    assert calls(http)[0][1]["reply_markup"] == markup


async def test_a_group_that_has_moved_gets_the_message_at_its_new_id() -> None:
    http = ScriptedHttp([refused(400, migrate_to_chat_id=-1009), done(1), done(2)])

    sent = await send("reply", GROUP, http, attachments=(FILE, PICTURE), text="")

    assert [fields["chat_id"] for _, fields in calls(http)] == ["-1005", -1009, -1009]
    assert sent.output["chat_id"] == "-1009"


async def test_what_arrived_in_part_is_not_tried_again() -> None:
    http = ScriptedHttp([done(), refused(429, retry_after=5)])

    with raises_code(PermanentError, "partly_sent"):
        await send("reply", PRIVATE, http, attachments=(FILE, PICTURE))


@pytest.mark.parametrize(
    ("kind", "event", "more", "code"),
    [
        ("reply", PRIVATE, {"text": "x" * 4097}, "too_much"),
        ("reply", PRIVATE, {"text": "😀" * 2049}, "too_much"),
        (
            "reply",
            PRIVATE,
            {"quick_replies": ("ạ" * 30,), "options": {"quick_replies": "buttons"}},
            "too_much",
        ),
        ("reply", PRIVATE, {"text": ""}, "nothing_to_say"),
        ("reply", {"actor": {"id": "77"}}, {}, "no_recipient"),
        ("message", {"actor": {"id": None}}, {}, "no_recipient"),
        ("message", PRIVATE, {"template": {"a": 1}}, "not_possible"),
        ("private_reply", PRIVATE, {}, "not_possible"),
        ("reply", PRIVATE, {"options": {"bot_token": None}}, "no_token"),
    ],
)
async def test_what_telegram_cannot_do_is_said_before_anything_is_sent(
    kind: OutgoingKind, event: Mapping[str, Any], more: dict[str, Any], code: str
) -> None:
    http = ScriptedHttp()

    await require_refusal(send(kind, event, http, **more), http, code)


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (refused(429, retry_after=5), RetryableError, "rate_limit"),
        (a_reply(429, b""), RetryableError, "rate_limit"),
        (refused(401, "Unauthorized"), PermanentError, "token_expired"),
        (refused(404, "Not Found"), PermanentError, "token_expired"),
        (refused(403, "Forbidden: bot was blocked by the user"), SkippedStep, "gone"),
        (refused(403, "Forbidden: bot was kicked from the group chat"), SkippedStep, "gone"),
        (refused(403, "Forbidden: user is deactivated"), SkippedStep, "gone"),
        (refused(400, "Bad Request: chat not found"), SkippedStep, "gone"),
        (refused(403, "Forbidden"), PermanentError, "permission"),
        (refused(400, "Bad Request: not enough rights to send"), PermanentError, "permission"),
        (refused(400, "Bad Request: message is too long"), PermanentError, "provider_refused"),
        (a_reply(503, b"<html>"), RetryableError, "provider_down"),
        (a_reply(502, b"<html>"), UnknownOutcome, "unknown_outcome"),
        (a_reply(302, b""), PermanentError, "provider_refused"),
        (UnknownOutcome("no answer"), UnknownOutcome, "unknown_outcome"),
    ],
)
async def test_every_error_of_the_api_has_its_class(
    answer: HttpReply | StepError, error: type[StepError], code: str
) -> None:
    with raises_code(error, code):
        await send("reply", PRIVATE, ScriptedHttp([answer]))


@pytest.mark.parametrize(("given", "seconds"), [(5, 5), (None, 30), ("5", 30), (True, 30)])
async def test_a_rate_limit_waits_as_long_as_telegram_asks(given: Any, seconds: float) -> None:
    with pytest.raises(RetryableError) as caught:
        await send("reply", PRIVATE, ScriptedHttp([refused(429, retry_after=given)]))

    assert caught.value.retry_after_s == seconds


@pytest.mark.parametrize(
    ("kind", "event", "to", "private"),
    [
        ("reply", PRIVATE, None, True),
        ("reply", GROUP, None, False),
        ("message", GROUP, None, True),
        ("message", PRIVATE, "-1005", False),
    ],
)
def test_only_what_one_person_reads_is_private(
    kind: OutgoingKind, event: Mapping[str, Any], to: str | None, private: bool
) -> None:
    outgoing = Outgoing(kind=kind, event=event, text="Dạ", to=to)

    assert a_provider("telegram").is_private(outgoing) is private
