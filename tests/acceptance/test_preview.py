"""The preview beside the editor in a real browser: it follows the keys, or a button."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from automator.providers.simulator import build_sample, signed_request
from automator.server.reading.config import load_config
from tests.support.process import ServerProgram, call
from tests.support.rule_editor import text_of, write
from tests.support.visitors import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

FILE = "/rules/price-questions.yaml"
SAID = {"Lan": "Giá bao nhiêu vậy shop?", "Minh": "còn size M không ạ", "Hoa": "đẹp quá <b>x</b>"}
PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True}

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProgram]:
    """A demo server to whose page three people have commented."""
    folder: Path = tmp_path_factory.mktemp("preview")
    program = ServerProgram(folder, "--demo", "--rules", str(folder / "rules"))
    try:
        for number, (name, text) in enumerate(SAID.items()):
            comment(program, folder, number, name, text)
        yield program
    finally:
        program.terminate()


def comment(server: ServerProgram, folder: Path, number: int, name: str, text: str) -> None:
    config = load_config(None, folder / "data", True, url=server.url)
    provider = config.connections["demo-page"]
    now_ms = 1_795_478_400_000 + number
    sample = build_sample(
        "facebook/comment.created",
        serial=number,
        now_ms=now_ms,
        text=text,
        changes={"event.actor.name": name},
    )
    headers, body = signed_request(provider, sample, now_ms, name)
    status, _ = call(server.url, "POST", "/hooks/demo-page", body, headers)
    assert status == 200


@pytest.fixture
def opened(browser: Any, server: ServerProgram) -> Iterator[Open]:
    """Opens the editor; at the end no page may have complained."""
    visitor = Visitor(browser, server, expects_dialogs=True)

    def start(path: str = FILE, **options: Any) -> Any:
        return visitor.open(path, **{"viewport": {"width": 1400, "height": 900}, **options})

    yield start
    visitor.leave()
    assert visitor.complaints == []


def test_the_preview_follows_the_keys_and_counts_what_changes(opened: Open) -> None:
    page = opened()
    pane = page.locator("#preview")
    pane.get_by_text("1 of the last 3 events match").wait_for()
    pane.get_by_text("Chào Lan, shop đã nhắn giá").wait_for()
    assert pane.get_by_text("Why not? The closest first").is_visible()

    write(page, text_of(page).replace("'inbox'", "'inbox', 'size'"))

    pane.get_by_text("+1 newly match").wait_for()
    pane.get_by_text("Chào Minh, shop đã nhắn giá").wait_for()
    # Twelve hours later, or when the day begins.
    assert pane.get_by_text(re.compile(r"in (1[2-9]|2[0-3]) h")).count() >= 1


def test_while_the_text_is_broken_the_last_good_preview_stays_paler(opened: Open) -> None:
    page = opened()
    pane = page.locator("#preview")
    pane.get_by_text("1 of the last 3 events match").wait_for()
    good = text_of(page)

    write(page, good.replace("trigger:", "tirgger:"))
    page.locator("#preview.stale").wait_for()
    assert pane.get_by_text("1 of the last 3 events match").is_visible()
    write(page, good)
    page.locator("#preview:not(.stale)").wait_for()


def test_what_a_stranger_wrote_is_shown_as_text(opened: Open) -> None:
    page = opened()
    page.locator("#preview .heard", has_text="đẹp quá <b>x</b>").wait_for()

    assert page.locator("#preview .heard b").count() == 0


def test_without_a_script_a_button_asks_for_the_preview_and_the_text_stays(
    opened: Open,
) -> None:
    page = opened(java_script_enabled=False)
    field = page.locator("#text")
    field.fill(field.input_value().replace("'inbox'", "'inbox', 'size'"))
    page.get_by_role("button", name="Preview").click()

    page.locator("#preview").get_by_text("+1 newly match").wait_for()
    assert "'size'" in field.input_value()
    assert page.get_by_role("button", name="Save").is_visible()


def test_on_a_phone_nothing_is_wider_than_the_screen(opened: Open) -> None:
    page = opened(f"{FILE}?view=text", **PHONE)
    page.locator("#preview").get_by_text("1 of the last 3 events match").wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_vietnamese_readers_see_it_in_their_language(opened: Open) -> None:
    page = opened(locale="vi-VN")
    pane = page.locator("#preview")

    pane.get_by_text("1 trên 3 sự kiện gần nhất khớp").wait_for()
    pane.get_by_text("Vì sao không khớp? Gần nhất trước").wait_for()
    assert json.dumps(pane.inner_text()).count("closest") == 0


def test_an_event_is_tried_without_leaving_the_page(opened: Open) -> None:
    page = opened()
    page.locator("#preview").get_by_text("1 of the last 3 events match").wait_for()
    write(page, text_of(page).replace("Chào {{", "Kính chào {{"))
    page.locator("#try input[name=said]").fill("giá sao")
    page.locator("#try input[name=person_name]").fill("Bình")
    page.keyboard.press("Enter")

    trial = page.locator("#trial")
    trial.locator(".bubble", has_text="Kính chào Bình, shop").wait_for()
    assert trial.locator(".timeline > li").count() == 2
    assert trial.get_by_text("not if this happens before: somebody writes a message").is_visible()
    assert "Kính chào" in text_of(page)
    assert page.url.endswith(FILE)


def test_a_card_of_the_preview_can_be_looked_at_closer(opened: Open) -> None:
    page = opened()
    page.locator("#preview .miss button").first.click()

    page.locator("#trial").get_by_text("Nothing would happen.").wait_for()
    chosen = page.locator("#try select[name=subject]").input_value()
    assert chosen.startswith("event:")


def test_a_press_at_an_event_writes_a_test_into_the_text_which_undo_takes_out(
    opened: Open,
) -> None:
    page = opened()
    page.locator(".cm-content").click()
    before = text_of(page)
    page.locator("#preview .miss").get_by_role("button", name="Must match").first.click()

    page.locator("#difference").get_by_text("expect: matched").wait_for()
    assert "expect: matched" in text_of(page)
    page.locator("#tests").get_by_text("1 test fails").wait_for()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+z")
    page.wait_for_function("text => document.querySelector('#text').value === text", arg=before)


def test_writing_an_event_opens_its_fields_and_tries_it(opened: Open) -> None:
    page = opened()
    page.locator("#try select[name=subject]").select_option("written")
    page.locator("#try input[name=type]").fill("comment.created")
    page.locator("#try input[name=said]").fill("giá")
    page.locator("#try button.main").click()

    page.locator("#trial .timeline").wait_for()
