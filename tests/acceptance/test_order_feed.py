"""The feed of orders in docs/order-feed: signed XML, an event for each order, an XML answer."""

import hmac
import json
import shutil
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.commands import command
from tests.support.process import ServerProgram, call, wait_until

pytestmark = pytest.mark.acceptance

FEED = Path(__file__).parents[2] / "docs" / "order-feed"
SECRET = "feed-secret-0123456789"
ORDERS = """<?xml version="1.0" encoding="UTF-8"?>
<orders warehouse="HN" day="2026-11-24">
  <order id="DH-7"><status>new</status><total>1200000</total><note>giao gấp</note>
    <customer><phone>0903000111</phone><name>Lan</name></customer>
    <line sku="ICE-1" quantity="2"/></order>
  <order id="DH-8"><status>new</status><total>90000</total>
    <customer><phone>0903000222</phone><name>Minh</name></customer>
    <line sku="A-1" quantity="1"/><line sku="A-2" quantity="1"/></order>
</orders>""".encode()


def post(
    server: ServerProgram, body: bytes, *, feed: str = "F-1", secret: str = SECRET
) -> tuple[int, str]:
    now = int(time.time())
    digest = hmac.digest(secret.encode(), f"{feed}.{now}.".encode() + body, "sha256").hex()
    headers = {
        "content-type": "text/xml; charset=utf-8",
        "x-feed-id": feed,
        "x-feed-signature": f"t={now},v1={'0' * 64},v1={digest}",
    }
    status, answer = call(server.url, "POST", "/hooks/warehouse/north", body, headers)
    return status, answer.decode()


def refuses_a_header(server: ServerProgram, line: str) -> bool:
    place = urlsplit(server.url)
    head = f"POST /hooks/warehouse HTTP/1.1\r\nHost: {place.netloc}\r\n{line}\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(f"{head}Content-Length: 2\r\n\r\n{{}}".encode())
        return connection.recv(1024).startswith(b"HTTP/1.1 400 ")


def test_a_feed_of_orders_is_taken_as_its_example_describes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules").mkdir()
    shutil.copy(FEED / "orders.yaml", tmp_path / "rules")
    options = ("--config", str(FEED / "automator.yaml"))
    monkeypatch.setenv("FEED_SECRET", SECRET)
    tested = command(tmp_path, "test", str(FEED / "orders.yaml"), *options)
    assert "7 passed" in tested.stdout, tested.stdout + tested.stderr
    server = ServerProgram(
        tmp_path,
        *options,
        *("--rules", str(tmp_path / "rules")),
        environ={"FEED_SECRET": SECRET},
    )
    try:
        assert post(server, ORDERS, secret="another secret 0123456789")[0] == 401
        assert server.everything("events") == []
        # The path is kept under a name that no header of a request can have.
        assert refuses_a_header(server, ":path: south")

        status, answer = post(server, ORDERS)
        assert (status, answer) == (200, '<received feed="F-1" orders="2"/>')
        # The feed is sent again: it is answered alike, and nothing happens twice.
        assert post(server, ORDERS, feed="F-2")[0] == 200

        rows = server.everything("events")
        assert len(rows) == 2
        events = [server.api("GET", f"/api/events/{row['id']}")["body"] for row in rows]
        seven, eight = sorted(events, key=lambda event: json.dumps(event["data"], sort_keys=True))
        assert seven["type"] == eight["type"] == "order.new"
        assert (seven["text"], seven["actor"]["name"]) == ("giao gấp", "Lan")
        assert seven["parent"] == eight["parent"] == {"warehouse": "HN", "day": "2026-11-24"}
        assert seven["request"] == {"path": "north"}
        assert seven["headers"]["x-feed-id"] == "F-1"
        assert "x-feed-signature" not in seven["headers"]
        assert [line["@sku"] for line in eight["data"]["line"]] == ["A-1", "A-2"]

        wait_until(
            lambda: (
                {run["rule"] for run in server.everything("runs")}
                == {"large-order", "frozen-goods"}
            ),
            "the rules have acted",
        )
    finally:
        server.terminate()
