"""Every screen of the server in a real browser: quiet, accessible, small, and kept in its place."""

import gzip
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from automator.resources import static_folder
from automator.server.web.security import CONTENT_SECURITY_POLICY
from tests.support.process import ServerProgram
from tests.support.screens import DARK, DESK, HOSTILE, LOOKS, PHONE, Look, Screens

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

#: Bytes on the wire, compressed.
MOST_SCRIPT = 12_000
MOST_STYLE = 8_000
MOST_EDITOR = 155_000
AXE = files("axe_playwright_python").joinpath("axe.min.js")
#: What WCAG 2.2 AA asks for, and what axe recommends beyond it.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProgram]:
    """A demo server with the example rules."""
    folder: Path = tmp_path_factory.mktemp("screens")
    program = ServerProgram(folder, "--demo", "--rules", str(folder / "rules"))
    yield program
    program.terminate()


@pytest.fixture(scope="module")
def screens(browser: Any, server: ServerProgram) -> Screens:
    """Its screens, after people have written and some answers have failed."""
    found = Screens(browser, server)
    with found.page() as page:
        found.fill(page)
    return found


@pytest.fixture(scope="module")
def addresses(screens: Screens) -> dict[str, str]:
    """One address for each screen."""
    with screens.page() as page:
        found = screens.addresses(page)
    assert len(found) >= 20
    return found


@pytest.fixture(autouse=True)
def quiet(screens: Screens) -> Iterator[None]:
    """At the end of each test nothing may have gone wrong on any page."""
    screens.complaints.clear()
    yield
    assert screens.complaints == []


def opened(page: Any, address: str) -> Any:
    """The answer, once the page is drawn."""
    answer = page.goto(address)
    page.wait_for_load_state("load")
    if page.locator("form[data-editor]").count():
        page.locator(".cm-content").wait_for()
    return answer


def test_no_screen_breaks_the_security_policy_or_asks_another_host(
    screens: Screens, addresses: dict[str, str]
) -> None:
    with screens.page() as page:
        for address in addresses.values():
            answer = opened(page, address)
            assert answer.status == 200, address
            assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY, address


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_no_screen_has_a_barrier_that_axe_knows(
    screens: Screens, addresses: dict[str, str], look: Look
) -> None:
    found = []
    with screens.page(look) as page:
        for address in addresses.values():
            opened(page, address)
            found += barriers(page, address)
        if look is PHONE:
            page.goto("/")
            page.get_by_role("button", name="Thêm").click()
            page.locator("#menu:popover-open").wait_for()
            found += barriers(page, "the menu")

    assert found == []


def barriers(page: Any, where: str) -> list[str]:
    """What axe complains about on a page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags},"
        " resultTypes: ['violations']})",
        TAGS,
    )
    return [
        f"{where}: {violation['id']}: {node['html'][:160]}: {node['failureSummary'][:300]}"
        for violation in result["violations"]
        for node in violation["nodes"][:3]
    ]


@pytest.mark.parametrize("look", [DESK, PHONE], ids=lambda look: look.name)
def test_no_screen_is_wider_than_its_window(
    screens: Screens, addresses: dict[str, str], look: Look
) -> None:
    too_wide = []
    with screens.page(look) as page:
        for address in addresses.values():
            opened(page, address)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                too_wide.append(f"{address}: {wide} px")

    assert too_wide == []


@pytest.mark.parametrize("look", [DESK, PHONE], ids=lambda look: look.name)
def test_hostile_texts_stay_in_their_place(screens: Screens, look: Look) -> None:
    with screens.page(look) as page:
        for text in HOSTILE:
            screens.send(page, text)
            event, run = screens.newest("events")["id"], screens.newest("runs")["id"]
            places = ["/", "/log", "/events", "/follow-ups", "/demo", "/review",
                      f"/events/{event}", f"/runs/{run}", "/deliveries"]  # fmt: skip
            for address in places:
                opened(page, address)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
                made = "main img, main script, main a[href^=javascript]"
                assert page.locator(made).count() == 0, address
    # What was asked for is in `quiet`: no dialog, no request to another host, no message.


def test_scripts_and_styles_stay_small(screens: Screens, addresses: dict[str, str]) -> None:
    too_large = []
    with screens.page(DARK) as page:
        for address in addresses.values():
            opened(page, address)
            sent = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
            sizes = {".js": 0, ".css": 0}
            for name in {urlsplit(url).path for url in sent}:
                kind = Path(name).suffix
                if name.startswith("/static/") and kind in sizes:
                    content = (static_folder() / name.split("/", 3)[3]).read_bytes()
                    sizes[kind] += len(gzip.compress(content, 9, mtime=0))
            is_editor = page.locator("form[data-editor]").count() > 0
            if sizes[".js"] > (MOST_EDITOR if is_editor else MOST_SCRIPT):
                too_large.append(f"{address}: {sizes['.js']} bytes of scripts")
            if sizes[".css"] > MOST_STYLE:
                too_large.append(f"{address}: {sizes['.css']} bytes of styles")

    assert too_large == []


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
