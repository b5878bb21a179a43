import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError

from automator import __version__
from automator.clock import iso_time
from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, SkippedStep, StepError, UnknownOutcome
from automator.plugins import Outgoing, OutgoingKind, Sent
from automator.reasons.attempts.providers import person_answered
from tests.support import words
from tests.support.errors import raises_code
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import NOW_MS, a_provider, say
from tests.support.words import raises_saying

API = "https://discord.com/api/v10"
HOOK = "https://discord.com/api/webhooks/500/hook-token-of-tests"
PATH = f"{API}/webhooks/900/tok"
ORIGINAL = f"{PATH}/messages/@original"
COMMAND: Mapping[str, Any] = {
    "id": "1",
    "actor": {"id": "71"},
    "conversation": {"id": "400", "is_direct": False},
    "received_at": iso_time(NOW_MS - 60_000),
    "data": {"application_id": "900", "token": "tok", "type": 2},
}
BUTTON = {**COMMAND, "data": {**COMMAND["data"], "type": 3}}
EVENT = {**COMMAND, "data": {"application_id": "900", "type": 1, "event": {}}}
PICTURE = {"type": "image", "url": "https://cdn.example/1.jpg"}
FILE = {"type": "file", "url": "https://cdn.example/1.pdf"}
NOBODY = {"allowed_mentions": {"parse": []}}


def answered(status: int = 200, headers: Any = None, **body: Any) -> HttpReply:
    return a_reply(status, json.dumps(body).encode(), headers)


THINKING = answered(id="8", flags=128, content="")
SAID = answered(id="8", channel_id="400")

send = partial(say, "discord", text="Vâng", now_ms=NOW_MS)


def sent_body(http: ScriptedHttp) -> Any:
    return json.loads(http.last.body)


async def test_an_answer_takes_the_place_of_thinking() -> None:
    http = ScriptedHttp([THINKING, SAID])

    sent = await send("reply", COMMAND, http)

    asked = [(request.method, request.url) for request in http.requests]
    assert asked == [("GET", ORIGINAL), ("PATCH", ORIGINAL)]
    assert sent_body(http) == {"content": "Vâng", **NOBODY}
    assert sent == Sent(summary=person_answered(person="71"), output={"id": "8", "channel": "400"})
    assert all("authorization" not in request.headers for request in http.requests)


@pytest.mark.parametrize(
    ("reached_at", "options", "url"),
    [
        ("https://bot.example.com/hooks/app", {}, "https://bot.example.com"),
        (
            "https://bot.example.com/hooks/app",
            {"app_url": "https://a.example/"},
            "https://a.example/",
        ),
        ("", {}, "https://docs.discord.com/developers/reference"),
    ],
)
async def test_the_client_introduces_itself_as_discord_asks(
    reached_at: str, options: dict[str, Any], url: str
) -> None:
    provider = a_provider("discord", **options)
    provider = type(provider)("shop", provider.options.reached_at(reached_at))
    http = ScriptedHttp([THINKING, SAID])

    await provider.send(Outgoing(kind="reply", event=COMMAND, text="Vâng"), http)

    # https://docs.discord.com/developers/reference#user-agent
    assert http.last.headers["user-agent"] == f"DiscordBot ({url}, {__version__})"


@pytest.mark.parametrize("url", ["a b", "http://x\r\nx: y", "https://x/(y)", "ftp://x"])
def test_an_address_that_would_break_the_header_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        a_provider("discord", app_url=url)


async def test_a_second_answer_stands_below_the_first() -> None:
    http = ScriptedHttp([answered(flags=0, content="Chờ chút"), SAID])

    await send("reply", COMMAND, http)

    assert (http.last.method, http.last.url) == ("POST", PATH)


async def test_the_same_answer_is_not_given_twice() -> None:
    http = ScriptedHttp([answered(id="8", flags=0, content="Vâng")])

    sent = await send("reply", COMMAND, http)

    assert len(http.requests) == 1
    assert (words.said(sent.summary), sent.output["id"]) == ("71 had been answered so before", "8")


@pytest.mark.parametrize(("event", "options"), [(BUTTON, {}), (COMMAND, {"instant_reply": "Chờ"})])
async def test_where_nothing_is_thinking_an_answer_is_a_new_message(
    event: Any, options: Any
) -> None:
    http = ScriptedHttp([SAID])

    await send("reply", event, http, options=options)

    assert [(request.method, request.url) for request in http.requests] == [("POST", PATH)]


async def test_only_the_person_sees_an_answer_that_is_ephemeral() -> None:
    http = ScriptedHttp([SAID])

    await send("reply", BUTTON, http, options={"ephemeral": True})

    assert sent_body(http)["flags"] == 64


