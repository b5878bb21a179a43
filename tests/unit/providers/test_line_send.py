import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from automator.clock import iso_time
from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, SkippedStep, StepError, UnknownOutcome
from automator.plugins import OutgoingKind
from tests.support import words
from tests.support.errors import raises_code
from tests.support.http import ScriptedHttp, a_reply, calls
from tests.support.providers import NOW_MS, say
from tests.support.refused_messages import require_refusal
from tests.support.words import raises_saying

CHAT: Mapping[str, Any] = {
    "id": "ev1",
    "actor": {"id": "U71"},
    "conversation": {"id": "U71", "kind": "user"},
    "occurred_at": iso_time(NOW_MS),
    "data": {"replyToken": "token-1"},
}
GROUP = {**CHAT, "conversation": {"id": "C5", "kind": "group"}}
NO_TOKEN = {**CHAT, "data": {}}
PICTURE = {"type": "image", "url": "https://cdn.example/1.jpg"}
FILE = {"type": "file", "url": "https://cdn.example/1.pdf"}
SAID = [{"type": "text", "text": "Dạ còn ạ"}]


def done() -> HttpReply:
    return a_reply(200, b'{"sentMessages":[{"id":"461"}]}')


def refused(status: int, message: str = "no", headers: Any = None) -> HttpReply:
    return a_reply(status, json.dumps({"message": message}).encode(), headers)


send = partial(say, "line", text="Dạ còn ạ", now_ms=NOW_MS + 1000)


async def test_a_fresh_token_is_used_for_the_reply() -> None:
    http = ScriptedHttp([done()])

    sent = await send("reply", CHAT, http)

    assert calls(http) == [("reply", {"replyToken": "token-1", "messages": SAID})]
    assert http.last.url == "https://api.line.me/v2/bot/message/reply"
    assert http.last.headers["authorization"] == "Bearer line-token-of-tests"
    assert "x-line-retry-key" not in http.last.headers
    assert sent.output == {"message_id": "461", "ids": ["461"], "to": "U71"}


@pytest.mark.parametrize(
    ("kind", "event", "more", "to"),
    [
        ("reply", CHAT, {"now_ms": NOW_MS + 50_001}, "U71"),
        ("reply", CHAT, {"options": {"reply_within": "0s"}}, "U71"),
        ("reply", NO_TOKEN, {}, "U71"),
        ("reply", {**GROUP, "data": {}}, {}, "C5"),
        ("message", GROUP, {}, "U71"),
        ("message", CHAT, {"to": "U9"}, "U9"),
    ],
)
async def test_everything_else_is_pushed(
    kind: OutgoingKind, event: Mapping[str, Any], more: dict[str, Any], to: str
) -> None:
    http = ScriptedHttp([done()])

    await send(kind, event, http, **more)

    assert calls(http) == [("push", {"to": to, "messages": SAID})]


async def test_a_token_that_was_used_before_becomes_a_push() -> None:
    http = ScriptedHttp([refused(400, "Invalid reply token"), done()])

    await send("reply", GROUP, http)

    assert [what for what, _ in calls(http)] == ["reply", "push"]
    assert calls(http)[1][1]["to"] == "C5"


async def test_the_retry_key_is_the_same_for_each_attempt_and_for_no_other_step() -> None:
    http = ScriptedHttp()

    await send("message", CHAT, http)
    await send("message", CHAT, http)
    await send("message", CHAT, http, idempotency_key="run-2-x")
    await send("message", CHAT, http, to="U9")

    keys = [request.headers["x-line-retry-key"] for request in http.requests]
    assert str(UUID(keys[0])) == keys[0] == keys[1]
    assert len(set(keys)) == 3


async def test_what_line_has_accepted_before_is_done() -> None:
    sent = await send("message", CHAT, ScriptedHttp([refused(409)]))

    assert "before" in words.said(sent.summary)


async def test_a_push_without_an_answer_is_tried_again_with_its_key() -> None:
    with pytest.raises(RetryableError):
        await send("message", CHAT, ScriptedHttp([UnknownOutcome("no answer")]))


async def test_a_reply_without_an_answer_stays_unknown() -> None:
    with pytest.raises(UnknownOutcome):
        await send("reply", CHAT, ScriptedHttp([UnknownOutcome("no answer")]))


async def test_a_conversation_that_another_module_leads_is_left_alone() -> None:
    http = ScriptedHttp()

    with raises_saying(SkippedStep, "another module"):
        await send("reply", {**CHAT, "standby": True}, http)

    assert http.requests == []


