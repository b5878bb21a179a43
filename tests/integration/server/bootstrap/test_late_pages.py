"""The pages and the API are imported when somebody asks for one of them."""

import asyncio

import pytest
from starlette.applications import Starlette

from automator.server.bootstrap import site as bootstrap
from automator.server.bootstrap.app import create_app
from automator.server.web.services import Services
from tests.support.asgi import Caller
from tests.support.site import Site


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Each time that the pages were made."""
    found: list[object] = []
    make = bootstrap.create_site

    def noted(services: Services) -> Starlette:
        found.append(services)
        return make(services)

    monkeypatch.setattr(bootstrap, "create_site", noted)
    return found


async def test_deliveries_and_health_checks_need_no_pages(site: Site, made: list[object]) -> None:
    caller = Caller(create_app(site.services))

    assert (await caller.get("/healthz")).status == 200
    assert (await caller.request("POST", "/hooks/nobody", b"{}")).status == 404
    assert made == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_health_check_takes_nothing_but_questions(site: Site, path: str) -> None:
    caller = Caller(create_app(site.services))

    assert (await caller.request("HEAD", path)).status == 200
    refused = await caller.request("POST", path, b"{}")

    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")


async def test_many_who_ask_at_once_get_the_same_pages(site: Site, made: list[object]) -> None:
    caller = Caller(create_app(site.services))

    replies = await asyncio.gather(*[caller.get("/sign-in") for _ in range(5)])

    assert {reply.status for reply in replies} == {replies[0].status}
    assert replies[0].status < 500
    assert len(made) == 1
