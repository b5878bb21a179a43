"""What a Zalo connection says, and what it makes of Zalo's answers."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, SkippedStep, StepError, UnknownOutcome
from automator.plugins import Outgoing, OutgoingKind
from tests.support import words
from tests.support.errors import raises_code
from tests.support.http import ScriptedHttp, a_reply, bodies
from tests.support.providers import NOW_MS, a_provider, say
from tests.support.refused_messages import require_refusal

CHAT: Mapping[str, Any] = {
    "actor": {"id": "58200"},
    "conversation": {"id": "58200", "kind": "person"},
    "message": {"id": "m1"},
}
GROUP: Mapping[str, Any] = {**CHAT, "conversation": {"id": "g7", "kind": "group"}}
UNNAMED: Mapping[str, Any] = {
    "actor": {"id": "anon1"},
    "conversation": {"id": "c9", "kind": "anonymous"},
}
PICTURE = {"type": "image", "url": "https://cdn.example/1.jpg"}
API = "https://openapi.zalo.me"
DAY_MS = 86_400_000


def said(**data: Any) -> HttpReply:
    return a_reply(200, json.dumps({"data": data, "error": 0, "message": "Success"}).encode())


def refused(code: int, message: str = "no", status: int = 200) -> HttpReply:
    return a_reply(status, json.dumps({"error": code, "message": message}).encode())


send = partial(say, "zalo", text="Dạ 250k ạ", now_ms=NOW_MS)


@pytest.mark.parametrize("kind", ["reply", "message"])
async def test_an_answer_is_a_customer_service_message(kind: OutgoingKind) -> None:
    http = ScriptedHttp([said(message_id="m9", user_id="58200")])

    sent = await send(kind, CHAT, http)

    assert sent.output == {"message_id": "m9", "ids": ["m9"]}
    assert (http.last.method, http.last.url) == ("POST", f"{API}/v3.0/oa/message/cs")
    assert http.last.headers["access_token"] == "zalo-token-of-tests"
    assert "authorization" not in http.last.headers
    assert bodies(http) == [{"recipient": {"user_id": "58200"}, "message": {"text": "Dạ 250k ạ"}}]


async def test_a_message_goes_to_whom_it_names() -> None:
    http = ScriptedHttp([said(message_id="m9")])

    await send("message", GROUP, http, to="777")

    assert bodies(http)[0]["recipient"] == {"user_id": "777"}


async def test_an_answer_in_a_group_stands_in_the_group_and_calls_nobody() -> None:
    http = ScriptedHttp([said(message_id="m9")])

    await send("reply", GROUP, http, text="Bạn hỏi [@219000000000000019] giá [@all")

    assert http.last.url == f"{API}/v3.0/oa/group/message"
    message = {"text": "Bạn hỏi  giá "}
    assert bodies(http) == [{"recipient": {"group_id": "g7"}, "message": message}]
    provider = a_provider("zalo")
    assert not provider.is_private(Outgoing(kind="reply", event=GROUP))
    assert provider.is_private(Outgoing(kind="message", event=GROUP))
    assert provider.is_private(Outgoing(kind="reply", event=CHAT))


async def test_a_message_of_a_group_goes_to_the_person_alone() -> None:
    http = ScriptedHttp([said(message_id="m9")])

    await send("message", GROUP, http)

    assert bodies(http)[0]["recipient"] == {"user_id": "58200"}


async def test_somebody_unnamed_is_answered_in_their_conversation() -> None:
    http = ScriptedHttp([said(message_id="m9")])

    await send("reply", UNNAMED, http)

    assert http.last.url == f"{API}/v2.0/oa/message"
    assert bodies(http)[0]["recipient"] == {"anonymous_id": "anon1", "conversation_id": "c9"}


async def test_pictures_go_first_and_the_text_after_them() -> None:
    http = ScriptedHttp([said(message_id="m1"), said(message_id="m2")])

    sent = await send("reply", CHAT, http, attachments=(PICTURE,))

    assert sent.output["ids"] == ["m1", "m2"]
    element = {"media_type": "image", "url": "https://cdn.example/1.jpg"}
    payload = {"template_type": "media", "elements": [element]}
    assert bodies(http)[0]["message"] == {"attachment": {"type": "template", "payload": payload}}
    assert bodies(http)[1]["message"] == {"text": "Dạ 250k ạ"}


async def test_what_arrived_in_part_is_not_tried_again() -> None:
    with raises_code(PermanentError, "partly_sent"):
        await send("reply", CHAT, ScriptedHttp([said(), refused(-32)]), attachments=(PICTURE,))


async def test_quick_replies_are_lines_or_buttons_as_the_connection_says() -> None:
    http = ScriptedHttp([said(), said()])

    await send("reply", CHAT, http, quick_replies=("Size S", "Size M"))
    await send("reply", CHAT, http, quick_replies=("Size S",), options={"quick_replies": "buttons"})

    assert bodies(http)[0]["message"] == {"text": "Dạ 250k ạ\n• Size S\n• Size M"}
    button = {"title": "Size S", "type": "oa.query.show", "payload": "Size S"}
    attachment = {"type": "template", "payload": {"buttons": [button]}}
    assert bodies(http)[1]["message"] == {"text": "Dạ 250k ạ", "attachment": attachment}


async def test_a_template_goes_to_the_person_or_to_a_phone_number() -> None:
    http = ScriptedHttp([said(message_id="m9"), said(msg_id="z9")])
    template = {"id": "203972", "data": {"name": "Lan"}}

    await send("message", CHAT, http, text="", template=template)
    sent = await send(
        "message", CHAT, http, text="", template={**template, "phone": "0912 345 678"}
    )

    assert [request.url for request in http.requests] == [
        f"{API}/v3.0/oa/message/template",
        "https://business.openapi.zalo.me/message/template",
    ]
    shared = {"template_id": "203972", "template_data": {"name": "Lan"}}
    assert bodies(http)[0] == {"user_id": "58200", **shared}
    assert bodies(http)[1] == {"phone": "84912345678", "tracking_id": "run-1-x", **shared}
    assert sent.output == {"message_id": "z9"}


async def test_people_are_asked_for_their_information_with_a_form() -> None:
    form = {
        "template_type": "request_user_info",
        "elements": [{"title": "Giao hàng", "subtitle": "Cho shop xin địa chỉ ạ"}],
    }
    http = ScriptedHttp([said(message_id="z1")])

    sent = await send("message", CHAT, http, text="", template=form)

    assert http.requests[0].url.endswith("/v3.0/oa/message/cs")
    assert bodies(http)[0]["message"] == {"attachment": {"type": "template", "payload": form}}
    assert sent.output["message_id"] == "z1"


def test_a_form_keeps_to_the_window_and_an_approved_template_does_not() -> None:
    policy = a_provider("zalo").policy
    assert policy is not None

    assert not policy.is_approved({"template_type": "request_user_info"})
    assert policy.is_approved({"id": "1"})


@pytest.mark.parametrize(
    ("event", "more", "code"),
    [
        (CHAT, {"text": "a" * 2001}, "too_much"),
        (CHAT, {"text": ""}, "nothing_to_say"),
        (CHAT, {"attachments": ({"type": "file", "url": "https://x"},)}, "not_possible"),
        (GROUP, {"attachments": (PICTURE,)}, "too_much"),
        ({"actor": {"id": None}}, {}, "no_recipient"),
        (CHAT, {"template": {"data": {}}}, "bad_template"),
        (CHAT, {"template": {"id": "1", "date": {}}}, "bad_template"),
        (CHAT, {"template": {"id": "1", "phone": "twelve"}}, "bad_phone"),
        (CHAT, {"template": {"id": "1", "phone": "１２３４５６７８"}}, "bad_phone"),
    ],
)
async def test_what_zalo_cannot_do_is_said_before_anything_is_sent(
    event: Mapping[str, Any], more: dict[str, Any], code: str
) -> None:
    http = ScriptedHttp()

    await require_refusal(send("reply", event, http, **more), http, code)


async def test_without_a_token_nothing_is_sent() -> None:
    http = ScriptedHttp()

    with pytest.raises(PermanentError) as caught:
        await send("reply", CHAT, http, options={"access_token": None})

    assert (caught.value.code, http.requests) == ("no_token", [])


async def test_an_answer_that_cannot_be_read_leaves_the_outcome_open() -> None:
    for answer in (a_reply(200, b"<html>"), a_reply(200, b"{}"), UnknownOutcome("no answer")):
        with pytest.raises(UnknownOutcome):
            await send("reply", CHAT, ScriptedHttp([answer]))


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (refused(-230), SkippedStep, "outside_window"),
        (refused(-232), SkippedStep, "outside_window"),
        (refused(-213), SkippedStep, "gone"),
        (refused(-217), SkippedStep, "gone"),
        (refused(-227), SkippedStep, "gone"),
        (refused(-244), SkippedStep, "gone"),
        *((refused(code), SkippedStep, "gone") for code in (-114, -118, -119, -139, -140, -141)),
        (refused(-147), RetryableError, "quota"),
        (refused(-32), RetryableError, "rate_limit"),
        (refused(0, status=429), RetryableError, "rate_limit"),
        (refused(-211), RetryableError, "quota"),
        (refused(-144), RetryableError, "quota"),
        (refused(-133), RetryableError, "night"),
        (refused(-234), RetryableError, "night"),
        (refused(-200), RetryableError, "provider_down"),
        (refused(-100), RetryableError, "provider_down"),
        (a_reply(503, b"<html>"), RetryableError, "provider_down"),
        (a_reply(502, b"<html>"), UnknownOutcome, "unknown_outcome"),
        (refused(-216), PermanentError, "token_expired"),
        (refused(-220), PermanentError, "token_expired"),
        (refused(-124), PermanentError, "token_expired"),
        (refused(-223), PermanentError, "permission"),
        (refused(-101), PermanentError, "permission"),
        (refused(-105), PermanentError, "permission"),
        (refused(-240), PermanentError, "permission"),
        (refused(-201), PermanentError, "provider_refused"),
        (refused(-106), PermanentError, "provider_refused"),
        (refused(-249), PermanentError, "provider_refused"),
        (a_reply(404, b""), PermanentError, "provider_refused"),
        (a_reply(200, b'{"error":"-201","message":"no"}'), PermanentError, "provider_refused"),
    ],
)
async def test_every_error_of_the_api_has_its_class(
    answer: HttpReply, error: type[StepError], code: str
) -> None:
    http = ScriptedHttp([answer])

    with pytest.raises(error) as caught:
        await send("reply", CHAT, http)

    assert (caught.value.code, len(http.requests)) == (code, 1)
    assert isinstance(caught.value, SkippedStep | RetryableError) or words.advice_on(
        caught.value.reason
    )


@pytest.mark.parametrize(
    ("code", "now", "hours"),
    [
        # 15:30 UTC is 22:30 in Vietnam.
        (-234, "15:30", 7.5),
        (-234, "22:59", 1 / 60),
        (-211, "15:30", 1.5),
        (-211, "17:00", 24),
    ],
)
async def test_what_comes_too_late_in_the_day_waits_for_the_clock_in_vietnam(
    code: int, now: str, hours: float
) -> None:
    hour, _, minute = now.partition(":")
    now_ms = NOW_MS - NOW_MS % DAY_MS + (int(hour) * 60 + int(minute)) * 60_000

    with pytest.raises(RetryableError) as caught:
        await send("reply", CHAT, ScriptedHttp([refused(code)]), now_ms=now_ms)

    assert caught.value.retry_after_s == pytest.approx(hours * 3600 + 60)


async def test_the_name_of_who_wrote_comes_from_the_profile() -> None:
    http = ScriptedHttp([said(user_id="58200", display_name="Thu Hà")])
    provider = a_provider("zalo")

    assert [provider.can_name(one) for one in (CHAT, GROUP, UNNAMED)] == [True, True, False]
    assert not a_provider("zalo", look_up_names=False).can_name(CHAT)
    assert await provider.name_of(CHAT, http, NOW_MS) == "Thu Hà"
    asked = "%7B%22user_id%22%3A%2258200%22%7D"
    assert (http.last.method, http.last.url) == ("GET", f"{API}/v3.0/oa/user/detail?data={asked}")


async def test_a_profile_that_zalo_refuses_says_why() -> None:
    with pytest.raises(SkippedStep) as caught:
        await a_provider("zalo").name_of(CHAT, ScriptedHttp([refused(-213)]), NOW_MS)

    assert caught.value.reason.code == "not_following"
