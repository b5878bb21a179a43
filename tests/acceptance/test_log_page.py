"""The log in a real browser: who wrote, what was said to them, and what became of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.support.process import ServerProgram, call

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

QUESTION = "Giá bao nhiêu vậy shop?"
#: A mark that turns text around, and a word without an end.
HOSTILE = "giá \u202e" + "a" * 10_000
RULES = """\
rules:
  - id: price
    name: Answer price questions
    trigger: {event: comment.created, connection: demo-page}
    conditions:
      - keywords(event.text, ['giá', 'bao nhiêu'])
    actions:
      - reply: "Chào {{ event.actor.name }}, shop đã nhắn giá."
      - private_reply: "Mẫu này giá 250k ạ."
      - follow_up:
          after: 20h
          actions:
            - message: "Bạn còn quan tâm không ạ?"
"""

Visit = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProgram]:
    """A demo server with one rule."""
    folder = tmp_path_factory.mktemp("log")
    (folder / "rules").mkdir()
    (folder / "rules" / "prices.yaml").write_text(RULES, encoding="utf-8")
    program = ServerProgram(folder, "--demo", "--rules", str(folder / "rules"))
    yield program
    program.terminate()


@pytest.fixture
def visit(browser: Any, server: ServerProgram) -> Iterator[Visit]:
    """Opens signed-in pages; at the end nothing may have gone wrong in any of them."""
    complaints: list[str] = []

    @contextmanager
    def watched(**options: Any) -> Iterator[Any]:
        wide = {"locale": "en-US", "viewport": {"width": 1100, "height": 800}}
        context = browser.new_context(base_url=server.url, **{**wide, **options})
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(server.api("POST", "/api/sign-in-links")["url"])
        page.locator("main form button").first.click()
        page.wait_for_load_state()
        yield page
        context.close()

    yield watched
    assert complaints == []


def test_a_row_tells_who_wrote_and_what_was_said_to_them_in_one_place(visit: Visit) -> None:
    with visit() as page:
        send(page, QUESTION)
        page.goto("/log")
        row = page.locator(".row", has_text=QUESTION)
        row.locator(".head-line", has_text="answered").wait_for()

        assert row.count() == 1
        assert row.locator(".face").inner_text() == "NÁ"
        assert row.locator(".title").inner_text() == "Answer price questions"
        assert row.locator(".said q").all_inner_texts() == [
            "Chào Trần Thị Ngọc Ánh, shop đã nhắn giá.",
            "Mẫu này giá 250k ạ.",
        ]
        assert "follow-up due" in row.locator(".later").inner_text()
        assert "ms" in row.locator(".took").inner_text()


def test_a_failure_is_told_once_in_words(visit: Visit, server: ServerProgram) -> None:
    with visit() as page:
        fails_next(server, "token_expired")
        send(page, "giá lỗi?")
        page.goto("/log")
        row = page.locator(".row", has_text="giá lỗi?")
        row.locator(".head-line", has_text="failed").wait_for()

        assert row.inner_text().count("the access of demo-page is no longer accepted") == 1
        assert row.locator("s").inner_text() == "Chào Trần Thị Ngọc Ánh, shop đã nhắn giá."


def test_hostile_text_stays_in_its_place(visit: Visit) -> None:
    with visit(viewport={"width": 360, "height": 740}) as page:
        send(page, HOSTILE)
        page.goto("/log")
        row = page.locator(".row", has_text="aaaaaaaa")
        row.first.wait_for()

        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert row.first.locator("bdi", has_text="aaaaaaaa").count() == 1
        row.first.locator(".title a").click()
        page.wait_for_url("**/runs/*")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def send(page: Any, text: str) -> None:
    """A comment from the sandbox."""
    page.goto("/demo")
    form = page.locator("form[action='/demo/send']")
    form.locator("input[name=text]").fill(text)
    form.get_by_role("button", name="Send").click()
    page.wait_for_url("**/demo?from=demo-page&sent=*")


def fails_next(server: ServerProgram, error: str) -> None:
    """The next request to the platform fails with this error."""
    order = b'{"next": [{"error": "%s"}]}' % error.encode()
    call(server.url, "POST", "/sandbox/control", order, {"content-type": "application/json"})
