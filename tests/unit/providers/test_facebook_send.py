import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from automator.http.types import HttpReply
from automator.model import (
    POST,
    PermanentError,
    RetryableError,
    SkippedStep,
    StepError,
    UnknownOutcome,
)
from automator.plugins import Outgoing, OutgoingKind, Sent
from automator.reasons.attempts.providers import comment_answered
from tests.support import words
from tests.support.errors import raises_code
from tests.support.http import ScriptedHttp, a_reply, bodies
from tests.support.providers import a_provider, say
from tests.support.refused_messages import require_refusal
from tests.support.words import raises_saying

COMMENT: Mapping[str, Any] = {
    "page": {"id": "104"},
    "comment": {"id": "1_2"},
    "actor": {"id": "684"},
    "conversation": None,
}
MESSAGE: Mapping[str, Any] = {
    "page": {"id": "104"},
    "conversation": {"id": "251"},
    "actor": {"id": "251"},
}
PICTURE = {"type": "image", "url": "https://cdn.example/1.jpg"}
GRAPH = "https://graph.facebook.com/v26.0"


def said(**body: Any) -> HttpReply:
    return a_reply(200, json.dumps(body).encode())


def refused(status: int, code: int, subcode: int | None = None, **more: Any) -> HttpReply:
    headers = more.pop("headers", {})
    error = {"message": "no", "code": code, "error_subcode": subcode, **more}
    return a_reply(status, json.dumps({"error": error}).encode(), headers)


send = partial(say, "facebook", text="Dạ 250k ạ")


async def test_a_reply_to_a_comment_stands_under_the_comment() -> None:
    http = ScriptedHttp([said(id="1_99")])

    sent = await send("reply", COMMENT, http)

    assert sent == Sent(summary=comment_answered(comment="1_2"), output={"id": "1_99"})
    assert http.last.method == "POST"
    assert http.last.url.startswith(f"{GRAPH}/1_2/comments?appsecret_proof=")
    assert http.last.headers["authorization"] == "Bearer page-token-of-tests"
    assert bodies(http) == [{"message": "Dạ 250k ạ"}]


async def test_the_token_stands_in_no_address() -> None:
    http = ScriptedHttp()

    await send("reply", COMMENT, http)
    await send("message", MESSAGE, http)

    assert not any("page-token-of-tests" in request.url for request in http.requests)


async def test_a_private_reply_names_the_comment_and_learns_the_person() -> None:
    http = ScriptedHttp([said(recipient_id="251", message_id="m_9")])

    sent = await send("private_reply", COMMENT, http, quick_replies=("Size S", "Size M"))

    assert (sent.alias, sent.output["message_id"]) == ("251", "m_9")
    assert http.last.url.startswith(f"{GRAPH}/104/messages?")
    (body,) = bodies(http)
    assert body["recipient"] == {"comment_id": "1_2"}
    assert body["message"] == {
        "text": "Dạ 250k ạ",
        "metadata": "automator:run-1-x",
        "quick_replies": [
            {"content_type": "text", "title": "Size S", "payload": "Size S"},
            {"content_type": "text", "title": "Size M", "payload": "Size M"},
        ],
    }


async def test_a_second_private_reply_counts_as_done() -> None:
    http = ScriptedHttp([refused(400, 10900)])

    sent = await send("private_reply", COMMENT, http)

    assert "already" in words.said(sent.summary)
    assert sent.alias is None


async def test_a_reply_to_a_message_is_a_message_in_its_conversation() -> None:
    http = ScriptedHttp([said(recipient_id="251", message_id="m_9")])

    sent = await send("reply", MESSAGE, http)

    assert sent.output == {"message_id": "m_9", "ids": ["m_9"]}
    (body,) = bodies(http)
    assert (body["recipient"], body["messaging_type"]) == ({"id": "251"}, "RESPONSE")


@pytest.mark.parametrize(
    ("event", "to", "person"),
    [(COMMENT, None, "684"), (MESSAGE, None, "251"), (MESSAGE, "777", "777")],
)
async def test_a_message_goes_to_who_is_named_or_to_the_person_of_the_event(
    event: Mapping[str, Any], to: str | None, person: str
) -> None:
    http = ScriptedHttp()

    await send("message", event, http, to=to)

    assert bodies(http)[0]["recipient"] == {"id": person}


