"""Staff of the shop write to a person by hand: on a phone, and across a kill of the server."""

from typing import Any

import pytest

from tests.acceptance.conftest import Shop
from tests.support.page_events import delivery, message, signed
from tests.support.process import ServerProgram, call, wait_until
from tests.support.visitors import Visitor

pytestmark = pytest.mark.acceptance

RULES = """\
rules:
  - id: greeting
    trigger: {event: message.received, connection: shop-page}
    pause_on: {human_reply: 1h}
    actions: [reply: "Chào bạn"]
"""
PERSON = "shop-page/11"


@pytest.fixture
def server(shop: Shop) -> ServerProgram:
    (shop.rules / "shop.yaml").write_text(RULES)
    # An attempt of which a kill leaves nothing known is judged once its echo has not come in time.
    settings = shop.config.read_text()
    shop.config.write_text(settings.replace("    graph_url", "    echo_within: 1s\n    graph_url"))
    return shop.start()


def comes_in(server: ServerProgram, number: int, text: str) -> None:
    """The person writes a message."""
    body = delivery(messaging=[message(number, "11", text)])
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200


def messages(shop: Shop) -> list[str]:
    """The texts that the platform got, in order."""
    return [record["text"] for record in shop.sandbox.records("message")]


@pytest.mark.browser
def test_somebody_answers_on_a_phone_and_the_bot_is_silent(
    shop: Shop, server: ServerProgram, browser: Any
) -> None:
    comes_in(server, 1, "còn size M không")
    wait_until(lambda: messages(shop) == ["Chào bạn"], "the bot's answer")
    visitor = Visitor(browser, server)

    with visitor.page(viewport={"width": 360, "height": 740}) as page:
        page.goto(f"/contacts/{PERSON}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("#write textarea").fill("Dạ còn ạ,\nbạn lấy màu gì?")
        # The browser sends it twice, as after a double click.
        page.locator("#write button").dblclick()
        page.get_by_role("status").wait_for()
        wait_until(lambda: len(messages(shop)) == 2, "the message")
        comes_in(server, 2, "màu đen")
        page.goto(f"/contacts/{PERSON}")
        talk = page.locator(".talk").inner_text()

    assert messages(shop) == ["Chào bạn", "Dạ còn ạ,\nbạn lấy màu gì?"]
    assert talk.index("còn size M không") < talk.index("Dạ còn ạ") < talk.index("màu đen")
    assert talk.count("Dạ còn ạ") == 1
    states = [run["state"] for run in server.api("GET", "/api/runs")["items"]]
    assert states == ["suppressed", "done", "done"]
    assert visitor.complaints == []


@pytest.mark.long
def test_what_was_acknowledged_before_a_kill_is_sent_at_most_once_and_never_lost(
    shop: Shop, server: ServerProgram
) -> None:
    comes_in(server, 1, "còn size M không")
    wait_until(lambda: messages(shop) == ["Chào bạn"], "the bot's answer")
    platform = f"/api/targets/127.0.0.1:{shop.sandbox.port}"
    server.api("POST", f"{platform}/pause", {})
    waits = server.api("POST", f"/api/contacts/{PERSON}/write", {"text": "một", "key": "1"})
    wait_until(lambda: server.api("GET", "/api/runs?waits=target")["items"], "its wait")
    server.kill()

    again = shop.start()
    repeated = again.api("POST", f"/api/contacts/{PERSON}/write", {"text": "một", "key": "1"})
    again.api("POST", f"{platform}/resume", {})
    wait_until(lambda: messages(shop) == ["Chào bạn", "một"], "the message")
    again.api("POST", f"/api/contacts/{PERSON}/write", {"text": "hai", "key": "2"})
    again.kill()

    last = shop.start()

    def states() -> list[str]:
        return [run["state"] for run in last.api("GET", "/api/runs?rule=by+hand")["items"]]

    wait_until(lambda: all(one in ("done", "unknown") for one in states()), "the end of all runs")
    assert repeated == {**waits, "new": False}
    assert messages(shop).count("một") == 1
    # The kill may have come in the middle of its attempt, which then waits for a person.
    assert states()[1] == "done"
    assert messages(shop).count("hai") == 1 or states()[0] == "unknown"
    assert messages(shop).count("hai") <= 1
