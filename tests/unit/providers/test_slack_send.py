import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, SkippedStep, StepError, UnknownOutcome
from automator.plugins import Outgoing, OutgoingKind, Sent
from automator.reasons.attempts.providers import posted_to
from tests.support.errors import raises_code
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import a_provider, say
from tests.support.refused_messages import require_refusal

CHANNEL: Mapping[str, Any] = {
    "actor": {"id": "U1"},
    "conversation": {"id": "C1"},
    "message": {"id": "1.0001"},
    "parent": None,
}
THREAD = {**CHANNEL, "parent": {"id": "0.0009"}}
DIRECT = {**CHANNEL, "conversation": {"id": "D1"}}
PICTURE = {"type": "image", "url": "https://cdn.example/1.jpg"}
FILE = {"type": "file", "url": "https://cdn.example/1.pdf"}


def refused(error: str, status: int = 200, headers: Any = None, **more: Any) -> HttpReply:
    return a_reply(status, json.dumps({"ok": False, "error": error, **more}).encode(), headers)


send = partial(say, "slack", text="Vâng")


def body_of(http: ScriptedHttp) -> Any:
    (request,) = http.requests
    return json.loads(request.body)


@pytest.mark.parametrize(
    ("kind", "event", "to", "address"),
    [
        ("reply", CHANNEL, None, {"channel": "C1", "thread_ts": "1.0001"}),
        ("reply", THREAD, None, {"channel": "C1", "thread_ts": "0.0009"}),
        ("reply", DIRECT, None, {"channel": "D1"}),
        ("message", CHANNEL, None, {"channel": "U1"}),
        ("message", CHANNEL, "C9", {"channel": "C9"}),
    ],
)
async def test_a_reply_stays_in_its_thread_and_a_message_goes_to_the_person(
    kind: OutgoingKind, event: Mapping[str, Any], to: str | None, address: dict[str, str]
) -> None:
    http = ScriptedHttp([a_reply(200, b'{"ok":true,"channel":"C1","ts":"2.0001"}')])

    sent = await send(kind, event, http, to=to)

    assert sent == Sent(summary=posted_to(place="C1"), output={"id": "2.0001", "channel": "C1"})
    assert http.last.url == "https://slack.com/api/chat.postMessage"
    assert http.last.headers["authorization"] == "Bearer slack-token-of-tests"
    assert body_of(http) == {"text": "Vâng", **address}


@pytest.mark.parametrize(("broadcasts", "text"), [(False, "&lt;!channel> <@U1>"), (True, None)])
async def test_a_text_calls_the_whole_channel_only_where_it_may(
    broadcasts: bool, text: str | None
) -> None:
    http, said = ScriptedHttp(), "<!channel> <@U1>"

    await send("reply", CHANNEL, http, text=said, options={"broadcasts": broadcasts})

    assert body_of(http)["text"] == (text or said)


async def test_pictures_and_quick_replies_are_blocks_and_files_are_links() -> None:
    http = ScriptedHttp()

    await send("reply", CHANNEL, http, attachments=(PICTURE, FILE), quick_replies=("Có", "Không"))

    body = body_of(http)
    assert body["text"] == "Vâng\n<https://cdn.example/1.pdf>"
    section, image, actions = body["blocks"]
    assert section["text"] == {"type": "mrkdwn", "text": body["text"]}
    assert image["image_url"] == "https://cdn.example/1.jpg"
    assert [button["value"] for button in actions["elements"]] == ["Có", "Không"]


async def test_a_long_text_beside_a_button_stands_in_several_sections() -> None:
    http = ScriptedHttp()

    await send("reply", CHANNEL, http, text="x" * 7000, quick_replies=("Có",))

    sections = [b["text"]["text"] for b in body_of(http)["blocks"] if b["type"] == "section"]
    assert [len(text) for text in sections] == [3000, 3000, 1000]


