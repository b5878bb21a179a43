"""The pages in a real browser, over the real server: what people do, on a desk and on a phone."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import ServerProgram, call, wait_until
from tests.support.rule_editor import selected, text_of, write
from tests.support.visitors import Visitor, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

QUESTION = "Giá bao nhiêu vậy shop?"
HOSTILE = (
    'giá <img src=x onerror=alert(1)></textarea><script>alert(2)</script>"><svg/onload=alert(3)>'
)
PAGES = ("/log", "/events", "/samples", "/rules", "/rules/price-questions.yaml", "/follow-ups",
         "/review", "/replays", "/replays/new?state=done", "/deliveries", "/connections", "/demo",
         "/settings")  # fmt: skip

NewPage = Callable[..., Any]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProgram]:
    """A demo server with the example rules."""
    program = ServerProgram(tmp_path, "--demo", "--rules", str(tmp_path / "rules"))
    yield program
    program.terminate()


@pytest.fixture
def visit(browser: Any, server: ServerProgram) -> Iterator[NewPage]:
    """Opens signed-in pages; at the end nothing may have gone wrong in any of them."""
    visitor = Visitor(browser, server)
    yield visitor.page
    # Chromium notes every refused save; that one is what a test asks for.
    assert [said for said in visitor.complaints if "status of 422" not in said] == []


def send_comment(page: Any, text: str) -> None:
    page.goto("/demo")
    form = page.locator("form[action='/demo/send']")
    form.locator("input[name=text]").fill(text)
    form.get_by_role("button", name="Send").click()
    page.wait_for_url("**/demo?from=demo-page&*sent=*")


def has_no_sideways_scroll(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_row_appears_by_itself_and_leads_to_the_whole_story(visit: NewPage) -> None:
    with visit() as log, visit() as sender:
        log.goto("/log")
        assert "Three steps" in log.locator("[data-empty]").inner_text()

        send_comment(sender, QUESTION)

        row = log.locator(".rows .row", has=log.locator(".state.answered")).first
        row.wait_for()
        assert QUESTION in row.text_content()
        log.locator("[data-empty]").wait_for(state="hidden")
        row.locator(".title a").first.click()
        log.wait_for_url("**/runs/*")
        text = log.locator("main").inner_text()
        assert "Answer price questions" in text
        assert "the text has one of these words" in text
        log.get_by_text("Request and answer").first.click()
        assert "POST " in log.locator("details[open] pre").first.inner_text()


def test_rows_wait_while_somebody_reads_further_down(visit: NewPage) -> None:
    with visit(viewport={"width": 1100, "height": 260}) as log, visit() as sender:
        for _ in range(3):
            send_comment(sender, QUESTION)
        log.goto("/log")
        log.locator(".rows .row").nth(2).wait_for()
        log.evaluate("scrollTo(0, 300)")

        send_comment(sender, "giá chiếc áo dài xanh?")

        button = log.locator("[data-fresh] button")
        button.wait_for()
        button.click()
        log.locator(".rows .row", has_text="áo dài xanh").first.wait_for()
        button.wait_for(state="hidden")


def test_the_editor_shows_a_problem_while_typing_and_saves_what_is_right(
    visit: NewPage, tmp_path: Path
) -> None:
    file = tmp_path / "rules" / "price-questions.yaml"
    good = file.read_text(encoding="utf-8")
    with visit() as page:
        page.goto("/rules/price-questions.yaml")
        assert text_of(page) == good

        write(page, good.replace("conditions:", "conditons:", 1))
        problem = page.locator(".problems li.error").first
        problem.wait_for()
        assert "conditions" in problem.inner_text()
        problem.get_by_role("link", name="line").click()
        assert selected(page) == "conditons"
        page.get_by_role("button", name="Save").click()
        # The page that says so, and not the one on which it was typed.
        page.locator("form[data-refused] .problems li.error").first.wait_for()
        assert file.read_text(encoding="utf-8") == good

        write(page, good + "# seen\n")
        page.locator("[data-status]", has_text="No problems").wait_for()
        page.keyboard.press("Control+s")
        page.wait_for_url("**/rules/price-questions.yaml?saved=1")
        assert "Saved." in page.locator("[role=status]").first.inner_text()
    assert file.read_text(encoding="utf-8") == good + "# seen\n"


def test_everything_works_without_scripts(visit: NewPage, tmp_path: Path) -> None:
    file = tmp_path / "rules" / "price-questions.yaml"
    with visit():
        pass
    with visit(java_script_enabled=False) as page:
        send_comment(page, QUESTION)
        page.goto("/log")
        assert QUESTION in page.locator(".rows").text_content()

        page.goto("/rules/price-questions.yaml")
        page.locator("#text").fill("rules: 5\n")
        page.get_by_role("button", name="Check").click()
        page.locator(".problems li.error").first.wait_for()

        page.locator("#text").fill("rules: []\n")
        page.get_by_role("button", name="Save").click()
        # Nobody would be answered any more: that is said first, unless it takes too long to find.
        anyway = page.get_by_role("button", name="Save anyway")
        saved = page.locator("[role=status]", has_text="Saved.")
        anyway.or_(saved).first.wait_for()
        if anyway.count():
            anyway.click()
        saved.wait_for()
    assert file.read_text(encoding="utf-8") == "rules: []\n"


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone_in_vietnamese(visit: NewPage, scheme: str) -> None:
    with visit() as sender:
        send_comment(sender, QUESTION)
    phone = {"viewport": {"width": 360, "height": 740}, "locale": "vi-VN", "color_scheme": scheme}
    with visit(**phone) as page:
        for path in PAGES:
            page.goto(path)
            assert page.locator("html[lang=vi]").count() == 1
            assert has_no_sideways_scroll(page), path
        for start in ("/log", "/events"):
            page.goto(start)
            page.locator(".rows .title a").first.click()
            page.wait_for_url(re.compile(r"/(runs|events)/"))
            assert has_no_sideways_scroll(page), page.url


@pytest.mark.long
def test_what_went_wrong_is_decided_about_or_replayed_with_a_plan_first(
    visit: NewPage, server: ServerProgram, tmp_path: Path
) -> None:
    rules = tmp_path / "rules" / "price-questions.yaml"
    rules.write_text(
        "rules:\n  - id: order\n    trigger: {event: comment.created, connection: demo-page}\n"
        "    actions:\n      - {id: send, reply: Chào bạn, timeout: 1s, on_unknown: hold}\n",
        encoding="utf-8",
    )
    wait_until(lambda: server.api("GET", "/api/rules")["revision"] == 2, "the new rules")

    def state_of_newest() -> Any:
        return server.api("GET", "/api/runs?limit=1")["items"][0]["state"]

    def goes_wrong(page: Any, fault: dict[str, Any], state: str) -> None:
        order = json.dumps({"next": [fault]}).encode()
        call(server.url, "POST", "/sandbox/control", order, {"content-type": "application/json"})
        send_comment(page, QUESTION)
        wait_until(lambda: state_of_newest() == state, f"a run that is {state}")

    with visit() as page:
        goes_wrong(page, {"delay_ms": 4_000}, "unknown")
        for _ in range(2):
            goes_wrong(page, {"error": "token_expired"}, "dead")
        page.goto("/review")
        assert page.locator("article").count() == 3

        page.locator("article", has_text="unknown").get_by_role(
            "button", name="It worked: mark done"
        ).click()
        page.locator("[role=status]", has_text="Decided: 1.").wait_for()
        wait_until(lambda: page.locator("article").count() == 2, "two that wait")

        page.goto("/log?state=dead")
        page.get_by_role("link", name="Replay these").click()
        page.locator("main", has_text="2 fit, 2 runs would be started").wait_for()
        page.get_by_role("button", name="Start 2 runs").click()
        page.get_by_text("2 of 2 looked at, 2 runs started.").wait_for()
        page.get_by_role("link", name="all runs of this replay").click()
        wait_until(lambda: state_of_newest() == "done", "replayed runs that are done")
        page.locator(".rows .title a").first.click()
        page.locator("main", has_text="Replayed from this run by owner").wait_for()
        page.goto("/review")
        assert "Nothing waits for a decision." in page.locator("main").inner_text()


def test_hostile_text_runs_nowhere(visit: NewPage) -> None:
    with visit() as page:
        send_comment(page, HOSTILE)
        for path in ("/log", "/events", "/demo", "/follow-ups"):
            page.goto(path)
            assert page.locator("main img, main svg, main script").count() == 0
        for start in ("/log", "/events"):
            page.goto(start)
            page.locator(".rows .title a").first.click()
            page.wait_for_url(re.compile(r"/(runs|events)/"))
            assert "onerror=alert(1)" in page.locator("main").inner_text()
            assert page.locator("main img, main svg, main script").count() == 0


@pytest.mark.long
def test_a_page_is_found_and_opened_by_keys_alone(visit: NewPage) -> None:
    with visit() as page:
        page.goto("/log")
        page.keyboard.press("Control+k")
        page.locator("[data-find][open] input:focus").wait_for()
        page.keyboard.type("price")
        page.locator("[data-found] a", has_text="Answer price questions").wait_for()
        page.keyboard.press("ArrowDown")
        page.locator("[data-found] a:focus").wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url("**/rules/price-questions.yaml?near=*")


def test_leaving_unsaved_text_asks_first(browser: Any, server: ServerProgram) -> None:
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type) or dialog.accept())
    sign_in(page, server)
    page.goto("/rules/price-questions.yaml")
    page.locator(".cm-content").press_sequentially("# x")

    page.get_by_role("link", name="Events").click()
    page.wait_for_url("**/events")

    assert asked == ["beforeunload"]
    context.close()
