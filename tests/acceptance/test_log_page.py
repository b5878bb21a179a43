"""The log in a real browser: who wrote, what was said to them, and what became of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo_comments import Commenters
from tests.support.process import ServerProgram, wait_until
from tests.support.visitors import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

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
  - id: noted
    name: Note what is often said
    trigger: {event: comment.created, connection: demo-page}
    conditions:
      - contains(event.text, 'loạt')
    actions:
      - log: "{{ event.text }}"
"""
MISTAKE = "{{ 1 / (event.text | length - event.text | length) }}"
BROKEN = f"""\
rules:
  - id: mended
    name: Mended later
    trigger: {{event: comment.created, connection: demo-page}}
    conditions: ["contains(event.text, 'hỏng')"]
    actions:
      - reply: "{MISTAKE}"
"""

Visit = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the rule files."""
    folder = tmp_path_factory.mktemp("log") / "rules"
    folder.mkdir()
    (folder / "prices.yaml").write_text(RULES, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(rules: Path) -> Iterator[ServerProgram]:
    """A demo server with two rules."""
    program = ServerProgram(rules.parent, "--demo", "--rules", str(rules))
    yield program
    program.terminate()


@pytest.fixture(scope="module")
def people(server: ServerProgram) -> Commenters:
    """Those who comment on the page."""
    return Commenters(server)


@pytest.fixture
def visit(browser: Any, server: ServerProgram) -> Iterator[Visit]:
    """Opens signed-in pages; at the end nothing may have gone wrong in any of them."""
    visitor = Visitor(browser, server, expects_dialogs=True)
    yield visitor.page
    assert visitor.complaints == []


def test_a_row_tells_who_wrote_and_what_was_said_to_them_in_one_place(
    visit: Visit, people: Commenters
) -> None:
    with visit() as page:
        people.say("Váy này giá bao nhiêu?")
        page.goto("/log")
        row = page.locator(".row", has_text="Váy này")
        row.locator(".state.answered").wait_for()

        assert row.count() == 1
        # Texts as they stand in the page: what a live row has replaced is drawn a moment later.
        assert row.locator(".face").text_content() == "NÁ"
        assert row.locator(".title").text_content() == "Answer price questions"
        assert row.locator(".said q").all_text_contents() == [
            "Chào Trần Thị Ngọc Ánh, shop đã nhắn giá.",
            "Mẫu này giá 250k ạ.",
        ]
        assert "due" in row.locator(".later").text_content()
        assert "ms" in row.locator(".took").text_content()


def test_a_failure_is_told_once_in_words(visit: Visit, people: Commenters) -> None:
    with visit() as page:
        people.fail_next("token_expired")
        people.say("giá lỗi?")
        page.goto("/log")
        row = page.locator(".row", has_text="giá lỗi?")
        row.locator(".head-line", has_text="failed").wait_for()

        told = row.text_content()
        assert told.count("the access of demo-page is no longer accepted") == 1
        assert row.locator("s").text_content() == "Chào Trần Thị Ngọc Ánh, shop đã nhắn giá."


def test_a_connection_whose_access_is_refused_says_so_until_it_answers_again(
    visit: Visit, people: Commenters
) -> None:
    ended = "the access of demo-page is no longer accepted"
    with visit() as page:
        people.fail_next("token_expired")
        people.say("giá khi mã hết hạn?")
        page.goto("/log")
        page.locator(".row", has_text="mã hết hạn").locator(
            ".head-line", has_text="failed"
        ).wait_for()
        page.goto("/connections")
        listed = page.locator("main .card", has_text="hooks/demo-page").first.inner_text()
        page.goto("/connections/demo-page")
        told = page.locator(".checks").inner_text()
        people.say("giá khi mã mới?")
        page.goto("/log")
        page.locator(".row", has_text="mã mới").locator(".state.answered").wait_for()
        page.goto("/connections/demo-page")

        assert ended in listed
        assert f"Look at this {ended}" in " ".join(told.split())
        assert ended not in page.locator("main").inner_text()


def test_hostile_text_stays_in_its_place(visit: Visit, people: Commenters) -> None:
    with visit(viewport={"width": 360, "height": 740}) as page:
        people.say(HOSTILE)
        page.goto("/log")
        row = page.locator(".row", has_text="aaaaaaaa")
        row.first.wait_for()

        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert row.first.locator("bdi", has_text="aaaaaaaa").count() == 1
        row.first.locator(".title a").click()
        page.wait_for_url("**/runs/*")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_rows_come_while_one_scrolls_to_the_oldest(visit: Visit, people: Commenters) -> None:
    people.say_all([f"loạt một {number}" for number in range(120)], found_by="loat mot")
    with visit() as page:
        page.goto("/log?text=loat+mot")
        page.locator(".row.run").nth(49).wait_for()

        def is_at_the_oldest() -> bool:
            # The live log adds older rows as well when they change, so their number says nothing.
            page.keyboard.press("End")
            return page.locator("[data-more]").count() == 0

        wait_until(is_at_the_oldest, "the oldest row")
        rows = page.locator(".row.run").evaluate_all("rows => rows.map(row => row.id)")

    assert len(rows) == len(set(rows)) == 120
    assert rows == sorted(rows, reverse=True)


def test_without_scripts_the_oldest_run_is_one_click_away(visit: Visit, people: Commenters) -> None:
    people.say_all([f"loạt hai {number}" for number in range(60)], found_by="loat hai")
    with visit(java_script_enabled=False) as page:
        page.goto("/log?text=loat+hai")
        page.get_by_role("link", name="Oldest").click()
        page.get_by_role("link", name="Newer").wait_for()
        wait_until(lambda: page.locator(".row.run").count() == 50, "the oldest page")
        page.get_by_role("link", name="Newer").click()
        wait_until(lambda: page.locator(".row.run").count() == 10, "the newest page")
        page.locator("[name^=run-]").first.check()
        page.get_by_role("button", name="Replay…").click()
        page.locator("main", has_text="1 fit, 1 run would be started").wait_for()


def test_keys_move_open_tick_and_search_and_can_be_switched_off(
    visit: Visit, people: Commenters
) -> None:
    with visit() as page:
        people.say_all(["giá phím một", "giá phím hai"], found_by="phim")
        page.goto("/log?text=phim")
        page.locator(".row.run").nth(1).wait_for()
        focused = "document.activeElement.closest('li')?.querySelector('.what').textContent"

        page.keyboard.press("j")
        assert "hai" in page.evaluate(focused)
        page.keyboard.press("j")
        assert "một" in page.evaluate(focused)
        page.keyboard.press("k")
        page.keyboard.press("x")
        assert page.locator("[data-picked]").inner_text() == "1"
        page.keyboard.press("/")
        page.keyboard.type("jx?")
        assert "jx?" in page.locator("[data-search]").input_value()
        page.locator("h1").click()
        page.keyboard.press("?")
        page.locator("dialog.keys").wait_for()
        page.get_by_label("Single letters act").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        assert not page.locator("dialog.keys").is_visible()
        page.reload()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement === document.body")
        page.evaluate("localStorage.clear()")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/runs/*")


def test_a_run_is_looked_at_beside_the_list(visit: Visit, people: Commenters) -> None:
    with visit(viewport={"width": 1300, "height": 800}) as page:
        people.say_all(["giá bên cạnh"], found_by="canh")
        page.goto("/log?text=canh")
        link = page.locator("[data-inspect]").first
        link.click()
        panel = page.locator("[data-inspector]")
        panel.get_by_role("heading", name="What happened").wait_for()

        assert "/log" in page.url
        page.keyboard.press("Escape")
        assert panel.is_hidden()
        assert page.evaluate("document.activeElement.matches('[data-inspect]')")


def test_a_row_that_is_pressed_stays_until_it_is_let_go(visit: Visit, people: Commenters) -> None:
    with visit(viewport={"width": 1300, "height": 800}) as page, visit() as other:
        people.say("giá đang nhấn")
        page.goto("/log")
        row = page.locator(".row", has_text="giá đang nhấn")
        due = row.locator(".later", has_text="due")
        due.wait_for()
        other.goto(row.locator(".later a").get_attribute("href"))
        row.locator("[data-inspect]").hover()
        page.mouse.down()

        other.get_by_role("button", name="Run now").click()
        # Another page of the log has the change by the time it is asked for.
        other.goto("/log")
        changed = ".later q"
        other.locator(".row", has_text="giá đang nhấn").locator(changed).wait_for()
        page.wait_for_timeout(500)

        assert due.is_visible()
        page.mouse.up()
        page.locator("[data-inspector]").get_by_role("heading", name="What happened").wait_for()
        row.locator(changed).wait_for()


def test_a_follow_up_by_hand_changes_its_row_where_it_stands(
    visit: Visit, people: Commenters
) -> None:
    with visit() as page, visit() as other:
        said = ("giá hẹn một", "giá hẹn hai", "giá hẹn ba")
        for text in said:
            people.say(text)
        page.goto("/log")
        for text in said:
            page.locator(".row", has_text=text).locator(".later", has_text="due").wait_for()
        row = page.locator(".row", has_text=said[0])
        before = page.locator(".row.run").evaluate_all("rows => rows.map(row => row.id)")
        address = row.locator(".later a").get_attribute("href")

        other.goto(address)
        other.get_by_role("button", name="Run now").click()
        row.locator(".later q", has_text="Bạn còn quan tâm không").wait_for()
        cancelled = page.locator(".row", has_text=said[1])
        cancelled.locator("[data-inspect]").focus()
        other.goto(cancelled.locator(".later a").get_attribute("href"))
        other.get_by_role("button", name="Cancel").click()
        cancelled.locator(".later", has_text="cancelled").wait_for()

        assert page.evaluate("document.activeElement.matches('[data-inspect]')")
        assert before == page.locator(".row.run").evaluate_all("rows => rows.map(row => row.id)")


def test_a_phone_shows_the_first_run_without_scrolling_past_filters(
    visit: Visit, people: Commenters
) -> None:
    with visit(viewport={"width": 360, "height": 740}) as page:
        people.say(QUESTION)
        page.goto("/log")
        page.locator(".row.run").first.wait_for()
        top = page.evaluate("document.querySelector('.row.run').getBoundingClientRect().top")

        assert top < 400
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_filter_that_is_set_is_a_chip_that_takes_it_away(visit: Visit) -> None:
    with visit() as page:
        page.goto("/log")
        page.get_by_text("Filters and times").click()
        page.locator("main").get_by_label("Rule").select_option("price")
        page.get_by_label("Connection").select_option("demo-page")
        page.get_by_role("button", name="Filter", exact=True).click()
        page.wait_for_url("**/log?*rule=price*")
        page.locator(".chosen a", has_text="Answer price questions").click()
        page.wait_for_url(lambda url: "rule=" not in url and "connection=demo-page" in url)


def test_a_run_that_failed_is_tried_again_with_the_rule_that_was_mended(
    visit: Visit, server: ServerProgram, people: Commenters, rules: Path
) -> None:
    revision = server.api("GET", "/api/rules")["revision"]
    (rules / "mended.yaml").write_text(BROKEN, encoding="utf-8")
    wait_until(lambda: server.api("GET", "/api/rules")["revision"] > revision, "the rule")
    with visit() as page:
        people.say("cái này hỏng")
        page.goto("/log")
        row = page.locator(".row", has_text="cái này hỏng")
        row.locator(".head-line", has_text="failed").wait_for()
        (rules / "mended.yaml").write_text(BROKEN.replace(MISTAKE, "Shop sửa rồi ạ"))
        wait_until(lambda: server.api("GET", "/api/rules")["revision"] > revision + 1, "mending")
        # The change stands on top of the list without a reload, and the row where it was.
        page.locator(f"[data-log] > li.changed:first-child#rules-{revision + 2}").wait_for()
        row.locator(".title a").click()
        page.wait_for_url("**/runs/*")

        assert "What to do next:" in page.locator("main").inner_text()
        page.get_by_text("The rule as it was", exact=True).click()
        assert MISTAKE in page.locator("details[open] pre.wide").inner_text()
        assert page.get_by_role("button", name="Try again with the rule as it was").count() == 1
        page.get_by_role("link", name="Try again with the rule as it is now").click()
        planned = "1 run would be started. Nothing has been started yet."
        page.locator("main", has_text=planned).wait_for()
        page.get_by_role("button", name="Start 1 run").click()
        page.get_by_role("link", name="all runs of this replay").click()
        page.locator(".row .said q", has_text="Shop sửa rồi ạ").wait_for()


def test_a_request_is_copied_as_a_command_without_its_secret(
    visit: Visit, people: Commenters
) -> None:
    with visit(permissions=["clipboard-read", "clipboard-write"]) as page:
        people.say_all(["giá curl?"], found_by="curl")
        page.goto("/log?text=curl")
        page.locator(".row .state.answered").wait_for()
        page.locator(".row .title a").first.click()
        page.wait_for_url("**/runs/*")
        # What the text was filled in with stands beside it.
        assert page.locator(".values dt").first.text_content() == "event.actor.name"
        page.get_by_text("Request and answer").first.click()
        page.get_by_role("button", name="Copy as curl").first.click()
        page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
        copied = page.evaluate("navigator.clipboard.readText()")

    assert copied.startswith("curl -X POST 'http://127.0.0.1:")
    assert "shop đã nhắn giá" in copied
    assert "<redacted>" in copied


def test_each_row_comes_by_itself_after_its_event(visit: Visit, people: Commenters) -> None:
    # How soon that is: `benchmarks.screens`.
    with visit() as page:
        page.goto("/log")
        for number in range(5):
            people.say(f"loạt ba {number} xong")
            page.locator(".row", has_text=f"loạt ba {number} xong").wait_for()


def test_on_a_phone_the_chosen_view_is_in_sight(visit: Visit) -> None:
    with visit(viewport={"width": 360, "height": 740}) as page:
        for state in ("suppressed", "dead", "held"):
            page.goto(f"/log?state={state}")
            page.wait_for_load_state("load")
            box = page.locator(".views [aria-current=true]").bounding_box()
            assert box["x"] >= 0, state
            assert box["x"] + box["width"] <= 360, state
