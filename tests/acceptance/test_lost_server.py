"""Somebody is signed out, or the server is away, while a page is open: nothing typed is lost."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo_comments import Commenters
from tests.support.process import ServerProgram
from tests.support.visitors import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

FILE = "price-questions.yaml"
WORDS = "Giá hôm nay: 199k ạ"
AWAY = "The server does not answer."
SIGNED_OUT = "You are signed out."


class Installation:
    """A demo server that stops and comes again under the same address, and browsers of it."""

    def __init__(self, folder: Path, browser: Any) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.rules = folder / "rules"
        self._folder = folder
        self._browser = browser
        self.server = self.start()
        self.contexts: list[Any] = []

    def start(self) -> ServerProgram:
        self.server = ServerProgram(
            self._folder, "--demo", "--rules", str(self.rules), "--port", str(self.port)
        )
        return self.server

    def visit(self, path: str, **options: Any) -> Any:
        """A page of a new browser, signed in."""
        context = self._browser.new_context(
            base_url=self.server.url, **{"locale": "en-US", **options}
        )
        self.contexts.append(context)
        page = context.new_page()
        sign_in(page, self.server)
        page.goto(path)
        # The code editor comes behind the page; what is away later cannot bring it.
        page.wait_for_load_state("networkidle")
        return page

    def sign_in_again(self, page: Any) -> None:
        """In another tab of the same browser, as the note asks for."""
        with page.context.expect_page() as opened:
            page.locator("[data-lost] a").click()
        other = opened.value
        other.wait_for_load_state()
        sign_in(other, self.server)
        other.close()


@pytest.fixture
def demo(tmp_path: Path, browser: Any) -> Iterator[Installation]:
    installation = Installation(tmp_path, browser)
    yield installation
    for context in installation.contexts:
        context.close()
    if not installation.server.has_ended():
        installation.server.terminate()


def writes_in_the_form(page: Any) -> None:
    # The name of the rule: its answer is what the tests of the file expect.
    page.locator("input[name=name]").fill(WORDS)


def writes_in_the_text(page: Any) -> None:
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(f"# {WORDS}")


VIEWS = [("form", writes_in_the_form), ("text", writes_in_the_text)]


def is_told(page: Any, note: str) -> None:
    page.locator("[data-lost]", has_text=note).wait_for()


def all_is_well(page: Any) -> None:
    page.locator("[data-lost]").wait_for(state="hidden")


@pytest.mark.parametrize(("view", "writes"), VIEWS, ids=[view for view, _ in VIEWS])
def test_a_rule_is_saved_although_the_session_ended_while_it_was_written(
    demo: Installation, view: str, writes: Callable[[Any], None]
) -> None:
    page = demo.visit(f"/rules/{FILE}?view={view}")
    page.context.clear_cookies()
    writes(page)
    page.locator("button[value=save]").first.click()
    is_told(page, SIGNED_OUT)

    demo.sign_in_again(page)
    all_is_well(page)
    page.locator("button[value=save]").first.click()
    page.wait_for_url("**saved=1**")

    assert WORDS in (demo.rules / FILE).read_text()


@pytest.mark.parametrize(("view", "writes"), VIEWS, ids=[view for view, _ in VIEWS])
def test_a_rule_is_saved_although_the_server_was_away_while_it_was_written(
    demo: Installation, view: str, writes: Callable[[Any], None]
) -> None:
    page = demo.visit(f"/rules/{FILE}?view={view}")
    demo.server.terminate()
    writes(page)
    page.locator("button[value=save]").first.click()
    is_told(page, AWAY)

    demo.start()
    all_is_well(page)
    page.locator("button[value=save]").first.click()
    page.wait_for_url("**saved=1**")

    assert WORDS in (demo.rules / FILE).read_text()


def test_who_signed_in_again_elsewhere_goes_on_without_being_asked_anything(
    demo: Installation,
) -> None:
    page = demo.visit(f"/rules/{FILE}?view=form")
    page.context.clear_cookies()
    other = page.context.new_page()
    sign_in(other, demo.server)
    other.close()
    # The token in the fields is that of the session before.
    writes_in_the_form(page)
    page.locator("button[value=save]").first.click()
    page.wait_for_url("**saved=1**")

    assert WORDS in (demo.rules / FILE).read_text()


def test_a_form_that_is_sent_by_two_presses_is_sent_once(demo: Installation) -> None:
    page = demo.visit(f"/rules/{FILE}?view=form")
    asked = []

    def answers_late(route: Any) -> None:
        asked.append(route)
        time.sleep(0.5)
        route.continue_()

    # The answer is not there yet when the second press comes.
    page.route("**/session", answers_late)
    writes_in_the_form(page)
    page.locator("button[value=save]").first.dblclick()
    page.wait_for_url("**saved=1**")

    assert len(asked) == 1


def test_without_a_script_who_was_signed_out_is_told_and_led_back_to_the_form(
    demo: Installation,
) -> None:
    page = demo.visit(f"/rules/{FILE}?view=form", java_script_enabled=False)
    form = page.url
    page.locator("textarea[name$='.text']").first.fill("Giá hôm nay\nlà 199k ạ")
    page.context.clear_cookies()
    page.locator("button[value=save]").click()
    page.get_by_text("You were signed out: this was not saved.").wait_for()
    assert page.locator("main textarea").first.input_value() == "Giá hôm nay\nlà 199k ạ"
    page.locator("main input[name=token]").fill(
        demo.server.api("POST", "/api/sign-in-links")["url"]
    )
    page.locator("main button.main").click()
    page.wait_for_url(form)
    page.goto("/rules/form")

    assert page.url.endswith("/rules")


def test_the_live_log_says_that_the_server_is_away_and_goes_on_when_it_is_back(
    demo: Installation,
) -> None:
    page = demo.visit("/")
    page.goto("/log")
    people = Commenters(demo.server)
    # The stream is open.
    people.say("giá bao nhiêu?")
    page.locator("[data-log] > [data-run]").first.wait_for()
    demo.server.terminate()
    is_told(page, AWAY)
    demo.start()
    all_is_well(page)
    people.say("còn hàng không, giá sao shop?")

    page.locator("[data-log]", has_text="còn hàng không").first.wait_for()


def test_a_log_whose_stream_is_refused_says_so_and_tries_again(demo: Installation) -> None:
    page = demo.visit("/")
    page.route("**/log/live?*", lambda route: route.fulfill(status=429))
    page.goto("/log")
    page.locator("[data-stalled]").wait_for()
    page.unroute("**/log/live?*")
    page.locator("[data-stalled]").wait_for(state="hidden")
    Commenters(demo.server).say("giá bao nhiêu?")

    page.locator("[data-log] > [data-run]").first.wait_for()