async def test_a_picture_and_a_text_are_two_messages() -> None:
    http = ScriptedHttp([said(message_id="m_1"), said(message_id="m_2")])

    sent = await send("message", MESSAGE, http, attachments=(PICTURE,))

    assert sent.output["ids"] == ["m_1", "m_2"]
    attachment = {"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}
    assert bodies(http)[0]["message"]["attachment"] == attachment
    assert bodies(http)[1]["message"]["text"] == "Dạ 250k ạ"


async def test_what_arrived_in_part_is_not_tried_again() -> None:
    http = ScriptedHttp([said(message_id="m_1"), refused(500, 2)])

    with raises_code(PermanentError, "partly_sent"):
        await send("message", MESSAGE, http, attachments=(PICTURE,))


async def test_an_answer_that_never_came_stays_unknown() -> None:
    with pytest.raises(UnknownOutcome):
        await send("message", MESSAGE, ScriptedHttp([UnknownOutcome("no answer")]))


async def test_an_unreadable_success_is_not_taken_for_a_repetition() -> None:
    sent = await send("private_reply", COMMENT, ScriptedHttp([a_reply(200, b"{}")]))

    assert "already" not in words.said(sent.summary)


async def test_a_success_without_an_id_is_a_success() -> None:
    sent = await send("message", MESSAGE, ScriptedHttp([a_reply(200, b"{}")]))

    assert sent.output["message_id"] is None


@pytest.mark.parametrize(
    ("kind", "event", "more", "code"),
    [
        ("private_reply", MESSAGE, {}, "not_possible"),
        ("private_reply", COMMENT, {"attachments": (PICTURE,)}, "too_much"),
        ("reply", COMMENT, {"quick_replies": ("A",)}, "too_much"),
        ("reply", COMMENT, {"attachments": (PICTURE, PICTURE)}, "too_much"),
        ("message", MESSAGE, {"quick_replies": ("A",) * 14}, "too_much"),
        ("message", MESSAGE, {"text": ""}, "nothing_to_say"),
        ("message", {"actor": {"id": None}}, {}, "no_recipient"),
    ],
)
async def test_what_facebook_cannot_do_is_said_before_anything_is_sent(
    kind: OutgoingKind, event: Mapping[str, Any], more: dict[str, Any], code: str
) -> None:
    http = ScriptedHttp()

    await require_refusal(send(kind, event, http, **more), http, code)


async def test_without_a_page_token_nothing_is_sent() -> None:
    http = ScriptedHttp()
    provider = a_provider("facebook", page_access_token=None)

    with pytest.raises(PermanentError) as caught:
        await provider.send(Outgoing(kind="reply", event=COMMENT, text="chào"), http)

    assert (caught.value.code, http.requests) == ("no_token", [])


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (refused(401, 190, 463), PermanentError, "token_expired"),
        (refused(500, 190), PermanentError, "token_expired"),
        (refused(401, 102), PermanentError, "token_expired"),
        (refused(401, 0), PermanentError, "token_expired"),
        (a_reply(401), PermanentError, "token_expired"),
        (refused(401, 10), PermanentError, "permission"),
        (refused(400, 4), RetryableError, "rate_limit"),
        (refused(400, 613), RetryableError, "rate_limit"),
        (a_reply(429), RetryableError, "rate_limit"),
        (refused(503, 2), RetryableError, "provider_down"),
        (refused(500, 2), UnknownOutcome, "unknown_outcome"),
        (refused(400, 999, is_transient=True), RetryableError, "provider_down"),
        (a_reply(502, b"<html>Bad gateway"), UnknownOutcome, "unknown_outcome"),
        (refused(400, 10, 2018278), SkippedStep, "outside_window"),
        (refused(400, 100, 33), SkippedStep, "gone"),
        (refused(400, 10), PermanentError, "permission"),
        (refused(403, 200), PermanentError, "permission"),
        (refused(403, 299), PermanentError, "permission"),
        (refused(400, 368), PermanentError, "page_blocked"),
        (refused(400, 10, 1893063), PermanentError, "page_blocked"),
        (refused(400, 100, 2018001), SkippedStep, "gone"),
        (refused(400, 551), SkippedStep, "gone"),
        (refused(400, 551, 1545041), SkippedStep, "gone"),
        (refused(400, 341), RetryableError, "rate_limit"),
        (refused(400, 10, 2018065), SkippedStep, "outside_window"),
        (refused(400, 10, 2018108), SkippedStep, "gone"),
        (refused(400, 10, 1893015), SkippedStep, "gone"),
        (refused(403, 200, 1545041), SkippedStep, "gone"),
        (refused(400, 9000001), SkippedStep, "gone"),
        (refused(400, 100, 2018292), PermanentError, "not_repliable"),
        (refused(400, 10902), PermanentError, "not_repliable"),
        (refused(400, 100, 2018008), PermanentError, "attachment_refused"),
        (refused(400, 2018300), PermanentError, "led_by_another"),
        (refused(403, 200, 2534041), PermanentError, "messages_shut"),
        (refused(403, 200, 2018028), PermanentError, "talks_to_testers"),
        (refused(400, 2022), PermanentError, "page_blocked"),
        (refused(400, 506), PermanentError, "said_before"),
        (refused(400, 3), PermanentError, "permission"),
        (a_reply(404, b""), PermanentError, "provider_refused"),
        (a_reply(302, b""), PermanentError, "provider_refused"),
        (a_reply(400, b'{"error":"odd"}'), PermanentError, "provider_refused"),
    ],
)
async def test_every_error_of_the_api_has_its_class(
    answer: HttpReply, error: type[StepError], code: str
) -> None:
    with raises_code(error, code):
        await send("message", MESSAGE, ScriptedHttp([answer]))


