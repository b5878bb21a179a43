"""What platforms answer is not trusted: each value of each answer is replaced by odd ones.

A look-up then gives something of the right kind and of a bounded size, or fails as a step fails.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

import pytest

from automator.engine.profiles.profiles import changes_between
from automator.http.types import HttpReply
from automator.model import LEAD, POST, Reason, StepError
from automator.plugins import Outgoing, OutgoingKind
from automator.plugins.access_tokens import TokenPair
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import ALL_PROVIDERS, NOW_MS, a_provider

#: One of each kind, and those that break what reads them carelessly.
ODD: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    1.5,
    1e308,
    "",
    "0",
    "-",
    "--5",
    "12.5",
    "9" * 5_000,
    "１２",
    "x" * 60_000,
    "\x00\x1b[2J\r\nSet-Cookie: a=b",
    "<script>alert(1)</script>",
    "\u202e\ufffe\U0001f600",
    [],
    [[]],
    [None, 1, "a", {}],
    [{}] * 1_000,
    {},
    {"data": {}, "error": {}, "result": {}},
    {"": {"": {"": []}}},
)
#: Answers that are no JSON of their kind at all.
_BODIES: Final = (
    b"",
    b"<!doctype html><title>Sign in</title>",
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"[" * 10_000,
    b'{"a":' * 10_000,
    b'{"error": ' + b"9" * 5_000 + b"}",
    b'{"id": "\\ud800"}',
    b'{"a": NaN}',
    b'{"a": 1e999}',
    b'{"a": 1',
)
_HEADERS: Final[tuple[Mapping[str, str], ...]] = tuple(
    {name: value}
    for name in (
        "retry-after",
        "x-app-usage",
        "x-business-use-case-usage",
        "x-ratelimit-reset",
        "x-ratelimit-reset-after",
        "x-ratelimit-remaining",
    )
    for value in (
        *("", "-1", "９", "9" * 5_000, "1e999", "nan", "inf", "<b>", "[[", "Wed, 99 Foo 9999"),
        *('{"call_count": "x"}', '{"call_count": 9223372036854775807}', '{"1": [[], {"x": null}]}'),
        '{"1": [{"call_count": -1, "estimated_time_to_regain_access": 9223372036854775807}]}',
    )
)
_STATUSES: Final = (200, 204, 301, 400, 401, 404, 429, 500, 503)

_EVENT: Final[Mapping[str, Any]] = {
    "id": "0r3kq5v5z0000",
    "type": "message.received",
    "page": {"id": "104"},
    "actor": {"id": "684"},
    "conversation": {"id": "684", "kind": "person"},
    "message": {"id": "m_1"},
    "channel": {"id": "C1"},
    "data": {},
}
_COMMENT: Final[Mapping[str, Any]] = {
    **_EVENT,
    "conversation": None,
    "comment": {"id": "104_2"},
    "post": {"id": "104_1"},
    "lead": {"id": "5"},
}
Call = Callable[[ScriptedHttp], Awaitable[Any]]


def _sending(
    provider: str, kind: OutgoingKind = "message", event: Mapping[str, Any] = _EVENT
) -> Call:
    outgoing = Outgoing(kind=kind, event=event, text="Dạ 250k", to="684", now_ms=NOW_MS)
    return lambda http: a_provider(provider).send(outgoing, http)


def _profile(provider: str) -> Call:
    async def read(http: ScriptedHttp) -> Any:
        profile = a_provider(provider).profile
        assert profile is not None
        there = await profile.read(http, ["greeting", "menu"])
        return changes_between(profile.wanted, there, {"greeting": "Chào", "menu": []})

    return read


async def _subscription(http: ScriptedHttp) -> Any:
    provider: Any = a_provider("facebook", page_id="104")
    return await provider.check_subscription(http, lambda *_: True)


async def _renewal(http: ScriptedHttp) -> Any:
    provider: Any = a_provider("zalo", app_secret="s" * 20, refresh_token="r" * 20)
    return await provider.renew_tokens(TokenPair(access="a", refresh="r", lives_s=1), http)


_LEAD: Final = {
    "id": "5",
    "platform": "fb",
    "is_organic": False,
    "field_data": [{"name": "full_name", "values": ["Lan"]}, {"name": "phone", "values": ["09"]}],
}
_GRAPH_ERROR: Final = {
    "error": {"code": 100, "error_subcode": 33, "message": "no", "is_transient": False}
}
#: Calls with the answers that each of them gets when all is well, or when it is refused.
CALLS: Final[Mapping[str, tuple[Call, tuple[Any, ...]]]] = {
    "a name at Facebook": (
        lambda http: a_provider("facebook").name_of(_EVENT, http, NOW_MS),
        ({"id": "684", "name": "Lan"},),
    ),
    "a name at Instagram": (
        lambda http: a_provider("instagram").name_of(_EVENT, http, NOW_MS),
        ({"id": "684", "name": "Lan", "username": "lan"},),
    ),
    "a name at Zalo": (
        lambda http: a_provider("zalo").name_of(_EVENT, http, NOW_MS),
        ({"error": 0, "data": {"display_name": "Lan", "user_alias": "lan"}},),
    ),
    "no name at Zalo": (
        lambda http: a_provider("zalo").name_of(_EVENT, http, NOW_MS),
        ({"error": -213, "message": "User has not followed OA", "data": {}},),
    ),
    "a post": (
        lambda http: a_provider("facebook").find(POST, _COMMENT, http),
        ({"id": "104_1", "message": "Váy mới về"},),
    ),
    "a lead": (lambda http: a_provider("facebook").find(LEAD, _COMMENT, http), (_LEAD,)),
    "no lead": (lambda http: a_provider("facebook").find(LEAD, _COMMENT, http), (_GRAPH_ERROR,)),
    "the subscription of a Page": (
        _subscription,
        (
            {"id": "104", "name": "Shop"},
            {"data": [{"id": "7", "subscribed_fields": ["feed", "messages"]}]},
        ),
    ),
    "the profile of a Page": (
        _profile("facebook"),
        (
            {
                "data": [
                    {
                        "greeting": [{"locale": "default", "text": "Chào"}],
                        "get_started": {"payload": "start"},
                        "ice_breakers": [
                            {
                                "locale": "default",
                                "call_to_actions": [{"question": "Giá?", "payload": "gia"}],
                            }
                        ],
                        "persistent_menu": [
                            {
                                "locale": "default",
                                "call_to_actions": [
                                    {"type": "postback", "title": "Giá", "payload": "gia"}
                                ],
                            }
                        ],
                    }
                ]
            },
        ),
    ),
    "the profile of a bot": (
        _profile("telegram"),
        (
            {"ok": True, "result": {"description": "Chào"}},
            {"ok": True, "result": [{"command": "gia", "description": "Giá"}]},
        ),
    ),
    "new tokens of Zalo": (
        _renewal,
        ({"access_token": "a2", "refresh_token": "r2", "expires_in": "90000"},),
    ),
    "no new tokens of Zalo": (
        _renewal,
        ({"error": -14014, "error_name": "Invalid refresh token", "error_description": "no"},),
    ),
    **{
        f"a message through {provider}": (_sending(provider), (answer,))
        for provider, answer in {
            "facebook": {"recipient_id": "684", "message_id": "m_2"},
            "instagram": {"recipient_id": "684", "message_id": "m_2"},
            "whatsapp": {
                "contacts": [{"wa_id": "684"}],
                "messages": [{"id": "wamid.1", "message_status": "accepted"}],
            },
            "zalo": {"error": 0, "data": {"message_id": "m2", "user_id": "684"}},
            "telegram": {"ok": True, "result": {"message_id": 7}},
            "line": {"sentMessages": [{"id": "1", "quoteToken": "q"}]},
            "slack": {"ok": True, "channel": "C1", "ts": "1.2"},
            "discord": {"id": "7", "channel_id": "8"},
        }.items()
    },
    "a reply to a comment": (_sending("facebook", "reply", _COMMENT), ({"id": "104_9"},)),
    "a refused reply": (_sending("facebook", "reply", _COMMENT), (_GRAPH_ERROR,)),
    "a refusal of Telegram": (
        _sending("telegram"),
        (
            {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests",
                "parameters": {"retry_after": 5, "migrate_to_chat_id": -100},
            },
        ),
    ),
    "a refusal of Slack": (_sending("slack"), ({"ok": False, "error": "ratelimited"},)),
    "a refusal of Discord": (
        _sending("discord"),
        ({"message": "limited", "code": 50035, "retry_after": 1.5, "global": False},),
    ),
    "a refusal of LINE": (
        _sending("line"),
        ({"message": "no", "details": [{"message": "m", "property": "p"}]},),
    ),
    "a refusal of WhatsApp": (
        _sending("whatsapp"),
        ({"error": {"code": 131047, "message": "m", "error_data": {"details": "d"}}},),
    ),
}


def altered(value: Any) -> Iterator[Any]:
    """The value with each of its parts replaced, one at a time."""
    yield from ODD
    if isinstance(value, dict):
        for name, item in value.items():
            yield {one: part for one, part in value.items() if one != name}
            yield from ({**value, name: other} for other in altered(item))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in altered(item))


def _scripts(answers: tuple[Any, ...]) -> Iterator[list[HttpReply]]:
    good = [json.dumps(one).encode() for one in answers]
    for place, answer in enumerate(answers):
        before = [a_reply(200, body) for body in good[:place]]
        after = [a_reply(200, body) for body in good[place + 1 :]]
        for other in altered(answer):
            body = json.dumps(other).encode()
            yield [*before, a_reply(200, body), *after]
            yield [*before, a_reply(429, body), *after]
        for status in _STATUSES:
            for body in (good[place], *_BODIES):
                yield [*before, a_reply(status, body), *after]
        for headers in _HEADERS:
            yield [*before, a_reply(429, good[place], headers), *after]
            yield [*before, a_reply(503, b"", headers), *after]


@pytest.mark.parametrize("name", CALLS)
async def test_an_odd_answer_is_read_or_fails_as_a_step_fails(name: str) -> None:
    call, answers = CALLS[name]
    for script in _scripts(answers):
        # A call that asks more than once gets the last answer again.
        http = ScriptedHttp([*script, *[script[-1]] * 20])
        failed: StepError | None = None
        found: Any = None
        try:
            found = await call(http)
        except StepError as error:
            failed = error
        wait_s = getattr(failed, "retry_after_s", None)
        assert failed is None or len(failed.reason.key) < 4_000
        assert wait_s is None or 0 <= wait_s < 1_000_000
        assert len(repr(found)) < 200_000
        assert not isinstance(found, Reason) or len(found.key) < 4_000
        if "name" in name:
            assert found is None or isinstance(found, str)


@pytest.mark.parametrize("provider", ALL_PROVIDERS)
def test_an_odd_quota_is_a_number_or_nothing(provider: str) -> None:
    for headers in _HEADERS:
        quota = a_provider(provider).read_quota(headers)
        assert quota is None or (quota.percent >= 0 and quota.regain_s >= 0)
