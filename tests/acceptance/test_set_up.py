"""Set-up in a browser: a newcomer's first rule, rules by form, and a connection of their own."""

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automator.language import Translator
from tests.acceptance.conftest import SECRETS, Shop
from tests.support.demo_comments import Commenters
from tests.support.page_events import comment, delivery, signed
from tests.support.process import Sandbox, ServerProgram, call, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

MOST_INTERACTIONS = 12
MOST_TO_AN_OWN_RULE = 10
MOST_TABS = 120
SAVES = ("save", "save_anyway")
#: The words by which a screen reader announces what has the focus.
FOCUSED = """(() => {
  const { activeElement: here } = document;
  return here.ariaLabel ?? here.labels?.[0]?.textContent ?? here.textContent;
})()"""
APP_SECRET = "second-app-secret-for-tests-0123456789"


class Newcomer:
    """Somebody who reads what the pages say; each of their interactions is counted."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.interactions = 0

    def opens(self, address: str) -> None:
        self.interactions += 1
        self.page.goto(address)

    def clicks(self, role: str, name: str | re.Pattern[str]) -> None:
        self.interactions += 1
        self.page.locator("main, nav").get_by_role(role, name=name).first.click()
        self.page.wait_for_load_state()

    def writes(self, label: str | re.Pattern[str], text: str) -> None:
        self.interactions += 1
        self.page.locator("main").get_by_label(label, exact=True).fill(text)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[ServerProgram]:
    """What `make run` starts."""
    program = ServerProgram(tmp_path, "--demo", "--rules", str(tmp_path / "rules"))
    yield program
    program.terminate()


@pytest.fixture
def started_alone(tmp_path: Path) -> Iterator[ServerProgram]:
    """`automator serve` in a folder without settings."""
    program = ServerProgram(tmp_path, cwd=tmp_path)
    yield program
    program.terminate()


WORDS = {
    "en": ("Sign in", "Rules", "New rule", "Hide comments with links", "Make it live", "Sandbox",
           "Text", "Send", "Log", "Cheaper here: https://example.com/sale"),
    "vi": ("Đăng nhập", "Quy tắc", "Quy tắc mới", "Ẩn bình luận có liên kết", "Cho chạy ngay",
           "Chạy thử", "Nội dung", "Gửi", "Nhật ký", "Rẻ hơn: https://example.com/sale"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_newcomers_first_rule_has_fired_after_few_interactions(
    browser: Any, demo: ServerProgram, language: str
) -> None:
    sign_in, rules, new, template, live, sandbox, field, send, log, text = WORDS[language]
    locale = {"en": "en-US", "vi": "vi-VN"}[language]
    context = browser.new_context(base_url=demo.url, locale=locale)
    newcomer = Newcomer(context.new_page())

    newcomer.opens(demo.sign_in_link)
    newcomer.clicks("button", sign_in)
    newcomer.clicks("link", re.compile(f"^{rules}"))
    newcomer.clicks("link", new)
    newcomer.clicks("link", template)
    newcomer.clicks("button", live)
    newcomer.page.locator("[role=status]").first.wait_for()
    newcomer.clicks("link", sandbox)
    newcomer.writes(field, text)
    newcomer.clicks("button", send)
    newcomer.clicks("link", re.compile(f"^{log}"))

    newcomer.page.locator("main li[id^=run-]", has_text=template).first.wait_for()
    assert newcomer.interactions <= MOST_INTERACTIONS
    context.close()


@pytest.fixture
def without_connections(tmp_path: Path, sandbox: Sandbox) -> Iterator[ServerProgram]:
    """A shop's own server on its first day, with the sandbox in Facebook's place."""
    (tmp_path / "rules").mkdir()
    settings = tmp_path / "automator.yaml"
    settings.write_text(f'egress: {{allow: ["127.0.0.1:{sandbox.port}"]}}\n')
    graph = f"http://127.0.0.1:{sandbox.port}/facebook/v26.0"
    files = ("--config", str(settings), "--rules", str(tmp_path / "rules"))
    prefix = (sys.executable, "-m", "tests.support.sandbox_graph", graph)
    program = ServerProgram(tmp_path, *files, prefix=prefix)
    yield program
    program.terminate()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_real_page_is_connected_and_its_first_own_rule_live_after_few_interactions(
    browser: Any, without_connections: ServerProgram, sandbox: Sandbox, language: str, width: int
) -> None:
    say, server = Translator(language), without_connections
    locale = {"en": "en-US", "vi": "vi-VN"}[language]
    viewport = {"width": width, "height": 844}
    context = browser.new_context(base_url=server.url, locale=locale, viewport=viewport)
    newcomer = Newcomer(context.new_page())

    newcomer.opens(server.sign_in_link)
    newcomer.clicks("button", say("Sign in"))
    newcomer.clicks("link", say("Facebook Page"))
    newcomer.writes(re.compile(re.escape(say("App secret"))), APP_SECRET)
    newcomer.writes(re.compile(re.escape(say("Page access token"))), SECRETS["SHOP_PAGE_TOKEN"])
    newcomer.clicks("button", say("Connect"))
    newcomer.clicks("link", say("Done: choose a rule"))
    newcomer.clicks("link", say("Answer price questions"))
    newcomer.writes(re.compile(re.escape(say("What to write in private"))), "Hôm nay 180k ạ")
    newcomer.clicks("button", say("Make it live"))
    newcomer.page.wait_for_url("**/rules?did=made*")

    assert newcomer.interactions <= MOST_TO_AN_OWN_RULE
    body = delivery(changes=[comment(1, "1", say("What is the price please?"))])
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body, APP_SECRET))[0] == 200
    wait_until(lambda: len(sandbox.records("private_reply")) == 1, "the answer of the new rule")
    assert "Hôm nay 180k ạ" in str(sandbox.records("private_reply"))
    context.close()


@pytest.fixture
def owner(browser: Any, shop: Shop) -> Iterator[tuple[Any, ServerProgram]]:
    """The owner of a shop with a real Page's settings, signed in."""
    server = shop.start()
    context = browser.new_context(base_url=server.url, locale="en-US")
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(server.sign_in_link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    yield page, server
    context.close()


def test_a_connection_is_added_in_the_page_and_works_at_once(
    owner: tuple[Any, ServerProgram], shop: Shop
) -> None:
    page, server = owner
    before = shop.config.read_text()

    page.goto("/connections")
    page.get_by_role("link", name="Connect a page").click()
    page.get_by_role("link", name="Facebook Page").click()
    page.get_by_label("Your own name for it").fill("second-page")
    page.get_by_label("App secret").fill(APP_SECRET)
    page.get_by_role("button", name="Connect").click()
    page.get_by_text("second-page is set up here").wait_for()
    shown = page.locator("pre code").all_inner_texts()
    token = next(text for text in shown if not text.startswith("http"))
    page.get_by_role("link", name="Done: see what is missing").click()
    page.wait_for_url("**/connections/second-page")

    hook = f"/hooks/second-page?hub.mode=subscribe&hub.challenge=42&hub.verify_token={token}"
    assert call(server.url, "GET", hook)[0] == 200
    body = delivery(changes=[comment(1, "1", "giá bao nhiêu?")])
    assert call(server.url, "POST", "/hooks/second-page", body, signed(body, APP_SECRET))[0] == 200
    # What was there goes on, with the same session and the same rest of the file.
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200
    wait_until(lambda: len(shop.sandbox.records("public_reply")) == 1, "the answer")
    page.reload()
    page.locator(".checks").get_by_text("An event has arrived.").wait_for()
    assert shop.config.read_text().startswith(before[: before.index("targets:")])
    assert not any(secret in page.content() for secret in (APP_SECRET, token, *SECRETS.values()))

    page.get_by_role("button", name="Remove this connection").click()
    page.wait_for_url("**/connections")
    assert shop.config.read_text() == before
    assert call(server.url, "GET", hook)[0] == 404


def test_who_gives_the_https_address_in_the_page_stays_signed_in(
    owner: tuple[Any, ServerProgram], shop: Shop
) -> None:
    page, _ = owner

    page.goto("/connections")
    page.get_by_label("Address under which the internet").fill("hooks.shop.example")
    page.locator("#public-url").get_by_role("button", name="Save").click()
    page.get_by_text("https://hooks.shop.example/hooks/shop-page").wait_for()

    assert "public_url: https://hooks.shop.example" in shop.config.read_text()
    assert page.locator("body.framed").count() == 1


def test_who_is_signed_out_while_settings_are_applied_reads_how_to_sign_in(
    owner: tuple[Any, ServerProgram],
) -> None:
    page, server = owner
    instance = hashlib.sha256(server.control_token.encode()).hexdigest()[:12]
    page.goto(f"/connections/applying?since={instance}&to=")

    page.context.clear_cookies()

    page.get_by_text("automator link").wait_for()


def test_what_is_shown_once_stays_while_the_https_address_is_given(
    owner: tuple[Any, ServerProgram],
) -> None:
    page, _ = owner
    page.goto("/connections/new/facebook")
    page.get_by_label("Your own name for it").fill("second-page")
    page.get_by_label("App secret").fill(APP_SECRET)
    page.get_by_role("button", name="Connect").click()

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Give its https address first").click()

    opened.value.locator("#public-url").wait_for()
    assert page.get_by_text("second-page is set up here").is_visible()


def test_a_rule_is_switched_off_edited_in_the_form_and_undone(
    owner: tuple[Any, ServerProgram], shop: Shop
) -> None:
    page, _ = owner
    file = shop.rules / "shop.yaml"
    before = file.read_text()

    page.goto("/rules")
    page.get_by_role("switch", name="Answer price questions").click()
    page.get_by_text("Switched off.").wait_for()
    assert "enabled: false" in file.read_text()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone").wait_for()
    assert file.read_text() == before

    page.get_by_role("link", name="Answer price questions").click()
    page.get_by_role("link", name="Form").click()
    # Before the script has made words into buttons, the field has all of them.
    page.get_by_role("button", name="ib ×").wait_for()
    words = page.locator("label:has([name=words]) input:visible")
    words.fill("xin giá")
    words.press("Enter")
    page.get_by_role("button", name="ib ×").click()
    # What somebody types is checked meanwhile, and what a button adds comes in its place.
    page.locator("details.part > summary", has_text="Limits").click()
    silence = page.locator("[name='pause_on.human_reply']")
    page.locator("label", has=silence).get_by_role("combobox").select_option("written out")
    silence.fill("long")
    page.get_by_text("1 to mend before this can be saved").wait_for()
    silence.fill("")
    page.get_by_text("One more condition").first.click()
    page.get_by_role("button", name="+ one of several").click()
    page.locator("[name='c1.kind']:focus").wait_for()
    page.get_by_role("button", name="price ×").wait_for()
    page.locator("button[value='ungroup:1']").click()
    page.locator("[name='c1.kind']").wait_for(state="detached")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert file.read_text() == before.replace("'ib'", "'xin giá'")


def test_a_button_that_is_pressed_twice_makes_one_rule(
    owner: tuple[Any, ServerProgram], shop: Shop
) -> None:
    page, _ = owner
    page.goto("/rules/gallery/thank_reviews")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 700, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", slow)
    place = page.get_by_role("button", name="Make it live").bounding_box()
    at = place["x"] + 10, place["y"] + 10

    page.mouse.click(*at)
    page.wait_for_timeout(250)
    page.mouse.click(*at)
    page.wait_for_url("**/rules?did=made*")
    page.wait_for_timeout(1000)

    assert sorted(path.name for path in shop.rules.iterdir()) == ["shop.yaml", "thank-reviews.yaml"]
    # Whoever comes back is told of the rule, and may make one more.
    network.send("Network.emulateNetworkConditions", {**slow, "latency": 0})
    page.go_back()
    page.get_by_role("button", name="Make one more live").click()
    page.wait_for_url("**/rules?did=made*thank-reviews-2")


def test_what_stands_in_the_form_is_tried_without_leaving_it(
    owner: tuple[Any, ServerProgram], shop: Shop
) -> None:
    page, server = owner
    before = (shop.rules / "shop.yaml").read_text()
    body = delivery(changes=[comment(1, "1", "Còn hàng không shop?")])
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200

    page.goto("/rules/shop.yaml?view=form")
    page.get_by_role("button", name="ib ×").wait_for()
    word = page.locator("label:has([name=words]) input:visible")
    word.fill("còn hàng")
    # The word that is still being typed counts as well.
    page.get_by_role("button", name="Look closer").click()
    page.locator("#trial").get_by_text("What would happen").wait_for()
    page.get_by_label("What was written").fill("đẹp quá")
    page.get_by_label("What was written").press("Enter")
    page.locator("#trial").get_by_text("đẹp quá").first.wait_for()

    assert page.url.endswith("/rules/shop.yaml?view=form")
    assert page.get_by_role("button", name="còn hàng ×").is_visible()
    page.get_by_label("Whether it acts").select_option(
        label="it only watches, and the log says what it would do"
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.get_by_role("button", name="Save").click()
    # The comment of today would be answered with this word: whoever saves is told so, once.
    told = page.locator("[data-changes]")
    told.get_by_text("Answer price questions: Whether it acts → it only watches").wait_for()
    assert page.get_by_role("button", name="Save", exact=True).count() == 0
    page.get_by_role("button", name="Save anyway").click()
    page.get_by_text("Saved.").wait_for()
    assert [len([sent for sent in asked if sent.endswith(f"do={do}")]) for do in SAVES] == [1, 1]
    after = (shop.rules / "shop.yaml").read_text()
    assert after == before.replace("'ib'", "'ib', 'còn hàng'").replace(
        "    trigger:", "    mode: shadow\n    trigger:", 1
    )


def test_a_rule_is_made_and_changed_with_the_keyboard_alone(
    owner: tuple[Any, ServerProgram], shop: Shop
) -> None:
    page, _ = owner
    page.goto("/rules")
    for link in ("New rule", "Answer price questions"):
        tabbed_to(page, link)
        page.keyboard.press("Enter")
        page.get_by_role("heading", level=1, name=link).wait_for()
    tabbed_to(page, "What to write in private")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("Hôm nay 180k ạ")
    tabbed_to(page, "Make it live")
    page.keyboard.press("Space")
    page.wait_for_url("**/rules?did=made*")

    page.goto("/rules/shop.yaml?view=form")
    page.get_by_role("button", name="ib ×").wait_for()
    tabbed_to(page, "ib ×")
    page.keyboard.press("Space")
    page.get_by_role("button", name="ib ×").wait_for(state="detached")
    page.keyboard.insert_text("xin giá")
    page.keyboard.press("Enter")
    tabbed_to(page, "Limits")
    page.keyboard.press("Enter")
    tabbed_to(page, "Keeps quiet after")
    page.keyboard.type("5")
    tabbed_to(page, "Save")
    page.keyboard.press("Enter")
    page.get_by_text("Saved.").wait_for()

    assert any("Hôm nay 180k ạ" in path.read_text() for path in shop.rules.iterdir())
    text = (shop.rules / "shop.yaml").read_text()
    assert "'giá', 'bao nhiêu', 'xin giá'" in text
    assert "5m" in text


def tabbed_to(page: Any, text: str) -> None:
    """Presses Tab until the focus is on what begins with this text."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if str(page.evaluate(FOCUSED)).strip().startswith(text):
            return
    raise AssertionError(f"Tab does not lead to {text!r}")


def test_the_demo_is_left_in_the_page_for_a_page_of_ones_own(
    started_alone: ServerProgram, browser: Any, tmp_path: Path
) -> None:
    Commenters(started_alone).say("Giá bao nhiêu vậy shop?")
    wait_until(lambda: waiting(started_alone), "a follow-up that waits")
    context = browser.new_context(locale="en-US", timezone_id="Asia/Bangkok")
    newcomer = Newcomer(context.new_page())
    newcomer.opens(started_alone.sign_in_link)
    newcomer.clicks("button", "Sign in")
    newcomer.clicks("link", "Connections")
    newcomer.page.get_by_text("Connect a page of your own").click()
    newcomer.clicks("button", "Leave the demo and connect a page")
    newcomer.page.wait_for_url("**/connections/new")
    newcomer.page.get_by_role("link", name=re.compile("Facebook")).first.wait_for()
    context.close()

    settings = tmp_path / "automator.yaml"
    assert settings.stat().st_mode & 0o777 == 0o600
    assert "timezone: Asia/Bangkok" in settings.read_text().splitlines()
    assert waiting(started_alone) == []
    assert call(started_alone.url, "POST", "/hooks/demo-page", b"{}")[0] == 404


def waiting(server: ServerProgram) -> list[Any]:
    """The runs that wait for their time."""
    found: list[Any] = server.api("GET", "/api/runs?state=queued")["items"]
    return found
