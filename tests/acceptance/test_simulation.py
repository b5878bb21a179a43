"""A simulation of what came in decides and sends what the real server did, whose clock is moved."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import SECRETS, SETTINGS
from tests.support.commands import command
from tests.support.moved_clock import MovedClock
from tests.support.page_events import comment, delivery, message, signed
from tests.support.process import Sandbox, ServerProgram, call, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

HOUR_S = 3_600

RULES = """\
rules:
  - id: price
    trigger: {event: comment.created, connection: shop-page}
    conditions: ["keywords(event.text, ['giá'])"]
    limits: {throttle: {key: event.actor.id, limit: 1, period: 5h}}
    actions:
      - reply: "Chào {{ event.actor.name }}"
      - remember: {asked: "{{ event.text }}"}
      - follow_up:
          after: 2h
          cancel_on: {event: message.received}
          actions: [{message: "Bạn còn hỏi '{{ contact.state.asked }}' không"}]
  - id: order
    trigger: {event: message.received, connection: shop-page}
    conditions: ["contact.state.asked != null"]
    actions: [{reply: "Shop ghi lại rồi ạ"}]
"""


class Timed:
    """A server whose clock is set off from the true time, and what came to the outside."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.clock = MovedClock(folder)
        self.clock.set(-9 * HOUR_S)
        (folder / "rules").mkdir()
        (folder / "rules" / "shop.yaml").write_text(RULES, encoding="utf-8")
        (folder / "automator.yaml").write_text(SETTINGS.format(port=sandbox.port))
        arguments = ("--config", str(folder / "automator.yaml"), "--rules", str(folder / "rules"))
        environ = {**SECRETS, **self.clock.environ}
        self.server = ServerProgram(folder, *arguments, environ=environ)

    def comes(self, body: bytes) -> None:
        """Something comes in, and all that is done about it at once is done."""
        assert call(self.server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200
        wait_until(self.is_done, "the event to be dealt with")

    def is_done(self) -> bool:
        """Whether every run has ended, but for follow-ups that wait."""
        runs = self.server.everything("runs")
        return all(run["path"] for run in runs if run["state"] in ("queued", "running"))

    def is_later(self, hours: int, said: int) -> None:
        """The clock shows another time, and so many messages have been sent by then."""
        self.clock.set(hours * HOUR_S)
        wait_until(lambda: len(self.said()) == said, f"{said} messages at {hours} hours")
        wait_until(self.is_done, "the follow-up to end")

    def said(self) -> list[str]:
        """What people got, in order."""
        return [record["text"] for record in self.sandbox.records() if record["text"]]


@pytest.fixture
def timed(tmp_path: Path, sandbox: Sandbox) -> Iterator[Timed]:
    started = Timed(tmp_path, sandbox)
    yield started
    started.server.terminate()


def test_what_came_in_is_simulated_as_the_server_has_dealt_with_it(timed: Timed) -> None:
    timed.comes(delivery(changes=[comment(1, "11", "giá?")]))
    timed.comes(delivery(changes=[comment(2, "11", "giá sao ạ")]))
    timed.comes(delivery(changes=[comment(3, "12", "giá bao nhiêu")]))
    timed.comes(delivery(messaging=[message(4, "12", "size M")]))
    timed.comes(delivery(messaging=[message(5, "13", "chào shop")]))
    timed.is_later(-6, said=4)
    timed.comes(delivery(changes=[comment(6, "13", "giá?")]))
    timed.is_later(-3, said=6)
    timed.comes(delivery(changes=[comment(7, "11", "giá?")]))

    lived = timed.server.everything("runs")
    printed = command(
        timed.folder, "simulate", "--stored", "--since", "1d", "--data", "data", "--run-for", "7h",
        "--json",
    ).stdout  # fmt: skip
    entries = [json.loads(line) for line in printed.splitlines()]

    said = timed.said()
    assert [item["said"] for item in entries if item["kind"] == "sent"] == said
    assert len(said) == 7
    assert acted(entries) == {
        (run["event_id"], run["rule"], run["path"]) for run in lived if run["state"] == "done"
    }
    assert of_kind(entries, "held_back") == of_state(lived, "suppressed") != []
    assert of_kind(entries, "cancelled") == of_state(lived, "cancelled") != []


def acted(entries: list[Any]) -> set[tuple[str, str, str]]:
    """The rules and follow-ups that sent something about an event."""
    return {
        (item["event"], item["rule"], item.get("path", ""))
        for item in entries
        if item["kind"] == "sent"
    }


def of_kind(entries: list[Any], kind: str) -> list[Any]:
    found = [item for item in entries if item["kind"] == kind]
    return sorted((item["event"], item["rule"], item["reason"]["code"]) for item in found)


def of_state(runs: list[Any], state: str) -> list[Any]:
    found = [run for run in runs if run["state"] == state]
    return sorted((run["event_id"], run["rule"], run["reason"]["code"]) for run in found)
