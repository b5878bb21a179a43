"""The route of tracked links: it leads on once the click is stored, and tells nobody anything."""

from typing import cast

import pytest

from automator.engine.links.clicks import Clicks
from automator.engine.links.link_tokens import Link, LinkKeys
from automator.engine.links.tracked_links import TrackedLinks
from automator.model import StoreUnavailableError
from automator.reasons.database import store_is_closed
from automator.server.http.link_endpoint import LinkEndpoint
from tests.support.asgi import Caller, Reply
from tests.support.site import Site

LINKS = TrackedLinks("https://bot.example/", LinkKeys([b"a key"]))
LINK = Link(7, "told", "https://shop.example/ao?a=1&b=%C3%A1")
PATH = LINKS.address(LINK).removeprefix("https://bot.example")
BROWSER = {
    "user-agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36",
    "accept": "text/html,*/*;q=0.8",
}


class Stored:
    """Takes clicks, or cannot."""

    def __init__(self, *, fails: bool = False) -> None:
        self.links: list[Link] = []
        self._fails = fails

    async def take(self, link: Link) -> None:
        if self._fails:
            raise StoreUnavailableError(store_is_closed())
        self.links.append(link)


async def opens(clicks: Stored, path: str = PATH, method: str = "GET", **headers: str) -> Reply:
    caller = Caller(LinkEndpoint(LINKS, cast(Clicks, clicks)))
    return await caller.request(method, path, headers={**BROWSER, **headers})


async def test_a_person_is_led_on_once_the_click_is_stored() -> None:
    clicks = Stored()
    reply = await opens(clicks)

    assert (reply.status, reply.headers["location"], reply.body) == (302, LINK.target, b"")
    assert clicks.links == [LINK]
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["x-robots-tag"] == "noindex, nofollow"


async def test_nobody_is_led_on_before_the_click_is_stored() -> None:
    reply = await opens(Stored(fails=True))

    assert (reply.status, "location" in reply.headers) == (503, False)
    assert int(reply.headers["retry-after"]) > 0
    assert "Xin mở lại liên kết" in reply.text


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"user-agent": "facebookexternalhit/1.1"}),
        ("GET", {"accept": "*/*"}),
    ],
)
async def test_a_preview_is_led_on_and_is_no_click(method: str, headers: dict[str, str]) -> None:
    clicks = Stored()
    reply = await opens(clicks, method=method, **headers)

    assert (reply.status, reply.headers["location"]) == (302, LINK.target)
    assert clicks.links == []


@pytest.mark.parametrize(
    "path",
    [
        "/l/",
        "/l/x",
        f"{PATH}A",
        PATH[:-1],
        f"/l/{LinkKeys([b'another key']).token(LINK)}",
        "/l/?https://evil.example",
        "/l/https://evil.example",
        f"/l/{'A' * 8_000}",
    ],
)
async def test_nothing_else_leads_anywhere(path: str) -> None:
    clicks = Stored()
    reply = await opens(clicks, path)

    assert (reply.status, "location" in reply.headers) == (404, False)
    assert reply.text == "Liên kết này không dùng được.\nThis link does not work.\n"
    assert reply.headers["cache-control"] == "no-store"
    assert clicks.links == []


async def test_other_methods_are_refused() -> None:
    reply = await opens(Stored(), method="POST")

    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


async def test_a_server_without_an_address_knows_no_links(site: Site) -> None:
    assert (await site.caller().get(PATH)).status == 404
