"""Rules about runs that stopped: a notice reaches a person, and nothing goes round and round."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.acceptance.conftest import Shop
from tests.support.page_events import comment, delivery, signed
from tests.support.process import call, wait_until

# The server looks at itself once a minute, and the test waits for two looks.
pytestmark = [pytest.mark.acceptance, pytest.mark.long]

RULES = """\
rules:
  - id: breaks
    trigger: {event: comment.created}
    actions: [{forward: {to: broken}}]
  - id: tells
    trigger: {event: run.dead}
    actions: [{notify: {to: ops, text: "{{ event.text }} {{ event.data.link }}"}}]
  - id: tells-nobody
    trigger: {event: run.dead}
    actions: [{forward: {to: broken}}]
"""


class Outside(ThreadingHTTPServer):
    """Takes notices, and refuses everything else for good."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.notices: list[dict[str, Any]] = []


class _Answers(BaseHTTPRequestHandler):
    server: Outside

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        is_notice = self.path.startswith("/notices")
        if is_notice:
            self.server.notices.append(json.loads(body))
        self.send_response(200 if is_notice else 422)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def an_outside(shop: Shop) -> Iterator[Outside]:
    """The shop's settings name it as a receiver of notices and as a target."""
    with Outside() as outside:
        thread = threading.Thread(target=outside.serve_forever)
        thread.start()
        place = f"127.0.0.1:{outside.server_port}"
        settings = shop.config.read_text()
        settings = settings.replace("egress: {allow: [", f'egress: {{allow: ["{place}", ')
        settings = settings.replace(
            "targets:\n", f'targets:\n  broken: {{url: "http://{place}/broken"}}\n'
        )
        shop.config.write_text(f'{settings}notify: {{ops: "json://{place}/notices"}}\n')
        (shop.rules / "shop.yaml").write_text(RULES)
        try:
            yield outside
        finally:
            outside.shutdown()
            thread.join()


def test_a_stopped_run_is_told_and_the_stopped_run_of_the_rule_that_tells_is_not(
    shop: Shop,
) -> None:
    with an_outside(shop) as outside:
        server = shop.start()
        body = delivery(changes=[comment(1, "900", "chào shop")])
        assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200

        wait_until(lambda: outside.notices, "the notice", 150.0)
        wait_until(lambda: "tells-nobody" in dead(server), "the run of the other rule to stop")
        # The next look finds this, and would find the stopped run of the rule that tells.
        (shop.rules / "more.yaml").write_text("rules: 7\n", encoding="utf-8")
        wait_until(
            lambda: "rules.refused about=more.yaml" in server.printed, "the next look", 150.0
        )

        told = [event for event in server.everything("events") if event["type"] == "run.dead"]
        assert sorted(dead(server)) == ["breaks", "tells-nobody"]
        assert len(told) == 1
        (notice,) = outside.notices
        (stopped,) = [run for run in server.everything("runs") if run["rule"] == "breaks"]
        assert "A run of the rule breaks has stopped" in notice["message"]
        assert f"/runs/{stopped['id']}" in notice["message"]


def dead(server: Any) -> list[str]:
    """The rules of the runs that stopped."""
    return [run["rule"] for run in server.everything("runs") if run["state"] == "dead"]