async def test_an_answer_names_whoever_commented() -> None:
    http = ScriptedHttp([said(id="1_9")] * 3)
    unknown = {**COMMENT, "actor": {"id": None, "name": None}}
    ours = {**COMMENT, "actor": {"id": "104", "is_self": True}}

    for event in (COMMENT, unknown, ours):
        await send("reply", event, http, mentions=True)

    assert [body["message"] for body in bodies(http)] == [
        "@[684] Dạ 250k ạ",
        "Dạ 250k ạ",
        "Dạ 250k ạ",
    ]


async def test_an_answer_that_repeats_a_comment_names_nobody_else() -> None:
    http = ScriptedHttp([said(id="1_9")])

    await send("reply", COMMENT, http, text="@[684] bạn hỏi: @[100:1:Lan]@[7] giá? @[8")

    assert bodies(http)[0]["message"] == "@[684] bạn hỏi:  giá? "


async def test_a_message_names_nobody() -> None:
    http = ScriptedHttp([said(message_id="m1")])

    await send("reply", MESSAGE, http, mentions=True)

    assert bodies(http)[0]["message"]["text"] == "Dạ 250k ạ"


@pytest.mark.parametrize("text", ["chào", "chào @[7] ạ", "@lan.nt chào"])
def test_an_answer_that_names_somebody_is_known_by_the_same_words(text: str) -> None:
    provider = a_provider("facebook")
    answer = Outgoing(kind="reply", event=COMMENT, text=text)

    assert provider.echo_of(answer) is not None
    assert provider.echo_of(replace(answer, mentions=True)) == provider.echo_of(answer)


async def test_an_error_says_what_to_do_in_words() -> None:
    for answer in (refused(400, 100, 2018008), refused(400, 506), refused(403, 200, 2018028)):
        with pytest.raises(PermanentError) as caught:
            await send("message", MESSAGE, ScriptedHttp([answer]))

        assert words.advice_on(caught.value.reason)


async def test_an_error_with_a_status_of_success_is_an_error() -> None:
    with raises_code(PermanentError, "token_expired"):
        await send("message", MESSAGE, ScriptedHttp([refused(200, 190)]))


async def test_a_look_up_that_cannot_be_read_is_asked_again() -> None:
    event = {**COMMENT, "post": {"id": "7"}}

    with raises_saying(RetryableError, "its answer cannot be read"):
        await a_provider("facebook").find(POST, event, ScriptedHttp([a_reply(200, b"<html>")]))


