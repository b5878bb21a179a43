"""A preview of a link is no click, and a person in the browser of an app is a person."""

import pytest

from automator.engine.links.visitors import is_person

PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_ANDROID = "Mozilla/5.0 (Linux; Android 14; {phone}) AppleWebKit/537.36 Chrome/126.0 Mobile"


@pytest.mark.parametrize(
    "agent",
    [
        f"{_ANDROID.format(phone='SM-A156E')} Safari/537.36",
        f"{_ANDROID.format(phone='SM-A156E')} [FB_IAB/Orca-Android;FBAV/470.0.0.0;]",
        f"{_ANDROID.format(phone='SM-A156E')} Zalo android/12100757 ZaloTheme/light",
        f"{_ANDROID.format(phone='CUBOT X50')} Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Instagram 330",
    ],
)
def test_a_browser_is_a_person(agent: str) -> None:
    assert is_person("GET", {**PAGE, "user-agent": agent})


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "facebookexternalhit/1.1;line-poker/1.0",
        "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
        "meta-externalfetcher/1.1",
        "WhatsApp/2.23.20.0",
        "TelegramBot (like TwitterBot)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0 Safari/537.36",
        "curl/8.5.0",
        "python-requests/2.32",
    ],
)
def test_a_program_that_names_itself_is_none(agent: str) -> None:
    assert not is_person("GET", {**PAGE, "user-agent": agent})


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"accept": "*/*"}),
        ("GET", {"sec-purpose": "prefetch;prerender"}),
        ("GET", {"x-purpose": "preview"}),
        ("GET", {"x-moz": "prefetch"}),
        ("GET", {"sec-fetch-dest": "image"}),
    ],
)
def test_a_request_that_nobody_looks_at_is_none(method: str, headers: dict[str, str]) -> None:
    browser = {**PAGE, "user-agent": _ANDROID.format(phone="SM-A156E")}

    assert is_person("GET", {**browser, "sec-fetch-dest": "document"})
    assert not is_person(method, {**browser, **headers})
