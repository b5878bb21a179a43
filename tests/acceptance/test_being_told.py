"""Rules about runs that stopped: a notice reaches a person, and nothing goes round and round."""

from typing import Any

import pytest

from tests.acceptance.conftest import Shop
from tests.support.page_events import comment, delivery, signed
from tests.support.process import Sandbox, call, wait_until

# The server looks at itself once a minute, and the test waits for two looks.
pytestmark = [pytest.mark.acceptance, pytest.mark.long]

RULES = """\
rules:
  - id: breaks
    trigger: {event: comment.created}
    actions: [{forward: {to: crm}}]
  - id: tells
    trigger: {event: run.dead}
    actions: [{notify: {to: ops, text: "{{ event.text }} {{ event.data.link }}"}}]
  - id: tells-nobody
    trigger: {event: run.dead}
    actions: [{forward: {to: crm}}]
  - id: sees
    trigger: {event: rules.refused}
    actions: [{log: seen}]
"""


@pytest.fixture
def outside(shop: Shop) -> Sandbox:
    """Takes notices, and refuses all forwards for good."""
    outside = shop.sandbox
    outside.control(next=[{"path": "/target/", "status": 422, "times": 1000}])
    settings = shop.config.read_text()
    shop.config.write_text(
        f'{settings}notify: {{ops: "json://127.0.0.1:{outside.port}/notify/ops"}}\n'
    )
    (shop.rules / "shop.yaml").write_text(RULES)
    return outside


def test_a_stopped_run_is_told_and_the_stopped_run_of_the_rule_that_tells_is_not(
    shop: Shop, outside: Sandbox
) -> None:
    server = shop.start()
    body = delivery(changes=[comment(1, "900", "chào shop")])
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200

    wait_until(lambda: outside.records("notice"), "the notice", 150.0)
    wait_until(lambda: "tells-nobody" in dead(server), "the run of the other rule to stop")
    # The next look finds this, and would find the stopped run of the rule that tells.
    (shop.rules / "more.yaml").write_text("rules: 7\n", encoding="utf-8")
    wait_until(lambda: "rules.refused" in kinds(server), "the next look", 150.0)

    told = [event for event in server.everything("events") if event["type"] == "run.dead"]
    assert sorted(dead(server)) == ["breaks", "tells-nobody"]
    assert len(told) == 1
    (notice,) = outside.records("notice")
    (stopped,) = [run for run in server.everything("runs") if run["rule"] == "breaks"]
    assert "A run of the rule breaks has stopped" in notice["text"]
    assert f"/runs/{stopped['id']}" in notice["text"]


def kinds(server: Any) -> set[str]:
    """The types of the events."""
    return {event["type"] for event in server.everything("events")}


def dead(server: Any) -> list[str]:
    """The rules of the runs that stopped."""
    return [run["rule"] for run in server.everything("runs") if run["state"] == "dead"]
