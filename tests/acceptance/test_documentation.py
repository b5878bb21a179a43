"""Somebody reads the documentation in a browser, under the policy of the server."""

from typing import Any

import pytest

from docs import build
from tests.acceptance.conftest import Shop
from tests.acceptance.test_screens import barriers
from tests.support.visitors import Visitor

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

PAGES = ("README", "reference/problems", "how-to/ask-and-wait", "tutorial/shop-handbook.vi")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_people_search_the_documentation_without_a_fault_or_a_barrier(
    shop: Shop, browser: Any, scheme: str
) -> None:
    if not build.SITE.exists():
        pytest.skip("the documentation is not built: make docs")
    visitor = Visitor(browser, shop.start())
    page = visitor.open("/help", color_scheme=scheme)
    page.get_by_role("link", name="documentation").click()
    field = page.get_by_role("textbox", name="Search")
    field.fill("opening hours")
    field.press("Enter")
    results = page.locator("#search-results li")
    results.locator(".context").first.wait_for()
    found = barriers(page, "search")
    titles = results.locator("a").all_inner_texts()
    page.goto("/help/search.html?q=khách+hàng")
    results.locator(".context").first.wait_for()
    in_vietnamese = results.locator("a").all_inner_texts()
    for name in PAGES:
        page.goto(f"/help/{name}.html")
        found += barriers(page, name)
    page.goto("/help/codes/unknown-key")
    is_shown = page.locator("#unknown-key").is_visible()

    assert visitor.complaints == []
    assert found == []
    assert "Runs on a schedule" in titles or len(titles) > 3
    assert "Sổ tay cho chủ shop" in in_vietnamese
    assert is_shown
