"""Every screen of the server in a real browser: quiet, and without help from any other host."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from automator.server.bootstrap.routes import admin_routes
from automator.server.web.security import CONTENT_SECURITY_POLICY
from tests.support.process import ServerProgram, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

#: What only programs read: files, streams, and the answer to a provider.
_NO_SCREEN = re.compile(
    r"^/(api/|static/|schemas/|log/live|log/export|sign-in/\{|\{name\}|language|sign-out)"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProgram]:
    """A demo server in which something has happened."""
    folder: Path = tmp_path_factory.mktemp("screens")
    program = ServerProgram(folder, "--demo", "--rules", str(folder / "rules"))
    yield program
    program.terminate()


def addresses(server: ServerProgram, page: Any) -> list[str]:
    """One address for each page that the server has."""

    def newest(calls: str) -> Any:
        return server.api("GET", f"/api/{calls}?limit=1")["items"][0]

    page.goto("/demo")
    page.locator("form[action='/demo/send'] input[name=text]").fill("Giá bao nhiêu vậy shop?")
    page.locator("form[action='/demo/send'] button").first.click()
    wait_until(lambda: server.api("GET", "/api/runs?limit=1&state=done")["items"], "a run")
    page.goto(f"/events/{newest('events')['id']}")
    page.locator("form[action$='/sample'] button").click()
    page.goto("/replays/new?state=done")
    page.locator("form[action='/replays'] button").click()
    page.wait_for_url(re.compile(r"/replays/[0-9a-z]+$"))
    replay = page.url
    page.goto("/samples")
    sample = page.locator("main a[href^='/samples/']").first.get_attribute("href")
    page.goto(f"/events/{newest('events')['id']}")
    person = page.locator("main a[href^='/contacts/']").first.get_attribute("href")
    page.goto("/rules/gallery")
    ready_made = page.locator("main a[href^='/rules/gallery/']").first.get_attribute("href")
    known = {
        "/rules/gallery/{key}": ready_made,
        "/runs/{id}": f"/runs/{newest('runs')['id']}",
        "/events/{id}": f"/events/{newest('events')['id']}",
        "/deliveries/{id}": f"/deliveries/{newest('deliveries')['id']}",
        "/samples/{id}": sample,
        "/replays/{id}": replay,
        "/replays/new": "/replays/new?state=done",
        "/contacts/{connection}/{id}": person,
        "/rules/{file:path}": "/rules/price-questions.yaml",
        "/rules/new": "/rules/new?name=first.yaml&for=demo-page",
    }
    paths = [
        route.path
        for route in admin_routes()
        if isinstance(route, Route)
        and "GET" in (route.methods or ())
        and not _NO_SCREEN.match(route.path)
    ]
    assert [path for path in paths if "{" in path and path not in known] == []
    return [known.get(path, path) for path in dict.fromkeys(paths)]


def test_no_screen_breaks_the_security_policy_or_asks_another_host(
    browser: Any, server: ServerProgram
) -> None:
    complaints: list[str] = []
    context = browser.new_context(base_url=server.url, locale="en-US")
    page = context.new_page()
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on(
        "request",
        lambda request: request.url.startswith(server.url) or complaints.append(request.url),
    )
    page.goto(server.api("POST", "/api/sign-in-links")["url"])
    page.locator("main form button").first.click()
    page.wait_for_url(lambda address: address.endswith("/"))

    seen = addresses(server, page)
    for address in seen:
        answer = page.goto(address)
        assert answer.status == 200, address
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY, address
        page.wait_for_load_state("load")
        if address.startswith("/rules/") and page.locator("form[data-editor]").count():
            page.locator(".cm-content").wait_for()
    context.close()

    assert len(seen) >= 20
    assert complaints == []


def test_the_policy_lets_no_script_make_html_out_of_a_text(
    browser: Any, server: ServerProgram
) -> None:
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/sign-in")

    refused = page.evaluate(
        """[() => (document.body.innerHTML = "<b>x</b>"),
            () => trustedTypes.createPolicy("other", {})].map((act) => {
              try { act(); return ""; } catch (error) { return error.name; }
            })"""
    )

    assert refused == ["TypeError", "TypeError"]
    context.close()
