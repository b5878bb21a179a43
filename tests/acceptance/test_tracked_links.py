"""A link is sent, opened and followed up by the real server, whatever kills it in between."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.acceptance.conftest import Shop
from tests.support.page_events import delivery, message, signed
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import ServerProgram, call, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

RULES = """\
rules:
  - id: price
    trigger: {event: message.received, connection: shop-page}
    actions:
      - message: "Giá ở đây ạ: {{ 'https://shop.example/ao-thun' | tracked }}"
      - follow_up:
          after: 1d
          cancel_on: {event: link.clicked}
          actions:
            - message: "Bạn chưa xem giá ạ?"
  - id: looked
    trigger: {event: link.clicked}
    conditions: ["event.link.rule == 'price'"]
    actions:
      - follow_up:
          after: 3s
          actions:
            - message: "Bạn thích mẫu nào ạ?"
"""
SETTINGS = """\
public_url: https://bot.example
links: {secret: env:LINK_SECRET}
lease: 3s
"""
SECRET = "link-secret-for-tests-0123456789abcdef"
BROWSER = {
    "user-agent": "Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36",
    "accept": "text/html",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def environ(
    request: pytest.FixtureRequest, postgresql: PostgreSQLServer
) -> Iterator[dict[str, str]]:
    if request.param == "sqlite":
        yield {"LINK_SECRET": SECRET}
        return
    url = postgresql.empty_database()
    yield {"LINK_SECRET": SECRET, "AUTOMATOR_DATABASE": url}
    postgresql.drop(url)


def said(shop: Shop) -> list[str]:
    return [item["text"] for item in shop.sandbox.records("message") if item["status"] == 200]


def opens(server: ServerProgram, path: str, **headers: str) -> tuple[int, str | None]:
    """The status and the target that a browser gets, which does not follow it."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        connection.request("GET", path, headers={**BROWSER, **headers})
        answer = connection.getresponse()
        return answer.status, answer.getheader("location")
    finally:
        connection.close()


def states(server: ServerProgram) -> list[str]:
    return sorted(f"{run['rule']}: {run['state']}" for run in server.everything("runs"))


def test_a_click_that_led_on_outlives_a_kill(shop: Shop, environ: dict[str, str]) -> None:
    shop.config.write_text(shop.config.read_text() + SETTINGS)
    (shop.rules / "shop.yaml").write_text(RULES)
    server = shop.start(**environ)
    body = delivery(messaging=[message(1, "501", "giá?")])
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200
    wait_until(lambda: said(shop), "the message with the link")
    path = said(shop)[0].partition("https://bot.example")[2]

    preview = opens(server, path, **{"user-agent": "facebookexternalhit/1.1"})
    assert preview == (302, "https://shop.example/ao-thun")
    assert opens(server, f"{path[:-4]}AAAA")[0] == 404
    before = states(server)
    clicked = opens(server, path)
    server.kill()

    server = shop.start(**environ)
    wait_until(lambda: len(said(shop)) == 2, "the rule to go on")
    wait_until(lambda: "looked: queued" not in states(server), "its end")
    assert before == ["price: done", "price: queued"]
    assert clicked == (302, "https://shop.example/ao-thun")
    assert states(server) == ["looked: done", "looked: done", "price: cancelled", "price: done"]
    assert opens(server, path) == clicked
    (event,) = [one for one in server.everything("events") if one["type"] == "link.clicked"]
    assert said(shop)[1] == "Bạn thích mẫu nào ạ?"
    assert event["connection"] == "shop-page"