@pytest.mark.parametrize(
    ("kind", "event", "more", "code"),
    [
        ("reply", CHANNEL, {"text": "x" * 40_001}, "too_much"),
        ("reply", CHANNEL, {"quick_replies": ("A",) * 26}, "too_much"),
        ("reply", CHANNEL, {"attachments": (PICTURE,) * 50}, "too_much"),
        ("reply", CHANNEL, {"text": ""}, "nothing_to_say"),
        ("reply", {"actor": {"id": "U1"}}, {}, "no_recipient"),
        ("message", {"actor": {"id": None}}, {}, "no_recipient"),
        ("message", CHANNEL, {"template": {"a": 1}}, "not_possible"),
        ("private_reply", CHANNEL, {}, "not_possible"),
        ("reply", CHANNEL, {"options": {"bot_token": None}}, "no_token"),
    ],
)
async def test_what_slack_cannot_do_is_said_before_anything_is_sent(
    kind: OutgoingKind, event: Mapping[str, Any], more: dict[str, Any], code: str
) -> None:
    http = ScriptedHttp()

    await require_refusal(send(kind, event, http, **more), http, code)


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (refused("ratelimited", 429), RetryableError, "rate_limit"),
        (refused("ratelimited"), RetryableError, "rate_limit"),
        (a_reply(429, b""), RetryableError, "rate_limit"),
        (refused("invalid_auth"), PermanentError, "token_expired"),
        (refused("token_revoked"), PermanentError, "token_expired"),
        (refused("account_inactive"), PermanentError, "token_expired"),
        (refused("not_in_channel"), PermanentError, "permission"),
        (refused("channel_not_found"), PermanentError, "permission"),
        (refused("missing_scope", needed="chat:write"), PermanentError, "permission"),
        (refused("is_archived"), SkippedStep, "gone"),
        (refused("msg_too_long"), PermanentError, "provider_refused"),
        (refused("service_unavailable", 503), RetryableError, "provider_down"),
        (a_reply(503, b"<html>"), RetryableError, "provider_down"),
        (refused("fatal_error"), UnknownOutcome, "unknown_outcome"),
        (a_reply(502, b"<html>"), UnknownOutcome, "unknown_outcome"),
        (a_reply(404, b""), PermanentError, "provider_refused"),
        (a_reply(302, b""), PermanentError, "provider_refused"),
        (UnknownOutcome("no answer"), UnknownOutcome, "unknown_outcome"),
    ],
)
async def test_every_error_of_the_api_has_its_class(
    answer: HttpReply | StepError, error: type[StepError], code: str
) -> None:
    with raises_code(error, code):
        await send("reply", CHANNEL, ScriptedHttp([answer]))


@pytest.mark.parametrize(("headers", "seconds"), [({}, 30), ({"retry-after": "7"}, 7)])
async def test_a_rate_limit_waits_as_long_as_slack_asks(
    headers: Mapping[str, str], seconds: float
) -> None:
    with pytest.raises(RetryableError) as caught:
        await send("reply", CHANNEL, ScriptedHttp([refused("ratelimited", 429, headers)]))

    assert caught.value.retry_after_s == seconds


async def test_an_unreadable_success_is_a_success() -> None:
    sent = await send("reply", CHANNEL, ScriptedHttp([a_reply(200, b"<html>")]))

    assert sent.output == {"id": None, "channel": "C1"}


@pytest.mark.parametrize(
    ("kind", "event", "to", "private"),
    [
        ("reply", CHANNEL, None, False),
        ("reply", DIRECT, None, True),
        ("message", CHANNEL, None, True),
        ("message", CHANNEL, "C9", False),
    ],
)
def test_only_what_one_person_reads_is_private(
    kind: OutgoingKind, event: Mapping[str, Any], to: str | None, private: bool
) -> None:
    outgoing = Outgoing(kind=kind, event=event, text="Vâng", to=to)

    assert a_provider("slack").is_private(outgoing) is private
