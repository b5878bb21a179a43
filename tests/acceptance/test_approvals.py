"""A person approves what a rule would send: on a phone, and across a kill of the server."""

import subprocess
import sys
from typing import Any

import pytest

from tests.acceptance.conftest import Shop
from tests.support.page_events import comment, delivery, signed
from tests.support.process import ServerProgram, call, wait_until
from tests.support.visitors import Visitor

pytestmark = pytest.mark.acceptance

RULES = """\
rules:
  - id: first-look
    name: Somebody looks first
    trigger: {event: comment.created, connection: shop-page}
    actions:
      - id: answer
        reply: "Chào {{ event.actor.name }}, giá 250k ạ."
        approve: {within: 2h}
"""


@pytest.fixture
def server(shop: Shop) -> ServerProgram:
    (shop.rules / "shop.yaml").write_text(RULES)
    # After a kill, a step is repeated once its echo has not come within this time.
    settings = shop.config.read_text()
    shop.config.write_text(settings.replace("    graph_url", "    echo_within: 1s\n    graph_url"))
    return shop.start()


def comes_in(server: ServerProgram, *people: str) -> list[str]:
    """The runs that wait once these people have commented."""
    body = delivery(changes=[comment(int(one), one, "giá?") for one in people])
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200

    def waiting() -> list[str]:
        items = server.api("GET", "/api/approvals")["items"]
        return [item["id"] for item in items] if len(items) == len(people) else []

    found: list[str] = wait_until(waiting, "what waits for approval")
    return found


def command(shop: Shop, *arguments: str) -> None:
    """A command of the shop, while no server runs."""
    whole = [sys.executable, "-m", "automator", *arguments, "--data", str(shop.folder / "data")]
    subprocess.run(whole, cwd=shop.folder, check=True, capture_output=True, timeout=60)


@pytest.mark.browser
def test_a_text_is_changed_and_approved_on_a_phone(
    shop: Shop, server: ServerProgram, browser: Any
) -> None:
    (run,) = comes_in(server, "11")
    visitor = Visitor(browser, server)

    with visitor.page(viewport={"width": 360, "height": 740}) as page:
        page.goto("/approvals")
        card = page.locator(f"#run-{run}")
        assert "giá?" in card.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert shop.sandbox.records("public_reply") == []

        card.locator("textarea").fill("Chào bạn, giá 240k ạ.")
        card.get_by_role("button", name="Approve and send").click()
        page.get_by_role("status").wait_for()

        assert "Approved" in page.get_by_role("status").inner_text()
        wait_until(lambda: shop.sandbox.records("public_reply"), "the reply")
        page.goto(f"/runs/{run}")
        assert "instead of 'Chào Khách 11, giá 250k ạ.'" in page.locator("main").inner_text()

    assert [item["text"] for item in shop.sandbox.records("public_reply")] == [
        "Chào bạn, giá 240k ạ."
    ]
    assert visitor.complaints == []


@pytest.mark.long
def test_what_is_approved_around_a_kill_is_sent_once_and_what_is_declined_is_not(
    shop: Shop, server: ServerProgram
) -> None:
    third, second, first = comes_in(server, "11", "12", "13")
    server.kill()
    command(shop, "approve", first)
    command(shop, "decline", second)

    again = shop.start()
    wait_until(lambda: shop.sandbox.records("public_reply"), "the reply")
    again.api("POST", f"/api/approvals/{third}/approve", {})
    again.kill()
    last = shop.start()

    def is_over() -> bool:
        runs = last.api("GET", "/api/runs")["items"]
        return all(run["state"] == "done" for run in runs)

    wait_until(is_over, "the end of all runs")
    replies = [item["text"] for item in shop.sandbox.records("public_reply")]
    assert sum("Khách 11" in text for text in replies) == 1
    assert sum("Khách 12" in text for text in replies) == 0
    # The kill may have come in the middle of its attempt, which is repeated then.
    assert sum("Khách 13" in text for text in replies) in (1, 2)
