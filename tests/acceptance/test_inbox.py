"""A shop works in its inbox: on a phone and at a desk, in both languages, and without a script."""

import re
from typing import Any

import pytest

from tests.acceptance.conftest import Shop
from tests.acceptance.test_screens import barriers
from tests.support.page_events import comment, delivery, message, signed
from tests.support.process import ServerProgram, call, wait_until
from tests.support.visitors import Visitor

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

QUESTION = "Shop có ship Đà Nẵng không ạ?"
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "vi-VN"}
DESK = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US"}


@pytest.fixture
def server(shop: Shop) -> ServerProgram:
    return shop.start()


def comes_in(server: ServerProgram, **items: list[Any]) -> None:
    body = delivery(**items)
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200


def replies(shop: Shop, kind: str = "public_reply") -> list[str]:
    """The texts that the platform got, in order."""
    return [record["text"] for record in shop.sandbox.records(kind)]


class Hands:
    """Counts what somebody does: a click, a choice or a filled field each."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.count = 0

    def click(self, found: Any) -> None:
        self.count += 1
        found.click()

    def fill(self, found: Any, text: str) -> None:
        self.count += 1
        found.fill(text)


@pytest.mark.parametrize("locale", ["vi-VN", "en-US"])
@pytest.mark.parametrize("options", [PHONE, DESK], ids=["phone", "desk"])
def test_an_unanswered_buyer_leads_to_an_automatic_answer_in_four_interactions(
    shop: Shop, server: ServerProgram, browser: Any, options: dict[str, Any], locale: str
) -> None:
    comes_in(server, changes=[comment(1, "11", QUESTION)])
    visitor = Visitor(browser, server)

    with visitor.page(**{**options, "locale": locale}) as page:
        page.goto("/")
        hands = Hands(page)
        hands.click(page.locator(".mail.is-buyer .mail-name"))
        hands.click(page.locator(".such a"))
        answer = page.locator("#rule-form fieldset.step textarea").first
        hands.fill(answer, "Dạ shop ship toàn quốc, phí 30k ạ")
        # What it would have done with what people wrote lately.
        page.locator("#preview", has_text="Đà Nẵng").wait_for()
        hands.click(page.locator("#rule-form button[value=save]").first)
        page.wait_for_url(re.compile("saved=1"))
    comes_in(server, changes=[comment(2, "12", "ship Hà Nội không shop?")])

    assert hands.count <= 4
    wait_until(lambda: replies(shop) == ["Dạ shop ship toàn quốc, phí 30k ạ"], "the answer")
    assert visitor.complaints == []


@pytest.mark.parametrize("options", [PHONE, DESK], ids=["phone", "desk"])
def test_a_comment_is_answered_handed_on_and_done(
    shop: Shop, server: ServerProgram, browser: Any, options: dict[str, Any]
) -> None:
    server.api("POST", "/api/sign-in-links", {"account": "mai", "role": "editor"})
    comes_in(server, changes=[comment(1, "11", QUESTION)], messaging=[message(2, "12", "hi shop")])
    visitor = Visitor(browser, server)

    with visitor.page(**options) as page:
        page.goto("/inbox")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".mail").count() == 2
        page.locator(".mail.is-buyer .mail-name").click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("#write textarea").fill("Dạ có ạ")
        page.locator("#write button[value=reply]").click()
        wait_until(lambda: replies(shop) == ["Dạ có ạ"], "the answer")
        page.locator(".talk .ours", has_text="Dạ có ạ").wait_for()
        page.locator(".case .mail-fate .state.done").wait_for()
        page.locator("#staff-part > summary").click()
        page.locator(".hand-on > summary").click()
        page.locator("#staff textarea[name=text]").first.fill("khách quen")
        page.locator(".hand-on button").click()
        page.locator("#staff-part", has_text="khách quen").wait_for()
        page.locator("button[value=done]").click()
        page.locator("button[value=open]").wait_for()
        page.goto("/inbox")
        left = page.locator(".mail").all_inner_texts()
        page.goto("/inbox?state=done")
        done = page.locator(".mail").all_inner_texts()

    assert [len(left), len(done)] == [1, 1]
    assert QUESTION in done[0]
    assert visitor.complaints == []


def test_keys_lead_through_the_list_and_what_is_new_appears(
    server: ServerProgram, browser: Any
) -> None:
    comes_in(server, messaging=[message(1, "11", "chào shop"), message(2, "12", "đẹp quá")])
    visitor = Visitor(browser, server)

    with visitor.page(**DESK) as page:
        page.goto("/inbox")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox/messages/shop-page/11")
        page.keyboard.press("r")
        assert page.evaluate("document.activeElement.name") == "text"
        comes_in(server, messaging=[message(3, "13", "còn size M không")])
        page.locator(".mail", has_text="còn size M không").wait_for()
        page.locator("#write textarea").evaluate("one => one.blur()")
        page.keyboard.press("e")
        page.locator("button[value=open]").wait_for()

    assert visitor.complaints == []


def test_without_a_script_an_answer_is_sent(
    shop: Shop, server: ServerProgram, browser: Any
) -> None:
    comes_in(server, changes=[comment(1, "11", QUESTION)])
    visitor = Visitor(browser, server)

    with visitor.page(**PHONE) as page:
        cookies = page.context.cookies()
    context = browser.new_context(base_url=server.url, java_script_enabled=False, **PHONE)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto("/")
    page.locator(".mail-name").click()
    page.locator("#write textarea").fill("Dạ có ạ")
    page.locator("#write button[value=private_reply]").click()
    assert "Dạ có ạ" in page.locator(".talk").inner_text()
    context.close()

    wait_until(lambda: replies(shop, "private_reply") == ["Dạ có ạ"], "the answer")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("options", [PHONE, DESK], ids=["phone", "desk"])
def test_the_inbox_has_no_barrier_that_axe_knows(
    server: ServerProgram, browser: Any, options: dict[str, Any], scheme: str
) -> None:
    comes_in(
        server,
        changes=[comment(1, "11", QUESTION), comment(2, "12", "giá bao nhiêu")],
        messaging=[message(3, "11", "còn size M không")],
    )
    server.api("POST", "/api/ready-answers", {"title": "Ship", "text": "30k ạ"})
    wait_until(lambda: server.api("GET", "/api/runs?state=done")["items"], "the rule's answer")
    visitor = Visitor(browser, server)
    found = []

    with visitor.page(**options, color_scheme=scheme) as page:
        for address in ("/inbox", "/inbox/comments/shop-page/700_1", "/inbox/messages/shop-page/11",
                        "/inbox/ready"):  # fmt: skip
            page.goto(address)
            page.evaluate(
                "document.querySelectorAll('details').forEach((one) => (one.open = true))"
            )
            height = page.evaluate("document.documentElement.scrollHeight")
            width = options["viewport"]["width"]
            page.set_viewport_size({"width": width, "height": max(height, 800)})
            found += barriers(page, address)

    assert found == []
    assert visitor.complaints == []