USAGE = '{"104":[{"type":"pages","call_count":99,"estimated_time_to_regain_access":7}]}'


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 300),
        ({"retry-after": "42"}, 42),
        ({"retry-after": "Wed, 21 Oct"}, 300),
        ({"x-business-use-case-usage": USAGE}, 420),
        ({"x-app-usage": '{"call_count":100}'}, 600),
        ({"x-app-usage": '{"call_count":10}'}, 300),
        ({"x-app-usage": "not JSON", "x-business-use-case-usage": "[]"}, 300),
    ],
)
async def test_a_rate_limit_waits_as_long_as_the_headers_say(
    headers: Mapping[str, str], seconds: float
) -> None:
    with pytest.raises(RetryableError) as caught:
        await send("message", MESSAGE, ScriptedHttp([refused(400, 4, headers=headers)]))

    assert caught.value.retry_after_s == seconds


@pytest.mark.parametrize(
    ("kind", "method", "path", "body"),
    [
        ("hide", "POST", "1_2", b'{"is_hidden":true}'),
        ("unhide", "POST", "1_2", b'{"is_hidden":false}'),
        ("delete", "DELETE", "1_2", b""),
        ("like", "POST", "1_2/likes", b""),
    ],
)
async def test_a_comment_is_moderated_as_the_page(
    kind: OutgoingKind, method: str, path: str, body: bytes
) -> None:
    http = ScriptedHttp([said(success=True)])

    sent = await send(kind, COMMENT, http)

    request = http.requests[0]
    assert (request.method, request.body) == (method, body)
    assert request.url.startswith(f"{GRAPH}/{path}?appsecret_proof=")
    assert words.said(sent.summary).endswith("comment 1_2")


async def test_a_comment_that_is_gone_needs_no_deleting() -> None:
    http = ScriptedHttp([refused(400, 100, 33)])

    sent = await send("delete", COMMENT, http)

    assert words.said(sent.summary) == "comment 1_2 was gone already"


async def test_a_comment_that_is_gone_cannot_be_hidden() -> None:
    with raises_saying(SkippedStep, "no longer there"):
        await send("hide", COMMENT, ScriptedHttp([refused(400, 100, 33)]))


async def test_without_a_comment_there_is_nothing_to_moderate() -> None:
    http = ScriptedHttp()

    with raises_saying(PermanentError, "`hide` needs a comment"):
        await send("hide", MESSAGE, http)

    assert http.requests == []


async def test_a_template_is_sent_as_messenger_wants_it() -> None:
    http = ScriptedHttp([said(message_id="m_1", recipient_id="251")])
    buttons = [{"type": "postback", "title": "Size M", "payload": "size-m"}]
    template = {"template_type": "button", "text": "Chọn size", "buttons": buttons}

    await send("message", MESSAGE, http, text="", template=template)

    assert bodies(http)[0]["message"]["attachment"] == {"type": "template", "payload": template}


@pytest.mark.parametrize("kind", ["reply", "private_reply", "message", "hide"])
async def test_an_answer_that_cannot_be_read_leaves_the_outcome_open(kind: OutgoingKind) -> None:
    event = MESSAGE if kind == "message" else COMMENT
    for body in (b"<html>", b"", b"[]", b'"ok"'):
        with pytest.raises(UnknownOutcome):
            await send(kind, event, ScriptedHttp([a_reply(200, body)]))


async def test_a_person_is_banned_from_the_page_and_let_back() -> None:
    http = ScriptedHttp([said(**{"684": True}), said(success=True)])

    banned = await send("ban", COMMENT, http, text="")
    back = await send("unban", COMMENT, http, text="")

    ban, unban = http.requests
    assert (ban.method, json.loads(ban.body)) == ("POST", {"uid": "684"})
    assert ban.url.startswith(f"{GRAPH}/104/blocked?appsecret_proof=")
    assert unban.method == "DELETE"
    assert unban.url.startswith(f"{GRAPH}/104/blocked?uid=684&appsecret_proof=")
    assert [words.said(one.summary) for one in (banned, back)] == [
        "banned 684 from the Page",
        "let 684 write on the Page again",
    ]