async def test_pictures_and_the_text_go_out_in_one_request() -> None:
    http = ScriptedHttp()

    await send("message", CHAT, http, attachments=(PICTURE, FILE), quick_replies=("M",))

    picture, text = calls(http)[0][1]["messages"]
    assert picture["originalContentUrl"] == picture["previewImageUrl"] == PICTURE["url"]
    assert text["text"] == "Dạ còn ạ\nhttps://cdn.example/1.pdf"
    action = {"type": "message", "label": "M", "text": "M"}
    assert text["quickReply"] == {"items": [{"type": "action", "action": action}]}


async def test_a_template_is_a_message_as_line_writes_it() -> None:
    http = ScriptedHttp()
    sticker = {"type": "sticker", "packageId": "446", "stickerId": "1988"}

    await send("message", CHAT, http, text="", template=sticker)

    assert calls(http)[0][1]["messages"] == [sticker]


@pytest.mark.parametrize(
    ("kind", "event", "more", "code"),
    [
        ("reply", CHAT, {"text": "x" * 5001}, "too_much"),
        ("reply", CHAT, {"attachments": (PICTURE,) * 5}, "too_much"),
        ("reply", CHAT, {"quick_replies": ("A",) * 14}, "too_much"),
        ("reply", CHAT, {"text": ""}, "nothing_to_say"),
        ("reply", {"actor": {"id": "U71"}}, {}, "no_recipient"),
        ("message", {"actor": {"id": None}}, {}, "no_recipient"),
        ("private_reply", CHAT, {}, "not_possible"),
        ("reply", CHAT, {"options": {"channel_access_token": None}}, "no_token"),
    ],
)
async def test_what_line_cannot_do_is_said_before_anything_is_sent(
    kind: OutgoingKind, event: Mapping[str, Any], more: dict[str, Any], code: str
) -> None:
    http = ScriptedHttp()

    await require_refusal(send(kind, event, http, **more), http, code)


@pytest.mark.parametrize(
    ("kind", "answer", "error", "code"),
    [
        ("message", refused(429), RetryableError, "rate_limit"),
        ("message", refused(429, "You have reached your monthly limit."), PermanentError, "quota"),
        ("message", refused(401), PermanentError, "token_expired"),
        ("message", refused(403), PermanentError, "permission"),
        ("message", refused(404), SkippedStep, "gone"),
        ("message", refused(400), PermanentError, "provider_refused"),
        ("message", refused(500), RetryableError, "provider_down"),
        ("reply", refused(503), RetryableError, "provider_down"),
        ("reply", refused(500), UnknownOutcome, "unknown_outcome"),
        ("reply", refused(400), PermanentError, "provider_refused"),
        ("reply", a_reply(302, b""), PermanentError, "provider_refused"),
    ],
)
async def test_every_error_of_the_api_has_its_class(
    kind: OutgoingKind, answer: HttpReply, error: type[StepError], code: str
) -> None:
    with raises_code(error, code):
        await send(kind, CHAT, ScriptedHttp([answer]))


async def test_an_error_names_the_part_of_the_message_that_is_wrong() -> None:
    body = {"message": "1 error", "details": [{"property": "messages[0].text", "message": "empty"}]}

    with raises_saying(PermanentError, r"messages\[0\].text: empty"):
        await send("message", CHAT, ScriptedHttp([a_reply(400, json.dumps(body).encode())]))


async def test_a_reply_that_may_have_arrived_is_not_repeated_as_a_push() -> None:
    http = ScriptedHttp([refused(400, "Invalid reply token")])

    with raises_code(SkippedStep, "in_doubt"):
        await send("reply", CHAT, http, outcome_unknown=True)
    assert len(http.requests) == 1


async def test_a_reply_that_has_not_arrived_is_tried_with_its_token_again() -> None:
    http = ScriptedHttp([done()])

    await send("reply", CHAT, http, outcome_unknown=True)

    assert [what for what, _ in calls(http)] == ["reply"]


async def test_every_attempt_of_a_push_has_the_same_retry_key() -> None:
    http = ScriptedHttp([UnknownOutcome("the answer was lost"), refused(409)])

    with pytest.raises(RetryableError):
        await send("message", CHAT, http)
    sent = await send("message", CHAT, http, outcome_unknown=True)

    assert len({item.headers["x-line-retry-key"] for item in http.requests}) == 1
    assert words.said(sent.summary).startswith("LINE had accepted this before")
