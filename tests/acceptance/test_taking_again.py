"""In a browser, somebody mends a wrong app secret and takes in what was refused meanwhile."""

import re
from typing import Any

import pytest

from tests.acceptance.conftest import SECRETS, Shop
from tests.acceptance.test_screens import barriers
from tests.support.page_events import comment, delivery, signed
from tests.support.process import ServerProgram, call
from tests.support.visitors import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]


def commented(server: ServerProgram, number: int) -> int:
    """Somebody comments, as Facebook signs it; the status of the answer."""
    body = delivery(changes=[comment(number, str(number), "Giá bao nhiêu?")])
    headers = {"content-type": "application/json", **signed(body)}
    return call(server.url, "POST", "/hooks/shop-page", body, headers)[0]


def signed_in(browser: Any, server: ServerProgram, **options: Any) -> Any:
    context = browser.new_context(base_url=server.url, **options)
    page = context.new_page()
    sign_in(page, server)
    return page


def app_secret() -> str:
    (name,) = [name for name in SECRETS if "APP_SECRET" in name]
    return name


def test_what_a_wrong_secret_refused_is_taken_in_by_a_press_once_it_is_mended(
    shop: Shop, browser: Any
) -> None:
    server = shop.start(**{app_secret(): "of-another-app-0123456789abcdef"})
    assert [commented(server, number) for number in (1, 2, 3)] == [401, 401, 401]
    page = signed_in(browser, server, locale="en-US")
    page.goto("/deliveries")
    page.locator("li.row .title a").first.click()
    page.locator("#again", has_text="it would be refused now as well").wait_for()
    assert page.get_by_role("button", name="Take it in again").count() == 0
    page.context.close()
    server.terminate()

    server = shop.start()
    page = signed_in(browser, server, locale="en-US")
    page.goto("/deliveries")
    page.locator("li.row .title a").last.click()
    page.get_by_role("button", name="Take it in again").click()
    page.get_by_text("Taken in.").wait_for()
    page.get_by_role("link", name="What the rules did").click()
    page.get_by_text("Giá bao nhiêu?").first.wait_for()

    page.goto("/deliveries")
    for box in page.locator("[data-pick]").all():
        box.check()
    page.get_by_role("button", name="Take in again…").click()
    page.get_by_role("button", name="Take 2 in").click()
    page.get_by_text("Taken in: 2.").wait_for()
    page.context.close()
    events = server.api("GET", "/api/events")["items"]
    assert len(events) == 3
    # The sender has sent one of them again: it is known.
    assert commented(server, 2) == 200
    assert len(server.api("GET", "/api/events")["items"]) == 3


@pytest.mark.parametrize("look", ["light-en-1280", "dark-vi-360"])
def test_the_plan_and_the_page_of_a_refused_delivery_are_no_barrier(
    shop: Shop, browser: Any, look: str
) -> None:
    server = shop.start(**{app_secret(): "of-another-app-0123456789abcdef"})
    assert commented(server, 1) == 401
    server.terminate()
    server = shop.start()
    assert call(server.url, "POST", "/hooks/shop-page", b"{}")[0] == 401
    scheme, language, width = look.split("-")
    page = signed_in(
        browser,
        server,
        locale={"en": "en-US", "vi": "vi-VN"}[language],
        color_scheme=scheme,
        viewport={"width": int(width), "height": 800},
    )
    found = []
    page.goto("/deliveries")
    address = page.locator("li.row .title a").last.get_attribute("href")
    for box in page.locator("[data-pick]").all():
        box.check()
    found += barriers(page, "the list")
    page.locator("button[value=again]").click()
    page.wait_for_url(re.compile("selected"))
    found += barriers(page, "the plan")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(address)
    found += barriers(page, "a refused delivery")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()

    assert found == []