async def test_a_ban_that_facebook_does_not_carry_out_fails() -> None:
    with pytest.raises(PermanentError) as caught:
        await send("ban", COMMENT, ScriptedHttp([said(**{"684": False})]), text="")

    assert words.said(caught.value.reason) == "Facebook refused to `ban` 684"


@pytest.mark.parametrize("actor", [None, {"id": None}, {"id": "104", "is_self": True}])
async def test_nobody_is_banned_who_is_not_known_and_never_the_page(actor: Any) -> None:
    http = ScriptedHttp()

    await require_refusal(send("ban", {**COMMENT, "actor": actor}, http), http, "not_possible")


async def test_the_name_of_who_wrote_comes_from_the_profile() -> None:
    http = ScriptedHttp([said(name="Ngọc Lan", id="251"), said(first_name="Lan"), said(id="251")])
    provider = a_provider("facebook")

    names = [await provider.name_of(MESSAGE, http, 0) for _ in range(3)]

    assert names == ["Ngọc Lan", "Lan", None]
    url, _, proof = http.last.url.partition("&appsecret_proof=")
    assert (http.last.method, url) == ("GET", f"{GRAPH}/251?fields=name,first_name")
    assert len(proof) == 64


@pytest.mark.parametrize(
    ("event", "options", "may_ask"),
    [
        (MESSAGE, {}, True),
        # The ids of comments are unknown to the User Profile API.
        (COMMENT, {}, False),
        ({**MESSAGE, "actor": {"id": "104", "is_self": True}}, {}, False),
        ({**MESSAGE, "actor": {"id": None}}, {}, False),
        (MESSAGE, {"look_up_names": False}, False),
        (MESSAGE, {"page_access_token": None}, False),
    ],
)
def test_only_who_wrote_a_message_can_be_asked_for(
    event: Mapping[str, Any], options: Mapping[str, Any], may_ask: bool
) -> None:
    assert a_provider("facebook", **options).can_name(event) is may_ask


async def test_a_profile_that_is_refused_says_why() -> None:
    with pytest.raises(PermanentError) as caught:
        await a_provider("facebook").name_of(MESSAGE, ScriptedHttp([refused(400, 230)]), 0)

    assert "230" in words.said(caught.value.reason)


UNDER_A_POST = {**COMMENT, "post": {"id": "104_7"}}


async def test_the_text_of_a_post_is_its_message() -> None:
    http = ScriptedHttp([said(message="Áo len #sale", id="104_7"), said(id="104_7")])
    provider = a_provider("facebook")

    texts = [await provider.find("post", UNDER_A_POST, http) for _ in range(2)]

    assert texts == [{"message": "Áo len #sale"}, {"message": None}]
    url, _, proof = http.last.url.partition("&appsecret_proof=")
    assert (http.last.method, url) == ("GET", f"{GRAPH}/104_7?fields=message")
    assert len(proof) == 64


async def test_an_id_cannot_lead_elsewhere_in_the_api() -> None:
    http = ScriptedHttp([said(id="1")])

    event = {"post": {"id": "../me/accounts?a=1"}}
    await a_provider("facebook").find("post", event, http)

    assert http.last.url.startswith(f"{GRAPH}/..%2Fme%2Faccounts%3Fa%3D1?fields=message")


@pytest.mark.parametrize(
    ("event", "options", "may_ask"),
    [
        (UNDER_A_POST, {}, True),
        (MESSAGE, {}, False),
        (UNDER_A_POST, {"look_up_posts": False}, False),
        (UNDER_A_POST, {"page_access_token": None}, False),
    ],
)
def test_a_post_can_be_asked_for_where_an_event_names_it(
    event: Mapping[str, Any], options: Mapping[str, Any], may_ask: bool
) -> None:
    assert a_provider("facebook", **options).can_find("post", event) is may_ask


async def test_a_post_that_is_refused_says_which_permission_is_missing() -> None:
    http = ScriptedHttp([refused(403, 10)])
    with pytest.raises(PermanentError) as caught:
        await a_provider("facebook").find("post", UNDER_A_POST, http)

    assert "pages_read_engagement" in caught.value.reason.params["needed"]


