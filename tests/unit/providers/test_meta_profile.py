"""The profile of a Page and of an Instagram account, as Meta's API takes and tells it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from automator.clock import ManualClock
from automator.http.json_body import dump_json
from automator.model import PermanentError, WrongValue
from automator.plugins import AccountProfile, Press
from automator.providers.meta.profile import FacebookProfileOptions
from automator.reasons import ReasonKind
from automator.reasons.connections import token_of_another
from automator.reasons.problems.configuration.connections import (
    option_locale_without_default,
    option_not_a_locale,
    option_profile_too_many,
)
from automator.sandbox import Recorder, sandbox_app
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import NOW_MS, a_provider
from tests.support.sandbox import BASE, SandboxHttp

PROFILE: Mapping[str, Any] = {
    "get_started": "START",
    "greeting": "Chào {{user_first_name}}!",
    "menu": [
        {"text": "Xem giá", "payload": "PRICE"},
        {"text": "Cửa hàng", "url": "https://shop.example"},
    ],
    "ice_breakers": [{"text": "Còn hàng không?", "payload": "STOCK"}],
}
OF_INSTAGRAM = {part: PROFILE[part] for part in ("menu", "ice_breakers")}
ENGLISH: Mapping[str, Any] = {
    "menu": [{"text": "Prices", "payload": "PRICE"}],
    "ice_breakers": [{"text": "Is it in stock?", "payload": "STOCK"}],
}


def a_profile(provider: str = "facebook", **options: Any) -> AccountProfile:
    profile = a_provider(provider, **options).profile
    assert profile is not None
    return profile


async def test_what_is_set_is_sent_as_meta_takes_it() -> None:
    http = ScriptedHttp()

    await a_profile(profile=PROFILE).write(http, PROFILE, [])
    await a_profile(profile=PROFILE).write(http, {}, ["greeting"])

    sent, removed = http.requests
    assert sent.url.partition("?")[0] == "https://graph.facebook.com/v26.0/me/messenger_profile"
    assert (sent.method, json.loads(sent.body)) == (
        "POST",
        {
            "get_started": {"payload": "START"},
            "greeting": [{"locale": "default", "text": "Chào {{user_first_name}}!"}],
            "persistent_menu": [
                {
                    "locale": "default",
                    "call_to_actions": [
                        {"type": "postback", "title": "Xem giá", "payload": "PRICE"},
                        {"type": "web_url", "title": "Cửa hàng", "url": "https://shop.example"},
                    ],
                    "composer_input_disabled": False,
                }
            ],
            "ice_breakers": [
                {
                    "locale": "default",
                    "call_to_actions": [{"question": "Còn hàng không?", "payload": "STOCK"}],
                }
            ],
        },
    )
    assert (removed.method, json.loads(removed.body)) == ("DELETE", {"fields": ["greeting"]})


async def test_instagram_is_named_and_has_neither_greeting_nor_get_started() -> None:
    http = ScriptedHttp()
    profile = a_profile("instagram", profile=OF_INSTAGRAM)

    await profile.read(http)
    await profile.write(http, OF_INSTAGRAM, [])

    read, sent = http.requests
    assert "fields=persistent_menu%2Cice_breakers&platform=instagram" in read.url
    assert "platform=instagram" in sent.url
    assert json.loads(sent.body)["platform"] == "instagram"
    assert "composer_input_disabled" not in json.loads(sent.body)["persistent_menu"][0]


@pytest.mark.parametrize(
    ("provider", "written"), [("facebook", PROFILE), ("instagram", OF_INSTAGRAM)]
)
async def test_what_was_set_is_read_as_the_file_says_it(
    provider: str, written: Mapping[str, Any]
) -> None:
    http = SandboxHttp(sandbox_app(Recorder(clock=ManualClock(NOW_MS))))
    url = f"{BASE}/{provider}/v26.0"
    profile = a_profile(provider, graph_url=url, profile=written)

    assert await profile.read(http) == {}
    await profile.write(http, profile.wanted, [])
    assert await profile.read(http) == written == profile.wanted
    await profile.write(http, {}, [*written])
    assert await profile.read(http) == {}


async def test_people_read_the_profile_in_their_own_language() -> None:
    locales = {"en_US": {**ENGLISH, "greeting": "Hi!"}, "ko_KR": {"greeting": "안녕하세요"}}
    http = ScriptedHttp()
    profile = a_profile(profile={**PROFILE, "locales": locales})

    await profile.write(http, profile.wanted, [])

    sent = json.loads(http.requests[0].body)
    assert sent["greeting"] == [
        {"locale": "default", "text": "Chào {{user_first_name}}!"},
        {"locale": "en_US", "text": "Hi!"},
        {"locale": "ko_KR", "text": "안녕하세요"},
    ]
    assert [menu["locale"] for menu in sent["persistent_menu"]] == ["default", "en_US"]
    assert [one["locale"] for one in sent["ice_breakers"]] == ["default", "en_US"]


@pytest.mark.parametrize("provider", ["facebook", "instagram"])
async def test_one_language_is_changed_and_taken_away_and_the_others_stay(provider: str) -> None:
    http = SandboxHttp(sandbox_app(Recorder(clock=ManualClock(NOW_MS))))
    url = f"{BASE}/{provider}/v26.0"
    base = PROFILE if provider == "facebook" else OF_INSTAGRAM
    both = a_profile(provider, graph_url=url, profile={**base, "locales": {"en_US": ENGLISH}})

    await both.write(http, both.wanted, [])
    assert await both.read(http) == both.wanted
    assert both.wanted["menu.en_US"] == ENGLISH["menu"]

    other = [{"text": "Price list", "payload": "PRICE"}]
    await both.write(http, {"menu.en_US": other}, [])
    assert await both.read(http) == {**both.wanted, "menu.en_US": other}

    one = a_profile(provider, graph_url=url, profile=base)
    await one.write(http, {}, ["menu.en_US", "ice_breakers.en_US"])
    assert await one.read(http) == base


@pytest.mark.parametrize(
    ("profile", "reason", "at"),
    [
        (
            {"locales": {"en_US": {"greeting": "Hi!"}}},
            option_locale_without_default,
            ("locales", "en_US", "greeting"),
        ),
        (
            {"menu": [], "locales": {"en_US": {"menu": ENGLISH["menu"]}}},
            option_locale_without_default,
            ("locales", "en_US", "menu"),
        ),
        ({"greeting": "Chào!", "locales": {"en": {"greeting": "Hi!"}}}, option_not_a_locale, ()),
        (
            {"locales": {f"en_{a}{b}": {} for a in "ABCDEFGH" for b in "ABCDEFGH"}},
            option_profile_too_many,
            (),
        ),
    ],
)
def test_a_language_that_nobody_could_be_shown_is_refused(
    profile: Mapping[str, Any], reason: ReasonKind[...], at: tuple[str, ...]
) -> None:
    with pytest.raises(ValidationError) as refused:
        FacebookProfileOptions.model_validate(profile)

    (found,) = refused.value.errors()
    error = found["ctx"]["error"]
    assert isinstance(error, WrongValue)
    assert (error.reason.code, error.at) == (reason.code, at)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("persistent_menu", [{"locale": "default", "composer_input_disabled": True}]),
        ("persistent_menu", [{"locale": "default", "call_to_actions": [{"call_to_actions": []}]}]),
    ],
)
async def test_what_no_file_could_say_is_read_as_it_is(part: str, value: Any) -> None:
    http = ScriptedHttp(script=[a_reply(200, dump_json({"data": [{part: value}]}))])

    (read,) = (await a_profile().read(http)).values()

    assert read == value


async def test_questions_without_their_name_are_read_too() -> None:
    item = {"call_to_actions": [{"question": "Giá?", "payload": "P"}], "locale": "default"}
    http = ScriptedHttp(script=[a_reply(200, dump_json({"data": [item]}))])

    read = await a_profile("instagram").read(http)

    assert read == {"ice_breakers": [{"text": "Giá?", "payload": "P"}]}


async def test_the_profile_of_another_page_is_left_alone() -> None:
    http = ScriptedHttp(script=[a_reply(200, b'{"id": "7", "name": "Shop khac"}')])

    with pytest.raises(PermanentError) as refused:
        await a_profile(page_id="8").read(http)

    assert refused.value.reason.code == token_of_another.code
    assert len(http.requests) == 1


async def test_texts_that_somebody_has_set_for_one_language_are_read_with_it() -> None:
    greeting = [{"locale": "en_US", "text": "Hi"}, {"locale": "default"}]
    http = ScriptedHttp(script=[a_reply(200, dump_json({"data": [{"greeting": greeting}]}))])

    assert await a_profile().read(http) == {"greeting.en_US": "Hi"}


def test_everything_that_can_be_tapped_is_known_without_a_token() -> None:
    menu = [{"text": "Prices", "payload": "PRICE_EN"}]
    profile = {**PROFILE, "locales": {"en_US": {"menu": menu}}}
    provider = a_provider("facebook", page_access_token=None, profile=profile)

    assert provider.profile is None
    assert list(provider.presses) == [
        Press(("get_started",), "Get Started", "START"),
        Press(("menu", 0), "Xem giá", "PRICE"),
        Press(("ice_breakers", 0), "Còn hàng không?", "STOCK"),
        Press(("locales", "en_US", "menu", 0), "Prices", "PRICE_EN"),
    ]


def test_each_page_of_an_app_has_the_profile_of_its_connection() -> None:
    pages = {"1": {"access_token": "token-of-hanoi"}, "2": {}}
    provider = a_provider("facebook", page_access_token=None, pages=pages, profile=PROFILE)

    found = {item.account_id: item.profile for item in provider.accounts}

    assert found["1"] is not None
    assert found["1"].wanted == PROFILE
    assert found["2"] is None