async def test_an_answer_that_may_have_arrived_is_only_tried_again_where_it_does_no_harm() -> None:
    lost = UnknownOutcome("no answer")

    with pytest.raises(RetryableError):
        await send("reply", COMMAND, ScriptedHttp([THINKING, lost]))
    with pytest.raises(UnknownOutcome):
        await send("reply", BUTTON, ScriptedHttp([lost]))


@pytest.mark.parametrize("event", [EVENT, {**COMMAND, "data": {}}, {}])
async def test_only_an_interaction_can_be_answered(event: Any) -> None:
    with raises_code(PermanentError, "not_possible"):
        await send("reply", event, ScriptedHttp())


@pytest.mark.parametrize("change", [{"token": "a/../b"}, {"application_id": "9/0"}])
async def test_a_strange_token_becomes_no_part_of_an_address(change: Any) -> None:
    http = ScriptedHttp()

    with pytest.raises(PermanentError):
        await send("reply", {**COMMAND, "data": {**COMMAND["data"], **change}}, http)

    assert not http.requests


async def test_a_message_goes_into_the_direct_conversation_with_the_person() -> None:
    http = ScriptedHttp([answered(id="77"), answered(id="9", channel_id="77")])

    sent = await send("message", COMMAND, http)

    first, last = http.requests
    assert (first.url, json.loads(first.body)) == (
        f"{API}/users/@me/channels",
        {"recipient_id": "71"},
    )
    assert last.url == f"{API}/channels/77/messages"
    assert last.headers["authorization"] == "Bot discord-token-of-tests"
    assert sent_body(http)["enforce_nonce"] is True
    assert len(sent_body(http)["nonce"]) == 25
    assert sent.output == {"id": "9", "channel": "77"}


async def test_each_step_of_each_event_has_a_nonce_of_its_own_that_stays() -> None:
    nonces = []
    for event, key in ((COMMAND, "a"), (COMMAND, "a"), ({**COMMAND, "id": "2"}, "a")):
        http = ScriptedHttp([SAID])
        await send("message", event, http, to="#400", idempotency_key=key)
        nonces.append(sent_body(http)["nonce"])

    assert nonces[0] == nonces[1] != nonces[2]


@pytest.mark.parametrize(
    ("to", "url"),
    [
        ("#400", f"{API}/channels/400/messages"),
        ("webhook", f"{HOOK}?wait=true"),
        ("webhook:600", f"{HOOK}?wait=true&thread_id=600"),
    ],
)
async def test_a_message_can_go_to_a_channel_or_through_its_webhook(to: str, url: str) -> None:
    http = ScriptedHttp([SAID])

    await send("message", COMMAND, http, to=to, options={"webhook_url": HOOK})

    assert http.last.url == url
    assert ("authorization" in http.last.headers) == to.startswith("#")


@pytest.mark.parametrize("to", ["#general", "hoa", "webhook:abc", "#1/2"])
async def test_a_name_is_no_address(to: str) -> None:
    http = ScriptedHttp()

    with pytest.raises(PermanentError) as caught:
        await send("message", COMMAND, http, to=to, options={"webhook_url": HOOK})

    assert (caught.value.code, http.requests) == ("no_recipient", [])


@pytest.mark.parametrize(("to", "key"), [(None, "bot_token"), ("webhook", "webhook_url")])
async def test_without_what_it_needs_a_message_says_so(to: Any, key: str) -> None:
    with raises_saying(PermanentError, key) as caught:
        await send("message", COMMAND, ScriptedHttp(), to=to, options={"bot_token": None})

    assert caught.value.code == "no_token"


@pytest.mark.parametrize(
    ("mentions", "parsed"),
    [("none", []), ("users", ["users"]), ("everyone", ["users", "roles", "everyone"])],
)
async def test_a_text_calls_only_those_whom_it_may(mentions: str, parsed: list[str]) -> None:
    http = ScriptedHttp([SAID])

    await send("reply", BUTTON, http, text="@everyone", options={"mentions": mentions})

    assert sent_body(http)["allowed_mentions"] == {"parse": parsed}


async def test_pictures_files_and_quick_replies_go_in_one_message() -> None:
    http = ScriptedHttp([SAID])
    titles = tuple(f"Size {number}" for number in range(6))

    await send("reply", BUTTON, http, attachments=(PICTURE, FILE), quick_replies=titles)

    body = sent_body(http)
    assert body["content"] == "Vâng\nhttps://cdn.example/1.pdf"
    assert body["embeds"] == [{"image": {"url": PICTURE["url"]}}]
    assert [len(row["components"]) for row in body["components"]] == [5, 1]
    assert body["components"][1]["components"] == [
        {"type": 2, "style": 2, "label": "Size 5", "custom_id": "quick_reply_6"}
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"text": "a" * 2001},
        {"quick_replies": ("a",) * 26},
        {"attachments": (PICTURE,) * 11},
        {"text": ""},
    ],
)
async def test_what_discord_does_not_take_is_not_sent(more: Any) -> None:
    http = ScriptedHttp()

    with pytest.raises(PermanentError) as caught:
        await send("reply", BUTTON, http, **more)

    assert caught.value.code in ("too_much", "nothing_to_say")
    assert not http.requests


