"""While PostgreSQL is away, each address answers as it is documented, and comes back by itself."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from automator.engine.links.link_tokens import Link, LinkKeys
from automator.engine.links.tracked_links import TrackedLinks
from automator.model import parse_id
from automator.providers.simulator import build_sample, signed_request
from automator.server.bootstrap.site import admin_routes
from automator.server.http.link_endpoint import LinkEndpoint
from tests.support.asgi import Caller, Reply
from tests.support.postgresql import PostgreSQLServer, name_of
from tests.support.site import Site, open_site

BROWSER = {"user-agent": "Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36"}
BROWSER["accept"] = "text/html,*/*;q=0.8"
#: What is there under the names in paths; the ids of runs and events come with each test.
NAMES = {
    "connection": "demo-page",
    "name": "demo-page",
    "provider": "facebook",
    "file": "prices.yaml",
    "rule": "price-question",
    "code": "0123456789abcdef",
}
#: Addresses for strangers: the answers while the database is away. The others say 401 or 503.
FOR_STRANGERS = {
    ("GET", "/{name}.html"): 404,
    ("GET", "/{name}.txt"): 404,
    ("GET", "/static/{name:path}"): 404,
    ("GET", "/help/{name:path}"): 404,
    ("GET", "/help/codes/{code}"): 303,
    ("GET", "/schemas/rules.json"): 200,
    ("GET", "/schemas/automator.json"): 200,
    ("GET", "/sign-in"): 200,
    ("POST", "/sign-in"): 503,
    ("GET", "/sign-in/passkey"): 400,
    ("POST", "/sign-in/passkey"): 503,
    ("GET", "/sign-in/openid"): 404,
    ("GET", "/sign-in/openid/back"): 404,
    ("GET", "/sign-in/{token}"): 200,
    ("GET", "/erasures/{connection}/{code}"): 503,
    ("POST", "/language"): 400,
    ("POST", "/theme"): 400,
}


class Outage:
    """A server on a database that can be taken away and given back."""

    def __init__(self, site: Site, postgresql: PostgreSQLServer, url: str) -> None:
        self.site = site
        self._postgresql = postgresql
        self._url = url

    def begin(self) -> None:
        """Ends all connections, and refuses new ones."""
        self._allow("false")
        self._postgresql.disconnect(self._url)

    def end(self) -> None:
        """The database can be reached again."""
        self._allow("true")

    def _allow(self, allows: str) -> None:
        self._postgresql.execute(f"ALTER DATABASE {name_of(self._url)} ALLOW_CONNECTIONS {allows}")


@pytest.fixture
async def outage(
    tmp_path: Path, postgresql: PostgreSQLServer, postgresql_store_url: str
) -> AsyncIterator[Outage]:
    """A server that has taken an event in."""
    async with open_site(tmp_path, database=postgresql_store_url) as site:
        found = Outage(site, postgresql, postgresql_store_url)
        try:
            yield found
        finally:
            found.end()


async def says(caller: Caller, path: str, status: int) -> Reply:
    """The first answer with this status; the server notices within seconds."""
    async with asyncio.timeout(30):
        while True:
            reply = await caller.get(path)
            if reply.status == status:
                return reply
            await asyncio.sleep(0.1)


async def delivers(site: Site, serial: int) -> Reply:
    """A provider sends a comment."""
    now_ms = site.services.clock.now_ms()
    written = build_sample("facebook/comment.created", serial=serial, now_ms=now_ms)
    provider = site.services.connections["demo-page"]
    headers, body = signed_request(provider, written, now_ms, f"test-{serial}")
    return await site.caller().request("POST", "/hooks/demo-page", body, headers)


async def test_health_checks_and_senders_learn_of_an_outage_and_of_its_end(outage: Outage) -> None:
    stranger = outage.site.caller()
    outage.begin()

    for reply in (await delivers(outage.site, 1), await says(stranger, "/readyz", 503)):
        assert (reply.status, reply.headers.get("retry-after")) == (503, "30")
    assert (await stranger.get("/healthz")).status == 200
    outage.end()

    assert (await says(stranger, "/readyz", 200)).text == "ready\n"
    assert (await delivers(outage.site, 1)).status == 200


async def test_a_tracked_link_asks_people_to_open_it_again(outage: Outage) -> None:
    site = outage.site
    _, run = await site.event()
    run_id = parse_id(run)
    assert run_id is not None
    links = TrackedLinks("https://bot.example", LinkKeys([b"a key"]))
    caller = Caller(LinkEndpoint(links, site.services.clicks), headers=BROWSER)
    path = links.address(Link(run_id, "told", "https://shop.example/ao")).removeprefix(
        links.public_url
    )
    outage.begin()

    reply = await caller.get(path)

    assert (reply.status, reply.headers.get("retry-after")) == (503, "30")
    assert "Please open the link again" in reply.text
    outage.end()
    assert (await says(caller, path, 302)).headers["location"] == "https://shop.example/ao"


async def test_every_route_answers_a_503_that_says_when_to_come_again_or_needs_no_database(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    event, run = await outage.site.event()
    ids = {"events": event, "runs": run, "approvals": run}
    callers = {
        "a stranger": outage.site.caller(),
        "somebody": await outage.site.signed_in(),
        "a program": outage.site.program(),
    }
    outage.begin()

    wrong, by_strangers = [], {}
    for route in admin_routes(()):
        names = {**NAMES, "id": next((ids[word] for word in ids if f"/{word}/" in route.path), "x")}
        path = re.sub(r"{(\w+)(:path)?}", lambda name: names.get(name[1], "x"), route.path)  # noqa: B023
        for method in sorted((route.methods or set()) - {"HEAD"}):
            for who, caller in callers.items():
                is_api = path.startswith("/api/")
                kind = "json" if is_api else "x-www-form-urlencoded"
                sent = {"content-type": f"application/{kind}", "sec-fetch-site": "same-origin"}
                body = b"{}" if is_api and method != "GET" else b""
                reply = await caller.request(method, path, body, sent)
                answer = reply.status, reply.headers.get("retry-after")
                if reply.status in (500, 503) and answer != (503, "30"):
                    wrong.append((who, method, path, reply.status, reply.text))
                if who == "a stranger" and reply.status != 401:
                    by_strangers[method, route.path] = reply.status

    assert wrong == []
    assert by_strangers == FOR_STRANGERS
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