LEAD = {"actor": {"id": "lead:77"}, "lead": {"id": "77", "form_id": "12"}}


async def test_the_answers_of_a_lead_stand_by_the_names_of_its_questions() -> None:
    fields = [
        {"name": "full_name", "values": ["Lan"]},
        {"name": "màu_nào?", "values": ["đỏ", "xanh"]},
        {"name": "email", "values": []},
        {"values": ["no name"]},
        "odd",
    ]
    http = ScriptedHttp([said(field_data=fields, is_organic=True, platform="ig", id="77")])

    found = await a_provider("facebook").find("lead", LEAD, http)

    answers = {"full_name": "Lan", "màu_nào?": "đỏ, xanh", "email": ""}
    assert found == {"answers": answers, "is_organic": True, "platform": "ig"}
    url, _, _ = http.last.url.partition("&appsecret_proof=")
    assert url == f"{GRAPH}/77?fields=field_data,is_organic,platform"


@pytest.mark.parametrize("answer", [refused(403, 200), refused(400, 100, 33)])
async def test_a_lead_that_is_refused_says_what_may_be_missing(answer: HttpReply) -> None:
    with pytest.raises(PermanentError) as caught:
        await a_provider("facebook").find("lead", LEAD, ScriptedHttp([answer]))

    assert caught.value.reason.params["lead"] == "77"
    assert "leads_retrieval" in words.advice_on(caught.value.reason)


@pytest.mark.parametrize(
    ("event", "options", "may_ask"),
    [
        (LEAD, {}, True),
        (LEAD, {"look_up_posts": False}, True),
        (LEAD, {"page_access_token": None}, False),
        (MESSAGE, {}, False),
    ],
)
def test_a_lead_can_be_asked_for_where_an_event_names_it(
    event: Mapping[str, Any], options: Mapping[str, Any], may_ask: bool
) -> None:
    assert a_provider("facebook", **options).can_find("lead", event) is may_ask


async def test_nobody_is_written_to_of_whom_there_is_a_lead_alone() -> None:
    outgoing = Outgoing(kind="message", event=LEAD, text="Chào Lan")
    with pytest.raises(PermanentError) as caught:
        await a_provider("facebook").send(outgoing, ScriptedHttp([]))

    assert caught.value.reason.code == "lead_has_no_chat"


UTILITY = {"name": "order_paid", "language": "vi", "components": [{"type": "body"}]}


@pytest.mark.parametrize("language", ["vi", {"code": "vi"}])
async def test_a_template_with_a_name_is_a_utility_message(language: Any) -> None:
    http = ScriptedHttp([said(recipient_id="251", message_id="m_1")])
    template = {**UTILITY, "language": language}
    await send("message", {}, http, text="", to="251", template=template)

    assert bodies(http) == [
        {
            "recipient": {"id": "251"},
            "messaging_type": "UTILITY",
            "message": {
                "template": {
                    "name": "order_paid",
                    "language": {"code": "vi"},
                    "components": [{"type": "body"}],
                },
                "metadata": "automator:run-1-x",
            },
        }
    ]


@pytest.mark.parametrize(
    "template", [{"name": "order_paid"}, {"name": "", "language": "vi"}, {**UTILITY, "text": "a"}]
)
async def test_a_utility_message_that_is_not_whole_is_not_sent(template: Any) -> None:
    http = ScriptedHttp([])
    with pytest.raises(PermanentError) as wrong:
        await send("message", MESSAGE, http, text="", template=template)

    assert (wrong.value.code, http.requests) == ("bad_template", [])


async def test_a_missing_permission_of_utility_messages_is_named() -> None:
    http = ScriptedHttp([refused(403, 200)])
    with pytest.raises(PermanentError) as wrong:
        await send("message", MESSAGE, http, text="", template=UTILITY)

    assert "page_utility_messaging" in wrong.value.reason.params.values()


async def test_instagram_has_no_utility_messages() -> None:
    outgoing = Outgoing(kind="message", event=MESSAGE, template=UTILITY, idempotency_key="k")
    with raises_code(PermanentError, "not_possible"):
        await a_provider("instagram").send(outgoing, ScriptedHttp([]))