@pytest.mark.parametrize(
    ("status", "code", "error", "name"),
    [
        (429, 0, RetryableError, "rate_limit"),
        (400, 20028, RetryableError, "rate_limit"),
        (401, 50014, PermanentError, "token_expired"),
        (403, 50001, PermanentError, "permission"),
        (403, 50007, SkippedStep, "gone"),
        (403, 50278, SkippedStep, "gone"),
        (404, 10004, SkippedStep, "gone"),
        (404, 10008, SkippedStep, "gone"),
        (404, 10011, PermanentError, "provider_refused"),
        (404, 0, PermanentError, "token_expired"),
        (404, 10003, SkippedStep, "gone"),
        (400, 50035, PermanentError, "provider_refused"),
        (400, 200000, PermanentError, "permission"),
        (500, 0, UnknownOutcome, "unknown_outcome"),
        (503, 0, RetryableError, "provider_down"),
        (400, 130000, RetryableError, "provider_down"),
    ],
)
async def test_an_error_of_the_bot_says_what_to_do(
    status: int, code: int, error: type[StepError], name: str
) -> None:
    http = ScriptedHttp([answered(status, message="No", code=code)])

    with pytest.raises(error, match="No") as caught:
        await send("message", COMMAND, http, to="#400")

    assert caught.value.code == name


async def test_a_deleted_webhook_is_said_by_name() -> None:
    http = ScriptedHttp([answered(404, message="Unknown Webhook", code=10015)])

    with raises_saying(PermanentError, "the webhook of shop") as caught:
        await send("message", COMMAND, http, to="webhook", options={"webhook_url": HOOK})

    assert caught.value.code == "token_expired"


@pytest.mark.parametrize(
    ("age_ms", "error", "name"),
    [(2_000, RetryableError, "provider_down"), (60_000, SkippedStep, "outside_window")],
)
async def test_an_answer_may_be_faster_than_our_first_one_and_may_be_too_late(
    age_ms: int, error: type[StepError], name: str
) -> None:
    event = {**BUTTON, "received_at": iso_time(NOW_MS - age_ms)}
    http = ScriptedHttp([answered(404, message="Unknown Webhook", code=10015)])

    with raises_code(error, name):
        await send("reply", event, http)


@pytest.mark.parametrize(
    ("body", "headers", "wait"),
    [
        ({"retry_after": 0.65}, {}, 0.65),
        ({"retry_after": "soon"}, {"retry-after": "7"}, 7.0),
        ({"retry_after": -1}, {}, 5.0),
        ({"retry_after": 10**9}, {}, 5.0),
    ],
)
async def test_the_wait_that_discord_asks_for_is_kept(body: Any, headers: Any, wait: float) -> None:
    http = ScriptedHttp([answered(429, headers, message="slow", **body)])

    with pytest.raises(RetryableError) as caught:
        await send("message", COMMAND, http, to="#400")

    assert caught.value.retry_after_s == wait


async def test_what_is_wrong_in_a_message_is_said_with_its_place() -> None:
    errors = {"content": {"_errors": [{"code": "BASE", "message": "Too long"}]}}
    http = ScriptedHttp([answered(400, message="Invalid Form Body", code=50035, errors=errors)])

    with raises_saying(PermanentError, r"Invalid Form Body \(50035\): content: Too long"):
        await send("message", COMMAND, http, to="#400")


@pytest.mark.parametrize(
    ("kind", "to", "event", "options", "is_private"),
    [
        ("message", None, COMMAND, {}, True),
        ("message", "#4", COMMAND, {}, False),
        ("message", "webhook", COMMAND, {}, False),
        ("reply", None, COMMAND, {}, False),
        ("reply", None, COMMAND, {"ephemeral": True}, True),
        ("reply", None, {"conversation": {"id": "4", "is_direct": True}}, {}, True),
    ],
)
def test_what_one_person_alone_reads_is_private(
    kind: OutgoingKind, to: Any, event: Any, options: Any, is_private: bool
) -> None:
    outgoing = Outgoing(kind=kind, event=event, to=to)

    assert a_provider("discord", **options).is_private(outgoing) is is_private
