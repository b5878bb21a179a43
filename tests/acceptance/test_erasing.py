"""A person is erased from a running server in a browser, and again after a kill in the middle."""

import sqlite3
import threading
from contextlib import closing, suppress
from http.client import HTTPException
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
    actions:
      - remember: {phone: "{{ event.text }}"}
      - forward: crm
      - follow_up:
          after: 1d
          cancel_on: {event: order.paid}
          actions: [message: "Bạn còn quan tâm không ạ?"]
"""
PERSON = "7700112233"
PHONE = "0901234567"
#: Messages of the person: more than a portion of an erasure.
MESSAGES = 800


@pytest.fixture
def server(shop: Shop) -> ServerProgram:
    (shop.rules / "shop.yaml").write_text(RULES)
    return shop.start()


def comes_in(server: ServerProgram, person: str, first: int, count: int) -> None:
    body = delivery(
        messaging=[message(number, person, PHONE) for number in range(first, first + count)]
    )
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200


def rows_with(shop: Shop, what: str) -> list[str]:
    """The tables in which a text stands, but for the pages of the words indexes."""
    found = []
    with closing(sqlite3.connect(shop.folder / "data" / "automator.db")) as db:
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            if "_words" not in name:
                rows = db.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608 our own names
                found += [name for row in rows for cell in row if what.encode() in _bytes(cell)]
    return sorted(set(found))


def erase(server: ServerProgram) -> None:
    """Asks for an erasure, whose answer a kill cuts off."""
    with suppress(OSError, HTTPException):
        server.api("DELETE", f"/api/contacts/shop-page/{PERSON}")


def emptied(shop: Shop) -> int:
    """The number of events that are emptied."""
    with closing(sqlite3.connect(shop.folder / "data" / "automator.db")) as db:
        (count,) = db.execute("SELECT count(*) FROM events WHERE body = x'7B7D'").fetchone()
    return int(count)


def _bytes(cell: Any) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


def is_settled(shop: Shop, events: int) -> bool:
    """All events are in, and of their runs only the follow-ups wait."""
    with closing(sqlite3.connect(shop.folder / "data" / "automator.db")) as db:
        (done,) = db.execute("SELECT count(*) FROM runs WHERE state = 2").fetchone()
        (wait,) = db.execute("SELECT count(*) FROM runs WHERE state = 0").fetchone()
    return (done, wait) == (events, events)


@pytest.mark.browser
def test_an_admin_erases_a_person_in_the_browser(
    shop: Shop, server: ServerProgram, browser: Any
) -> None:
    comes_in(server, PERSON, 1, 1)
    wait_until(lambda: is_settled(shop, 1), "the end of the run")
    visitor = Visitor(browser, server, expects_dialogs=True)

    with visitor.page(viewport={"width": 360, "height": 740}) as page:
        page.goto(f"/contacts/shop-page/{PERSON}")
        page.locator("details.drop > summary").click()
        page.get_by_role("button", name="Erase").click()
        page.wait_for_url("**/contacts?erased=*")
        told = page.get_by_role("status").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    assert "The person is erased" in told
    assert "Erasing does not reach backups" in told
    assert visitor.complaints == []
    server.terminate()
    assert rows_with(shop, PERSON) == rows_with(shop, PHONE) == []


@pytest.mark.long
def test_an_erasure_that_a_kill_has_cut_off_is_ended_by_the_next_one(
    shop: Shop, server: ServerProgram
) -> None:
    for first in range(0, MESSAGES, 50):
        comes_in(server, PERSON, first, 50)
    comes_in(server, "8800", MESSAGES, 1)
    wait_until(lambda: is_settled(shop, MESSAGES + 1), "the end of the runs")
    begun = threading.Thread(target=erase, args=(server,))
    begun.start()
    wait_until(lambda: emptied(shop) > 0, "the first portion")
    server.kill()
    begun.join()
    assert 0 < emptied(shop) < MESSAGES

    again = shop.start()
    erased = again.api("DELETE", f"/api/contacts/shop-page/{PERSON}")
    again.terminate()

    assert erased["complete"]
    assert rows_with(shop, PERSON) == []
    assert rows_with(shop, "8800") != []
