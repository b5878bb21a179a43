"""The greeting and the commands of a bot, as the Bot API takes and tells them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import PermanentError, RetryableError
from automator.plugins import AccountProfile, Press
from automator.sandbox import Recorder, sandbox_app
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import NOW_MS, a_provider
from tests.support.sandbox import BASE, SandboxHttp
from tests.support.words import raises_saying

MENU = [{"text": "Xem bảng giá", "payload": "gia"}, {"text": "Gặp nhân viên", "payload": "nv"}]
ENGLISH = [{"text": "Price list", "payload": "gia"}]
PROFILE: Mapping[str, Any] = {
    "greeting": "Chào bạn!",
    "menu": MENU,
    "locales": {"en": {"menu": ENGLISH, "greeting": "Hi!"}},
}
OK = b'{"ok":true,"result":true}'


def a_profile(profile: Mapping[str, Any] = PROFILE, **options: Any) -> AccountProfile:
    found = a_provider("telegram", profile=profile, **options).profile
    assert found is not None
    return found


def a_sandbox() -> SandboxHttp:
    return SandboxHttp(sandbox_app(Recorder(clock=ManualClock(NOW_MS))))


async def test_each_language_has_its_own_call() -> None:
    http = ScriptedHttp([a_reply(200, OK)] * 2)

    await a_profile().write(http, {"menu.en": ENGLISH}, ["greeting"])

    assert [request.url.rpartition("/")[2] for request in http.requests] == [
        "setMyCommands",
        "setMyDescription",
    ]
    assert [json.loads(request.body) for request in http.requests] == [
        {
            "commands": [{"command": "gia", "description": "Price list"}],
            "language_code": "en",
        },
        {"description": ""},
    ]


async def test_what_was_set_is_read_as_the_file_says_it_and_taken_away_again() -> None:
    http, profile = a_sandbox(), a_profile(api_url=f"{BASE}/telegram")
    shorter = a_profile({"menu": MENU}, api_url=f"{BASE}/telegram")

    assert await profile.read(http) == {}
    await profile.write(http, profile.wanted, [])
    assert await profile.read(http) == profile.wanted
    assert profile.wanted["menu.en"] == ENGLISH

    assert await shorter.read(http) == {"menu": MENU}
    ours = [*profile.wanted]
    assert await shorter.read(http, ours) == profile.wanted
    await shorter.write(http, {}, ["greeting", "greeting.en", "menu.en"])
    assert await shorter.read(http, ours) == {"menu": MENU}


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (a_reply(401, b'{"ok":false,"description":"Unauthorized"}'), PermanentError, "no longer"),
        (a_reply(200, b"<html>"), RetryableError, "its answer cannot be read"),
    ],
)
async def test_a_refusal_says_what_to_do(answer: Any, error: Any, says: str) -> None:
    with raises_saying(error, says):
        await a_profile().read(ScriptedHttp([answer]))


def test_the_commands_are_known_without_a_token() -> None:
    bot = a_provider("telegram", bot_token=None, profile={**PROFILE, "menu": MENU[:1]})

    assert bot.profile is None
    assert list(bot.presses) == [
        Press(("menu", 0), "Xem bảng giá", "/gia", "command"),
        Press(("locales", "en", "menu", 0), "Price list", "/gia", "command"),
    ]
