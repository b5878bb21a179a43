"""A server that fails may have done what it was asked: one rule for all platforms."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from automator.clock import iso_time
from automator.model import POST, RetryableError, UnknownOutcome
from automator.plugins import OutgoingKind
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import NOW_MS, a_provider, say

_PERSON: Final[Mapping[str, Any]] = {
    "id": "ev1",
    "page": {"id": "104"},
    "actor": {"id": "684"},
    "conversation": {"id": "684", "kind": "user"},
    "phone": {"id": "55"},
    "occurred_at": iso_time(NOW_MS),
    "data": {"replyToken": "token-1"},
}
_COMMENT: Final = {**_PERSON, "comment": {"id": "104_2"}, "post": {"id": "104_1"}}
_ISSUE: Final = {"post": {"number": 42}, "repository": {"id": "aodep/cua-hang"}}
_WRITES: Final[tuple[tuple[str, OutgoingKind, Mapping[str, Any], str | None], ...]] = (
    ("facebook", "message", _PERSON, None),
    ("facebook", "reply", _COMMENT, None),
    ("facebook", "private_reply", _COMMENT, None),
    ("instagram", "message", _PERSON, None),
    ("instagram", "reply", _COMMENT, None),
    ("whatsapp", "message", _PERSON, "84900000000"),
    ("zalo", "message", _PERSON, "684"),
    ("telegram", "message", _PERSON, "684"),
    ("slack", "message", _PERSON, "U1"),
    ("discord", "message", _PERSON, "#55"),
    ("discord", "message", _PERSON, "webhook"),
    ("line", "reply", _PERSON, None),
    ("github", "reply", _ISSUE, None),
)
_HARMLESS: Final[tuple[tuple[str, OutgoingKind, Mapping[str, Any], str | None], ...]] = (
    ("facebook", "like", _COMMENT, None),
    ("facebook", "hide", _COMMENT, None),
    ("facebook", "delete", _COMMENT, None),
    ("facebook", "ban", _COMMENT, None),
    ("instagram", "unhide", _COMMENT, None),
    ("line", "message", _PERSON, "U71"),
)
_HOOK: Final = "https://discord.com/api/webhooks/500/hook-token-of-tests"


@pytest.mark.parametrize("status", [500, 502, 504, 599])
@pytest.mark.parametrize(("provider", "kind", "event", "to"), _WRITES)
async def test_a_message_may_have_been_sent_when_the_server_fails(
    provider: str, kind: OutgoingKind, event: Mapping[str, Any], to: str | None, status: int
) -> None:
    options = {"webhook_url": _HOOK} if to == "webhook" else {}

    with pytest.raises(UnknownOutcome):
        await say(
            provider,
            kind,
            event,
            ScriptedHttp([a_reply(status)]),
            options=options,
            text="Dạ",
            to=to,
            now_ms=NOW_MS,
        )


@pytest.mark.parametrize(("provider", "kind", "event", "to"), [*_WRITES, *_HARMLESS])
async def test_a_server_that_is_not_available_has_sent_nothing(
    provider: str, kind: OutgoingKind, event: Mapping[str, Any], to: str | None
) -> None:
    options = {"webhook_url": _HOOK} if to == "webhook" else {}
    http = ScriptedHttp([a_reply(503, headers={"retry-after": "7"})])

    with pytest.raises(RetryableError) as caught:
        await say(provider, kind, event, http, options=options, text="Dạ", to=to, now_ms=NOW_MS)

    assert (caught.value.code, caught.value.retry_after_s) == ("provider_down", 7)


@pytest.mark.parametrize("answer", [a_reply(500), a_reply(504), UnknownOutcome("no answer")])
@pytest.mark.parametrize(("provider", "kind", "event", "to"), _HARMLESS)
async def test_what_changes_nothing_the_second_time_leaves_no_doubt(
    provider: str, kind: OutgoingKind, event: Mapping[str, Any], to: str | None, answer: Any
) -> None:
    with pytest.raises(RetryableError):
        await say(provider, kind, event, ScriptedHttp([answer]), text="Dạ", to=to, now_ms=NOW_MS)


@pytest.mark.parametrize("answer", [a_reply(500), a_reply(504), UnknownOutcome("no answer")])
async def test_a_question_leaves_no_doubt(answer: Any) -> None:
    for ask in (
        lambda http: a_provider("facebook").find(POST, _COMMENT, http),
        lambda http: a_provider("facebook").name_of(_PERSON, http, NOW_MS),
        lambda http: a_provider("zalo").name_of(_PERSON, http, NOW_MS),
    ):
        with pytest.raises(RetryableError):
            await ask(ScriptedHttp([answer]))
