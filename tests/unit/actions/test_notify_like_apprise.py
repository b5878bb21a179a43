"""The requests to services, beside those that Apprise itself sends for the same address."""

import warnings
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import apprise
import pytest
import requests

from automator.actions.notify_services import Notice, call_of

NOTICE = Notice("title", "text", "key", 0)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[requests.PreparedRequest]:
    """What Apprise sends, which goes nowhere."""
    found: list[requests.PreparedRequest] = []

    def send(_self: object, request: requests.PreparedRequest, **_options: object) -> object:
        found.append(request)
        answer = requests.Response()
        answer.status_code, answer.request = 200, request
        return answer

    monkeypatch.setattr(requests.sessions.Session, "send", send)
    return found


def service_of(address: str) -> Any:
    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY)
    with warnings.catch_warnings():
        # It imports what it needs at the first address, among it modules that Python is to lose.
        warnings.simplefilter("ignore", DeprecationWarning)
        made = apprise.Apprise.instantiate(address, asset=asset)
    assert made is not None, address
    made.request_rate_per_sec = 0
    return made


@pytest.mark.parametrize(
    "address",
    [
        "tgram://123456789:AAbcdefg_hijklmnop-abcdefghij/12315544/",
        "tgram://123456789:AAbcdefg_hijklmnop-abcdefghij/-100123:25/",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "slack://Shop@T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops",
        "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/#general",
        "gchat://space/key/token",
        "lark://abcdefgh12345678",
        "zalo://123456789:AAbcdefg/5551234",
        "workflow://prod-01.logic.azure.com:443/643e69f83c8944438d68119179a10a64/KODuebWbDGYF/",
        "workflow://a.api.powerplatform.com/643e69f83c8944438d68119179a10a64/KODuebWb/?pa=yes",
        "ntfy://shop-topic",
        "ntfys://tk_abcdefgh1234@ntfy.shop.vn/shop-topic",
        "ntfys://user:pass@ntfy.shop.vn:8443/shop-topic",
        "ntfy://ntfy.shop.vn/topic",
        "gotify://gotify.shop.vn/Aabcdefghijk",
        "gotifys://gotify.shop.vn:8443/path/Aabcdefghijk?priority=8",
        "pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "mmost://mattermost.shop.vn/3ccdd113474722377935511fc85d3dd4",
        "mmosts://Bot@mattermost.shop.vn:8443/path/3ccdd113474722377935511fc85d3dd4?channel=ops",
        "json://hook.shop.vn/path",
        "jsons://user:p%40ss@hook.shop.vn:8443/path/two",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    ],
)
def test_a_request_goes_where_apprise_sends_it_with_the_same_login(
    address: str, sent: list[requests.PreparedRequest]
) -> None:
    service_of(address).notify(title=NOTICE.title, body=NOTICE.text)

    call, _ = call_of(address, NOTICE)
    (theirs,) = sent
    assert (call.method, place(call.url)) == (theirs.method, place(theirs.url or ""))
    for name in ("authorization", "x-gotify-key"):
        if "pover" not in address:  # Its token stands in the body of both.
            assert call.headers.get(name) == theirs.headers.get(name)


def place(url: str) -> tuple[str, str, list[tuple[str, str]]]:
    parts = urlsplit(url)
    return parts.netloc, parts.path.rstrip("/"), sorted(parse_qsl(parts.query))


def test_discord_is_asked_to_answer_when_it_has_kept_the_message(
    sent: list[requests.PreparedRequest],
) -> None:
    address = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
    service_of(address).notify(title=NOTICE.title, body=NOTICE.text)

    assert call_of(address, NOTICE)[0].url == f"{sent[0].url}?wait=true"


@pytest.mark.parametrize(
    "address",
    [
        "mailto://user:pass@gmail.com",
        "mailto://user:pass@gmail.com?to=ops@shop.vn,b@shop.vn",
        "mailtos://user:pass@shop.vn?smtp=smtp.shop.vn&from=me@shop.vn&to=ops@shop.vn",
        "mailtos://smtp.shop.vn?user=u@shop.vn&pass=secret&from=a@shop.vn&to=x@shop.vn&mode=ssl",
        "mailto://me:pw@yahoo.com",
        "mailto://me:pw@fastmail.com",
        "mailto://me:pw@zoho.com",
    ],
)
def test_a_letter_is_handed_over_where_apprise_hands_it_over(address: str) -> None:
    theirs = service_of(address)

    call, _ = call_of(address, NOTICE)
    assert urlsplit(call.url).netloc == f"{theirs.smtp_host}:{theirs.port}"
    assert call.headers["mail-from"] == theirs.from_addr[1]
    assert call.headers["mail-to"].split(",") == [mailbox for _, mailbox in theirs.targets]
